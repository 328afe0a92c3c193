"""Answers held to a meaning, as embeddings of the target tell it."""

import struct
from base64 import b64encode
from typing import Any

import pytest
from smoke_fakes import Script, ScriptedAccount, case, expect, refused, smoke

from asstctl.remote.storage.smoke import read_vectors
from asstctl.remote.wire.failures import GarbageError
from asstctl.smoke.judges.likeness import cosine
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.result import CaseResult, CaseStatus
from support.clock import run


def judged(account: ScriptedAccount, **wanted: Any) -> CaseResult:
    options = SmokeOptions(embeddings="of-the-target")
    (found,) = run(smoke(account, case(expect=expect(**wanted)), options=options)).cases
    return found


@pytest.mark.parametrize(
    ("wanted", "status", "detail"),
    [
        ({"similar": {"to": "ab"}}, CaseStatus.FAILED, "0.707 where 0.8 is enough"),
        ({"similar": {"to": "ab", "min": 0.7}}, CaseStatus.PASSED, "0.707 where 0.7 is enough"),
        ({"not_similar": {"to": "b", "min": 0.1}}, CaseStatus.PASSED, "0.000 where 0.1 is enough"),
    ],
)
def test_the_measured_value_is_told(
    wanted: dict[str, Any], status: CaseStatus, detail: str
) -> None:
    found = judged(ScriptedAccount(default=Script(reply="aa")), **wanted)

    assert found.status is status
    assert found.turns[0].verdicts[0].detail == f"its similarity is {detail}"


def test_the_model_is_the_expectation_s_or_the_target_s() -> None:
    account = ScriptedAccount(default=Script(reply="a"))

    judged(account, similar={"to": "a", "model": "own"}, not_similar={"to": "b"})

    assert account.asked("embed") == [(("a", "a"), "own"), (("a", "b"), "of-the-target")]


def test_nothing_is_like_nothing() -> None:
    account = ScriptedAccount(default=Script(reply=" "))

    found = judged(account, similar={"to": "a"})

    assert (found.status, account.asked("embed")) == (CaseStatus.FAILED, [])


def test_without_embeddings_it_is_an_error_that_keeps_the_answer() -> None:
    account = ScriptedAccount(default=Script(reply="a"), failures={"embed": [refused()]})

    found = judged(account, contains="a", similar={"to": "a"})

    assert found.status is CaseStatus.ERROR
    assert found.reason.startswith("comparing meanings: ")
    assert [verdict.passed for verdict in found.turns[0].verdicts] == [True, False]


def test_vectors_without_a_direction_are_like_nothing() -> None:
    assert cosine((0.0, 0.0), (1.0, 0.0)) == 0


def test_vectors_are_read_in_their_order_and_also_from_base64() -> None:
    packed = b64encode(struct.pack("<2f", 0.5, 1.0)).decode()
    data: list[Any] = [{"index": 1, "embedding": [1, 2.5]}, {"index": 0, "embedding": packed}]

    assert read_vectors({"data": data}, 2) == ((0.5, 1.0), (1, 2.5))


@pytest.mark.parametrize(
    "embeddings", [[], [[1.0]], [[1.0], [1.0, 2.0]], [["x"], ["y"]], [[], []], ["???", "???"]]
)
def test_what_is_no_vectors_is_garbage(embeddings: list[Any]) -> None:
    data = [{"index": at, "embedding": item} for at, item in enumerate(embeddings)]

    with pytest.raises(GarbageError):
        read_vectors({"data": data}, 2)
