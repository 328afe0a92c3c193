"""What there is to know about an account: what it does not show, and what it does its own way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from asstctl.model.actual import Actual, ActualStore
from asstctl.model.address import Kind
from asstctl.model.desired import DesiredAssistant
from asstctl.plan.action import FileAction
from asstctl.plan.change import Change
from asstctl.text.words import some

CUT_LIST: Final = "cut-list"
MISSING_BUNDLE: Final = "missing-bundle"
STORES_UNKNOWN: Final = "stores-unknown"
FILES_UNKNOWN: Final = "files-unknown"
NAMES_CHANGED: Final = "names-changed"
SIZES_MISCOUNTED: Final = "sizes-miscounted"
PROBE_LEFT: Final = "probe-left"
OF_A_PLAN: Final = frozenset({CUT_LIST, MISSING_BUNDLE, STORES_UNKNOWN, FILES_UNKNOWN})
"""What a plan says already; the others come to light when something is written."""


@dataclass(frozen=True, slots=True)
class AccountWarning:
    """Something that stops nothing by itself and that the reader has to know."""

    code: str
    what: str
    why: str
    fix: str = ""


def warnings_of(actual: Actual, changes: Iterable[Change] = ()) -> tuple[AccountWarning, ...]:
    """Everything that could not be seen and matters to these ``changes``."""
    return (*_missing_bundle(actual, changes), *_warnings(actual))


def cut_list(kind: Kind) -> str:
    """That a list is cut, in the words that plan, status, apply, destroy and gc share."""
    return f"the account's list of {kind.replace('_', ' ')}s is cut"


def _missing_bundle(actual: Actual, changes: Iterable[Change]) -> Iterator[AccountWarning]:
    """Without a bundle nothing tells a first apply from one on a machine that lacks the file."""
    new = [change for change in changes if isinstance(change.desired, DesiredAssistant)]
    if not actual.bundle_is_missing or not new:
        return
    sent = any(file.action is FileAction.UPLOAD for change in new for file in change.files)
    again = ", and the files of code_interpreter are uploaded anew" if sent else ""
    yield AccountWarning(
        MISSING_BUNDLE,
        f"the bundle {actual.bundle} is missing",
        f"It holds what was last applied: without it every assistant counts as new{again}.",
        "Nothing is amiss before the first apply, which writes the file. Later, commit it or bring "
        "it as an artifact.",
    )


def _warnings(actual: Actual) -> Iterator[AccountWarning]:
    for kind in actual.cut:
        yield AccountWarning(
            CUT_LIST,
            cut_list(kind),
            "The server does not turn its pages properly and may hold more than it shows. What "
            "it does not show may exist all the same: it is neither made anew nor taken for gone, "
            "and no upload is deleted.",
            "Use a server with working lists, or limit the plan to updates with --only.",
        )
    if actual.stores_unread:
        yield AccountWarning(
            STORES_UNKNOWN,
            "the account's vector stores are unknown",
            f"The server does not list them: {actual.stores_unread}. This project has none that "
            "is known, so it goes on without; no vector store and no upload is deleted.",
            "Ask who runs the server before you use vector stores there.",
        )
    unread = [store for store in actual.stores if store.files_unread]
    if unread:
        yield AccountWarning(
            FILES_UNKNOWN,
            f"the files of {_named(unread)} are unknown",
            f"{unread[0].files_unread}. So nobody can tell what such a store holds; it can be "
            "deleted, and nothing else.",
            "Use a server with `/vector_stores/{id}/files`, or take file_search out for this "
            "target with `overrides`.",
        )


def _named(stores: Sequence[ActualStore]) -> str:
    return some(str(store.address) for store in stores)
