"""The checks of an account, one after the other, each with its cure."""

from typing import Final

from asstctl.sync.doctor.check import Check, Needs, Verdict, skipped
from asstctl.sync.doctor.fields import check_fields
from asstctl.sync.doctor.files import check_store_files, check_uploads
from asstctl.sync.doctor.metadata import check_metadata
from asstctl.sync.listing import NOT_THERE
from asstctl.sync.ports import (
    Account,
    AccountError,
    ApiGoneError,
    AssistantList,
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
_ANY_MODEL: Final = "gpt-4o-mini"
"""For a probe, where neither manifests nor account know a model."""


async def run_checks(account: Account, needs: Needs) -> list[Check]:
    """Check the key, the API, and that the account can do what the manifests need.

    What an account keeps is tried with probes: objects that are deleted again, of which
    ``deletes`` tells. Never raises AccountError: a request that fails is a failed check.
    """
    key, api, assistants = await _api(account, needs)
    if api.verdict not in (Verdict.OK, Verdict.WARNING):
        why = "the key is refused" if key.verdict is Verdict.FAILED else "the API does not answer"
        return [key, api, *(skipped(name, why) for name in DEPENDENT)]
    models = (*needs.models, *(item.spec.model for item in assistants), _ANY_MODEL)
    cleanup = Cleanup()
    stores = await _stores(account, needs)
    known = tuple(dict.fromkeys(filter(None, models)))
    metadata = await check_metadata(account, needs.project, known, cleanup)
    fields = await check_fields(account, needs, cleanup)
    if stores.verdict is Verdict.FAILED:
        files = skipped("store files", "vector stores are not usable")
    else:
        files = await check_store_files(account, needs, cleanup)
    uploads = await check_uploads(account, needs)
    return [key, api, stores, *metadata, fields, files, uploads, _deletes(cleanup)]


async def _api(account: Account, needs: Needs) -> tuple[Check, Check, tuple[RemoteAssistant, ...]]:
    """The key and the API, from one and the same request."""
    try:
        listing = await account.list_assistants()
    except AccountError as error:
        if error.failure is Failure.UNAUTHORIZED:
            fix = error.fix if needs.has_key else "Set the target's `api_key` to ${env.NAME}."
            bad = Check("key", Verdict.FAILED, error.one_line, fix)
            return bad, skipped("assistants API", "the key is refused"), ()
        word = "gone" if isinstance(error, ApiGoneError) else "not usable"
        if error.failure is Failure.FORBIDDEN:
            word = "forbidden"
        api = Check("assistants API", Verdict.FAILED, f"{word}: {error.one_line}", error.fix)
        if error.status is None:
            return skipped("key", "the account does not answer"), api, ()
        return Check("key", Verdict.OK, "not refused"), api, ()
    alive = _listed(
        "assistants API", f"alive, {words.count(len(listing.items), 'assistant')}", listing
    )
    accepted = "accepted" if needs.has_key else "none is set, and none is asked for"
    return Check("key", Verdict.OK, accepted), alive, listing.items


def _listed(name: str, found: str, listing: AssistantList | StoreList) -> Check:
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
    try:
        listing = await account.list_stores()
    except AccountError as error:
        missing = "not supported" if error.failure in NOT_THERE else "not usable"
        if not needs.stores:
            found = f"{missing}, and no manifest needs any: {error.one_line}"
            fix = "Manifests with vector stores cannot be applied here."
            return Check("vector stores", Verdict.WARNING, found, fix)
        fix = error.fix or (
            "Use a server with vector stores, or take file_search out for this target with "
            "`overrides`."
        )
        return Check("vector stores", Verdict.FAILED, f"{missing}: {error.one_line}", fix)
    count = words.count(len(listing.items), "vector store")
    return _listed("vector stores", f"supported, {count}", listing)


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
