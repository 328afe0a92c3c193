"""Recorded answers, judged by what the manifests expect now: nothing is asked of an account.

As long as the cases are as they were, the verdicts are those of the run that was recorded. What the
recording does not tell (a ``Gap``) is an error, never a guess.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from asstctl.model.desired import DesiredAssistant
from asstctl.model.smoke import Expectation, ExpectationKind, SmokeCase, Turn
from asstctl.smoke.conversation import advised
from asstctl.smoke.expectations.kinds import (
    REPLY_KINDS,
    Evidence,
    is_expected,
    judge_turn,
    names_path,
)
from asstctl.smoke.judges.checks import ASKING_PROGRAM, CheckError, check_all
from asstctl.smoke.judges.judge import Opinion, Rubric
from asstctl.smoke.judges.likeness import ASKING_EMBEDDINGS, Embed, Likeness, similarity
from asstctl.smoke.masking import masked_turn
from asstctl.smoke.observer import CaseRef
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.result import (
    CaseResult,
    CaseStatus,
    ConversationResult,
    Gap,
    SmokeResult,
    TurnResult,
    Verdict,
    outcome_of,
)
from asstctl.smoke.selection import CaseName
from asstctl.smoke.turn_document import document_of
from asstctl.sync.ports import AccountError


class _NotRecordedError(Exception):
    """The recording does not hold what it takes to judge; the message says what."""


async def rejudge(
    assistants: Sequence[DesiredAssistant],
    recording: SmokeResult,
    *,
    target: str,
    file: str,
    options: SmokeOptions,
    embed: Embed | None = None,
) -> SmokeResult:
    """Judge the answers that ``file`` recorded on ``target`` by the cases of these assistants.

    Cases that are not in the recording are skipped. What an answer cost is told by the prices of
    the model that the manifest names. Programs that are to judge do so again. ``embed`` is asked
    about texts that the recorded run did not compare with; None: nobody can be asked.
    """
    held = _Recording(
        cases={(case.key, case.name): case for case in recording.cases if case.target == target},
        target=target,
        file=file,
        options=options,
        embed=embed,
    )
    cases = [await held.judged(item, case) for item in assistants for case in item.smoke]
    return SmokeResult(target=target, cases=tuple(cases), seconds=recording.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recording:
    """The ``cases`` that ``file`` recorded on ``target``, and what there is to judge them by."""

    cases: Mapping[CaseName, CaseResult]
    target: str
    file: str
    options: SmokeOptions
    embed: Embed | None

    async def judged(self, assistant: DesiredAssistant, case: SmokeCase) -> CaseResult:
        """A case, judged by all of its recorded conversations; skipped as it was, or without."""
        blank = CaseResult.of(case, assistant.key, self.target, self.options.sensitive)
        recorded = self.cases.get((blank.key, blank.name))
        if not case.is_for(self.target):
            return replace(blank, reason=case.elsewhere)
        if recorded is None:
            return replace(blank, reason=f"not in {self.file}")
        if recorded.status is CaseStatus.SKIPPED:
            return replace(blank, reason=recorded.reason, conversations=recorded.conversations)
        total, model = len(recorded.conversations), case.model(assistant.spec.model)
        held = [
            await _Conversation(
                recording=self,
                case=case,
                ref=CaseRef(blank.key, blank.name, item.number, total),
                model=model,
            ).judged(item)
            for item in recorded.conversations
        ]
        return blank.after(tuple(held))


@dataclass(slots=True, kw_only=True)
class _Conversation:
    """One conversation that is being judged again; ``turns`` grows turn by turn."""

    recording: _Recording
    case: SmokeCase
    ref: CaseRef
    model: str
    turns: list[TurnResult] = field(default_factory=list)

    @property
    def options(self) -> SmokeOptions:
        """What the caller of smoke decides."""
        return self.recording.options

    async def judged(self, held: ConversationResult) -> ConversationResult:
        """The conversation with the verdicts of now.

        What an error kept from being recorded has that error still; what is asked now may have
        another one.
        """
        try:
            await self._judge(held)
        except _NotRecordedError as error:
            had_error = held.status is CaseStatus.ERROR
            status, reason = CaseStatus.ERROR, held.reason if had_error else str(error)
        except CheckError as error:
            status, reason = CaseStatus.ERROR, f"{ASKING_PROGRAM}: {error}"
        except AccountError as error:
            status, reason = CaseStatus.ERROR, f"{ASKING_EMBEDDINGS}: {advised(error)}"
        else:
            status, reason = outcome_of(self.turns, planned=len(self.case.turns))
        return ConversationResult(
            number=held.number,
            status=status,
            reason=self.options.sensitive.text(reason),
            turns=tuple(masked_turn(turn, self.options.sensitive) for turn in self.turns),
        )

    async def _judge(self, held: ConversationResult) -> None:
        """Judge turn by turn, as far as the conversation went.

        Raises _NotRecordedError for a turn that should be there and is not, CheckError and
        AccountError.
        """
        for number, turn in enumerate(self.case.turns, 1):
            if number > len(held.turns):
                raise _NotRecordedError(f"turn {number} was not recorded; run the case")
            was = held.turns[number - 1]
            if was.prompt != self.options.sensitive.text(turn.prompt):
                raise _NotRecordedError(f"turn {number} had another prompt; run the case")
            await self._judge_turn(turn, was)
            if not is_expected(was.status, turn.expect):
                return

    async def _judge_turn(self, turn: Turn, was: TurnResult) -> None:
        evidence, may_end = self._evidence(was), is_expected(was.status, turn.expect)
        open_ones = [_missing(item, was) if may_end else "" for item in turn.expect]
        try:
            if why := next(filter(None, open_ones), ""):
                raise _NotRecordedError(f"{why}; run the case")
            if may_end:
                for ask in (self._asked_judge, self._asked_embeddings, self._asked_programs):
                    evidence = await ask(turn, was, evidence)
        finally:
            verdicts = await asyncio.to_thread(judge_turn, turn.expect, evidence)
            if any(open_ones):
                pairs = zip(verdicts, open_ones, strict=True)
                verdicts = tuple(_not_judged(item, why) if why else item for item, why in pairs)
            similarities = {**was.similarities, **evidence.similarities}
            self.turns.append(
                replace(was, verdicts=verdicts, cost=evidence.cost, similarities=similarities)
            )

    def _evidence(self, was: TurnResult) -> Evidence:
        return Evidence(
            status=was.status,
            reason=was.reason,
            reply=was.reply,
            refused=was.refused,
            citations=was.citations,
            calls=was.calls,
            tools=None if Gap.TOOLS in was.gaps else was.tool_calls,
            seconds=was.seconds,
            usage=None if Gap.USAGE in was.gaps else was.usage,
            model=self.model,
            prices=self.options.prices,
            sensitive=self.options.sensitive,
        )

    # --- the evidence, with what others said of it then, or say now ------------------------------

    async def _asked_judge(self, turn: Turn, was: TurnResult, evidence: Evidence) -> Evidence:
        """What the judge said of rubrics that are as they were; how much is enough may change.

        Raises _NotRecordedError for a rubric that was not graded.
        """
        by_text = {(rubric.text, rubric.model): item for rubric, item in was.opinions.items()}
        found: dict[Rubric, Opinion] = {}
        for item in turn.expect:
            rubrics = Rubric.all_of(item.expected) if item.kind is ExpectationKind.JUDGE else ()
            for rubric in rubrics:
                shown = replace(rubric, text=self.options.sensitive.text(rubric.text))
                opinion = was.opinions.get(shown) or by_text.get((shown.text, shown.model))
                if opinion is None:
                    raise _NotRecordedError("judge: the rubric was not graded; run the case")
                found[rubric] = opinion
        return replace(evidence, opinions=found)

    async def _asked_embeddings(self, turn: Turn, was: TurnResult, evidence: Evidence) -> Evidence:
        """How near the reply is to texts, as it was found then; of others the account is asked.

        Raises _NotRecordedError and AccountError.
        """
        found: dict[Likeness, float] = {}
        for item in turn.expect:
            if item.kind is ExpectationKind.SIMILAR:
                likeness = Likeness.of(item.expected)
                shown = replace(likeness, to=self.options.sensitive.text(likeness.to))
                known = was.similarities.get(shown)
                found[likeness] = await self._asked_for(likeness, was) if known is None else known
        return replace(evidence, similarities=found)

    async def _asked_programs(self, turn: Turn, _: TurnResult, evidence: Evidence) -> Evidence:
        """What programs say now. Raises CheckError."""
        before = [pair for past in self.turns for pair in past.said]
        told = document_of(self.ref, self.recording.target, before, turn.prompt, evidence)
        return replace(evidence, checks=await check_all(turn.expect, told, self.options))

    async def _asked_for(self, likeness: Likeness, was: TurnResult) -> float:
        if Gap.REPLY in was.gaps:
            raise _NotRecordedError(
                "similar: the reply held a secret, which the report masks; run the case"
            )
        embed = self.recording.embed
        if embed is None:
            raise _NotRecordedError(
                "similar: nobody compared with this text, and the target's key is not set"
            )
        return await similarity(embed, likeness, was.reply, self.options.embeddings)


_ANSWERED_THEN: Final = frozenset(
    {ExpectationKind.CITES, ExpectationKind.JUDGE, ExpectationKind.SIMILAR}
)
"""Kinds that are judged by what others said of the reply, and is recorded."""


def _not_judged(verdict: Verdict, why: str) -> Verdict:
    return replace(verdict, passed=False, detail=f"not judged: {why}")


def _missing(expectation: Expectation, was: TurnResult) -> str:
    """What the turn does not tell of that which the expectation looks at; empty when it does."""
    kind, label = expectation.kind, expectation.label
    about_reply = kind in REPLY_KINDS - _ANSWERED_THEN
    about_calls = kind in (ExpectationKind.CALLS, ExpectationKind.COMMAND)
    if about_reply and Gap.REPLY in was.gaps:
        return f"{label}: the reply held a secret, which the report masks"
    if about_calls and Gap.CALLS in was.gaps:
        return f"{label}: a call held a secret, which the report masks"
    if names_path(expectation) and Gap.PATHS in was.gaps:
        return f"{label}: nobody asked for the paths of the cited files"
    return ""
