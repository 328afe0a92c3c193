"""Two runs of smoke side by side: what came out differently, and what cost more or less.

Cases are the same when key, name and target are. Repetitions are not told apart, since no two
answers are: a case has taken the median of its conversations. A difference is notable only when it
is larger than what one answer differs from the next.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final, TypeAlias

from asstctl.smoke.result import CaseResult, CaseStatus, ConversationResult, SmokeResult
from asstctl.smoke.selection import CaseName


class Measure(StrEnum):
    """What a conversation takes."""

    SECONDS = "seconds"
    TOKENS = "tokens"
    COST = "cost"


@dataclass(frozen=True, slots=True)
class Threshold:
    """From where on a difference is notable: ``ratio`` of the larger to the smaller, and amount."""

    ratio: float
    least: float


THRESHOLDS: Final[Mapping[Measure, Threshold]] = {
    Measure.SECONDS: Threshold(1.5, 1.0),
    Measure.TOKENS: Threshold(1.2, 50),
    Measure.COST: Threshold(1.2, 0),
}
"""Both have to be reached. Times vary with a server's load, tokens only with the answers; an amount
that matters in every currency there is not."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What conversations took: the median, the least and the most of them."""

    median: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A case of one run. ``amounts`` lack what no conversation that came to a verdict counted.

    What it cost is in ``currency``.
    """

    status: CaseStatus
    runs: int
    passed: int
    amounts: Mapping[Measure, Amount]
    currency: str = ""

    @classmethod
    def of(cls, case: CaseResult) -> "Sample":
        """What a run says of a case."""
        held = case.conversations
        judged = [item for item in held if item.status is not CaseStatus.ERROR]
        values = {measure: _taken(measure, judged) for measure in Measure}
        return cls(
            status=case.status,
            currency=next((item.cost.currency for item in judged if item.cost), ""),
            runs=len(held),
            passed=sum(item.status is CaseStatus.PASSED for item in held),
            amounts={
                measure: Amount(median(taken), min(taken), max(taken))
                for measure, taken in values.items()
                if taken
            },
        )


def _taken(measure: Measure, held: Iterable[ConversationResult]) -> list[float]:
    """What each conversation took, those aside for which the server did not count it."""
    match measure:
        case Measure.SECONDS:
            return [item.seconds for item in held]
        case Measure.TOKENS:
            return [tokens for item in held if (tokens := item.usage.total_tokens)]
        case Measure.COST:
            return [item.cost.amount for item in held if item.cost]


@dataclass(frozen=True, slots=True)
class Difference:
    """An amount then and now. ``is_notable``: larger than chance explains."""

    before: float
    after: float
    is_notable: bool

    @property
    def change(self) -> float:
        """How much more it is now."""
        return self.after - self.before

    @property
    def ratio(self) -> float | None:
        """How many times as much it is now; None where there was nothing."""
        return self.after / self.before if self.before else None


Differences: TypeAlias = Mapping[Measure, Difference]


class Change(StrEnum):
    """What became of a case, the worst first."""

    NEWLY_FAILED = "newly_failed"
    NEWLY_ERROR = "newly_error"
    NEWLY_SKIPPED = "newly_skipped"
    NEWLY_PASSED = "newly_passed"
    NEW = "new"
    GONE = "gone"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedCase:
    """A case then and now; ``before`` is None for a new one, ``after`` for one that is gone."""

    key: str
    name: str
    target: str
    before: Sample | None
    after: Sample | None

    @property
    def change(self) -> Change:
        """What became of it: its present status, where it had another one before."""
        if self.before is None:
            return Change.NEW
        if self.after is None:
            return Change.GONE
        if self.before.status is self.after.status:
            return Change.SAME
        return Change(f"newly_{self.after.status}")

    @property
    def differences(self) -> Differences:
        """What can be compared: measured then and now, costs in one currency."""
        if self.before is None or self.after is None:
            return {}
        then, now = self.before.amounts, self.after.amounts
        in_common = then.keys() & now.keys()
        if self.before.currency != self.after.currency:
            in_common -= {Measure.COST}
        return {
            measure: Difference(
                then[measure].median,
                now[measure].median,
                _is_notable(measure, then[measure], now[measure]),
            )
            for measure in Measure
            if measure in in_common
        }

    @property
    def is_as_before(self) -> bool:
        """Whether there is nothing to tell: it came out the same, as often, and took as much."""
        if self.change is not Change.SAME or self.before is None or self.after is None:
            return False
        then, now = self.before, self.after
        return then.passed * now.runs == now.passed * then.runs and not any(
            item.is_notable for item in self.differences.values()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """This run beside an earlier one, whose report is ``file``.

    ``cases`` are in the order of this run, those that are gone at the end. ``not_run`` counts cases
    of the earlier run that this one left out.
    """

    file: str
    cases: tuple[ComparedCase, ...]
    not_run: int = 0

    @property
    def counts(self) -> Mapping[Change, int]:
        """How many cases each change has happened to; all changes are there."""
        found = Counter(case.change for case in self.cases)
        return {change: found[change] for change in Change}

    @property
    def totals(self) -> Differences:
        """All that was measured in both runs, added up."""
        found = [case.differences for case in self.cases]
        pairs = {
            measure: [item[measure] for item in found if measure in item] for measure in Measure
        }
        return {measure: _total(measure, items) for measure, items in pairs.items() if items}

    @property
    def currency(self) -> str:
        """The one of this run; empty when it had no prices."""
        now = (case.after.currency for case in self.cases if case.after)
        return next(filter(None, now), "")

    @property
    def measured(self) -> int:
        """How many cases the totals are about."""
        return sum(bool(case.differences) for case in self.cases)


def compare(
    now: SmokeResult, before: SmokeResult, *, file: str, known: Collection[CaseName]
) -> Comparison:
    """A run beside an earlier one, of which ``file`` is the report.

    ``known`` are the cases that the manifests have: what they no longer have is gone, what they
    have and this run left out is not compared.
    """
    then = {(case.key, case.name): case for case in before.cases if case.target == now.target}
    ran = {(case.key, case.name) for case in now.cases}
    left = [case for name, case in then.items() if name not in ran]
    pairs = [(then.get((case.key, case.name)), case) for case in now.cases]
    gone = [(case, None) for case in left if (case.key, case.name) not in known]
    return Comparison(
        file=file,
        cases=tuple(_compared(*pair) for pair in (*pairs, *gone)),
        not_run=len(left) - len(gone),
    )


def _compared(before: CaseResult | None, after: CaseResult | None) -> ComparedCase:
    case = after or before
    assert case is not None
    return ComparedCase(
        key=case.key,
        name=case.name,
        target=case.target,
        before=Sample.of(before) if before else None,
        after=Sample.of(after) if after else None,
    )


def _is_notable(measure: Measure, then: Amount, now: Amount) -> bool:
    """Whether the medians are far apart, and the new one beyond all that was measured before."""
    is_beyond = not then.least <= now.median <= then.most
    return is_beyond and _are_apart(measure, then.median, now.median)


def _are_apart(measure: Measure, then: float, now: float) -> bool:
    limit = THRESHOLDS[measure]
    smaller, larger = sorted((then, now))
    is_large = larger - smaller >= limit.least and larger >= smaller * limit.ratio
    return larger > smaller and is_large


def _total(measure: Measure, found: Collection[Difference]) -> Difference:
    then, now = sum(item.before for item in found), sum(item.after for item in found)
    return Difference(then, now, _are_apart(measure, then, now))
