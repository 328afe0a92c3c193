"""A smoke report read back: the result of an earlier run, as ``schemas/smoke.schema.json`` has it.

What it does not say is as a run leaves it: ``require`` is a case's own, ``retained`` is over.
"""

from collections.abc import Mapping
from typing import Any

from asstctl.model.prices import Money
from asstctl.smoke.ports import Citation, ToolCall, Usage
from asstctl.smoke.result import (
    CaseResult,
    CaseStatus,
    ConversationResult,
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
            Citation(cited["file_id"], cited["filename"], cited["marker"])
            for cited in item["citations"]
        ),
        tool_calls=tuple(
            ToolCall(tool["type"], tool["name"], tool["input"], tool["output"])
            for tool in item["tool_calls"]
        ),
        verdicts=tuple(
            Verdict(found["kind"], found["expected"], found["passed"], found["detail"])
            for found in item["expectations"]
        ),
        seconds=item["seconds"],
        usage=Usage(**{name: item["usage"].get(name, 0) for name in _TOKENS}),
        cost=Money(**item["cost"]) if item.get("cost") else None,
    )


_TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens")
