"""The port to a bucket: where the content of files is kept that is not kept in the database."""

from typing import Protocol


class Bucket(Protocol):
    """Pieces of blobs, by blob and position. Safe to use from several threads.

    Raises BucketError when the service does not answer or refuses.
    """

    @property
    def url(self) -> str:
        """The bucket's name and prefix: ``s3://bucket/prefix``, as blobs remember it."""

    def put(self, blob_id: int, position: int, data: bytes) -> None:
        """Keep a piece."""

    def get(self, blob_id: int, position: int) -> bytes:
        """Give a piece. Raises FileNotFoundError when it is not there (any more)."""

    def delete(self, blob_id: int) -> None:
        """Delete all pieces of a blob, if there are any."""
