"""What a program that judges an answer is told, as JSON: ``schemas/turn.schema.json``."""

from collections.abc import Sequence
from typing import Final

from asstctl.model.json import JsonObject, JsonValue
from asstctl.smoke.expectations import Evidence
from asstctl.smoke.observer import CaseRef
from asstctl.smoke.ports import Usage

FORMAT_VERSION: Final = "1.0"
"""Within 1.x fields are only added."""


def document_of(
    case: CaseRef,
    target: str,
    said_before: Sequence[tuple[str, str]],
    prompt: str,
    evidence: Evidence,
) -> JsonObject:
    """What a program is told of a turn; ``said_before`` are (role, text)."""
    cost = evidence.cost
    return {
        "format_version": FORMAT_VERSION,
        "case": {"key": case.key, "name": case.name, "run": case.number},
        "target": target,
        "said_before": [{"role": role, "content": text} for role, text in said_before],
        "prompt": prompt,
        "answer": evidence.reply,
        "refused": evidence.refused,
        "status": evidence.status,
        "citations": [
            {
                "filename": item.filename,
                "marker": item.marker,
                "quote": item.quote,
                "paths": list(item.paths),
            }
            for item in evidence.citations
        ],
        "tool_calls": [
            {"type": tool.type, "name": tool.name, "input": tool.input, "output": tool.output}
            for tool in evidence.tools or ()
        ],
        "seconds": round(evidence.seconds, 3),
        "usage": None if evidence.usage is None else _usage(evidence.usage),
        "cost": None
        if cost is None
        else {"amount": round(cost.amount, 9), "currency": cost.currency},
    }


def _usage(usage: Usage) -> JsonValue:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "cached_tokens": usage.cached_tokens,
    }
