"""Which lists are read: as few as tell whether something has to be sent, shared or deleted."""

from dataclasses import replace

import pytest

from asstctl.model.actual import ActualResource, ActualStore, AttachedFile, FileCounts
from asstctl.model.desired import Desired, DesiredResource
from asstctl.sync.uploads.lists import ListsToRead
from support.projects import assistant, project, store
from support.values import account, applied, contents, files_of, foreign, holding, upload_of

A, B = "docs/a.md", "docs/b.md"
READ = contents({A: "Lisbon", B: "Porto"})
FILE_A, FILE_B = files_of(READ)
DOCS = store("docs", (FILE_A, FILE_B))
OLD, NEW = store("docs", (FILE_A,)), store("docs", (FILE_B,))


def desired(*resources: DesiredResource) -> Desired:
    return project(*resources)


def lists(*resources: DesiredResource) -> ListsToRead:
    return ListsToRead(desired(*resources), READ)


def unlisted(actual: ActualStore) -> ActualStore:
    """A store as the account's list shows it: with its own counts, without its files."""
    total = len(actual.files or ())
    return replace(actual, files=None, counts=FileCounts(total=total, completed=total))


def keys(stores: tuple[ActualResource, ...]) -> list[str]:
    return [store.stamp.key for store in stores]


def test_a_store_that_is_as_it_was_applied_is_not_in_doubt() -> None:
    actual = account(unlisted(applied(DOCS, READ)))

    assert lists(DOCS).stores_in_doubt(actual, all_files=False) == ()


@pytest.mark.parametrize(
    "counts",
    [
        FileCounts(total=3, completed=3),
        FileCounts(total=2, completed=1, in_progress=1),
        FileCounts(total=2, completed=1, failed=1),
    ],
    ids=["one more", "not indexed yet", "one failed"],
)
def test_a_store_that_counts_other_files_is_in_doubt(counts: FileCounts) -> None:
    actual = account(replace(unlisted(applied(DOCS, READ)), counts=counts))

    assert keys(lists(DOCS).stores_in_doubt(actual, all_files=False)) == ["docs"]


def test_a_store_whose_manifest_asks_for_other_files_is_in_doubt() -> None:
    actual = account(unlisted(applied(OLD, READ)))

    assert keys(lists(NEW).stores_in_doubt(actual, all_files=False)) == ["docs"]


@pytest.mark.parametrize(
    ("previously", "all_files", "in_doubt"),
    [((), False, []), ((), True, ["docs"]), (("docs",), False, ["docs"])],
    ids=["left alone", "to be deleted", "to be renamed"],
)
def test_a_store_that_no_manifest_wants(
    previously: tuple[str, ...], all_files: bool, in_doubt: list[str]
) -> None:
    actual = account(unlisted(applied(DOCS, READ)))
    other = store("other", previously=previously)

    assert keys(lists(other).stores_in_doubt(actual, all_files=all_files)) == in_doubt


def test_an_expired_store_and_a_duplicate_are_listed_to_be_cleared_away() -> None:
    docs = unlisted(applied(DOCS, READ))
    newer = replace(docs, id="vs-newer")
    actual = account(docs, expired=(replace(docs, id="vs-old"),), duplicates=(newer,))

    found = lists(DOCS).stores_in_doubt(actual, all_files=False)

    assert [item.id for item in found] == ["vs-old", "vs-newer"]


@pytest.mark.parametrize(
    ("wanted", "held", "needed"),
    [
        ((), (), False),
        ((DOCS,), (unlisted(applied(DOCS, READ)),), False),
        ((DOCS,), (), True),
        ((assistant("guide"),), (applied(assistant("guide")),), False),
        ((), (applied(assistant("guide", code_files=(FILE_A,)), READ),), True),
    ],
    ids=["nothing", "a store as applied", "a new store", "an assistant", "one with code files"],
)
def test_uploads_are_listed_where_one_may_be_gone_or_sent(
    wanted: tuple[DesiredResource, ...], held: tuple[ActualResource, ...], needed: bool
) -> None:
    assert lists(*wanted).needs_uploads(account(*held), ()) is needed


def test_any_store_in_doubt_asks_for_the_uploads() -> None:
    docs = unlisted(applied(DOCS, READ))

    assert lists(DOCS).needs_uploads(account(docs), (docs,))


def test_nothing_is_shared_where_nothing_is_lacking_or_leaving() -> None:
    guide = assistant("guide", code_files=(FILE_A,))
    actual = account(applied(guide, READ), unlisted(applied(DOCS, READ)))

    assert lists(guide, DOCS).stores_that_share(actual, all_files=False) == ()


def test_a_store_that_holds_what_another_resource_lacks_shares_it() -> None:
    guide, other = assistant("guide", code_files=(FILE_A,)), store("other", (FILE_B,))
    actual = account(unlisted(applied(DOCS, READ)), unlisted(applied(other, READ)))

    assert keys(lists(guide, DOCS, other).stores_that_share(actual, all_files=False)) == ["docs"]


def test_what_is_lacking_here_and_held_by_a_known_resource_needs_no_list() -> None:
    guide, second = (assistant(key, code_files=(FILE_A,)) for key in ("guide", "second"))
    actual = account(applied(second, READ), unlisted(applied(DOCS, READ)))

    assert lists(guide, second, DOCS).stores_that_share(actual, all_files=False) == ()


@pytest.mark.parametrize(
    "held",
    [
        (upload_of(READ[A]), upload_of(READ[B])),
        (upload_of(READ[B]), upload_of(READ[B], id="file-twice")),
        (upload_of(READ[B], sent="zz", path=None),),
    ],
    ids=["content that goes", "content held twice", "a name that no path has any more"],
)
def test_what_is_let_go_of_is_looked_for_in_every_store_that_may_hold_it(
    held: tuple[AttachedFile, ...],
) -> None:
    guide = assistant("guide", code_files=(FILE_B,))
    known = holding(applied(guide, READ), *held)
    actual = account(known, unlisted(applied(DOCS, READ)))

    assert keys(lists(guide, DOCS).stores_that_share(actual, all_files=False)) == ["docs"]


def test_what_is_let_go_of_may_be_in_any_store_that_no_manifest_describes() -> None:
    guide = assistant("guide")
    known = holding(applied(guide), upload_of(READ[A]))
    unknown = unlisted(applied(store("unknown", (FILE_B,)), READ))

    found = lists(guide).stores_that_share(account(known, unknown), all_files=False)

    assert keys(found) == ["unknown"]


def test_what_expired_stores_and_duplicates_held_is_let_go_of() -> None:
    docs = unlisted(applied(DOCS, READ))
    ending = replace(applied(OLD, READ), id="vs-ending")

    for actual in (account(docs, expired=(ending,)), account(docs, duplicates=(ending,))):
        assert keys(lists(DOCS).stores_that_share(actual, all_files=False)) == ["docs"]


def test_files_that_nothing_proves_are_shared_with_nobody() -> None:
    guide = assistant("guide")
    known = holding(applied(guide), foreign())
    actual = account(known, unlisted(applied(DOCS, READ)))

    assert lists(guide, DOCS).stores_that_share(actual, all_files=False) == ()
