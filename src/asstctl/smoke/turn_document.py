"""What a program that judges an answer is told, as JSON: ``schemas/turn.schema.json``."""

from collections.abc import Sequence
from typing import Final

from asstctl.model.json import JsonObject
from asstctl.smoke.documents import (
    citation_document,
    cost_document,
    tool_document,
    usage_document,
)
from asstctl.smoke.expectations.kinds import Evidence
from asstctl.smoke.observer import CaseRef

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
    return {
        "format_version": FORMAT_VERSION,
        "case": {"key": case.key, "name": case.name, "run": case.number},
        "target": target,
        "said_before": [{"role": role, "content": text} for role, text in said_before],
        "prompt": prompt,
        "answer": evidence.reply,
        "refused": evidence.refused,
        "status": evidence.status,
        "citations": [citation_document(item) for item in evidence.citations],
        "tool_calls": [tool_document(tool) for tool in evidence.tools or ()],
        "seconds": round(evidence.seconds, 3),
        "usage": None if evidence.usage is None else usage_document(evidence.usage),
        "cost": cost_document(evidence.cost),
    }
