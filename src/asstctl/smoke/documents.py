"""What the report of smoke and the turn that programs are told of have in common, as JSON."""

from typing import Final

from asstctl.model.json import JsonObject
from asstctl.model.prices import Money
from asstctl.smoke.ports import Citation, ToolCall, Usage

_MONEY_DIGITS: Final = 9


def citation_document(citation: Citation) -> JsonObject:
    """What was cited. The id of the file is for those alone who can ask the account."""
    return {
        "filename": citation.filename,
        "marker": citation.marker,
        "quote": citation.quote,
        "paths": list(citation.paths),
    }


def tool_document(tool: ToolCall) -> JsonObject:
    """A tool that ran."""
    return {"type": tool.type, "name": tool.name, "input": tool.input, "output": tool.output}


def usage_document(usage: Usage) -> JsonObject:
    """Tokens."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "cached_tokens": usage.cached_tokens,
    }


def cost_document(cost: Money | None) -> JsonObject | None:
    """An amount without the noise that sums of fractions have; None where it is not known."""
    if cost is None:
        return None
    return {"amount": round(cost.amount, _MONEY_DIGITS), "currency": cost.currency}
