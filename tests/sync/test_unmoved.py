"""Before something is written: is it still what the plan was computed from?"""

from dataclasses import replace

import pytest

from asstctl.model.actual import ActualStore, AttachedFile, FileCounts
from asstctl.model.stamp import Stamp
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.sync.change.unmoved import MovedError, raise_if_moved
from support.memory_account import Client, Holdings

SPEC = VectorStoreSpec(name="Docs")
FILE = AttachedFile(id="file_1", sha256="00")


async def account_with(total: int) -> tuple[Client, ActualStore]:
    """An account whose store counts so many files, and the store as a plan has seen it."""
    client = Client(Holdings())
    made = await client.create_store(SPEC)
    counted = replace(made, counts=FileCounts(total=total, completed=total))
    client.holdings.stores[made.id] = counted
    stamp = Stamp(project="acme", key="docs")
    return client, ActualStore(
        id=made.id, spec=SPEC, stamp=stamp, raw=SPEC, counts=counted.counts, files=(FILE,)
    )


async def test_a_store_that_stayed_as_it_was_may_be_written() -> None:
    client, seen = await account_with(1)
    await raise_if_moved(client, seen)


async def test_a_list_that_counts_no_files_is_no_sign_of_an_edit() -> None:
    client, seen = await account_with(1)
    await raise_if_moved(client, replace(seen, counts=FileCounts()))


async def test_a_server_that_never_counts_shows_no_edit() -> None:
    client, seen = await account_with(0)
    await raise_if_moved(client, seen)


async def test_a_file_more_than_was_seen_is_somebodys_edit() -> None:
    client, seen = await account_with(2)
    for counts in (FileCounts(), FileCounts(total=1, completed=1)):
        with pytest.raises(MovedError, match="was changed by somebody else"):
            await raise_if_moved(client, replace(seen, counts=counts))


async def test_a_store_that_is_gone_is_told_as_deleted() -> None:
    client, seen = await account_with(1)
    await client.delete_store(seen.id)
    with pytest.raises(MovedError, match="was deleted by somebody else"):
        await raise_if_moved(client, seen)
