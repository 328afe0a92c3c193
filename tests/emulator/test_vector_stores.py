"""Vector stores: indexing, attributes, batches, search, expiry."""

import threading
from typing import Any

import openai
import pytest

from asstctl.emulator.account import Account
from emulator import documents
from emulator.conftest import Clock, on_both_databases

DAY = 24 * 3600


async def _file(client: openai.AsyncOpenAI, name: str, data: bytes) -> str:
    return (await client.files.create(file=(name, data), purpose="assistants")).id


async def _store(
    account: Account, client: openai.AsyncOpenAI, files: dict[str, str], **options: Any
) -> str:
    ids = [await _file(client, name, text.encode()) for name, text in files.items()]
    store = await client.vector_stores.create(file_ids=ids, **options)
    await account.indexer.settled((store.id,))
    return store.id


@on_both_databases
async def test_a_store_is_in_progress_until_its_files_are_read(
    account: Account, client: openai.AsyncOpenAI
) -> None:
    good = await _file(client, "receipt.pdf", documents.receipt())
    empty = await _file(client, "empty.txt", b"")
    store = await client.vector_stores.create(file_ids=[good, empty])
    assert store.status == "in_progress"
    assert store.file_counts.in_progress == 2
    await account.indexer.settled((store.id,))
    store = await client.vector_stores.retrieve(store.id)
    assert store.status == "completed"
    counts = store.file_counts
    assert (counts.completed, counts.failed, counts.total) == (1, 1, 2)
    assert store.usage_bytes > 0
    failed = await client.vector_stores.files.retrieve(empty, vector_store_id=store.id)
    assert failed.last_error is not None
    assert (failed.status, failed.last_error.code) == ("failed", "invalid_file")
    assert failed.last_error.message == "The file is empty."


async def test_what_takes_long_holds_up_nothing_else(
    account: Account, client: openai.AsyncOpenAI
) -> None:
    large = await _file(client, "large.md", b"The castle. " * 100_000)
    small = await _file(client, "small.md", b"The castle.")
    freed = threading.Event()
    slow = account.indexer._lanes[-1].workers
    busy = [slow.submit(freed.wait) for _ in range(2)]
    others = await client.vector_stores.create(file_ids=[large])
    store = await client.vector_stores.create(file_ids=[small])
    await account.indexer.settled((store.id,))
    assert (await client.vector_stores.retrieve(others.id)).status == "in_progress"
    freed.set()
    await account.indexer.settled((others.id,))
    assert (await client.vector_stores.retrieve(others.id)).status == "completed"
    assert all(done.result() for done in busy)


async def test_wrong_extensions_are_refused_at_once(client: openai.AsyncOpenAI) -> None:
    file_id = await _file(client, "data.csv", b"a,b")
    store = await client.vector_stores.create()
    for attempt in (
        client.vector_stores.create(file_ids=[file_id]),
        client.vector_stores.files.create(store.id, file_id=file_id),
        client.vector_stores.file_batches.create(store.id, file_ids=[file_id]),
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            await attempt
        assert refused.value.code == "unsupported_file"
    assert (await client.vector_stores.retrieve(store.id)).file_counts.total == 0


async def test_chunking_reads_back_as_static(account: Account, client: openai.AsyncOpenAI) -> None:
    words = " ".join(f"word{number}" for number in range(2000))
    file_id = await _file(client, "long.txt", words.encode())
    stores = client.vector_stores
    auto = await stores.create()
    file = await stores.files.create(auto.id, file_id=file_id)
    assert file.chunking_strategy is not None
    assert file.chunking_strategy.model_dump() == {
        "type": "static",
        "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
    }
    small = await stores.create()
    file = await stores.files.create(
        small.id,
        file_id=file_id,
        chunking_strategy={
            "type": "static",
            "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 10},
        },
    )
    await account.indexer.settled((auto.id, small.id))
    counts = [
        len((await stores.files.content(file_id, vector_store_id=store.id)).data)
        for store in (auto, small)
    ]
    assert counts[0] < 12 < counts[1]


@on_both_databases
async def test_attaching_again_keeps_the_file_and_takes_new_attributes(
    account: Account, client: openai.AsyncOpenAI
) -> None:
    file_id = await _file(client, "a.md", b"castle")
    store = await client.vector_stores.create()
    files = client.vector_stores.files
    await files.create(store.id, file_id=file_id, attributes={"n": 1})
    await account.indexer.settled((store.id,))
    again = await files.create(store.id, file_id=file_id)
    assert (again.status, again.attributes) == ("completed", {"n": 1})
    again = await files.create(store.id, file_id=file_id, attributes={"n": 2.5, "ok": False})
    assert again.attributes == {"n": 2.5, "ok": False}
    assert (await client.vector_stores.retrieve(store.id)).file_counts.total == 1


@on_both_databases
async def test_detaching_leaves_the_file(account: Account, client: openai.AsyncOpenAI) -> None:
    file_id = await _file(client, "a.md", b"castle")
    store = await client.vector_stores.create(file_ids=[file_id])
    await account.indexer.settled((store.id,))
    await client.vector_stores.files.delete(file_id, vector_store_id=store.id)
    assert (await client.files.retrieve(file_id)).id == file_id
    assert account.database.rows("SELECT * FROM passages") == []
    with pytest.raises(openai.NotFoundError):
        await client.vector_stores.files.retrieve(file_id, vector_store_id=store.id)


@on_both_databases
async def test_each_file_of_a_batch_has_its_own_settings(
    account: Account, client: openai.AsyncOpenAI
) -> None:
    ids = [await _file(client, f"{number}.md", b"castle") for number in range(3)]
    store = await client.vector_stores.create()
    files: Any = [
        {"file_id": file_id, "attributes": {"n": number}} for number, file_id in enumerate(ids)
    ]
    batch = await client.vector_stores.file_batches.create_and_poll(
        store.id, files=files, poll_interval_ms=10
    )
    assert (batch.status, batch.file_counts.completed) == ("completed", 3)
    listed = await client.vector_stores.file_batches.list_files(
        batch.id, vector_store_id=store.id, order="asc"
    )
    assert [item.attributes for item in listed.data] == [{"n": 0}, {"n": 1}, {"n": 2}]


@on_both_databases
async def test_a_batch_can_be_cancelled(account: Account, client: openai.AsyncOpenAI) -> None:
    ids = [await _file(client, f"{number}.md", b"castle") for number in range(20)]
    store = await client.vector_stores.create()
    # No await between attaching and cancelling lets the event loop see an indexed file.
    batches = client.vector_stores.file_batches
    batch = await batches.create(store.id, file_ids=ids)
    cancelled = await batches.cancel(batch.id, vector_store_id=store.id)
    await account.indexer.settled((store.id,))
    counts = cancelled.file_counts
    assert counts.in_progress == 0
    assert counts.completed + counts.cancelled == 20
    after = (await batches.retrieve(batch.id, vector_store_id=store.id)).file_counts
    assert after == counts


@on_both_databases
async def test_search_finds_the_right_file_first(
    account: Account, client: openai.AsyncOpenAI
) -> None:
    store_id = await _store(
        account,
        client,
        {
            "trams.md": "Tram 28 climbs to the castle of São Jorge.",
            "food.md": "Custard tarts are best in Belém, with cinnamon.",
            "hours.md": "The castle opens at nine and closes at six.",
        },
    )
    search = client.vector_stores.search
    found = (await search(store_id, query="When does the castle open?")).data
    assert [item.filename for item in found] == ["hours.md", "trams.md"]
    assert 0 < found[1].score < found[0].score <= 1
    found = (await search(store_id, query="sao jorge TRAMS")).data
    assert found[0].filename == "trams.md"
    assert (await search(store_id, query="quantum physics")).data == []
    one = (await search(store_id, query="castle", max_num_results=1)).data
    assert len(one) == 1
    strict = await search(store_id, query="castle opens", ranking_options={"score_threshold": 0.99})
    assert [item.filename for item in strict.data] == ["hours.md"]
    both = (await search(store_id, query=["custard", "tram"])).data
    assert {item.filename for item in both} == {"food.md", "trams.md"}


@pytest.mark.parametrize(
    ("text", "query", "wrong"),
    [
        ("退款将在三十天内处理。", "退款", "发货"),
        ("退款将在三十天内处理。", "退款多久处理?", "发货"),
        ("本商店接受iPhone手机的退货，不收税", "iphone能不能退货", "android"),
        ("本商店接受iPhone手机的退货，不收税", "税", "票"),
        ("返金は三十日以内に行われます。", "返金はいつ", "注文"),
        ("ｶｰﾄﾞでお支払いください", "カード", "現金"),
        ("환불은 삼십일 이내에 처리됩니다", "환불 언제 되나요", "배송"),
        ("การคืนเงินจะดำเนินการภายในสามสิบวัน", "คืนเงินเมื่อไหร่", "กุ้ง"),
    ],
)
async def test_words_are_found_in_sentences_without_spaces(
    account: Account, client: openai.AsyncOpenAI, text: str, query: str, wrong: str
) -> None:
    store_id = await _store(account, client, {"a.md": text, "b.md": "Nothing to see. 何もない"})
    search = client.vector_stores.search
    found = (await search(store_id, query=query)).data
    assert [item.filename for item in found] == ["a.md"]
    assert (await search(store_id, query=wrong)).data == []
    made = await client.beta.assistants.create(
        model="gpt-4o",
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store_id]}},
    )
    run = await client.beta.threads.create_and_run_poll(
        assistant_id=made.id,
        thread={"messages": [{"role": "user", "content": query}]},
        poll_interval_ms=5,
    )
    (answer,) = (await client.beta.threads.messages.list(run.thread_id, limit=1)).data
    assert answer.content[0].type == "text"
    assert f"> {text}" in answer.content[0].text.value


@on_both_databases
@pytest.mark.parametrize(
    "query",
    ['"', "a AND", "NEAR(", "col:x", "*", "''", "castle*", "-castle", "^", "🏰", "\0", "x" * 5000],
)
async def test_any_text_is_a_query(
    account: Account, client: openai.AsyncOpenAI, query: str
) -> None:
    store_id = await _store(account, client, {"a.md": "the castle"})
    found = (await client.vector_stores.search(store_id, query=query)).data
    assert len(found) == ("castle" in query)


async def test_filters(account: Account, client: openai.AsyncOpenAI) -> None:
    store = await client.vector_stores.create()
    places: list[dict[str, Any]] = [
        {"city": "lisbon", "year": 2020, "open": True},
        {"city": "porto", "year": 2024.5, "open": False},
        {"city": "faro"},
    ]
    for number, attributes in enumerate(places):
        file_id = await _file(client, f"{number}.md", f"castle number {number}".encode())
        await client.vector_stores.files.create(store.id, file_id=file_id, attributes=attributes)
    await account.indexer.settled((store.id,))

    async def cities(filters: Any) -> list[str]:
        found = await client.vector_stores.search(store.id, query="castle", filters=filters)
        return sorted(str((item.attributes or {})["city"]) for item in found.data)

    def by(kind: str, key: str, value: object) -> dict[str, object]:
        return {"type": kind, "key": key, "value": value}

    assert await cities(by("eq", "city", "porto")) == ["porto"]
    assert await cities(by("ne", "city", "porto")) == ["faro", "lisbon"]
    assert await cities(by("gt", "year", 2020)) == ["porto"]
    assert await cities(by("gte", "year", 2020)) == ["lisbon", "porto"]
    assert await cities(by("lt", "year", 2024)) == ["lisbon"]
    assert await cities(by("lte", "city", "lisbon")) == ["faro", "lisbon"]
    assert await cities(by("in", "city", ["porto", "faro"])) == ["faro", "porto"]
    assert await cities(by("nin", "city", ["porto", "faro"])) == ["lisbon"]
    assert await cities(by("eq", "open", 1)) == []
    assert await cities(by("eq", "open", True)) == ["lisbon"]
    either = {"type": "or", "filters": [by("eq", "city", "faro"), by("gt", "year", 2022)]}
    assert await cities(either) == ["faro", "porto"]
    assert await cities({"type": "and", "filters": [either, by("eq", "city", "faro")]}) == ["faro"]
    with pytest.raises(openai.BadRequestError) as refused:
        await cities({"type": "xor", "filters": []})
    assert refused.value.param == "filters.type"


@on_both_databases
async def test_an_unused_store_expires(
    account: Account, client: openai.AsyncOpenAI, clock: Clock
) -> None:
    store_id = await _store(
        account,
        client,
        {"a.md": "castle"},
        expires_after={"anchor": "last_active_at", "days": 2},
    )
    clock.advance(DAY)
    await client.vector_stores.search(store_id, query="castle")
    clock.advance(2 * DAY - 1)
    store = await client.vector_stores.retrieve(store_id)
    assert store.status == "completed"
    assert store.expires_at == clock.now + 1
    clock.advance(1)
    assert (await client.vector_stores.retrieve(store_id)).status == "expired"
    with pytest.raises(openai.BadRequestError, match="expired"):
        await client.vector_stores.search(store_id, query="castle")
    await client.vector_stores.update(store_id, expires_after=None)
    assert (await client.vector_stores.retrieve(store_id)).status == "completed"


async def test_updates_replace_what_is_given(client: openai.AsyncOpenAI) -> None:
    store = await client.vector_stores.create(name="a", metadata={"x": "1", "y": "2"})
    store = await client.vector_stores.update(store.id, metadata={"x": "3"})
    assert (store.name, store.metadata) == ("a", {"x": "3"})
    store = await client.vector_stores.update(store.id, name=None, metadata=None)
    assert (store.name, store.metadata) == ("", {})
