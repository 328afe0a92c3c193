"""The content of files in a bucket, of a server that speaks S3's protocol."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import openai
import pytest
from moto.server import ThreadedMotoServer

from asstctl.emulator import open_account
from asstctl.emulator.store import blobs
from asstctl.emulator.store.blobs import CHUNK_BYTES, BlobWriter
from asstctl.emulator.store.connect import connect
from asstctl.emulator.store.s3 import S3Bucket
from asstctl.errors import AsstctlError
from emulator.conftest import Clock, sdk

LARGE = b"The castle opens at nine.\n" * 100_000
URL = "s3://files/of/account"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture
def objects(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The objects of an empty bucket, by which the account's settings are found."""
    for name, value in {
        "AWS_ENDPOINT_URL_S3": server,
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "hidden-in-env-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = boto3.resource("s3").Bucket("files")
    bucket.create()
    bucket.objects.all().delete()
    return bucket.objects


def _keys(objects: Any) -> set[str]:
    return {item.key for item in objects.all()}


async def test_files_are_kept_in_a_bucket(kept: Path | str, clock: Clock, objects: Any) -> None:
    bucket = S3Bucket(URL)
    async with (
        open_account(kept, bucket=bucket, clock=clock) as account,
        sdk(account) as client,
    ):
        large = await client.files.create(file=("a.bin", LARGE), purpose="user_data")
        small = await client.files.create(file=("a.md", b"The castle"), purpose="assistants")
        store = await client.vector_stores.create(file_ids=[small.id])
        await account.indexer.settled((store.id,))
        assert account.database.rows("SELECT * FROM blob_chunks") == []
    sizes = sorted(item.size for item in objects.all())
    assert sizes == [10, len(LARGE) % CHUNK_BYTES, CHUNK_BYTES, CHUNK_BYTES]
    assert all(key.startswith("of/account/") for key in _keys(objects))
    with pytest.raises(AsstctlError, match=f"are in the bucket {URL}"):
        connect(kept)
    with pytest.raises(AsstctlError, match=f"are in the bucket {URL}"):
        connect(kept, S3Bucket("s3://files"))
    async with (
        open_account(kept, bucket=bucket, clock=clock) as account,
        sdk(account) as client,
    ):
        assert (await client.files.content(large.id)).content == LARGE
        found = (await client.vector_stores.search(store.id, query="castle")).data
        assert found[0].filename == "a.md"
        for file in (large, small):
            await client.files.delete(file.id)
        assert account.database.rows("SELECT * FROM blobs") == []
    assert _keys(objects) == set()


async def test_what_uploads_leave_goes(clock: Clock, objects: Any) -> None:
    async with open_account(None, bucket=S3Bucket(URL), clock=clock) as account:
        async with sdk(account) as client:
            for ends in ("complete", "cancel"):
                upload = await client.uploads.create(
                    bytes=5, filename="a.md", mime_type="text/plain", purpose="assistants"
                )
                used = await client.uploads.parts.create(upload.id, data=b"castl")
                await client.uploads.parts.create(upload.id, data=b"unused")
                assert len(_keys(objects)) == 2 + (ends == "cancel")
                if ends == "complete":
                    await client.uploads.complete(
                        upload.id, part_ids=[used.id], md5=hashlib.md5(b"castl").hexdigest()
                    )
                else:
                    await client.uploads.cancel(upload.id)
                assert len(_keys(objects)) == 1
        broken_off = BlobWriter(account.database, clock())
        broken_off.feed(b"half")
        broken_off.flush(last=True)
        blobs.sweep(account.database, clock())
        assert len(_keys(objects)) == 2
        clock.advance(7 * 3600)
        blobs.sweep(account.database, clock())
        assert len(_keys(objects)) == 1


async def test_a_bucket_that_refuses_is_told_as_such(
    clock: Clock, objects: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bucket = S3Bucket(URL)
    async with open_account(None, bucket=bucket, clock=clock) as account, sdk(account) as client:
        file = await client.files.create(file=("a.md", b"castle"), purpose="assistants")
        with monkeypatch.context() as patched:
            patched.setattr(bucket, "_bucket", "another")
            with pytest.raises(openai.InternalServerError) as failed:
                await client.files.create(file=("b.md", b"castle"), purpose="assistants")
            with pytest.raises(openai.InternalServerError) as unread:
                await client.files.content(file.id)
            await client.files.delete(file.id)
            assert len(_keys(objects)) == 1
        for refused, what in ((failed.value, "PutObject"), (unread.value, "GetObject")):
            assert (refused.status_code, refused.code) == (503, "bucket_unreachable")
            assert _told(what) in str(refused)
        said = [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]
        assert said == [f"requests are refused: {_told('PutObject')}"]
        assert (await client.files.list()).data == []
        blobs.sweep(account.database, clock())
        assert _keys(objects) == set()


def _told(what: str) -> str:
    why = f"its service refused {what}: NoSuchBucket"
    return f"The bucket with the account's files cannot be used: {why}."


async def test_content_that_a_bucket_has_lost_is_a_404(clock: Clock, objects: Any) -> None:
    bucket = S3Bucket(URL)
    async with open_account(None, bucket=bucket, clock=clock) as account, sdk(account) as client:
        file = await client.files.create(file=("a.md", b"castle"), purpose="user_data")
        objects.all().delete()
        with pytest.raises(openai.NotFoundError, match="is not there any more"):
            await client.files.content(file.id)


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [("", "refused HeadBucket: 404"), ("http://127.0.0.1:1", "Could not connect to the endpoint")],
)
def test_a_bucket_that_cannot_be_used_is_told_at_the_start(
    objects: Any, monkeypatch: pytest.MonkeyPatch, endpoint: str, told: str
) -> None:
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    with pytest.raises(AsstctlError, match="cannot use the bucket s3://no-such-bucket") as failed:
        S3Bucket("s3://no-such-bucket/x/")
    assert told in str(failed.value.why)
    assert "hidden-in-env-1" not in f"{failed.value} {failed.value.why}"
