"""Files and uploads: streamed in and out, labelled but never opened by their names."""

import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from asstctl.emulator import Account, open_account
from emulator.conftest import Clock, sdk

MIB = 1024 * 1024


async def _upload(
    http: httpx2.AsyncClient, name: str, data: bytes, **fields: str
) -> httpx2.Response:
    form = {"purpose": "assistants"} | fields
    return await http.post("/files", data=form, files={"file": (name, data)})


async def test_content_comes_back_byte_for_byte(client: openai.AsyncOpenAI) -> None:
    data = bytes(range(256)) * 20_000 + b"--boundary\r\n\r\n"
    file = await client.files.create(file=("blob.bin", data), purpose="assistants")
    assert file.bytes == len(data)
    assert (await client.files.content(file.id)).content == data


async def test_an_empty_file(client: openai.AsyncOpenAI) -> None:
    file = await client.files.create(file=("empty.txt", b""), purpose="assistants")
    assert file.bytes == 0
    assert (await client.files.content(file.id)).content == b""


async def test_a_large_file_is_never_whole_in_memory(tmp_path: Path, clock: Clock) -> None:
    size = 48 * MIB
    digest = hashlib.sha256()

    async def body() -> AsyncIterator[bytes]:
        head = 'Content-Disposition: form-data; name="file"; filename="big.bin"'
        yield f"--xx\r\n{head}\r\n\r\n".encode()
        for number in range(size // (64 * 1024)):
            piece = bytes([number % 256]) * (64 * 1024)
            digest.update(piece)
            yield piece
        yield b'\r\n--xx\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants'
        yield b"\r\n--xx--\r\n"

    async with open_account(tmp_path / "account.db", clock=clock) as account:
        transport = httpx2.ASGITransport(app=account.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://local") as http:
            tracemalloc.start()
            kind = {"content-type": "multipart/form-data; boundary=xx"}
            file = (await http.post("/files", content=body(), headers=kind)).json()
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert file["bytes"] == size
            assert peak < 12 * MIB
            found = await http.get(f"/files/{file['id']}/content")
            assert hashlib.sha256(found.content).hexdigest() == digest.hexdigest()


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\\Users\\me\\a.txt", "a.txt"),
        ("naïve 東京.md", "naïve 東京.md"),
        ("", "upload"),
        ("filename*=utf-8''na%C3%AFve%20%E6%9D%B1.md", "naïve 東.md"),
        ("filename*=koi8-r''x.md", "upload"),
    ],
)
async def test_names_are_labels(http: httpx2.AsyncClient, name: str, label: str) -> None:
    written = name if name.startswith("filename") else f'filename="{name}"'
    body = (
        '--xx\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n'
        f'--xx\r\nContent-Disposition: form-data; name="file"; {written}\r\n\r\nx\r\n--xx--'
    )
    kind = {"content-type": "multipart/form-data; boundary=xx"}
    answer = await http.post("/files", content=body.encode(), headers=kind)
    assert answer.json()["filename"] == label


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"purpose": "homework"}, "purpose", "invalid_value"),
        ({"porpoise": "x"}, "porpoise", "unknown_parameter"),
        ({"expires_after[anchor]": "created_at"}, "expires_after.seconds", None),
        (
            {"expires_after[anchor]": "created_at", "expires_after[seconds]": "60"},
            "expires_after.seconds",
            "integer_below_min_value",
        ),
    ],
)
async def test_refused_forms_leave_nothing(
    account: Account,
    http: httpx2.AsyncClient,
    fields: dict[str, str],
    param: str,
    code: str | None,
) -> None:
    refused = await _upload(http, "a.txt", b"x", **fields)
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["param"] == param
    assert code in {None, error["code"]}
    assert account.database.rows("SELECT * FROM blobs") == []


async def test_forms_that_are_none(account: Account, http: httpx2.AsyncClient) -> None:
    kind = {"content-type": "multipart/form-data; boundary=xx"}
    for content, headers in (
        (b"", {}),
        (b"{}", {"content-type": "application/json"}),
        (b"--xx\r\nnonsense", kind),
        (b"--yy\r\n\r\n--yy--", kind),
    ):
        refused = await http.post("/files", content=content, headers=headers)
        assert refused.status_code == 400, refused.text
    no_file = await http.post("/files", files={"purpose": (None, "assistants")})
    assert no_file.json()["error"]["param"] == "file"
    assert account.database.rows("SELECT * FROM blobs") == []


async def test_files_expire(client: openai.AsyncOpenAI, clock: Clock) -> None:
    file = await client.files.create(
        file=("a.txt", b"x"),
        purpose="user_data",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )
    clock.advance(3599)
    assert (await client.files.retrieve(file.id)).id == file.id
    clock.advance(1)
    with pytest.raises(openai.NotFoundError):
        await client.files.retrieve(file.id)


async def test_deleting_a_file_takes_it_out_of_every_store(
    account: Account, client: openai.AsyncOpenAI
) -> None:
    file = await client.files.create(file=("a.md", b"the castle"), purpose="assistants")
    stores = [await client.vector_stores.create(file_ids=[file.id]) for _ in range(2)]
    await account.indexer.settled(tuple(store.id for store in stores))
    await client.files.delete(file.id)
    for store in stores:
        assert (await client.vector_stores.retrieve(store.id)).file_counts.total == 0
        assert (await client.vector_stores.search(store.id, query="castle")).data == []
    for table in ("blobs", "blob_chunks", "passages", "store_files"):
        assert account.database.rows(f"SELECT * FROM {table}") == []
    with pytest.raises(openai.NotFoundError):
        await client.files.delete(file.id)


async def test_uploads(client: openai.AsyncOpenAI, http: httpx2.AsyncClient, clock: Clock) -> None:
    upload = await client.uploads.create(
        bytes=6, filename="a.txt", mime_type="text/plain", purpose="assistants"
    )
    part = await client.uploads.parts.create(upload.id, data=b"abcdef")
    spare = await client.uploads.parts.create(upload.id, data=b"abc")
    for parts, param in (
        ([], "part_ids"),
        (["part_x"], "part_ids"),
        ([spare.id], "part_ids"),
        ([part.id, part.id], "part_ids"),
    ):
        refused = await http.post(f"/uploads/{upload.id}/complete", json={"part_ids": parts})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
    wrong = {"part_ids": [part.id], "md5": "0" * 32}
    refused = await http.post(f"/uploads/{upload.id}/complete", json=wrong)
    assert refused.json()["error"]["param"] == "md5"
    md5 = hashlib.md5(b"abcdef").hexdigest()
    done = await client.uploads.complete(upload.id, part_ids=[part.id], md5=md5)
    assert done.status == "completed"
    assert done.file is not None
    assert done.file.filename == "a.txt"
    late = await http.post(f"/uploads/{upload.id}/complete", json={"part_ids": [part.id]})
    assert late.status_code == 400
    other = await client.uploads.create(
        bytes=6, filename="a.txt", mime_type="text/plain", purpose="assistants"
    )
    clock.advance(3600)
    with pytest.raises(openai.BadRequestError, match="expired"):
        await client.uploads.parts.create(other.id, data=b"x")


async def test_a_file_may_have_the_id_that_programs_know(
    client: openai.AsyncOpenAI, http: httpx2.AsyncClient
) -> None:
    asked: Any = {"extra_headers": {"X-Asstctl-Id": "file-known"}}
    made = await client.files.create(file=("a.md", b"castle"), purpose="assistants", **asked)
    assert made.id == "file-known"
    assert (await client.files.content("file-known")).read() == b"castle"
    with pytest.raises(openai.ConflictError, match="exists already"):
        await client.files.create(file=("b.md", b"tower"), purpose="assistants", **asked)
    assert [file.filename async for file in client.files.list()] == ["a.md"]
    upload = await client.uploads.create(
        bytes=6, filename="c.md", mime_type="text/markdown", purpose="assistants"
    )
    part = await client.uploads.parts.create(upload.id, data=b"castle")
    asked = {"extra_headers": {"X-Asstctl-Id": "file-known-too"}}
    done = await client.uploads.complete(upload.id, part_ids=[part.id], **asked)
    assert done.file is not None
    assert done.file.id == "file-known-too"


async def test_an_upload_that_breaks_off_is_swept_up_later(tmp_path: Path, clock: Clock) -> None:
    async with open_account(tmp_path / "account.db", clock=clock) as account:
        with account.database.write() as connection:
            connection.execute("INSERT INTO blobs (created_at, bytes) VALUES (?, 5)", (clock(),))
    async with open_account(tmp_path / "account.db", clock=clock) as account:
        assert len(account.database.rows("SELECT * FROM blobs")) == 1
    clock.advance(7 * 3600)
    async with open_account(tmp_path / "account.db", clock=clock) as account, sdk(account):
        assert account.database.rows("SELECT * FROM blobs") == []
