"""``asstctl serve``."""

import asyncio
import os
from pathlib import Path

import click

from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report
from asstctl.errors import UsageError

_EXAMPLE = '{"model": "gpt-4o", "name": "Hello"}'


@verb(
    "serve",
    """
    asstctl serve
    asstctl serve --port 0                        # any free port
    ACCOUNT_KEY=… asstctl serve --host 0.0.0.0 --key-env ACCOUNT_KEY
    """,
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8601, show_default=True, help="The port; 0 takes a free one.")
@click.option(
    "--path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(".asstctl/account.db"),
    show_default=True,
    help="The account's file, below the project's folder.",
)
@click.option(
    "--key-env",
    metavar="NAME",
    help="Ask clients for the key in this environment variable. Without it any key will do, and "
    "only this machine may connect.",
)
def command(options: Globals, host: str, port: int, path: Path, key_env: str | None) -> None:
    """Serve the local account over HTTP to any OpenAI client, in any language."""
    from asstctl.emulator import open_account, serve

    key = _key(key_env)

    def listening(url: str) -> None:
        secret = f"${key_env}" if key_env else "any"
        report(
            f"The local account {path} listens on {url}/v1 (Ctrl-C stops it).\n\n"
            f"Try it:\n"
            f'  export OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY="{secret}"\n'
            f'  curl $OPENAI_BASE_URL/assistants -H "Authorization: Bearer $OPENAI_API_KEY" '
            f"-d '{_EXAMPLE}'"
        )

    async def run() -> None:
        async with open_account(options.root / path, api_key=key) as account:
            await serve(account, host, port, on_listening=listening)

    asyncio.run(run())


def _key(name: str | None) -> str | None:
    if name is None:
        return None
    key = os.environ.get(name)
    if not key:
        raise UsageError(
            f"the environment variable {name} is not set",
            why="--key-env names the variable that holds the key clients must send.",
            fix=f"Set {name}, or leave --key-env out to serve this machine only.",
        )
    return key
