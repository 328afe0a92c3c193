"""A smoke result for a person at a terminal, or for the log of a build."""

from collections.abc import Iterator
from typing import Final

from asstctl.smoke.ports import ToolCall
from asstctl.smoke.recorded.comparison import Comparison
from asstctl.smoke.result import CaseResult, CaseStatus, SmokeResult, TurnResult, Verdict
from asstctl.text.printable import printable_lines
from asstctl.views.smoke.comparison.human import comparison_lines
from asstctl.views.smoke.matrix.human import matrix_lines
from asstctl.views.smoke.words import (
    MARKS,
    expected_text,
    overall,
    place,
    repetitions,
    spent,
    summary_line,
    tool_text,
)
from asstctl.views.terminal import PLAIN, Line, Screen, line, to_text

_STYLES: Final = {
    CaseStatus.PASSED: "green",
    CaseStatus.FAILED: "bold red",
    CaseStatus.SKIPPED: "yellow",
    CaseStatus.ERROR: "bold magenta",
}
_SUMMARY_STYLES: Final = {**_STYLES, CaseStatus.ERROR: _STYLES[CaseStatus.FAILED]}
_REPLY_LINES: Final = 20
"""Lines of a reply that a passed case shows; verbose and failed ones show all."""
_TELLING: Final = frozenset(
    {"judge", "max_seconds", "max_tokens", "cost", "similar", "command", "uses", "calls", "cites"}
)
"""Kinds whose finding says something new also when the expectation was met."""


def render_smoke(
    result: SmokeResult,
    screen: Screen = PLAIN,
    *,
    verbose: bool = False,
    comparison: Comparison | None = None,
) -> str:
    """The whole report, with the comparison where there is one."""
    return to_text(_report(result, comparison, verbose=verbose), screen)


def _report(result: SmokeResult, comparison: Comparison | None, *, verbose: bool) -> Iterator[Line]:
    for case in result.cases:
        yield from _case(case, verbose=verbose)
        yield line("")
    yield from matrix_lines(result, _STYLES)
    if comparison is not None:
        yield from comparison_lines(comparison, _STYLES, verbose=verbose)
        yield line("")
    summary = result.summary
    if summary.total and summary.skipped == summary.total:
        yield line(("Every case was skipped: nothing was proven.", "yellow"))
    yield line((summary_line(result), _SUMMARY_STYLES[overall(result)]))


def _case(case: CaseResult, *, verbose: bool) -> Iterator[Line]:
    style = _STYLES[case.status]
    title = ((f"{MARKS[case.status]} ", style), (case.key, "bold"), (" · ", "dim"))
    name = (case.name, "bold")
    if case.status is CaseStatus.SKIPPED:
        yield line(*title, name, (f"   skipped: {case.reason}", "yellow"))
        return
    written = f"   {place(case.location)}" if case.location and not case.status.is_good else ""
    yield line(*title, name, (f"   {spent(case)}{written}", "dim"))
    if again := repetitions(case):
        yield line("  ", (again, style))
    yield from _conversations(case, verbose=verbose)
    if case.status is CaseStatus.ERROR:
        yield line("  ", (f"error: {case.reason}", style))
    for retained in case.retained:
        yield line("  ", (f"{retained} is still in the account", "dim"))


def _conversations(case: CaseResult, *, verbose: bool) -> Iterator[Line]:
    """The conversation that tells most of the case, or all of them."""
    shown = case.conversations if verbose else [case.shown] if case.shown else []
    for item in shown:
        if len(case.conversations) > 1:
            yield line("  ", (f"run {item.number}: {item.status}", "dim"))
        for turn in item.turns:
            yield from _turn(turn, whole=verbose or not case.status.is_good, verbose=verbose)


def _turn(turn: TurnResult, *, whole: bool, verbose: bool) -> Iterator[Line]:
    for number, row in enumerate(_rows(turn.prompt)):
        yield line(f"  {' ' if number else '>'} ", (row, "cyan"), hang=4)
    yield from _reply(turn, whole=whole)
    for tool in turn.tool_calls:
        yield from _tool(tool, verbose=verbose)
    if names := ", ".join(dict.fromkeys(item.filename for item in turn.citations)):
        yield line("    ", (f"cites {names}", "dim"))
    for verdict in turn.verdicts:
        yield _verdict(verdict, verbose=verbose)


def _reply(turn: TurnResult, *, whole: bool) -> Iterator[Line]:
    rows = _rows(turn.reply) or ["(no reply)"]
    shown = rows if whole else rows[:_REPLY_LINES]
    for row in shown:
        yield line("    ", row, hang=4)
    if len(rows) > len(shown):
        yield line("    ", (f"… {len(rows) - len(shown)} more lines (-v shows them)", "dim"))


def _tool(tool: ToolCall, *, verbose: bool) -> Iterator[Line]:
    yield line("    ", (f"ran {tool_text(tool)}", "dim"))
    if not verbose:
        return
    for text in (tool.input if tool.name is None else None, tool.output):
        for row in _rows(text or ""):
            yield line("      ", (row, "dim"), hang=6)


def _verdict(verdict: Verdict, *, verbose: bool) -> Line:
    status = CaseStatus.PASSED if verdict.passed else CaseStatus.FAILED
    plain_kind = verdict.kind.removeprefix("not_")
    told = verdict.detail and (not verdict.passed or verbose or plain_kind in _TELLING)
    return line(
        "  ",
        (f"{MARKS[status]} ", _STYLES[status]),
        f"{verdict.kind} {expected_text(verdict)}",
        (f"   {verdict.detail}" if told else "", "dim" if verdict.passed else "red"),
        hang=6,
    )


def _rows(text: str) -> list[str]:
    """The lines of what was said. Tabs would not line up with what wraps."""
    text = printable_lines(text).expandtabs(4).strip()
    return text.split("\n") if text else []
