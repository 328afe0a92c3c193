"""The checks of an account, one after the other, each with its cure."""

from collections.abc import Awaitable
from datetime import UTC, date, datetime
from typing import Final

from asstctl.errors import AsstctlError
from asstctl.model.dialect import Dialect, Support
from asstctl.sync.doctor.check import Check, Needs, Server, Spoken, Verdict, skipped
from asstctl.sync.doctor.fields import check_fields
from asstctl.sync.doctor.files import check_store_files, check_uploads
from asstctl.sync.doctor.metadata import check_metadata
from asstctl.sync.doctor.server import check_apis, check_key, check_models
from asstctl.sync.listing import NOT_THERE
from asstctl.sync.ports import (
    Account,
    AccountError,
    ApiGoneError,
    AssistantList,
    EnvironmentList,
    Failure,
    RemoteAssistant,
    StoreList,
)
from asstctl.sync.probe import Cleanup
from asstctl.text import words

DEPENDENT: Final = (
    *("vector stores", "metadata", "metadata updates"),
    *("fields", "store files", "uploads", "deletes"),
)
"""The checks that make no sense where the API does not answer."""
_IN_A_BUNDLE: Final = "a bundle keeps whatever is written to it"
_ANY_MODEL: Final = "gpt-4o-mini"
"""For a probe, where neither manifests nor account know a model."""


def names_of(dialect: Dialect) -> tuple[str, ...]:
    """The names of the checks, in the order in which they depend on each other."""
    bundle = () if dialect.has_assistants else ("bundle",)
    environments = ("environments",) if _has_environments(dialect) else ()
    return ("key", "APIs", "models", f"{dialect.api} API", *bundle, *environments, *DEPENDENT)


def _has_environments(dialect: Dialect) -> bool:
    return dialect.support("environment") is Support.KEPT


async def run_checks(
    account: Account, needs: Needs, server: Server, today: date | None = None
) -> list[Check]:
    """Check the key, the API, and that the account can do what the manifests need.

    What an account keeps is tried with probes: objects that are deleted again, of which
    ``deletes`` tells. Never raises AccountError: a request that fails is a failed check.
    """
    spoken = server.speaks(needs.dialect.api)
    key = check_key(spoken, needs)
    if key.verdict is Verdict.FAILED:
        return [key, *(skipped(name, "the key is refused") for name in names_of(needs.dialect)[1:])]
    models = check_models(server, needs.models, today or datetime.now(UTC).date())
    known = [key, check_apis(server, needs.dialect.api), models]
    own, assistants = await _own_api(account, needs, spoken)
    if any(check.verdict is Verdict.FAILED for check in own):
        rest = names_of(needs.dialect)[len(known) + len(own) :]
        return [*known, *own, *(skipped(name, "the API does not answer") for name in rest)]
    return [*known, *own, *await _tried(account, needs, assistants)]


async def _own_api(
    account: Account, needs: Needs, spoken: Spoken
) -> tuple[list[Check], tuple[RemoteAssistant, ...]]:
    """The API that the target speaks, and the assistants that the account has."""
    name = f"{spoken.api} API"
    if not needs.dialect.has_assistants:
        if spoken.answers:
            return [Check(name, Verdict.OK, "alive"), await _bundle(account)], ()
        return [_silent(name, spoken)], ()
    try:
        if spoken.error is not None and spoken.error.failure not in NOT_THERE:
            raise spoken.error
        listing = await account.list_assistants()
    except AccountError as error:
        return [_failed(name, error)], ()
    count = words.count(len(listing.items), "assistant")
    return [_listed(name, f"alive, {count}", listing)], listing.items


def _failed(name: str, error: AccountError) -> Check:
    word = "gone" if isinstance(error, ApiGoneError) else "not usable"
    if error.failure is Failure.FORBIDDEN:
        word = "forbidden"
    return Check(name, Verdict.FAILED, f"{word}: {error.one_line}", error.fix)


def _silent(name: str, spoken: Spoken) -> Check:
    """What is wrong with an API that has no list which would say it."""
    if spoken.error is not None and spoken.answers is None:
        return _failed(name, spoken.error)
    fix = "Point the target's `base_url` at a server that speaks this API."
    return Check(name, Verdict.FAILED, f"not here: {spoken.found}", fix)


async def _bundle(account: Account) -> Check:
    """Whether the file with the assistants can be read."""
    try:
        listing = await account.list_assistants()
    except AsstctlError as error:
        return Check("bundle", Verdict.FAILED, error.one_line, error.fix)
    if listing.missing:
        return Check("bundle", Verdict.OK, f"{listing.bundle} is not there yet: apply writes it")
    held = words.count(len(listing.items), "assistant")
    return Check("bundle", Verdict.OK, f"{listing.bundle}, {held}")


async def _tried(
    account: Account, needs: Needs, assistants: tuple[RemoteAssistant, ...]
) -> list[Check]:
    """What the account makes of the manifests, in the order of ``names_of``."""
    cleanup = Cleanup()
    environments = []
    if _has_environments(needs.dialect):
        environments.append(await _environments(account, needs))
    stores = await _stores(account, needs)
    metadata = await _metadata(account, needs, assistants, cleanup)
    if needs.dialect.has_assistants:
        fields = await check_fields(account, needs, cleanup)
    else:
        fields = skipped("fields", _IN_A_BUNDLE)
    if stores.verdict is Verdict.FAILED:
        files = skipped("store files", "vector stores are not usable")
    else:
        files = await check_store_files(account, needs, cleanup)
    uploads = await check_uploads(account, needs)
    return [*environments, stores, *metadata, fields, files, uploads, _deletes(cleanup)]


async def _metadata(
    account: Account, needs: Needs, assistants: tuple[RemoteAssistant, ...], cleanup: Cleanup
) -> list[Check]:
    if needs.dialect.has_assistants:
        models = (*needs.models, *(item.spec.model for item in assistants), _ANY_MODEL)
    elif needs.stores:
        models = ()
    else:
        because = f"{_IN_A_BUNDLE}, and no manifest needs vector stores"
        return [skipped(name, because) for name in ("metadata", "metadata updates")]
    known = tuple(dict.fromkeys(filter(None, models)))
    return await check_metadata(account, needs.project, known, cleanup)


def _listed(name: str, found: str, listing: AssistantList | StoreList | EnvironmentList) -> Check:
    """What a list shows, and whether that is all."""
    if not listing.cut:
        return Check(name, Verdict.OK, found)
    return Check(
        name,
        Verdict.WARNING,
        f"{found} shown; the list is cut, there may be more [cut-list]",
        "What is not shown is neither created nor deleted here: use a server with working lists.",
    )


async def _stores(account: Account, needs: Needs) -> Check:
    listing = account.list_stores()
    return await _kept("vector store", listing, "file_search", needed=needs.stores)


async def _environments(account: Account, needs: Needs) -> Check:
    listing = account.list_environments()
    return await _kept("environment", listing, "`environment`", needed=needs.environments)


async def _kept(
    noun: str,
    listing: Awaitable[StoreList | EnvironmentList],
    field: str,
    *,
    needed: bool,
) -> Check:
    """Whether the account has such objects; ``field`` is what asks for one in a manifest."""
    name = f"{noun}s"
    try:
        listed = await listing
    except AccountError as error:
        missing = "not supported" if error.failure in NOT_THERE else "not usable"
        if not needed:
            found = f"{missing}, and no manifest needs any: {error.one_line}"
            return Check(
                name, Verdict.WARNING, found, f"Manifests with {name} cannot be applied here."
            )
        fix = error.fix or (
            f"Use a server with {name}, or take {field} out for this target with `overrides`."
        )
        return Check(name, Verdict.FAILED, f"{missing}: {error.one_line}", fix)
    return _listed(name, f"supported, {words.count(len(listed.items), noun)}", listed)


def _deletes(cleanup: Cleanup) -> Check:
    """What became of the probes."""
    if cleanup.errors:
        return Check(
            "deletes",
            Verdict.FAILED,
            "; ".join(error.one_line for error in cleanup.errors),
            "These probes are left: delete them by hand. `destroy` and `--prune` cannot work here.",
        )
    if not cleanup.deleted:
        return skipped("deletes", "there was no probe")
    return Check(
        "deletes", Verdict.OK, f"{words.count(cleanup.deleted, 'probe')} made and deleted again"
    )
