"""Ids that are asked for, and what servers make of that."""

from dataclasses import dataclass

import pytest

from asstctl.model.address import Kind
from asstctl.remote.storage.kept_id import KeptId
from asstctl.sync.ports import NotKeptError

IDS = {"assistant.a": "asst_1", "vector_store.a": "vs_1"}
STAMP = {"asstctl_project": "p", "asstctl_key": "a"}


@dataclass(frozen=True)
class Made:
    id: str


@pytest.mark.parametrize(
    ("kind", "metadata", "headers"),
    [
        (Kind.ASSISTANT, STAMP, {"X-Asstctl-Id": "asst_1"}),
        (Kind.VECTOR_STORE, STAMP, {"X-Asstctl-Id": "vs_1"}),
        (Kind.ASSISTANT, STAMP | {"asstctl_key": "b"}, {}),
        (Kind.ASSISTANT, {}, {}),
    ],
)
def test_an_id_is_asked_for_by_address(
    kind: Kind, metadata: dict[str, str], headers: dict[str, str]
) -> None:
    assert KeptId.of(IDS, kind, metadata).headers == headers


def test_a_server_that_chooses_ids_itself_is_told_of() -> None:
    assert KeptId(None).checked(Made("asst_2")) == Made("asst_2")
    assert KeptId("asst_1").checked(Made("asst_1")) == Made("asst_1")
    with pytest.raises(NotKeptError, match="made asst_2 where asst_1 was asked for") as raised:
        KeptId("asst_1").checked(Made("asst_2"))
    assert not raised.value.outcome_unknown  # nobody is to look for it, or to make another
