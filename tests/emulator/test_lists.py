"""Cursors in both directions, also among objects of one second."""

import httpx2
import openai
import pytest

from emulator.conftest import on_both_databases

pytestmark = on_both_databases


@pytest.fixture
async def ids(http: httpx2.AsyncClient) -> list[str]:
    """Seven assistants of the same second, oldest first."""
    made = [await http.post("/assistants", json={"model": f"m{number}"}) for number in range(7)]
    return [response.json()["id"] for response in made]


async def _page(http: httpx2.AsyncClient, query: str) -> tuple[list[str], bool]:
    page = (await http.get(f"/assistants?{query}")).json()
    return [item["id"] for item in page["data"]], page["has_more"]


async def test_newest_first_by_default(http: httpx2.AsyncClient, ids: list[str]) -> None:
    assert await _page(http, "") == (ids[::-1], False)
    assert await _page(http, "order=asc") == (ids, False)


async def test_forwards(http: httpx2.AsyncClient, ids: list[str]) -> None:
    assert await _page(http, "order=asc&limit=3") == (ids[:3], True)
    assert await _page(http, f"order=asc&limit=3&after={ids[2]}") == (ids[3:6], True)
    assert await _page(http, f"order=asc&limit=3&after={ids[5]}") == (ids[6:], False)
    assert await _page(http, f"limit=2&after={ids[5]}") == ([ids[4], ids[3]], True)


async def test_backwards(http: httpx2.AsyncClient, ids: list[str]) -> None:
    assert await _page(http, f"order=asc&limit=2&before={ids[5]}") == (ids[3:5], True)
    assert await _page(http, f"order=asc&limit=5&before={ids[2]}") == (ids[:2], False)
    assert await _page(http, f"limit=2&before={ids[0]}") == ([ids[2], ids[1]], True)


async def test_between_two_cursors(http: httpx2.AsyncClient, ids: list[str]) -> None:
    assert await _page(http, f"order=asc&after={ids[1]}&before={ids[4]}") == (ids[2:4], False)


async def test_the_sdk_pages_through_everything(client: openai.AsyncOpenAI, ids: list[str]) -> None:
    found = [item.id async for item in client.beta.assistants.list(limit=2, order="asc")]
    assert found == ids


async def test_deleting_while_paging_loses_nothing(
    client: openai.AsyncOpenAI, ids: list[str]
) -> None:
    async for item in client.beta.assistants.list(limit=2):
        await client.beta.assistants.delete(item.id)
    assert (await client.beta.assistants.list()).data == []


async def test_an_empty_list(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/vector_stores")).json() == {
        "object": "list",
        "data": [],
        "first_id": "",
        "last_id": "",
        "has_more": False,
    }


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        ("limit=0", "limit", "integer_below_min_value"),
        ("limit=101", "limit", "integer_above_max_value"),
        ("limit=ten", "limit", "invalid_type"),
        ("order=up", "order", "invalid_value"),
        ("after=asst_never", "after", "invalid_value"),
        ("before=asst_never", "before", "invalid_value"),
    ],
)
async def test_bad_cursors(http: httpx2.AsyncClient, query: str, param: str, code: str) -> None:
    refused = await http.get(f"/assistants?{query}")
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert (error["param"], error["code"]) == (param, code)


async def test_files_list_up_to_ten_thousand(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/files?limit=10000")).status_code == 200
    assert (await http.get("/files?limit=10001")).status_code == 400
