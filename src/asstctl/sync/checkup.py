"""Is an account fit to be managed? One check after the other, each with what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeAlias

from asstctl.model.assistant import AssistantSpec
from asstctl.model.stamp import PROBE
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.sync.ports import Account, AccountError, ApiGoneError, Failure, RemoteAssistant
from asstctl.sync.probe import PROBE_NAME, assistant_probe, store_probe
from asstctl.text import words

_ANY_MODEL: Final = "gpt-4o-mini"
"""For a probe, where neither manifests nor account know a model."""
_MOST_MODELS: Final = 3

Metadata: TypeAlias = Mapping[str, str]


class Verdict(StrEnum):
    """How a check came out. A warning is worth knowing and stops nothing."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was looked at, how it came out, what was found and how to mend it."""

    name: str
    verdict: Verdict
    found: str
    fix: str = ""


def skipped(name: str, because: str) -> Check:
    """A check that makes no sense, or cannot be made."""
    return Check(name, Verdict.SKIPPED, because)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the manifests ask of an account. ``models`` are those of the assistants."""

    project: str
    has_key: bool = True
    models: tuple[str, ...] = ()
    stores: bool = False


async def examine(account: Account, needs: Needs) -> list[Check]:
    """Key, API, vector stores and metadata, by asking; a probe object is deleted again."""
    key, api, assistants = await _api(account, needs)
    if api.verdict is not Verdict.OK:
        names = ("vector stores", "metadata", "metadata updates")
        why = "the key is refused" if key.verdict is Verdict.FAILED else "the API does not answer"
        return [key, api, *(skipped(name, why) for name in names)]
    models = (*needs.models, *(item.spec.model for item in assistants), _ANY_MODEL)
    stores = await _stores(account, needs)
    metadata = await _metadata(account, needs.project, tuple(dict.fromkeys(filter(None, models))))
    return [key, api, stores, *metadata]


async def _api(account: Account, needs: Needs) -> tuple[Check, Check, tuple[RemoteAssistant, ...]]:
    """The key and the API, from one and the same request."""
    try:
        found = (await account.list_assistants()).items
    except AccountError as error:
        if error.failure is Failure.UNAUTHORIZED:
            fix = error.fix if needs.has_key else "Set the target's `api_key` to ${env.NAME}."
            bad = Check("key", Verdict.FAILED, _said(error), fix)
            return bad, skipped("assistants API", "the key is refused"), ()
        word = "gone" if isinstance(error, ApiGoneError) else "not usable"
        if error.failure is Failure.FORBIDDEN:
            word = "forbidden"
        api = Check("assistants API", Verdict.FAILED, f"{word}: {_said(error)}", error.fix)
        if error.status is None:
            return skipped("key", "the account does not answer"), api, ()
        return Check("key", Verdict.OK, "not refused"), api, ()
    alive = Check("assistants API", Verdict.OK, f"alive, {words.count(len(found), 'assistant')}")
    accepted = "accepted" if needs.has_key else "none is set, and none is asked for"
    return Check("key", Verdict.OK, accepted), alive, found


async def _stores(account: Account, needs: Needs) -> Check:
    try:
        count = len((await account.list_stores()).items)
    except AccountError as error:
        missing = error.failure in (Failure.MISSING, Failure.UNSUPPORTED)
        if missing and not needs.stores:
            found = f"not supported, and no manifest needs any: {_said(error)}"
            fix = "Manifests with vector stores cannot be applied here."
            return Check("vector stores", Verdict.WARNING, found, fix)
        found = f"{'not supported' if missing else 'not usable'}: {_said(error)}"
        fix = error.fix or (
            "Use a server with vector stores, or take file_search out for this target with "
            "`overrides`."
        )
        return Check("vector stores", Verdict.FAILED, found, fix)
    return Check("vector stores", Verdict.OK, f"supported, {words.count(count, 'vector store')}")


async def _metadata(account: Account, project: str, models: tuple[str, ...]) -> list[Check]:
    """Whether metadata comes back, and whether an update replaces it."""
    first, second = {PROBE: project, "before": "1"}, {PROBE: project, "after": "2"}
    try:
        created, updated = await _probed(account, models, first, second)
    except AccountError as error:
        bad = Check("metadata", Verdict.FAILED, f"a probe failed: {_said(error)}", error.fix)
        return [bad, skipped("metadata updates", "there was no probe")]
    if not _holds(created, first):
        lost = Check(
            "metadata",
            Verdict.FAILED,
            "lost: a probe came back without it",
            "asstctl cannot manage this account: use a service that keeps metadata.",
        )
        return [lost, skipped("metadata updates", "metadata is lost")]
    kept = Check("metadata", Verdict.OK, "kept")
    if not _holds(updated, second):
        stuck = "kept at creation, lost in an update"
        fix = "asstctl cannot keep its stamps current here: report this to the service."
        return [kept, Check("metadata updates", Verdict.FAILED, stuck, fix)]
    how = "merged into the old" if "before" in updated else "replaced"
    return [kept, Check("metadata updates", Verdict.OK, f"{how}; asstctl copes with both")]


async def _probed(
    account: Account, models: tuple[str, ...], first: Metadata, second: Metadata
) -> tuple[Metadata, Metadata]:
    """What a probe's metadata is after its creation and after an update.

    A server that knows none of the ``models`` may still make a vector store.
    """
    for model in models[:_MOST_MODELS]:
        try:
            return await _probed_assistant(account, model, first, second)
        except AccountError as error:
            if error.failure is not Failure.INVALID:
                raise
    return await _probed_store(account, first, second)


async def _probed_assistant(
    account: Account, model: str, first: Metadata, second: Metadata
) -> tuple[Metadata, Metadata]:
    async with assistant_probe(account, model, first) as probe:
        created = await account.get_assistant(probe.id)
        was = AssistantSpec(model=model, name=PROBE_NAME, metadata=first)
        await account.update_assistant(probe.id, replace(was, metadata=second), was=was)
        updated = await account.get_assistant(probe.id)
    return created.spec.metadata if created else {}, updated.spec.metadata if updated else {}


async def _probed_store(
    account: Account, first: Metadata, second: Metadata
) -> tuple[Metadata, Metadata]:
    async with store_probe(account, first) as probe:
        created = await account.get_store(probe.id)
        was = VectorStoreSpec(name=PROBE_NAME, metadata=first)
        await account.update_store(probe.id, replace(was, metadata=second), was=was)
        updated = await account.get_store(probe.id)
    return created.spec.metadata if created else {}, updated.spec.metadata if updated else {}


def _holds(found: Metadata, written: Metadata) -> bool:
    return found.items() >= written.items()


def _said(error: AccountError) -> str:
    return ": ".join(filter(None, (error.what, error.why)))
