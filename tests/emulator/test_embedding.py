"""File search by meaning, with an embeddings endpoint behind the account."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from asstctl.emulator import Account, open_account
from asstctl.emulator.models.base import Calls, FileSearchCall
from asstctl.emulator.models.embedder import EmbeddingError
from asstctl.emulator.search import Weights
from asstctl.emulator.store.embeddings import missing
from asstctl.emulator.vector import distance, pack, unpack
from emulator.conftest import Clock, sdk
from emulator.dead import dead_owner
from emulator.meanings import KEY, Meanings, cosine, meaning
from emulator.scripted import Script

RETURNS = "Purchases may be returned within thirty days."
PARCELS = "Parcels leave our warehouse every morning."
PRIVACY = "We keep names and addresses for one year."
SHOP = {"returns.md": RETURNS, "parcels.md": PARCELS, "privacy.md": PRIVACY}
REFUNDS = "refund policy"


@pytest.fixture
def endpoint() -> Meanings:
    return Meanings()


@asynccontextmanager
async def _open(
    endpoint: Meanings | None,
    path: Path | str | None = None,
    name: str = "small",
    script: Script | None = None,
) -> AsyncIterator[tuple[Account, openai.AsyncOpenAI]]:
    embeddings = endpoint.named(name) if endpoint else None
    async with (
        open_account(
            path, model=script.upstream if script else None, embeddings=embeddings, clock=Clock()
        ) as account,
        sdk(account) as client,
    ):
        yield account, client


async def _shop(account: Account, client: openai.AsyncOpenAI) -> str:
    ids = [
        (await client.files.create(file=(name, text.encode()), purpose="assistants")).id
        for name, text in SHOP.items()
    ]
    store = await client.vector_stores.create(file_ids=ids)
    await account.indexer.settled((store.id,))
    return store.id


async def _found(
    client: openai.AsyncOpenAI, store_id: str, query: str = REFUNDS, **options: Any
) -> dict[str, float]:
    found = await client.vector_stores.search(store_id, query=query, **options)
    return {item.filename: item.score for item in found.data}


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


def _kept(account: Account) -> set[tuple[str, str]]:
    rows = account.database.rows(
        "SELECT p.text, v.model FROM passage_vectors v JOIN passages p ON p.seq = v.passage"
    )
    return {(row["text"], row["model"]) for row in rows}


def _holds(account: Account, vectors: set[tuple[str, str]]) -> bool:
    return _kept(account) == vectors


async def test_what_means_the_same_is_found(endpoint: Meanings, kept: Path | str) -> None:
    async with _open(None) as (account, client):
        assert await _found(client, await _shop(account, client)) == {}
    async with _open(endpoint, kept) as (account, client):
        store_id = await _shop(account, client)
        found = await _found(client, store_id)
        assert next(iter(found)) == "returns.md"
        assert found["returns.md"] == pytest.approx(cosine(REFUNDS, RETURNS), abs=1e-5)
        assert "parcels.md" not in found
        both = await _found(client, store_id, "refund of purchases")
        near = cosine("refund of purchases", RETURNS)
        assert near < both["returns.md"] <= 1
        assert (
            await _found(client, store_id, REFUNDS, ranking_options={"score_threshold": 0.99}) == {}
        )
        some = {"type": "eq", "key": "city", "value": "porto"}
        assert await _found(client, store_id, REFUNDS, filters=some) == {}
        assert await _found(client, store_id, " ") == {}
    assert {headers["authorization"] for headers in endpoint.headers} == {f"Bearer {KEY}"}


async def test_runs_and_responses_find_it_too(endpoint: Meanings) -> None:
    script = Script([[Calls((FileSearchCall("c", REFUNDS),))], ["Done"]] * 2)
    async with _open(endpoint, script=script) as (account, client):
        store_id = await _shop(account, client)
        made = await client.beta.assistants.create(
            model="gpt-4o",
            tools=[{"type": "file_search"}],
            tool_resources={"file_search": {"vector_store_ids": [store_id]}},
        )
        await client.beta.threads.create_and_run_poll(
            assistant_id=made.id,
            thread={"messages": [{"role": "user", "content": "?"}]},
            poll_interval_ms=1,
        )
        (call,) = script.prompts[1].rounds[0].calls
        assert isinstance(call, FileSearchCall)
        assert call.results[0].file_name == "returns.md"
        response = await client.responses.create(
            model="gpt-4o",
            input="?",
            tools=[_tool(store_id)],
            include=["file_search_call.results"],
        )
        searched = response.output[0]
        assert searched.type == "file_search_call"
        assert searched.results
        assert searched.results[0].filename == "returns.md"


def _tool(store_id: str, **weights: float) -> Any:
    ranking = {"ranking_options": {"hybrid_search": weights}} if weights else {}
    return {"type": "file_search", "vector_store_ids": [store_id], **ranking}


async def test_a_request_weighs_words_and_meaning(endpoint: Meanings) -> None:
    query = "refund addresses"
    script = Script([])
    async with _open(endpoint, script=script) as (account, client):
        store_id = await _shop(account, client)

        async def scores(**weights: float) -> dict[str, float]:
            script.turns += [[Calls((FileSearchCall("c", query),))], ["Done"]]
            tools = [_tool(store_id, **weights)]
            include: Any = ["file_search_call.results"]
            response = await client.responses.create(
                model="m", input="?", tools=tools, include=include
            )
            results: Any = response.output[0].results  # type: ignore[union-attr]
            return {item.filename: item.score for item in results}

        words = await scores(embedding_weight=0, text_weight=1)
        assert list(words) == ["privacy.md"]
        meaning = await scores(embedding_weight=1, text_weight=0)
        assert next(iter(meaning)) == "returns.md"
        both = await scores()
        assert both["privacy.md"] > max(words["privacy.md"], meaning["privacy.md"])
        assert both == await scores(embedding_weight=0.5, text_weight=0.5)
        for wrong in ({"embedding_weight": 0, "text_weight": 0}, {"embedding_weight": -1}):
            with pytest.raises(openai.BadRequestError, match="weight"):
                await client.responses.create(
                    model="m", input="?", tools=[_tool(store_id, **({"text_weight": 1} | wrong))]
                )


def test_scores_are_fused_between_0_and_1() -> None:
    equal = Weights()
    assert equal.fused(0, 0) == 0
    assert equal.fused(1, 0.3) == 1
    assert equal.fused(0.5, 0) == equal.fused(0, 0.5) == 0.5
    assert equal.fused(0.5, 0.5) == 0.75
    assert Weights(words=3, meaning=3).fused(0.5, 0.5) == 0.75
    assert Weights(words=0).fused(1, 0.25) == 0.25


def test_vectors_are_kept_at_length_one() -> None:
    one, same, across = pack([3, 4]), pack([0.3, 0.4]), pack([-4, 3])
    assert len(one) == 8
    assert unpack(one) == pytest.approx([0.6, 0.8])
    assert distance(one, same) == pytest.approx(0, abs=1e-6)
    assert distance(one, across) == pytest.approx(1)
    assert distance(one, pack([-3, -4])) == pytest.approx(2)
    for wrong in ([], [0, 0], [float("nan")], [float("inf"), 1]):
        with pytest.raises(ValueError, match="direction"):
            pack(wrong)


def test_sqlite_vec_compares_as_we_do() -> None:
    sqlite_vec = pytest.importorskip("sqlite_vec")
    if not hasattr(sqlite3.Connection, "enable_load_extension"):
        pytest.skip("This Python's SQLite loads no extensions.")
    one, other = pack([1, 2, 3]), pack([3, -2, 0.5])
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.enable_load_extension(True)
        sqlite_vec.load(connection)
        (theirs,) = connection.execute("SELECT vec_distance_cosine(?, ?)", (one, other)).fetchone()
    assert theirs == pytest.approx(distance(one, other), abs=1e-6)


async def test_another_model_embeds_everything_anew(endpoint: Meanings, kept: Path | str) -> None:
    async with _open(None, kept) as (account, client):
        store_id = await _shop(account, client)
        assert _kept(account) == set()
    for model in ("small", "large"):
        all_of_it = {(text, f"{model} at http://embed.test/v1") for text in SHOP.values()}
        async with _open(endpoint, kept, model) as (account, client):
            await _until(partial(_holds, account, all_of_it))
            assert next(iter(await _found(client, store_id))) == "returns.md"
    assert sorted(endpoint.texts) == sorted([*SHOP.values(), REFUNDS] * 2)


async def test_of_several_processes_one_embeds_what_is_missing(
    endpoint: Meanings, kept: Path | str
) -> None:
    go_on = asyncio.Event()

    async def hold() -> None:
        await go_on.wait()

    async with _open(None, kept) as (account, client):
        store_id = await _shop(account, client)
    endpoint.hold = hold
    async with _open(endpoint, kept):
        await _until(lambda: bool(endpoint.asked))
        another = Meanings()
        async with _open(another, kept) as (account, client):
            await _settled(account)
            await _found(client, store_id)
            await _settled(account)
            assert another.texts == [REFUNDS]
            go_on.set()
            await _until(lambda: len(_kept(account)) == 3)
    assert sorted(endpoint.texts) == sorted(SHOP.values())


async def test_another_process_goes_on_where_one_died(endpoint: Meanings, kept: Path | str) -> None:
    async with _open(None, kept) as (account, client):
        await _shop(account, client)
    async with _open(endpoint, kept) as (account, _):
        await _until(lambda: len(_kept(account)) == 3)
        await _settled(account)
        with account.database.write() as connection:
            connection.execute("DELETE FROM passage_vectors")
            claimed = "INSERT INTO embedders (model, owner) VALUES (?, ?)"
            connection.execute(claimed, ("small at http://embed.test/v1", dead_owner()))
        account.adopt()
        await _until(lambda: len(_kept(account)) == 3)
        await _settled(account)
        assert account.database.rows("SELECT * FROM embedders") == []


async def _settled(account: Account) -> None:
    assert account.embedding is not None
    await _until(lambda: not account.embedding._is_at_it)  # type: ignore[union-attr]


async def test_what_came_without_vectors_gets_them_after_a_search(
    endpoint: Meanings, kept: Path | str
) -> None:
    async with _open(endpoint, kept) as (account, client):
        async with _open(None, kept) as (other, its_client):
            store_id = await _shop(other, its_client)
        assert "returns.md" not in await _found(client, store_id)
        assert "parcels.md" in await _found(client, store_id, "parcels")
        await _until(lambda: len(_kept(account)) == 3)
        assert next(iter(await _found(client, store_id))) == "returns.md"


async def test_vectors_of_another_size_are_made_anew(endpoint: Meanings, kept: Path | str) -> None:
    async with _open(endpoint, kept) as (account, client):
        store_id = await _shop(account, client)
        endpoint.extra = 3  # another model under the same name
        assert "returns.md" not in await _found(client, store_id)
        await _until(lambda: len(endpoint.texts) == 7)
        await _until(partial(_all_of_size, account, endpoint))
        assert next(iter(await _found(client, store_id))) == "returns.md"


def _all_of_size(account: Account, endpoint: Meanings) -> bool:
    size = 4 * (len(meaning("")) + endpoint.extra)
    return not missing(account.database, "small at http://embed.test/v1", 0, 10, size)


async def test_a_file_that_cannot_be_embedded_fails(
    endpoint: Meanings, caplog: pytest.LogCaptureFixture
) -> None:
    error = {"error": {"message": f"Incorrect API key provided: {KEY}."}}
    endpoint.answers = [httpx2.Response(401, json=error)] * 3
    async with _open(endpoint) as (account, client):
        with caplog.at_level(logging.WARNING, "asstctl.operation"):
            store_id = await _shop(account, client)
        told = (
            "The embeddings endpoint http://embed.test/v1/embeddings answered 401: "
            "Incorrect API key provided: ***."
        )
        for file in (await client.vector_stores.files.list(store_id)).data:
            assert file.status == "failed"
            assert file.last_error is not None
            assert (file.last_error.code, file.last_error.message) == ("server_error", told)
        assert account.database.rows("SELECT * FROM passages") == []
        lines = [record.getMessage() for record in caplog.records]
        assert lines == [f"a file is not indexed: {told}"] * 3
        # Attached again, it is indexed again.
        (file_id,) = [
            item.id async for item in client.files.list() if item.filename == "returns.md"
        ]
        await client.vector_stores.files.create(store_id, file_id=file_id)
        await account.indexer.settled((store_id,))
        assert list(await _found(client, store_id)) == ["returns.md"]


async def test_a_query_that_cannot_be_embedded_is_searched_by_words(
    endpoint: Meanings, caplog: pytest.LogCaptureFixture
) -> None:
    async with _open(endpoint) as (account, client):
        store_id = await _shop(account, client)
        endpoint.answers = [httpx2.ConnectError("refused"), httpx2.Response(200, json={"data": []})]
        with caplog.at_level(logging.WARNING, "asstctl.operation"):
            assert await _found(client, store_id, "warehouse") == {"parcels.md": 1.0}
            assert await _found(client, store_id, "warehouse") == {"parcels.md": 1.0}
        lines = [record.getMessage() for record in caplog.records]
        told = "searched by words alone: The embeddings endpoint http://embed.test/v1/embeddings"
        assert lines == [
            f"{told} could not be reached: ConnectError('refused')",
            f"{told} gave no embeddings: 0 is missing",
        ]


async def test_the_endpoint_is_asked_again_and_in_batches(endpoint: Meanings) -> None:
    endpoint.answers = [
        httpx2.ReadError("broken off"),
        httpx2.Response(429, headers={"retry-after": "3"}),
        httpx2.Response(503),
    ]
    model = endpoint.named().connect()
    texts = [f"word{number}" for number in range(70)]
    vectors = await model.embed(texts, patient=True)
    assert endpoint.waited == [1.0, 3.0, 1.0]
    assert [len(asked) for asked in endpoint.asked] == [32, 32, 32, 32, 32, 6]
    (last,) = await model.embed([texts[-1]], patient=True)
    assert vectors[-1] == last
    assert len(vectors) == 70
    await model.close()


async def test_who_does_not_start_is_waited_for_once(endpoint: Meanings) -> None:
    refused = httpx2.ConnectError("refused")
    refused.__cause__ = ConnectionRefusedError(111)
    model = endpoint.named(patience=4.0).connect()
    endpoint.answers = [refused]
    await model.embed(["word"], patient=True)
    assert endpoint.waited == [0.5]
    endpoint.answers = [refused] * 20
    for _ in range(8):
        with pytest.raises(EmbeddingError, match="could not be reached: nobody listens there"):
            await model.embed(["word"], patient=True)
    assert endpoint.waited == [0.5, 0.5, 1.0, 2.0]
    await model.close()


async def test_a_search_does_not_wait_for_who_does_not_listen(endpoint: Meanings) -> None:
    refused = httpx2.ConnectError("refused")
    refused.__cause__ = ConnectionRefusedError(111)
    async with _open(endpoint) as (account, client):
        store_id = await _shop(account, client)
        endpoint.answers = [refused]
        assert await _found(client, store_id, "warehouse") == {"parcels.md": 1.0}
    assert endpoint.waited == []


async def test_what_a_model_finds_too_long_is_cut(endpoint: Meanings) -> None:
    endpoint.longest = 300
    model = endpoint.named().connect()
    (vector,) = await model.embed(["refund " + "x" * 1000], patient=True)
    assert [len(text) for text in endpoint.texts] == [1007, 503, 251]
    assert vector == (await model.embed(["refund " + "x" * 244], patient=True))[0]
    await model.embed(["y" * 1000], patient=True)
    assert len(endpoint.texts[-1]) == 251
    await model.close()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({}, "'data' is missing"),
        ({"data": [{"index": 0, "embedding": [0, 0]}]}, "a vector without a direction"),
        ({"data": [{"index": 0, "embedding": ["a"]}]}, "must be real number, not str"),
        ({"data": [{"index": 1, "embedding": [1]}]}, "0 is missing"),
        (
            {"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}]},
            "they are not of one length",
        ),
    ],
    ids=str,
)
async def test_what_is_no_embedding_is_told(
    endpoint: Meanings, answer: dict[str, Any], told: str
) -> None:
    endpoint.answers = [httpx2.Response(200, json=answer)]
    model = endpoint.named().connect()
    with pytest.raises(Exception, match=f"v1/embeddings gave no embeddings: {told}"):
        await model.embed(["a", "b"], patient=True)
    await model.close()


async def test_closing_waits_for_no_endpoint(endpoint: Meanings, kept: Path | str) -> None:
    never = asyncio.Event()

    async def hold() -> None:
        await never.wait()

    endpoint.hold = hold
    async with _open(endpoint, kept) as (_, client):
        file = await client.files.create(file=("a.md", RETURNS.encode()), purpose="assistants")
        store = await client.vector_stores.create(file_ids=[file.id])
        await _until(lambda: bool(endpoint.asked))
    endpoint.hold = None
    async with _open(endpoint, kept) as (account, client):
        await account.indexer.settled((store.id,))
        assert list(await _found(client, store.id)) == ["a.md"]


async def test_programs_get_embeddings_of_the_account_too(endpoint: Meanings) -> None:
    async with _open(endpoint) as (_, client):
        packed = await client.embeddings.create(model="any", input=["refund", RETURNS])
        plain = await client.embeddings.create(model="any", input=RETURNS, encoding_format="float")

    assert packed.data[1].embedding == pytest.approx(plain.data[0].embedding)
    assert unpack(pack(meaning(RETURNS))) == pytest.approx(plain.data[0].embedding)
    assert packed.usage.total_tokens == 14


async def test_without_an_endpoint_there_are_none(endpoint: Meanings) -> None:
    async with _open(None) as (_, client):
        with pytest.raises(openai.NotFoundError, match=r"`asstctl serve --embed-url"):
            await client.embeddings.create(model="any", input="x")
    endpoint.answers = [httpx2.Response(400, json={"error": {"message": "no luck"}})]
    async with _open(endpoint) as (_, client):
        with pytest.raises(openai.InternalServerError, match=r"gave none: .*no luck"):
            await client.with_options(max_retries=0).embeddings.create(model="any", input="x")
