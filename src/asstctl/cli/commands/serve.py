"""``asstctl serve``."""

import os
import re
import shlex
import shutil
import sys
import webbrowser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from asstctl.app.serve import serve
from asstctl.cli.event_loop import run_async
from asstctl.cli.first_request import first_request
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import hide, report, say
from asstctl.cli.serve_log import start_serve_log
from asstctl.cli.usage import OneOf
from asstctl.errors import UsageError
from asstctl.model.project import (
    DEFAULT_CODE_TIMEOUT,
    DEFAULT_CONTEXT,
    CodeRunner,
    EmbeddingModel,
    Secret,
    UpstreamModel,
)
from asstctl.model.sensitive import Sensitive


def _origins(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """As browsers write them: a scheme and a host, no path."""
    for origin in given:
        if not re.fullmatch(r"https?://[a-z0-9.\-:\[\]]+", origin):
            raise click.BadParameter(
                "an origin is a scheme and a host, as in http://localhost:3000"
            )
    return given


def _database(_: click.Context, __: click.Parameter, given: str | None) -> Secret | None:
    """A URL may hold a password: it is shown nowhere, as a whole or in part."""
    if given is None:
        return None
    if not given.startswith(("postgresql://", "postgres://")):
        raise click.BadParameter("it begins with postgresql://")
    password = urlsplit(given).password
    hide(Sensitive(frozenset({password, unquote(password)} if password else ())))
    return Secret(given)


def _endpoint(_: click.Context, __: click.Parameter, given: str | None) -> str | None:
    """A URL is not quoted: it may hold a key."""
    try:
        parts = urlsplit(given or "")
        whole = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1)
    except ValueError:  # a port that is no number, half an address in brackets
        whole = False
    if given is not None and not whole:
        raise click.BadParameter("it is a URL, as in http://127.0.0.1:11434/v1")
    return given


def _bucket(_: click.Context, __: click.Parameter, given: str | None) -> str | None:
    if given is not None and not re.fullmatch(r"s3://[a-z0-9.-]{3,63}(/[^@?#]*)?", given):
        raise click.BadParameter("it is of the form s3://NAME/PREFIX")
    return given


@verb(
    "serve",
    """
    asstctl serve
    asstctl serve --port 0                        # any free port
    ACCOUNT_KEY=… asstctl serve --host 0.0.0.0 --key-env ACCOUNT_KEY --log-format json
    asstctl serve --model-url http://127.0.0.1:11434/v1 --model-name llama3.1
    asstctl serve --database postgresql://asstctl@db.internal/assistants
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
    "--database",
    metavar="URL",
    callback=_database,
    help="Keep the account in the PostgreSQL database postgresql://USER@HOST/NAME; --path is not "
    "used then. The password comes from the URL, from PGPASSWORD or from ~/.pgpass. Several "
    "processes may serve the same one.",
)
@click.option(
    "--blobs",
    metavar="URL",
    callback=_bucket,
    help="Keep the content of files in the bucket s3://NAME/PREFIX, of Amazon S3 or a service like "
    "it. Credentials, region and AWS_ENDPOINT_URL_S3 are found as the AWS command finds them.",
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
    type=OneOf(["text", "json"]),
    default="text",
    show_default=True,
    help="How the log on stderr is written: what failed, and with -v each request.",
)
@click.option(
    "--expire-threads",
    metavar="DAYS",
    type=click.IntRange(min=1),
    help="Delete threads that nobody wrote in for so many days. Without it none is deleted.",
)
@click.option(
    "--bundle",
    "bundles",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A bundle whose assistants the page can talk to. Without it those that lie in the "
    "project's folder as assistants.TARGET.json.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--model-url",
    metavar="URL",
    callback=_endpoint,
    help="Let a chat-completions endpoint (…/v1) answer instead of the offline model.",
)
@click.option(
    "--model-name",
    "model_names",
    metavar="NAME",
    multiple=True,
    help="The model there that answers for all, or `OLD=NEW`, as often as needed, for those that "
    "ask for OLD. Without it each assistant's own model is asked for.",
)
@click.option(
    "--model-context",
    metavar="TOKENS",
    type=click.IntRange(min=1024),
    default=DEFAULT_CONTEXT,
    show_default=True,
    help="How much the model can read at once, its answer among it; older messages are left out.",
)
@click.option(
    "--model-key-env", metavar="NAME", help="The environment variable with that endpoint's key."
)
@click.option(
    "--pass-through",
    is_flag=True,
    help="Hand what the account does not serve itself (chat, embeddings, audio, images, models) "
    "on to that endpoint, with its key.",
)
@click.option(
    "--embed-url",
    metavar="URL",
    callback=_endpoint,
    help="Let file search find by meaning too, with an embeddings endpoint (…/v1). Without it "
    "files are found by words.",
)
@click.option(
    "--embed-name",
    metavar="NAME",
    help="The model there. With another one, everything is embedded anew.",
)
@click.option(
    "--embed-key-env", metavar="NAME", help="The environment variable with that endpoint's key."
)
@click.option(
    "--code-interpreter",
    metavar="COMMAND",
    help="Run the code that the model writes with this program, which is to keep it in a sandbox. "
    "Without it no code runs.",
)
@click.option(
    "--code-interpreter-timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT_CODE_TIMEOUT,
    show_default=True,
    help="How long code may run.",
)
def command(
    options: Globals,
    host: str,
    port: int,
    path: Path,
    database: Secret | None,
    blobs: str | None,
    key_envs: tuple[str, ...],
    cors: tuple[str, ...],
    log_format: str,
    expire_threads: int | None,
    bundles: tuple[Path, ...],
    opens: bool,
    model_url: str | None,
    model_names: tuple[str, ...],
    model_context: int,
    model_key_env: str | None,
    pass_through: bool,
    embed_url: str | None,
    embed_name: str | None,
    embed_key_env: str | None,
    code_interpreter: str | None,
    code_interpreter_timeout: float,
) -> None:
    """Serve the local account over HTTP to any OpenAI client, in any language.

    `asstctl.yaml` is not needed. A page at / shows what the account holds, and one at /talk holds
    conversations. /healthz and /readyz answer without a key, /metrics gives numbers for Prometheus.
    """
    first_key = next(iter(key_envs), None)
    keys = [key for name in key_envs if (key := _key("--key-env", name))]
    model_key = _key("--model-key-env", model_key_env)
    model = _model(model_url, model_names, model_context, model_key, pass_through=pass_through)
    embeddings = _embeddings(embed_url, embed_name, embed_key_env)
    code = _code(code_interpreter, options.root, code_interpreter_timeout)

    def listening(url: str) -> None:
        report(
            f"The {_told(path, database)} listens on {url}/v1 (Ctrl-C stops it).\n"
            f"It speaks the Assistants, Responses and Agents APIs.\n"
            f"{_search_told(embeddings)}\n"
            f"{_code_told(code)}\n"
            f"Look at {url}/ in a browser{_as_whom(keyed=bool(key_envs))}; "
            f"talk at {url}/talk.\n\n"
            f"Try it:\n{first_request(url, first_key, windows=sys.platform == 'win32')}"
        )
        if opens:
            open_page(f"{url}/")

    def found() -> list[Path]:
        named = [options.root / bundle for bundle in bundles]
        return named or sorted(options.root.glob("assistants.*.json"))

    start_serve_log(log_format)
    run_async(
        serve(
            database or options.root / path,
            bucket=blobs,
            host=host,
            port=port,
            keys=keys,
            cors=cors,
            expire_threads=expire_threads,
            bundles=found,
            model=model,
            embeddings=embeddings,
            code=code,
            on_listening=listening,
        )
    )


def open_page(url: str) -> None:
    """Show a page in a browser. Where there is none it is said, and the account is served."""
    if not webbrowser.open(url):
        say("No browser could be opened here; the variable BROWSER can name one.")


def _told(path: Path, database: Secret | None) -> str:
    if database is None:
        return f"local account {path}"
    parts = urlsplit(database.reveal())
    return f"account in postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _as_whom(*, keyed: bool) -> str:
    return ", with any name and the key as the password" if keyed else ""


def _model(
    url: str | None,
    names: tuple[str, ...],
    context: int,
    key: Secret | None,
    *,
    pass_through: bool,
) -> UpstreamModel | None:
    if url is None:
        if names or pass_through:
            option = "--model-name" if names else "--pass-through"
            raise UsageError(
                f"{option} needs an endpoint",
                fix=f"Say with --model-url where it is, or leave {option} out.",
            )
        return None
    pairs = dict(name.split("=", 1) for name in names if "=" in name)
    alone = [name for name in names if "=" not in name]
    if len(alone) > 1:
        raise UsageError(
            f"two models are to answer for all: {', '.join(alone)}",
            fix="Name one of them, and give the others as OLD=NEW.",
        )
    return UpstreamModel(
        base_url=url,
        api_key=key,
        name=alone[0] if alone else None,
        names=pairs,
        context=context,
        passes_through=pass_through,
    )


def _embeddings(url: str | None, name: str | None, key_env: str | None) -> EmbeddingModel | None:
    if url is None:
        if name is not None or key_env is not None:
            option = "--embed-key-env" if name is None else "--embed-name"
            raise UsageError(
                f"{option} needs an endpoint",
                fix=f"Say with --embed-url where it is, or leave {option} out.",
            )
        return None
    if name is None:
        raise UsageError(
            "--embed-url needs a model",
            fix="Name one that the endpoint has, as in --embed-name text-embedding-3-small.",
        )
    return EmbeddingModel(base_url=url, name=name, api_key=_key("--embed-key-env", key_env))


def _search_told(embeddings: EmbeddingModel | None) -> str:
    if embeddings is None:
        return "It finds files by words; --embed-url names an endpoint to find them by meaning too."
    return f"Files are found by words and by meaning, as {embeddings.name} tells it."


def _code(command: str | None, folder: Path, timeout: float) -> CodeRunner | None:
    if command is None:
        return None
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError("--code-interpreter is no command", why=f"{error}.") from error
    # A path counts from the project's folder, where it is started; `which` takes it as it is.
    if not words or shutil.which(folder / words[0] if os.sep in words[0] else words[0]) is None:
        raise UsageError(
            f"there is no program {(words[0] if words else command)!r} to run code with",
            why="--code-interpreter names a program, and what it is called with.",
            fix="examples/code-interpreter has two.",
        )
    return CodeRunner(command=words, folder=folder.absolute(), timeout=timeout)


def _code_told(code: CodeRunner | None) -> str:
    if code is None:
        return "It runs no code for code_interpreter; --code-interpreter names a program that does."
    return f"Code that the model writes is run by: {shlex.join(code.command)}"


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
