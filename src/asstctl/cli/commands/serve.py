"""``asstctl serve``."""

import os
import re
import webbrowser
from pathlib import Path

import click

from asstctl.app.serve import serve
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import hide, report
from asstctl.cli.serve_log import start_serve_log
from asstctl.errors import UsageError
from asstctl.model.project import Secret, UpstreamModel
from asstctl.model.sensitive import Sensitive

_EXAMPLE = '{"model": "gpt-4o", "name": "Hello"}'


def _origins(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """As browsers write them: a scheme and a host, no path."""
    for origin in given:
        if not re.fullmatch(r"https?://[a-z0-9.\-:\[\]]+", origin):
            raise click.BadParameter(
                "an origin is a scheme and a host, as in http://localhost:3000"
            )
    return given


@verb(
    "serve",
    """
    asstctl serve
    asstctl serve --port 0                        # any free port
    ACCOUNT_KEY=… asstctl serve --host 0.0.0.0 --key-env ACCOUNT_KEY --log-format json
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
    "key_envs",
    metavar="NAME",
    multiple=True,
    help="Ask clients for the key in this environment variable. Given several times, each of the "
    "keys will do. Without it any key will do, and only this machine may connect.",
)
@click.option(
    "--cors",
    metavar="ORIGIN",
    multiple=True,
    callback=_origins,
    help="Let web pages of this origin, such as http://localhost:3000, use the account with its "
    "key. May be given several times.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the log on stderr is written: what failed, and with -v each request.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser.")
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
    key_envs: tuple[str, ...],
    cors: tuple[str, ...],
    log_format: str,
    opens: bool,
    model_url: str | None,
    model_name: str | None,
    model_key_env: str | None,
) -> None:
    """Serve the local account over HTTP to any OpenAI client, in any language.

    `asstctl.yaml` is not needed. A page at / shows what the account holds. /healthz and /readyz
    answer without a key, /metrics gives numbers for Prometheus.
    """
    keys = [key for name in key_envs if (key := _key("--key-env", name))]
    model = _model(model_url, model_name, _key("--model-key-env", model_key_env))

    def listening(url: str) -> None:
        secret = f"${key_envs[0]}" if key_envs else "any"
        report(
            f"The local account {path} listens on {url}/v1 (Ctrl-C stops it).\n"
            f"It speaks the Assistants, Responses and Agents APIs.\n"
            f"Look at {url}/ in a browser{_as_whom(keyed=bool(key_envs))}.\n\n"
            f"Try it:\n"
            f'  export OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY="{secret}"\n'
            f'  curl $OPENAI_BASE_URL/assistants -H "Authorization: Bearer $OPENAI_API_KEY" '
            f"-d '{_EXAMPLE}'"
        )
        if opens:
            webbrowser.open(f"{url}/")

    start_serve_log(log_format)
    run_async(
        serve(
            options.root / path,
            host=host,
            port=port,
            keys=keys,
            cors=cors,
            model=model,
            on_listening=listening,
        )
    )


def _as_whom(*, keyed: bool) -> str:
    return ", with any name and the key as the password" if keyed else ""


def _model(url: str | None, name: str | None, key: Secret | None) -> UpstreamModel | None:
    if url is None and name is None:
        return None
    if url is None or name is None:
        raise UsageError("--model-url and --model-name go together", fix="Give both, or neither.")
    return UpstreamModel(base_url=url, api_key=key, name=name)


def _key(option: str, name: str | None) -> Secret | None:
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
    return Secret(key)
