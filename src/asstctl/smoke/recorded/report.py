"""A smoke report read back: the result of an earlier run, as ``schemas/smoke.schema.json`` has it.

Reports of earlier versions lack fields: they can be compared with, not judged. What a run left in
the account is over, and where a case is written the manifests know better: neither is read.
"""

from collections.abc import Mapping
from typing import Any

from asstctl.model.prices import Money
from asstctl.model.smoke import Require
from asstctl.smoke.judges.judge import Opinion, Rubric
from asstctl.smoke.judges.likeness import Likeness
from asstctl.smoke.ports import Citation, FunctionCall, ToolCall, Usage
from asstctl.smoke.result import (
    CaseResult,
    CaseStatus,
    ConversationResult,
    Gap,
    SmokeResult,
    TurnResult,
    Verdict,
)


def recorded(document: Mapping[str, Any]) -> SmokeResult:
    """The result of a document that the schema accepts, fields of later versions aside.

    The target is that of the first case; without cases it is empty.
    """
    cases = tuple(map(_case, document["cases"]))
    return SmokeResult(
        target=cases[0].target if cases else "",
        cases=cases,
        seconds=document["summary"]["seconds"],
    )


def _case(item: Mapping[str, Any]) -> CaseResult:
    return CaseResult(
        key=item["key"],
        name=item["name"],
        target=item["target"],
        status=CaseStatus(item["status"]),
        reason=item["reason"],
        conversations=tuple(_conversation(run, item["turns"]) for run in item["runs"]),
        require=Require(item.get("require", Require.ALL)),
    )


def _conversation(run: Mapping[str, Any], turns: list[Any]) -> ConversationResult:
    """One repetition. The turns of the only one are those of its case."""
    return ConversationResult(
        number=run["number"],
        status=CaseStatus(run["status"]),
        reason=run["reason"],
        turns=tuple(map(_turn, run.get("turns", turns))),
    )


def _turn(item: Mapping[str, Any]) -> TurnResult:
    return TurnResult(
        prompt=item["prompt"],
        status=item["status"],
        reason=item["reason"],
        reply=item["reply"],
        refused=item.get("refused", False),
        citations=tuple(
            Citation(
                cited["file_id"],
                cited["filename"],
                cited["marker"],
                cited.get("quote", ""),
                tuple(cited.get("paths", ())),
            )
            for cited in item["citations"]
        ),
        tool_calls=tuple(
            ToolCall(tool["type"], tool["name"], tool["input"], tool["output"])
            for tool in item["tool_calls"]
        ),
        calls=tuple(
            FunctionCall("", call["name"], call["arguments"]) for call in item.get("calls", ())
        ),
        opinions=dict(map(_opinion, item.get("opinions", ()))),
        similarities={
            Likeness(like["to"], like["model"]): like["similarity"]
            for like in item.get("similarities", ())
        },
        gaps=frozenset(map(Gap, item.get("gaps", ()))),
        verdicts=tuple(
            Verdict(found["kind"], found["expected"], found["passed"], found["detail"])
            for found in item["expectations"]
        ),
        seconds=item["seconds"],
        usage=Usage(**{name: item["usage"].get(name, 0) for name in _TOKENS}),
        cost=_cost(item.get("cost")),
    )


def _cost(item: Mapping[str, Any] | None) -> Money | None:
    return Money(item["amount"], item["currency"]) if item else None


def _opinion(item: Mapping[str, Any]) -> tuple[Rubric, Opinion]:
    rubric = Rubric(item["rubric"], item["model"], item["min_score"])
    return rubric, Opinion(item["score"], item["reason"])


_TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens")
