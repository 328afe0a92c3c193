"""Lists that lie: everything is seen, or it is said that it may not have been."""

from dataclasses import replace

import pytest

from asstctl.remote.storage import pages
from asstctl.sync.ports import AccountError, AssistantList, StoreList
from support.clock import run
from support.engine import Engine
from support.quirks import FIELD, FileList, Quirks, Times
from support.server import Server

COUNTS = (0, 1, 19, 20, 21, 99, 100, 101, 250)
HONEST = {
    "the API itself": Quirks(),
    "has_more missing": Quirks(omits_has_more=True),
    "limit capped": Quirks(caps_limit=20),
    "limit capped, has_more missing": Quirks(caps_limit=20, omits_has_more=True),
    "limit capped at 30, has_more missing": Quirks(caps_limit=30, omits_has_more=True),
    "all of one second": Quirks(per_second=10_000, uuids=True),
    "half a page of one second": Quirks(per_second=50, uuids=True),
    "a few of one second": Quirks(per_second=7, uuids=True),
    "times that say nothing": Quirks(per_second=10**10, times=Times.FLOAT),
    "list object missing": Quirks(omits_list_object=True),
    "has_more always false": Quirks(denies_more=True),
    "has_more always false, limit capped": Quirks(denies_more=True, caps_limit=20),
    "has_more always false, all of one second": Quirks(denies_more=True, per_second=10_000),
}
"""Servers whose pages lead to everything, some of them on a longer way."""

LYING = {
    "after ignored": Quirks(ignores_after=True),
    "after ignored, has_more missing": Quirks(ignores_after=True, omits_has_more=True),
    "after refused": Quirks(refuses_after=True),
    "after refused, has_more missing": Quirks(refuses_after=True, omits_has_more=True),
    "limit ignored": Quirks(ignores_limit=True),
    "limit ignored, has_more missing": Quirks(ignores_limit=True, omits_has_more=True),
    "limit capped, after ignored": Quirks(caps_limit=20, ignores_after=True, omits_has_more=True),
    "limit capped, after refused": Quirks(caps_limit=20, refuses_after=True, omits_has_more=True),
}


def with_assistants(quirks: Quirks, count: int) -> Server:
    server = Server(quirks)
    for n in range(count):
        server.state.create_assistant({"model": "gpt-4o", "name": str(n)})
    return server


def listed(server: Server) -> AssistantList:
    engine = Engine(server)

    async def read() -> AssistantList:
        async with engine.account() as account:
            return await account.list_assistants()

    return run(read())


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("quirks", HONEST.values(), ids=HONEST.keys())
def test_everything_is_seen_once(quirks: Quirks, count: int) -> None:
    found = listed(with_assistants(quirks, count))
    names = [item.spec.name for item in found.items]

    assert names == sorted(names, key=lambda name: int(name or 0), reverse=True)
    assert len(names) == count
    assert not found.cut


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("quirks", LYING.values(), ids=LYING.keys())
def test_what_was_not_seen_is_said_to_be_missing(quirks: Quirks, count: int) -> None:
    found = listed(with_assistants(quirks, count))

    assert found.cut or len(found.items) == count
    assert len({item.id for item in found.items}) == len(found.items)


@pytest.mark.parametrize("quirks", LYING.values(), ids=LYING.keys())
@pytest.mark.parametrize("count", [1, 7, 19])
def test_a_short_list_is_believed(quirks: Quirks, count: int) -> None:
    assert not listed(with_assistants(quirks, count)).cut


@pytest.mark.parametrize("quirks", FIELD.values(), ids=FIELD.keys())
def test_no_list_is_endless(quirks: Quirks) -> None:
    server = with_assistants(quirks, 250)
    listed(server)

    assert len(server.journal) <= 16


def test_an_honest_server_is_asked_once_per_page() -> None:
    """And once more where the last page looks full."""
    for count, requests in ((0, 1), (20, 2), (99, 1), (100, 2), (101, 2), (190, 2), (1000, 11)):
        server = with_assistants(Quirks(), count)
        listed(server)
        assert len(server.journal) == requests, count


@pytest.mark.parametrize("per_second", [1, 2, 3, 10, 24, 25, 26, 50, 99, 100, 10_000])
def test_objects_of_one_second_cost_few_requests_on_an_honest_server(per_second: int) -> None:
    server = with_assistants(Quirks(per_second=per_second, uuids=True), 1000)

    assert len(listed(server).items) == 1000
    assert len(server.journal) <= 12


def test_a_long_list_costs_as_many_requests_as_it_has_pages_and_few_more() -> None:
    server = with_assistants(Quirks(per_second=10_000, uuids=True), 3000)

    assert len(listed(server).items) == 3000
    assert len(server.journal) <= 32


LOSSY = {
    "paged by second and id": Quirks(loses_ties=True, uuids=True),
    "paged by second": Quirks(skips_ties=True, uuids=True),
}


@pytest.mark.parametrize("quirks", LOSSY.values(), ids=LOSSY.keys())
@pytest.mark.parametrize("per_second", [1, 2, 5, 13, 26, 70, 10_000])
@pytest.mark.parametrize("count", [100, 101, 130, 260])
def test_what_vanishes_where_pages_meet_is_seen_from_the_other_end_or_told(
    quirks: Quirks, per_second: int, count: int
) -> None:
    found = listed(with_assistants(replace(quirks, per_second=per_second), count))

    assert found.cut or len(found.items) == count


@pytest.mark.parametrize("quirks", LOSSY.values(), ids=LOSSY.keys())
@pytest.mark.parametrize("per_second", [1, 7, 13, 25, 40])
def test_a_lossy_list_is_whole_as_a_rule(quirks: Quirks, per_second: int) -> None:
    found = listed(with_assistants(replace(quirks, per_second=per_second), 130))

    assert (len(found.items), found.cut) == (130, False)


@pytest.mark.parametrize("count", [99, 100, 130, 198])
def test_two_ends_that_meet_make_a_whole_list(count: int) -> None:
    for quirks in (Quirks(ignores_after=True), Quirks(refuses_after=True)):
        found = listed(with_assistants(quirks, count))
        assert (len(found.items), found.cut) == (count, False)


def test_two_ends_that_do_not_meet_are_no_whole_list() -> None:
    for quirks in (Quirks(ignores_after=True), Quirks(refuses_after=True)):
        assert listed(with_assistants(quirks, 201)).cut


@pytest.mark.parametrize(("count", "cut"), [(19, False), (99, False), (100, True), (130, True)])
def test_a_server_that_ignores_order_as_well_is_believed_short_lists_only(
    count: int, cut: bool
) -> None:
    assert listed(with_assistants(Quirks(ignores_after=True, ignores_order=True), count)).cut is cut


def test_a_list_without_an_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_MOST_PAGES", 5)
    with pytest.raises(AccountError, match="does not end: GET /v1/assistants"):
        listed(with_assistants(Quirks(), 700))


def test_stores_are_listed_by_the_same_rules() -> None:
    server = Server(Quirks(ignores_limit=True))
    for _ in range(41):
        server.state.create_store({})
    engine = Engine(server)

    async def read() -> StoreList:
        async with engine.account() as account:
            return await account.list_stores()

    found = run(read())
    assert (len(found.items), found.cut) == (40, True)


@pytest.mark.parametrize(
    ("quirks", "count", "seen"),
    [
        (Quirks(), 250, 250),
        (Quirks(file_list=FileList.WHOLE), 250, 250),
        (Quirks(file_list=FileList.MISSING), 250, None),
        (Quirks(caps_limit=100), 250, 250),
        (Quirks(ignores_limit=True), 250, None),
        (Quirks(ignores_limit=True), 19, 19),
        (Quirks(caps_limit=100, ignores_after=True), 250, None),
    ],
)
def test_uploads_are_all_seen_or_none_is(quirks: Quirks, count: int, seen: int | None) -> None:
    server = Server(quirks)
    for n in range(count):
        server.state.upload({"filename": f"{n}.md", "content": b"x", "purpose": "assistants"})
    engine = Engine(server)

    async def read() -> int | None:
        async with engine.account() as account:
            uploads = await account.list_uploads()
            return None if uploads is None else len(uploads)

    assert run(read()) == seen


def test_files_of_other_purposes_are_not_ours() -> None:
    server = Server()
    server.state.upload({"filename": "a.jsonl", "content": b"x", "purpose": "batch"})
    engine = Engine(server)

    async def read() -> object:
        async with engine.account() as account:
            return await account.list_uploads()

    assert run(read()) == ()


def with_files(quirks: Quirks, count: int) -> tuple[Server, str]:
    server = Server(quirks)
    store: str = server.state.create_store({})["id"]
    for n in range(count):
        body = {"filename": f"{n}.md", "content": b"x", "purpose": "assistants"}
        file = server.state.upload(body)
        server.state.attach(store, {"file_ids": [file["id"]]})
    return server, store


@pytest.mark.parametrize(
    ("quirks", "count"),
    [
        (Quirks(), 250),
        (Quirks(omits_has_more=True), 250),
        (Quirks(ignores_limit=True), 20),
        (Quirks(ignores_after=True), 100),
        (Quirks(omits_counts=True), 19),
    ],
)
def test_the_files_of_a_store_are_all_seen(quirks: Quirks, count: int) -> None:
    server, store = with_files(quirks, count)
    engine = Engine(server)

    async def read() -> int:
        async with engine.account() as account:
            return len(await account.list_store_files(store))

    assert run(read()) == count


@pytest.mark.parametrize(
    ("quirks", "count"),
    [
        (Quirks(ignores_limit=True), 41),
        (Quirks(ignores_after=True), 201),
        (Quirks(ignores_limit=True, omits_counts=True), 41),
    ],
)
def test_files_that_a_store_does_not_show_are_not_taken_for_missing(
    quirks: Quirks, count: int
) -> None:
    server, store = with_files(quirks, count)
    engine = Engine(server)

    async def read() -> None:
        async with engine.account() as account:
            await account.list_store_files(store)

    with pytest.raises(AccountError, match="shows only"):
        run(read())
