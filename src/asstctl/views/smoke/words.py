"""Words and marks that every view of a smoke result shares."""

import shlex
from collections.abc import Mapping
from typing import Final, Protocol

from asstctl.model.diagnostics import Location
from asstctl.model.json import JsonObject, JsonValue, canonical_json
from asstctl.model.prices import Money
from asstctl.smoke.ports import ToolCall, Usage
from asstctl.smoke.result import (
    CaseResult,
    CaseStatus,
    ConversationResult,
    SmokeResult,
    Verdict,
)
from asstctl.smoke.text import money
from asstctl.text.printable import printable
from asstctl.text.words import abridged

MARKS: Final = {
    CaseStatus.PASSED: "✓",
    CaseStatus.FAILED: "✗",
    CaseStatus.SKIPPED: "–",
    CaseStatus.ERROR: "!",
}
_LONGEST_EXPECTED: Final = 160
_LISTED: Final = ("contains", "matches", "cites", "uses", "calls", "judge")
"""The kinds of expectations that take a list."""


class Spender(Protocol):
    """Anything that takes time and tokens: a turn, a conversation, a case, all of them."""

    @property
    def seconds(self) -> float:
        """How long it took."""

    @property
    def usage(self) -> Usage:
        """The tokens that it used."""

    @property
    def cost(self) -> Money | None:
        """What those cost; None where that is not known."""


def spent(spender: Spender) -> str:
    """``2.3 s · 1,204 tokens · 0.0031 USD``; without what is not known."""
    tokens, cost = spender.usage.total_tokens, spender.cost
    parts = [f"{spender.seconds:.1f} s"]
    parts += [f"{tokens:,} tokens"] if tokens else []
    parts += [money(cost)] if cost is not None else []
    return " · ".join(parts)


def place(location: Location) -> str:
    """``smoke/cases.csv:17``."""
    return f"{location.path}:{location.line}"


def summary_line(result: SmokeResult) -> str:
    """``3 passed, 1 failed, 2 skipped · 12.4 s · 1,203 tokens``."""
    counts = result.summary
    named = (
        (counts.passed, "passed"),
        (counts.failed, "failed"),
        (counts.error, "with errors"),
        (counts.skipped, "skipped"),
    )
    said = ", ".join(f"{count} {word}" for count, word in named if count)
    return f"{said or 'no cases'} · {spent(result)}"


def overall(result: SmokeResult) -> CaseStatus:
    """How the cases came out as a whole: the worst of them; skipped when nothing was proven."""
    summary = result.summary
    if summary.failed:
        return CaseStatus.FAILED
    if summary.error:
        return CaseStatus.ERROR
    return CaseStatus.PASSED if summary.passed else CaseStatus.SKIPPED


def expected_text(verdict: Verdict) -> str:
    """What was expected, as short as its kind allows."""
    return abridged(_expected(verdict.kind, verdict.expected), _LONGEST_EXPECTED)


def _expected(kind: str, expected: JsonValue) -> str:
    kind = kind.removeprefix("not_")
    match expected:
        case Mapping():
            return _expected_object(kind, expected)
        case str(text):
            return _expected_word(kind, text)
        case [*items] if kind in _LISTED:
            return ", ".join(_expected(kind, item) for item in items)
        case [*words] if kind == "command":
            return shlex.join(map(str, words))
        case _:
            return "" if kind == "json" else canonical_json(expected)


def _expected_word(kind: str, word: str) -> str:
    match kind:
        case "contains" | "equals" | "cites":
            return f'"{word.strip()}"'
        case "matches":
            return f"/{word}/"
        case "judge":
            return f'"{word}"'
        case _:
            return word


def _expected_object(kind: str, expected: JsonObject) -> str:
    match kind:
        case "contains":
            groups = [name for name in ("all", "any") if name in expected]
            return " and ".join(f"{name} of {_expected(kind, expected[name])}" for name in groups)
        case "calls":
            return _expected_calls(expected)
        case "json":
            return "that its schema accepts"
        case "judge":
            return f'"{expected.get("rubric")}"'
        case "similar":
            return f'to "{expected.get("to")}"'
        case "cost":
            return f"at most {canonical_json(expected['max'])}"
        case _:
            return canonical_json(expected)


def _expected_calls(expected: JsonObject) -> str:
    match expected:
        case {"in_order": steps}:
            return f"{_expected('calls', steps)} in this order"
        case {"exactly": steps}:
            return f"{_expected('calls', steps)} and nothing else"
    given, times = expected.get("arguments"), expected.get("times")
    call = f"{expected.get('name')}({canonical_json(given)})" if given else expected.get("name")
    match times:
        case None:
            return f"{call}"
        case {"min": least, "max": most}:
            return f"{call} {least} to {most} times"
        case {"min": least}:
            return f"{call} at least {_times(least)}"
        case {"max": most}:
            return f"{call} at most {_times(most)}"
        case _:
            return f"{call} {_times(times)}"


def _times(number: JsonValue) -> str:
    return "once" if number == 1 else f"{number} times"


def tool_text(tool: ToolCall) -> str:
    """``get_weather({"city":"Lisbon"})``, or the tool's type."""
    if tool.name is None:
        return tool.type
    return f"{tool.name}({abridged(tool.input or '')})"


def repetitions(case: CaseResult) -> str:
    """``2 of 3 passed, majority required``; empty for a case that ran once."""
    runs = case.conversations
    if len(runs) < 2:
        return ""
    passed = sum(item.status is CaseStatus.PASSED for item in runs)
    return f"{passed} of {len(runs)} passed, {case.require} required"


def transcript(conversation: ConversationResult) -> str:
    """The conversation as plain text, every verdict with what was found."""
    lines: list[str] = []
    for turn in conversation.turns:
        lines += [f"> {turn.prompt.strip()}", turn.reply.strip() or "(no reply)"]
        lines += [f"ran {tool_text(tool)}" for tool in turn.tool_calls]
        lines += [f"cites {citation.filename}" for citation in turn.citations]
        lines += [verdict_text(verdict) for verdict in turn.verdicts]
        lines.append("")
    return "\n".join(lines).strip()


def verdict_text(verdict: Verdict) -> str:
    """``✗ contains "a": the reply has no "a"``."""
    mark = MARKS[CaseStatus.PASSED if verdict.passed else CaseStatus.FAILED]
    said = " ".join(part for part in (mark, verdict.kind, expected_text(verdict)) if part)
    return printable(f"{said}: {verdict.detail}" if verdict.detail else said)
