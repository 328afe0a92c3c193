"""A smoke result for a person at a terminal, or for the log of a build."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.text import Text

from asstctl.smoke.ports import ToolCall
from asstctl.smoke.result import CaseResult, CaseStatus, SmokeResult, TurnResult, Verdict
from asstctl.views.smoke_words import (
    MARKS,
    cost,
    expected_text,
    repetitions,
    summary_line,
    tool_text,
)
from asstctl.views.words import printable

_STYLES: Final = {
    CaseStatus.PASSED: "green",
    CaseStatus.FAILED: "bold red",
    CaseStatus.SKIPPED: "yellow",
    CaseStatus.ERROR: "bold magenta",
}
_REPLY_LINES: Final = 20
"""Lines of a reply that a passed case shows; verbose and failed ones show all."""
_TELLING: Final = frozenset({"judge", "max_seconds", "max_tokens", "uses", "calls", "cites"})
"""Kinds whose finding says something new also when the expectation was met."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A paragraph: its text, how far in it stands, and how much further when it wraps."""

    text: Text
    indent: int = 0
    hang: int = 0


def render_smoke(result: SmokeResult, *, color: bool, width: int, verbose: bool = False) -> str:
    """The report, ``width`` columns wide, with ANSI colours if ``color``."""
    out = io.StringIO()
    console = Console(
        file=out,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        width=width,
        highlight=False,
        legacy_windows=False,
    )
    for line in _report(result, verbose=verbose):
        room = max(width - line.indent - line.hang, 20)
        for number, part in enumerate(line.text.wrap(console, room)):
            part.rstrip()
            pad = line.indent + (line.hang if number else 0)
            console.print(Text(" " * pad if part.plain else "").append_text(part), soft_wrap=True)
    return out.getvalue()


def _report(result: SmokeResult, *, verbose: bool) -> Iterator[_Line]:
    for case in result.cases:
        yield from _case(case, verbose=verbose)
        yield _Line(Text())
    summary = result.summary
    if summary.total and summary.skipped == summary.total:
        yield _Line(Text("Every case was skipped: nothing was proven.", style="yellow"))
    status = CaseStatus.FAILED if summary.failed or summary.error else CaseStatus.PASSED
    style = _STYLES[status] if summary.passed or summary.failed or summary.error else "yellow"
    yield _Line(Text(summary_line(result), style=style))


def _case(case: CaseResult, *, verbose: bool) -> Iterator[_Line]:
    style = _STYLES[case.status]
    title = Text.assemble(
        (f"{MARKS[case.status]} ", style),
        (printable(case.key), "bold"),
        (" · ", "dim"),
        (printable(case.name), "bold"),
    )
    if case.status is CaseStatus.SKIPPED:
        title.append(f"   skipped: {printable(case.reason)}", style="yellow")
        yield _Line(title, hang=2)
        return
    title.append(f"   {cost(case.seconds, case.usage)}", style="dim")
    yield _Line(title, hang=2)
    if again := repetitions(case):
        yield _Line(Text(again, style=style), indent=2)
    conversations = case.conversations if verbose else [item for item in [case.shown] if item]
    for item in conversations:
        if len(case.conversations) > 1:
            yield _Line(Text(f"run {item.number}: {item.status}", style="dim"), indent=2)
        for turn in item.turns:
            yield from _turn(turn, whole=verbose or not case.status.is_good, verbose=verbose)
    if case.status is CaseStatus.ERROR:
        yield _Line(Text(f"error: {printable(case.reason)}", style=style), indent=2, hang=2)
    for thread in case.retained:
        yield _Line(Text(f"thread {thread} is still in the account", style="dim"), indent=2)


def _turn(turn: TurnResult, *, whole: bool, verbose: bool) -> Iterator[_Line]:
    yield _Line(Text(f"> {printable(turn.prompt).strip()}", style="cyan"), indent=2, hang=2)
    reply = printable(turn.reply).strip().splitlines() or ["(no reply)"]
    shown = reply if whole else reply[:_REPLY_LINES]
    for line in shown:
        yield _Line(Text(line), indent=4)
    if len(reply) > len(shown):
        more = f"… {len(reply) - len(shown)} more lines (-v shows them)"
        yield _Line(Text(more, style="dim"), indent=4)
    for tool in turn.tool_calls:
        yield from _tool(tool, verbose=verbose)
    names = ", ".join(dict.fromkeys(printable(item.filename) for item in turn.citations))
    if names:
        yield _Line(Text(f"cites {names}", style="dim"), indent=4, hang=2)
    for verdict in turn.verdicts:
        yield _verdict(verdict, verbose=verbose)


def _tool(tool: ToolCall, *, verbose: bool) -> Iterator[_Line]:
    yield _Line(Text(f"ran {tool_text(tool)}", style="dim"), indent=4, hang=2)
    if not verbose:
        return
    for text in (tool.input if tool.name is None else None, tool.output):
        for line in printable(text or "").splitlines():
            yield _Line(Text(line, style="dim"), indent=6)


def _verdict(verdict: Verdict, *, verbose: bool) -> _Line:
    status = CaseStatus.PASSED if verdict.passed else CaseStatus.FAILED
    text = Text.assemble((f"{MARKS[status]} ", _STYLES[status]), f"{verdict.kind} ")
    text.append(expected_text(verdict))
    plain_kind = verdict.kind.removeprefix("not_")
    if verdict.detail and (not verdict.passed or verbose or plain_kind in _TELLING):
        text.append(f"   {printable(verdict.detail)}", style="dim" if verdict.passed else "red")
    return _Line(text, indent=2, hang=4)
