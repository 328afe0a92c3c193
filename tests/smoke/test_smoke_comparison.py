"""Two runs side by side: which case is which, what became of it, and which difference matters."""

import json

import pytest

from asstctl.model.prices import Money
from asstctl.model.smoke import Require
from asstctl.smoke.ports import Usage
from asstctl.smoke.recorded.comparison import Change, Comparison, Measure, compare
from asstctl.smoke.recorded.report import recorded
from asstctl.smoke.result import (
    CaseResult,
    CaseStatus,
    ConversationResult,
    SmokeResult,
    TurnResult,
    verdict_of,
)
from asstctl.views.smoke.json import smoke_document

PASSED, FAILED, ERROR = CaseStatus.PASSED, CaseStatus.FAILED, CaseStatus.ERROR


def held(
    seconds: float = 2.0,
    tokens: int = 100,
    status: CaseStatus = PASSED,
    cost: Money | None = None,
) -> TurnResult:
    """What one conversation took; its prompt remembers how it came out."""
    usage = Usage(tokens, 0, tokens)
    return TurnResult(prompt=status, status="completed", seconds=seconds, usage=usage, cost=cost)


def ran(name: str, *turns: TurnResult, target: str = "local") -> CaseResult:
    """A case with one conversation for each turn; skipped without any."""
    conversations = tuple(
        ConversationResult(number=number, status=CaseStatus(turn.prompt), turns=(turn,))
        for number, turn in enumerate(turns, 1)
    )
    statuses = [item.status for item in conversations]
    return CaseResult(
        key="guide",
        name=name,
        target=target,
        status=verdict_of(statuses, Require.MAJORITY) if turns else CaseStatus.SKIPPED,
        conversations=conversations,
    )


def compared(
    before: list[CaseResult], now: list[CaseResult], known: tuple[str, ...] = ()
) -> Comparison:
    return compare(
        SmokeResult(target="local", cases=tuple(now)),
        SmokeResult(target="local", cases=tuple(before)),
        file="base.json",
        known={("guide", name) for name in known},
    )


@pytest.mark.parametrize("now", CaseStatus)
@pytest.mark.parametrize("before", CaseStatus)
def test_a_change_is_named_after_what_a_case_has_become(
    before: CaseStatus, now: CaseStatus
) -> None:
    def one(status: CaseStatus) -> CaseResult:
        return ran("a", *([held(status=status)] if status is not CaseStatus.SKIPPED else []))

    change = compared([one(before)], [one(now)]).cases[0].change

    assert change == ("same" if before is now else f"newly_{now}")


def test_cases_are_the_same_when_key_name_and_target_are() -> None:
    found = compared(
        [
            ran("a", held()),
            ran("b", held(), target="prod"),
            ran("old", held()),
            ran("left", held()),
        ],
        [ran("b", held()), ran("a", held())],
        known=("a", "b", "left"),
    )

    assert [(case.name, case.change) for case in found.cases] == [
        ("b", Change.NEW),
        ("a", Change.SAME),
        ("old", Change.GONE),
    ]
    assert found.not_run == 1, "what the manifests still have is not gone"


@pytest.mark.parametrize(
    ("then", "now", "is_notable"),
    [
        (2.0, 2.9, False),  # not half as much again
        (0.1, 0.9, False),  # nine times as much, and not a second
        (2.0, 3.0, True),
        (3.0, 2.0, True),
        (0.0, 1.0, True),
    ],
)
def test_seconds_are_notable_by_half_and_a_second(
    then: float, now: float, is_notable: bool
) -> None:
    found = compared([ran("a", held(then))], [ran("a", held(now))])

    assert found.cases[0].differences[Measure.SECONDS].is_notable is is_notable
    assert found.cases[0].is_as_before is not is_notable


def test_of_repetitions_the_median_counts_and_only_beyond_all_of_before() -> None:
    scattered = ran("a", held(1), held(2), held(9))
    slower = compared([scattered], [ran("a", held(8), held(8.5), held(1))])
    slowest = compared([scattered], [ran("a", held(10), held(11), held(1))])

    seconds = slower.cases[0].differences[Measure.SECONDS]
    assert (seconds.before, seconds.after, seconds.is_notable) == (2, 8, False)
    assert slowest.cases[0].differences[Measure.SECONDS].is_notable


def test_another_share_of_repetitions_that_passed_is_told() -> None:
    often = [held(), held(), held()]
    found = compared([ran("a", *often)], [ran("a", *often[:2], held(status=FAILED))])

    assert found.cases[0].change is Change.SAME
    assert not found.cases[0].is_as_before


def test_what_was_not_counted_is_not_compared() -> None:
    found = compared(
        [ran("a", held(tokens=0)), ran("b", held(status=ERROR)), ran("c", held(4, 10))],
        [ran("a", held()), ran("b", held()), ran("c", held(6, 10))],
    )
    by_name = {case.name: set(case.differences) for case in found.cases}

    assert by_name == {"a": {Measure.SECONDS}, "b": set(), "c": {Measure.SECONDS, Measure.TOKENS}}
    total = found.totals[Measure.SECONDS]
    assert (total.before, total.after, found.measured) == (6, 8, 2)


@pytest.mark.parametrize(
    ("then", "now", "found"),
    [
        (Money(0.010, "USD"), Money(0.012, "USD"), True),
        (Money(0.010, "USD"), Money(0.011, "USD"), False),
        (Money(0.0, "USD"), Money(0.0, "USD"), False),
        (Money(0.010, "USD"), Money(0.012, "EUR"), None),
        (Money(0.010, "USD"), None, None),
    ],
)
def test_costs_are_compared_in_one_currency(
    then: Money, now: Money | None, found: bool | None
) -> None:
    both = compared([ran("a", held(cost=then))], [ran("a", held(cost=now))])
    cost = both.cases[0].differences.get(Measure.COST)

    assert (cost and cost.is_notable) is found
    assert (Measure.COST in both.totals) is (found is not None)


def test_a_report_read_back_compares_as_the_run_itself_does() -> None:
    run = SmokeResult(
        target="local",
        cases=(ran("a", held(1.5), held(2, 7, FAILED)), ran("b", held()), ran("c")),
        seconds=3,
    )
    again = recorded(json.loads(json.dumps(smoke_document(run))))

    assert again == run
    assert all(case.is_as_before for case in compared(list(again.cases), list(run.cases)).cases)
