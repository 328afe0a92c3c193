"""Serve the local account over HTTP to any OpenAI client."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from asstctl.model.project import CodeRunner, EmbeddingModel, Secret, UpstreamModel

_PATIENCE_SECONDS = 30.0
"""The endpoint may have been started together with this server, and be slower."""


async def serve(
    place: Path | Secret,
    *,
    host: str,
    port: int,
    bucket: str | None = None,
    keys: Sequence[Secret] = (),
    model: UpstreamModel | None = None,
    embeddings: EmbeddingModel | None = None,
    cors: Sequence[str] = (),
    code: CodeRunner | None = None,
    expire_threads: int | None = None,
    bundles: Callable[[], Iterable[Path]] = tuple,
    on_listening: Callable[[str], None],
) -> None:
    """Serve the account in a file, which is made when missing, until interrupted.

    ``place`` may also be the URL of a PostgreSQL database, which may hold a password. The content
    of files is kept in ``bucket`` (``s3://NAME/PREFIX``), or with the rest where there is none.
    Answers come from ``model``, code that it writes is run by ``code``, and files are found by what
    ``embeddings`` tell of their meaning too, where they are given.
    Threads that are not used for ``expire_threads`` days are deleted. The page talks to what is in
    the ``bundles`` too.
    Clients are asked for one of the ``keys``; without any only this machine may connect. ``port`` 0
    takes a free one; ``on_listening`` is told the URL. Raises AsstctlError where that cannot be.
    """
    from asstctl.app import connect
    from asstctl.emulator import open_account
    from asstctl.emulator import serve as serve_account
    from asstctl.emulator.retention import retention

    revealed = tuple(key.reveal() for key in keys)
    async with (
        open_account(
            _revealed(place),
            bucket=connect.bucket(bucket),
            api_keys=revealed,
            model=connect.upstream(model),
            embeddings=connect.embeddings(embeddings, patience=_PATIENCE_SECONDS),
            interpreter=connect.interpreter(code),
            bundles=bundles,
        ) as account,
        retention(account, expire_threads),
    ):
        await serve_account(account, host, port, cors=cors, on_listening=on_listening)


def _revealed(place: Path | Secret) -> Path | str:
    return place.reveal() if isinstance(place, Secret) else place
