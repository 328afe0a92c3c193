"""An id stands in a path as it is: it leads nowhere else, whatever a server has put into it."""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asstctl.remote.assistants.account import AssistantsAccount
from asstctl.remote.wire.connect import connect_in_process
from asstctl.remote.wire.in_process import Message
from asstctl.remote.wire.paths import path_to
from asstctl.sync.ports import AccountError, Failure

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ODD = ["a/b", "../files/file_1", "a?limit=1", "a#b", "a b", "a%2Fb", "é", "a\nb", "a;b", "x:y@z"]


@pytest.mark.parametrize("usual", ["asst_Ab1-2.3", "7f3c2e8a-0b1d", "urn:x@y"])
def test_usual_ids_stand_as_they_are(usual: str) -> None:
    assert path_to("assistants", usual) == f"/assistants/{usual}"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_id_is_one_segment_that_reads_back(identifier: str) -> None:
    assume(identifier not in (".", ".."))
    empty, kind, segment, last = path_to("vector_stores", identifier, "files").split("/")

    assert (empty, kind, unquote(segment), last) == ("", "vector_stores", identifier, "files")
    assert re.fullmatch(r"[A-Za-z0-9_.~:@%-]+", segment)


@pytest.mark.parametrize("identifier", ["", ".", "..", "\ud800"])
def test_what_leads_elsewhere_is_refused(identifier: str) -> None:
    with pytest.raises(AccountError) as told:
        path_to("assistants", identifier)

    assert told.value.failure is Failure.INVALID
    assert "is not an id" in told.value.what


@pytest.mark.parametrize("identifier", ODD)
async def test_a_server_is_asked_for_the_very_object(identifier: str) -> None:
    asked: list[tuple[str, str]] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        asked.append((scope["raw_path"].decode(), scope["query_string"].decode()))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"deleted": true}'})

    async with connect_in_process(app) as wire:
        await AssistantsAccount(wire, "odd").detach("vs_1", identifier)

    ((path, query),) = asked
    before, segment = path.rsplit("/", 1)
    assert (before, unquote(segment), query) == ("/v1/vector_stores/vs_1/files", identifier, "")
