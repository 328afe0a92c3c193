"""Runs end in many ways; each is told apart, and nothing is left behind."""

import asyncio
from itertools import pairwise

import pytest
from smoke_fakes import (
    COMPLETED,
    Notes,
    Script,
    ScriptedAccount,
    case,
    expect,
    look,
    refused,
    smoke,
)

from asstctl.errors import ExitCode
from asstctl.model.smoke import Turn
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.ports import Run
from asstctl.smoke.result import CaseResult, CaseStatus, SmokeResult
from asstctl.smoke.run import SHORTEST_PAUSE
from support.clock import run


def only(result: SmokeResult) -> CaseResult:
    (found,) = result.cases
    return found


def ending(*looks: Run) -> ScriptedAccount:
    return ScriptedAccount(default=Script(looks=(look("queued"), *looks), reply=""))


def test_a_good_answer_passes_and_leaves_nothing_behind() -> None:
    account = ScriptedAccount(default=Script(reply="The total is $331.31."))

    result = run(smoke(account, case("What is 5632.34 by 17?", expect=expect(contains="$331.31"))))

    found = only(result)
    assert found.status is CaseStatus.PASSED
    assert found.turns[0].reply == "The total is $331.31."
    assert found.usage.total_tokens == 42
    assert found.seconds > 0
    assert account.threads == {}
    assert account.asked("start_run") == [("thread_1", "asst_1", {})]
    assert result.exit_code is ExitCode.OK


def test_a_wrong_answer_fails_with_what_was_found() -> None:
    account = ScriptedAccount(default=Script(reply="Forty-two."))

    result = run(smoke(account, case(expect=expect(contains="$331.31", not_contains="Forty"))))

    found = only(result)
    assert found.status is CaseStatus.FAILED
    assert [verdict.passed for verdict in found.turns[0].verdicts] == [False, False]
    assert found.reason == 'contains: the reply has no "$331.31"'
    assert found.turns[0].verdicts[1].detail == 'found "Forty"'
    assert result.exit_code is ExitCode.SMOKE_FAILED
    assert account.threads == {}


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (
            look("failed", error_code="rate_limit_exceeded", error_message="Slow down."),
            "failed: rate_limit_exceeded: Slow down.",
        ),
        (look("failed"), "failed, and the server does not say why"),
        (look("expired"), "expired: the server gave up on the run before it was finished"),
        (look("cancelled"), "cancelled, not by asstctl"),
        (
            look("incomplete", incomplete_reason="max_completion_tokens"),
            "incomplete: max_completion_tokens",
        ),
    ],
)
def test_every_bad_end_fails_and_quotes_the_server(last: Run, reason: str) -> None:
    account = ending(look("in_progress"), last)

    result = run(smoke(account, case(expect=expect(not_contains="error", max_seconds=60))))

    found = only(result)
    assert found.status is CaseStatus.FAILED
    assert found.reason == f"status: {reason}"
    turn = found.turns[0]
    assert (turn.status, turn.reason) == (last.status, reason)
    by_kind = {verdict.kind: verdict for verdict in turn.verdicts}
    assert not by_kind["not_contains"].passed
    assert by_kind["not_contains"].detail.startswith("not judged")
    assert by_kind["max_seconds"].passed
    assert account.counts["cancel_run"] == 0
    assert account.threads == {}


@pytest.mark.parametrize("status", ["failed", "expired", "cancelled", "incomplete"])
def test_a_bad_end_that_is_expected_passes(status: str) -> None:
    good = run(smoke(ending(look(status)), case(expect=expect(status=status))))
    assert only(good).status is CaseStatus.PASSED

    negated = run(smoke(ending(look(status)), case(expect=expect(not_status="completed"))))
    assert only(negated).status is CaseStatus.PASSED

    other = run(smoke(ending(look(status)), case(expect=expect(status="completed"))))
    assert only(other).status is CaseStatus.FAILED
    assert len(only(other).turns[0].verdicts) == 1


def test_a_negated_status_excuses_no_other_bad_end() -> None:
    found = only(run(smoke(ending(look("expired")), case(expect=expect(not_status="failed")))))

    assert found.status is CaseStatus.FAILED
    assert [verdict.kind for verdict in found.turns[0].verdicts] == ["status", "not_status"]


def test_a_missed_deadline_cancels_the_run_and_is_no_cancellation() -> None:
    account = ending(look("in_progress"))

    found = only(run(smoke(account, case(expect=expect(max_seconds=5, status="cancelled")))))

    turn = found.turns[0]
    assert found.status is CaseStatus.FAILED
    assert turn.status == "deadline"
    assert (
        turn.reason == "missed the deadline of 5 s: the run was still in_progress and was cancelled"
    )
    assert 5 <= turn.seconds < 5.2
    assert not any(verdict.passed for verdict in turn.verdicts)
    assert account.counts["cancel_run"] == 1
    assert account.threads == {}


def test_without_max_seconds_the_general_deadline_holds() -> None:
    account = ending(look("in_progress"))

    found = only(run(smoke(account, case(), options=SmokeOptions(deadline=90))))

    assert found.turns[0].status == "deadline"
    assert 90 <= found.turns[0].seconds < 91


def test_a_request_that_hangs_misses_the_deadline_too() -> None:
    account = ScriptedAccount(delays={"start_run": 1e5})

    found = only(run(smoke(account, case(expect=expect(max_seconds=2)))))

    assert found.turns[0].status == "deadline"
    assert "had not even started" in found.turns[0].reason
    assert account.threads == {}


def test_a_run_that_ends_while_being_cancelled_has_ended_by_itself() -> None:
    account = ScriptedAccount(
        default=Script(looks=(look("queued"), COMPLETED)), delays={"retrieve_run": 5.5}
    )
    account.cancel_works = False

    found = only(run(smoke(account, case(expect=expect(max_seconds=5)))))

    assert found.turns[0].status == "completed"
    assert [verdict.kind for verdict in found.turns[0].failures] == ["max_seconds"]


def test_an_unknown_status_counts_as_still_going_on() -> None:
    account = ending(look("thinking"), look("thinking"), COMPLETED)

    assert only(run(smoke(account, case()))).status is CaseStatus.PASSED


class Watched(ScriptedAccount):
    """An account that notes when it is asked for a run."""

    async def retrieve_run(self, conversation_id: str, run_id: str) -> Run:
        self.looks.append(asyncio.get_running_loop().time())
        return await super().retrieve_run(conversation_id, run_id)

    def __init__(self, *looks: Run) -> None:
        super().__init__(default=Script(looks=(look("queued"), *looks, COMPLETED), reply=""))
        self.looks: list[float] = []

    @property
    def pauses(self) -> list[float]:
        """Seconds between two looks, without the 0.01 s that one takes."""
        return [later - earlier - 0.01 for earlier, later in pairwise(self.looks)]


def test_a_runs_end_is_seen_after_a_tenth_of_a_second_or_a_sixth_of_what_it_took() -> None:
    account = Watched(*[look("in_progress")] * 45)

    run(smoke(account, case()))

    begun = account.looks[0] - SHORTEST_PAUSE
    for at, pause in zip(account.looks, account.pauses, strict=False):
        assert pause == pytest.approx(min(max((at + 0.01 - begun) / 6, 0.1), 3.0))
    assert account.pauses[0] == pytest.approx(0.1)
    assert account.pauses[-1] == pytest.approx(3.0)
    assert sum(account.pauses) > 60, "a minute takes no more than 45 looks"


def test_the_server_says_when_to_look() -> None:
    account = Watched(*[look("in_progress", poll_after=20.0)] * 30)

    run(smoke(account, case()))

    assert account.pauses == [pytest.approx(20)] * 30


def test_a_run_without_tools_is_asked_which_ran_only_where_that_counts() -> None:
    toolless = look("completed", has_tools=False)
    wants_none = case(name="wants none", expect=expect(not_uses="file_search"))

    account = ending(toolless)
    result = run(smoke(account, case(), wants_none))

    assert result.summary.passed == 2
    assert account.counts["tool_calls"] == 1


def test_a_failed_request_is_an_error_not_a_verdict() -> None:
    account = ScriptedAccount(failures={"retrieve_run": [refused()]})

    result = run(smoke(account, case(expect=expect(contains="Hello"))))

    found = only(result)
    assert found.status is CaseStatus.ERROR
    assert found.reason == (
        "running the assistant: the account failed to answer: HTTP 503: Overloaded"
    )
    assert result.exit_code is ExitCode.ERROR
    assert account.counts["cancel_run"] == 1
    assert account.threads == {}


def test_a_failed_case_outranks_an_error() -> None:
    account = ScriptedAccount(failures={"open_conversation": [refused()]})

    result = run(smoke(account, case(), case(name="fails", expect=expect(contains="Bye"))))

    assert [item.status for item in result.cases] == [CaseStatus.ERROR, CaseStatus.FAILED]
    assert result.exit_code is ExitCode.SMOKE_FAILED


def test_turns_share_one_thread_and_a_bad_end_stops_them() -> None:
    account = ScriptedAccount(
        scripts={
            "one": Script(reply="1"),
            "two": Script(looks=(look("failed", error_code="server_error"),)),
        }
    )
    turns = tuple(Turn(prompt=text) for text in ("one", "two", "three"))

    found = only(run(smoke(account, case(turns=turns))))

    assert [turn.status for turn in found.turns] == ["completed", "failed"]
    assert found.reason == "turn 2: status: failed: server_error"
    assert account.counts["open_conversation"] == 1
    assert account.counts["add_message"] == 2


def test_a_thread_that_cannot_be_deleted_is_named() -> None:
    account = ScriptedAccount(failures={"delete_conversation": [refused()]})
    notes = Notes()

    found = only(run(smoke(account, case(), notes=notes)))

    assert found.status is CaseStatus.PASSED
    assert list(map(str, found.retained)) == ["thread thread_1"]
    assert notes.stuck == [
        ("thread thread_1", "the account failed to answer: HTTP 503: Overloaded")
    ]


def test_threads_are_kept_on_request_and_named() -> None:
    account, notes = ScriptedAccount(), Notes()

    found = only(run(smoke(account, case(), notes=notes, options=SmokeOptions(keep_threads=True))))

    assert list(map(str, found.retained)) == ["thread thread_1"]
    assert notes.kept == ["thread thread_1"]
    assert list(account.threads) == ["thread_1"]
