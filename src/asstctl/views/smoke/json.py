"""A smoke result as one JSON document; ``schemas/smoke.schema.json`` describes it."""

import json
from typing import Any, Final

from asstctl.model.json import canonical_json
from asstctl.smoke.documents import (
    citation_document,
    cost_document,
    tool_document,
    usage_document,
)
from asstctl.smoke.judges.judge import Opinion, Rubric
from asstctl.smoke.recorded.comparison import Comparison
from asstctl.smoke.result import (
    CaseResult,
    ConversationResult,
    SmokeResult,
    Summary,
    TurnResult,
    Verdict,
)
from asstctl.views.documents import FORMAT_VERSION
from asstctl.views.smoke.comparison.json import comparison_document

_DIGITS: Final = 3


def smoke_document(result: SmokeResult, comparison: Comparison | None = None) -> dict[str, Any]:
    """The whole result, with the comparison where there is one.

    Times are in seconds, to the millisecond.
    """
    document: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "cases": [_case(case) for case in result.cases],
        "summary": _summary(result.summary)
        | {"seconds": _seconds(result.seconds), "cost": cost_document(result.cost)},
    }
    if comparison is not None:
        document["baseline"] = comparison_document(comparison)
    return document


def _case(case: CaseResult) -> dict[str, Any]:
    return {
        "key": case.key,
        "name": case.name,
        "target": case.target,
        "status": str(case.status),
        "reason": case.reason,
        "seconds": _seconds(case.seconds),
        "usage": usage_document(case.usage),
        "cost": cost_document(case.cost),
        "require": str(case.require),
        "turns": [_turn(turn) for turn in case.turns],
        "runs": [
            _conversation(item, repeated=len(case.conversations) > 1) for item in case.conversations
        ],
        "retained_threads": [place.id for place in case.retained],
    } | _origin(case)


def _origin(case: CaseResult) -> dict[str, Any]:
    """Where the case is written, and what it has of a matrix."""
    place, matrix = case.location, dict(case.matrix)
    located = {"file": place.path, "line": place.line} if place else {}
    return located | ({"matrix": matrix} if matrix else {})


def _conversation(item: ConversationResult, *, repeated: bool) -> dict[str, Any]:
    document: dict[str, Any] = {
        "number": item.number,
        "status": str(item.status),
        "reason": item.reason,
        "seconds": _seconds(item.seconds),
        "usage": usage_document(item.usage),
        "cost": cost_document(item.cost),
    }
    if repeated:
        document["turns"] = [_turn(turn) for turn in item.turns]
    return document


def _turn(turn: TurnResult) -> dict[str, Any]:
    return {
        "prompt": turn.prompt,
        "status": turn.status,
        "reason": turn.reason,
        "reply": turn.reply,
        "refused": turn.refused,
        "citations": [
            {"file_id": item.file_id, **citation_document(item)} for item in turn.citations
        ],
        "tool_calls": [tool_document(tool) for tool in turn.tool_calls],
        "calls": [{"name": call.name, "arguments": call.arguments} for call in turn.calls],
        "opinions": [_opinion(*pair) for pair in turn.opinions.items()],
        "similarities": [
            {"to": likeness.to, "model": likeness.model, "similarity": similarity}
            for likeness, similarity in turn.similarities.items()
        ],
        "gaps": sorted(turn.gaps),
        "expectations": [_verdict(verdict) for verdict in turn.verdicts],
        "seconds": _seconds(turn.seconds),
        "usage": usage_document(turn.usage),
        "cost": cost_document(turn.cost),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "kind": verdict.kind,
        "expected": json.loads(canonical_json(verdict.expected)),
        "passed": verdict.passed,
        "detail": verdict.detail,
    }


def _opinion(rubric: Rubric, opinion: Opinion) -> dict[str, Any]:
    return {
        "rubric": rubric.text,
        "model": rubric.model,
        "min_score": rubric.min_score,
        "score": opinion.score,
        "reason": opinion.reason,
    }


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "total": summary.total,
        "passed": summary.passed,
        "failed": summary.failed,
        "skipped": summary.skipped,
        "error": summary.error,
    }


def _seconds(value: float) -> float:
    return round(value, _DIGITS)
