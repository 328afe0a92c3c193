"""A bucket of Amazon S3 or of a service that speaks its protocol, through boto3."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from asstctl.emulator.store.database import BucketError
from asstctl.errors import AsstctlError

_SCHEME = "s3://"
_GONE = frozenset({"NoSuchKey", "404"})


class S3Bucket:
    """Objects ``PREFIX/BLOB/POSITION``. Credentials, region and address are AWS's own settings."""

    def __init__(self, url: str) -> None:
        if find_spec("boto3") is None:
            raise AsstctlError(
                "files in a bucket need the package boto3",
                why="It is installed on demand only.",
                fix="Install it with: pip install 'asstctl[s3]'",
            )
        import boto3
        from botocore.config import Config

        self.url = url.rstrip("/")
        self._bucket, _, prefix = self.url.removeprefix(_SCHEME).partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        try:
            with _told():
                settings = Config(connect_timeout=3, read_timeout=30, retries={"mode": "standard"})
                self._client = boto3.client("s3", config=settings)
                self._client.head_bucket(Bucket=self._bucket)
        except BucketError as error:
            raise AsstctlError(
                f"cannot use the bucket {self.url}",
                why=f"{error}.",
                fix="Check its name, AWS_ENDPOINT_URL_S3 for a service that is not Amazon's, and "
                "the credentials, which are looked for where the AWS command looks.",
            ) from error

    def put(self, blob_id: int, position: int, data: bytes) -> None:
        """Keep a piece."""
        with _told():
            key = f"{self._prefix}{blob_id}/{position}"
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data)

    def get(self, blob_id: int, position: int) -> bytes:
        """Give a piece."""
        with _told():
            key = f"{self._prefix}{blob_id}/{position}"
            data: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            return data

    def delete(self, blob_id: int) -> None:
        """Delete all pieces of a blob."""
        with _told():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{self._prefix}{blob_id}/"
            )
            for page in pages:
                found = [{"Key": item["Key"]} for item in page.get("Contents", ())]
                if found:
                    self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": found})


@contextmanager
def _told() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _GONE and error.operation_name == "GetObject":
            raise FileNotFoundError("the file was deleted while it was being read") from error
        raise BucketError(f"its service refused {error.operation_name}: {code}") from error
    except BotoCoreError as error:
        raise BucketError(str(error).rstrip(".")) from error
