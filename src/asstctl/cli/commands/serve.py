"""``asstctl serve``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import hide, report
from asstctl.errors import UsageError
from asstctl.model.sensitive import Sensitive

if TYPE_CHECKING:
    from asstctl.emulator import Upstream

_EXAMPLE = '{"model": "gpt-4o", "name": "Hello"}'


@verb(
    "serve",
    """
    asstctl serve
    asstctl serve --port 0                        # any free port
    ACCOUNT_KEY=… asstctl serve --host 0.0.0.0 --key-env ACCOUNT_KEY
    asstctl serve --model-url http://127.0.0.1:11434/v1 --model-name llama3.1
    """,
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8601, show_default=True, help="The port; 0 takes a free one.")
@click.option(
    "--path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(".asstctl/account.db"),
    show_default=True,
    help="The account's file; a relative path counts from the project's folder.",
)
@click.option(
    "--key-env",
    metavar="NAME",
    help="Ask clients for the key in this environment variable. Without it any key will do, and "
    "only this machine may connect.",
)
@click.option(
    "--model-url",
    metavar="URL",
    help="Let a chat-completions endpoint (…/v1) answer instead of the offline model.",
)
@click.option("--model-name", metavar="NAME", help="The model's name at that endpoint.")
@click.option(
    "--model-key-env", metavar="NAME", help="The environment variable with that endpoint's key."
)
def command(
    options: Globals,
    host: str,
    port: int,
    path: Path,
    key_env: str | None,
    model_url: str | None,
    model_name: str | None,
    model_key_env: str | None,
) -> None:
    """Serve the local account over HTTP to any OpenAI client, in any language.

    `asstctl.yaml` is not needed. A page at / shows what the account holds.
    """
    from asstctl.emulator import open_account, serve

    key = _key("--key-env", key_env)
    model = _model(model_url, model_name, _key("--model-key-env", model_key_env))

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
        async with open_account(options.root / path, api_key=key, model=model) as account:
            await serve(account, host, port, on_listening=listening)

    run_async(run())


def _model(url: str | None, name: str | None, key: str | None) -> "Upstream | None":
    from asstctl.emulator import Upstream

    if url is None and name is None:
        return None
    if url is None or name is None:
        raise UsageError("--model-url and --model-name go together", fix="Give both, or neither.")
    return Upstream(base_url=url, api_key=key or "", name=name)


def _key(option: str, name: str | None) -> str | None:
    if name is None:
        return None
    key = os.environ.get(name)
    if not key:
        raise UsageError(
            f"the environment variable {name} is not set",
            why=f"{option} names the variable that holds a key.",
            fix=f"Set {name}, or leave {option} out.",
        )
    hide(Sensitive(frozenset({key})))
    return key
