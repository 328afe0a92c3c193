"""The results of smoke: plain values that a view shows and that decide the exit code."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from asstctl.errors import ExitCode
from asstctl.model.diagnostics import Location
from asstctl.model.json import JsonValue
from asstctl.model.prices import Money, total
from asstctl.model.sensitive import Sensitive
from asstctl.model.smoke import Require, SmokeCase
from asstctl.smoke.judges.judge import Opinion, Rubric
from asstctl.smoke.judges.likeness import Likeness
from asstctl.smoke.ports import (
    NO_USAGE,
    Citation,
    FunctionCall,
    Place,
    ToolCall,
    Usage,
    total_usage,
)


class CaseStatus(StrEnum):
    """How a case came out.

    ``failed`` is a verdict about the assistant; ``error`` says that a request failed, so that
    there is no verdict; ``skipped`` never counts as passed.
    """

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"

    @property
    def is_good(self) -> bool:
        """Whether the case needs no attention: it passed, or was skipped."""
        return self in (CaseStatus.PASSED, CaseStatus.SKIPPED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One expectation, judged. ``detail`` says what was found, whichever way it went."""

    kind: str
    expected: JsonValue
    passed: bool
    detail: str


class Gap(StrEnum):
    """What a turn does not tell: nothing that looks at it can be judged from the turn alone.

    The server does not count ``usage`` or list ``tools``; nobody asked for the ``paths`` of the
    cited files; there was a secret in the ``reply`` or in the ``calls``, which is masked.
    """

    USAGE = "usage"
    TOOLS = "tools"
    PATHS = "paths"
    REPLY = "reply"
    CALLS = "calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResult:
    """One prompt, what came back and how it was judged.

    ``status`` is the run's last status, or ``deadline`` when asstctl gave up on the run.
    ``reason`` is the server's (or asstctl's) explanation when that is not ``completed``.
    ``refused``: the API calls the reply a refusal. ``cost`` is None where the model has no price,
    or its tokens were not counted.
    ``calls`` are the functions that the case answered, ``opinions`` what the judge said,
    ``similarities`` what embeddings did, ``gaps`` what is not known, for whoever judges it again.
    """

    prompt: str
    status: str
    reason: str = ""
    reply: str = ""
    refused: bool = False
    citations: tuple[Citation, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    calls: tuple[FunctionCall, ...] = ()
    opinions: Mapping[Rubric, Opinion] = field(default_factory=dict)
    similarities: Mapping[Likeness, float] = field(default_factory=dict)
    gaps: frozenset[Gap] = frozenset()
    verdicts: tuple[Verdict, ...] = ()
    seconds: float = 0.0
    usage: Usage = NO_USAGE
    cost: Money | None = None

    @property
    def said(self) -> tuple[tuple[str, str], ...]:
        """Who said what."""
        return ("user", self.prompt), ("assistant", self.reply)

    @property
    def failures(self) -> tuple[Verdict, ...]:
        """The expectations that were not met."""
        return tuple(verdict for verdict in self.verdicts if not verdict.passed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationResult:
    """One run through a case's turns. ``retained`` are conversations that still exist."""

    number: int
    status: CaseStatus
    reason: str = ""
    turns: tuple[TurnResult, ...] = ()
    retained: tuple[Place, ...] = ()

    @property
    def seconds(self) -> float:
        """The time that the runs took."""
        return sum(turn.seconds for turn in self.turns)

    @property
    def usage(self) -> Usage:
        """The tokens that the runs cost."""
        return total_usage(turn.usage for turn in self.turns)

    @property
    def cost(self) -> Money | None:
        """What the runs cost; None where that is not known of all."""
        return total(turn.cost for turn in self.turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A case, after all of its repetitions. A skipped one has no conversations.

    ``location`` is where it is written, ``matrix`` what it has of each list of a matrix.
    """

    key: str
    name: str
    target: str
    status: CaseStatus
    reason: str = ""
    conversations: tuple[ConversationResult, ...] = ()
    require: Require = Require.ALL
    location: Location | None = None
    matrix: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, case: SmokeCase, key: str, target: str, sensitive: Sensitive) -> "CaseResult":
        """A case before any conversation: skipped, as long as nothing is said about it."""
        return cls(
            key=key,
            name=sensitive.text(case.name),
            target=target,
            status=CaseStatus.SKIPPED,
            require=case.require,
            location=case.location,
            matrix={name: sensitive.text(value) for name, value in case.matrix.items()},
        )

    def after(self, conversations: tuple[ConversationResult, ...]) -> "CaseResult":
        """The case after all of its repetitions, one at least."""
        status = verdict_of((item.status for item in conversations), self.require)
        reason = _reason(status, conversations, self.require)
        return replace(self, status=status, reason=reason, conversations=conversations)

    @property
    def shown(self) -> ConversationResult | None:
        """The conversation that explains the result: the first with the status of the case."""
        for conversation in self.conversations:
            if conversation.status is self.status:
                return conversation
        return next(iter(self.conversations), None)

    @property
    def turns(self) -> tuple[TurnResult, ...]:
        """The turns of the conversation that explains the result."""
        return self.shown.turns if self.shown else ()

    @property
    def seconds(self) -> float:
        """The time that the runs of all repetitions took together."""
        return sum(conversation.seconds for conversation in self.conversations)

    @property
    def usage(self) -> Usage:
        """The tokens of all repetitions."""
        return total_usage(item.usage for item in self.conversations)

    @property
    def cost(self) -> Money | None:
        """What all repetitions cost; None where that is not known of all."""
        return total(item.cost for item in self.conversations if item.turns)

    @property
    def retained(self) -> tuple[Place, ...]:
        """The conversations that still exist in the account."""
        return tuple(place for item in self.conversations for place in item.retained)


@dataclass(frozen=True, slots=True)
class Summary:
    """How many cases came out how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    error: int = 0

    @property
    def total(self) -> int:
        """The number of all cases, skipped ones included."""
        return self.passed + self.failed + self.skipped + self.error


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeResult:
    """Everything that one run of smoke found out. ``seconds`` is the time it took as a whole."""

    target: str
    cases: tuple[CaseResult, ...] = ()
    seconds: float = 0.0

    @property
    def summary(self) -> Summary:
        """How many cases have each status."""
        counts = Counter(case.status for case in self.cases)
        return Summary(**{str(status): counts[status] for status in CaseStatus})

    @property
    def usage(self) -> Usage:
        """The tokens of all cases."""
        return total_usage(case.usage for case in self.cases)

    @property
    def cost(self) -> Money | None:
        """What all cases that ran cost; None where that is not known of all."""
        return total(case.cost for case in self.cases if case.turns)

    @property
    def exit_code(self) -> ExitCode:
        """What the command exits with: 4 when a case failed, 1 when one had an error, else 0.

        A failed case outranks an error: no retry changes that verdict. So exit 1 means that
        nothing was found wrong with an assistant and that trying again may help.
        """
        if self.summary.failed:
            return ExitCode.SMOKE_FAILED
        return ExitCode.ERROR if self.summary.error else ExitCode.OK


def outcome_of(turns: Sequence[TurnResult], *, planned: int) -> tuple[CaseStatus, str]:
    """How a conversation came out, and the first expectation that was not met.

    ``planned`` turns were to be taken: with more than one the reason names which it was.
    """
    for number, turn in enumerate(turns, 1):
        for verdict in turn.failures:
            place = f"turn {number}: " if planned > 1 else ""
            return CaseStatus.FAILED, f"{place}{verdict.kind}: {verdict.detail}"
    return CaseStatus.PASSED, ""


def _reason(
    status: CaseStatus, conversations: tuple[ConversationResult, ...], require: Require
) -> str:
    """Why the case came out this way: the first conversation that did, and how many passed."""
    first = next((item.reason for item in conversations if item.status is status), "")
    if len(conversations) == 1 or status is CaseStatus.PASSED:
        return first
    passed = sum(item.status is CaseStatus.PASSED for item in conversations)
    return f"{passed} of {len(conversations)} passed, {require} required: {first}"


def verdict_of(statuses: Iterable[CaseStatus], require: Require) -> CaseStatus:
    """The status of a case, from those of its repetitions.

    The case passes when enough of them do. It is an error only when those that errored could
    have made the difference; else it failed. With ``majority``: passed, failed, error is an error
    (a retry may pass), passed, failed, failed has failed.
    """
    counts = Counter(statuses)
    runs = counts.total()
    needed = {Require.ALL: runs, Require.MAJORITY: runs // 2 + 1, Require.ANY: 1}[require]
    passed = counts[CaseStatus.PASSED]
    if passed >= needed:
        return CaseStatus.PASSED
    if passed + counts[CaseStatus.ERROR] >= needed:
        return CaseStatus.ERROR
    return CaseStatus.FAILED


def best_of(so_far: Sequence[CaseStatus], runs: int, require: Require) -> CaseStatus:
    """What a case of so many ``runs`` becomes if all that are still to come pass."""
    return verdict_of((*so_far, *[CaseStatus.PASSED] * (runs - len(so_far))), require)
