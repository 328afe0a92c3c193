"""A smoke result as one HTML page of transcripts. It asks nothing of anybody: no script, no font.

Everything that a model, a server or a manifest said goes through ``_e``; the page's own policy
forbids scripts and requests on top of that.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from asstctl.smoke.ports import Citation, ToolCall
from asstctl.smoke.result import (
    CaseResult,
    CaseStatus,
    ConversationResult,
    SmokeResult,
    TurnResult,
    Verdict,
)
from asstctl.text.printable import printable_lines
from asstctl.views.smoke.style import STYLE
from asstctl.views.smoke.words import (
    MARKS,
    cost,
    expected_text,
    repetitions,
    summary_line,
    tool_text,
)

_OPEN_UP_TO: Final = 12
"""With more cases than this only those that need a look are open."""


def render_html(result: SmokeResult) -> str:
    """The whole page."""
    many = result.summary.total > _OPEN_UP_TO
    cases = "\n".join(
        _case(case, is_open=not many or not case.status.is_good) for case in result.cases
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{MARKS[_overall(result)]} asstctl smoke · {_e(result.target)}</title>
<style>{STYLE}</style>
</head>
<body>
<header class="page">
<h1>asstctl smoke <small>→ {_e(result.target)}</small></h1>
<p class="sum">{_e(summary_line(result))}</p>
{_bar(result)}
{_filter(result)}
</header>
<main>
{cases or "<p>No cases.</p>"}
</main>
<footer>Written by asstctl smoke. This page is complete in itself and loads nothing.</footer>
</body>
</html>
"""


def _overall(result: SmokeResult) -> CaseStatus:
    summary = result.summary
    if summary.failed:
        return CaseStatus.FAILED
    if summary.error:
        return CaseStatus.ERROR
    return CaseStatus.PASSED if summary.passed else CaseStatus.SKIPPED


def _counts(result: SmokeResult) -> dict[CaseStatus, int]:
    return {status: sum(case.status is status for case in result.cases) for status in CaseStatus}


def _bar(result: SmokeResult) -> str:
    parts = (
        f'<i class="{status}" style="flex:{count}"></i>'
        for status, count in _counts(result).items()
        if count
    )
    return f'<div class="bar" aria-hidden="true">{"".join(parts)}</div>'


def _filter(result: SmokeResult) -> str:
    counts = _counts(result)
    choices = [("all", sum(counts.values())), *((str(s), n) for s, n in counts.items() if n)]
    labels = (
        f'<label><input type="radio" name="show" id="show-{name}"'
        f"{' checked' if name == 'all' else ''}>{name} {count}</label>"
        for name, count in choices
    )
    return f'<fieldset class="filter"><legend class="sr">Show</legend>{"".join(labels)}</fieldset>'


def _case(case: CaseResult, *, is_open: bool) -> str:
    spent = cost(case.seconds, case.usage) if case.conversations else ""
    head = (
        f'<span class="badge">{MARKS[case.status]} {case.status}</span>'
        f'<span class="name">{_e(case.name)}</span><span class="key">{_e(case.key)}</span>'
        f'<span class="cost">{_e(spent)}</span>'
    )
    reasons = "".join(_reasons(case))
    if not case.conversations:
        return (
            f'<section class="case {case.status}"><div class="head">{head}</div>{reasons}</section>'
        )
    many = len(case.conversations) > 1
    body = "".join(
        _run(item, is_open=item is case.shown) if many else _turns(item)
        for item in case.conversations
    )
    opened = " open" if is_open else ""
    return (
        f'<details class="case {case.status}"{opened}><summary>{head}</summary>{reasons}{body}'
        "</details>"
    )


def _reasons(case: CaseResult) -> Iterator[str]:
    """What stands below the title: the reason, unless a verdict shows it anyway."""
    if case.status is CaseStatus.FAILED:
        if again := repetitions(case):
            yield f'<p class="reason">{_e(again)}</p>'
    elif case.reason:
        yield f'<p class="reason">{_e(case.reason)}</p>'
    for thread in case.retained:
        yield f'<p class="reason skipped">thread {_e(thread)} is still in the account</p>'


def _run(item: ConversationResult, *, is_open: bool) -> str:
    opened = " open" if is_open else ""
    title = (
        f"run {item.number} · {MARKS[item.status]} {item.status} · {cost(item.seconds, item.usage)}"
    )
    reason = f'<p class="reason">{_e(item.reason)}</p>' if item.status is CaseStatus.ERROR else ""
    return (
        f'<details class="run {item.status}"{opened}><summary>{_e(title)}</summary>'
        f"{reason}{_turns(item)}</details>"
    )


def _turns(item: ConversationResult) -> str:
    return "".join(_turn(turn) for turn in item.turns)


def _turn(turn: TurnResult) -> str:
    sources = tuple({citation.filename: citation for citation in turn.citations}.values())
    if turn.reply.strip():
        bubble = f'<div class="bubble bot">{_reply(turn, sources)}</div>'
    else:
        bubble = '<div class="bubble bot none">no reply</div>'
    return (
        '<div class="turn"><div class="talk">'
        f'<div class="bubble user"><span class="sr">User: </span>{_e(turn.prompt.strip())}</div>'
        f"{_each(_tool(tool) for tool in turn.tool_calls)}{bubble}{_sources(sources)}"
        f'</div><div class="judged">{_verdicts(turn.verdicts)}'
        f'<p class="took">{_e(turn.status)} · {_e(cost(turn.seconds, turn.usage))}</p></div></div>'
    )


def _reply(turn: TurnResult, sources: tuple[Citation, ...]) -> str:
    """The reply, its citation markers turned into small numbers that point at the files."""
    numbers = {citation.filename: number for number, citation in enumerate(sources, 1)}
    by_marker = {_e(item.marker): item.filename for item in turn.citations if item.marker}
    text = _e(turn.reply.strip())
    if by_marker:
        longest_first = sorted(by_marker, key=len, reverse=True)
        text = re.sub(
            "|".join(map(re.escape, longest_first)),
            lambda found: (
                f'<sup title="{_e(by_marker[found.group()])}">'
                f"[{numbers[by_marker[found.group()]]}]</sup>"
            ),
            text,
        )
    return f'<span class="sr">Assistant: </span>{text}'


def _sources(sources: tuple[Citation, ...]) -> str:
    if not sources:
        return ""
    items = (
        f"<li>[{number}] {_e(citation.filename)}"
        + (f" <q>{_e(citation.quote)}</q>" if citation.quote else "")
        + "</li>"
        for number, citation in enumerate(sources, 1)
    )
    return f'<ul class="sources" aria-label="Citations">{_each(items)}</ul>'


def _tool(tool: ToolCall) -> str:
    blocks = [text for text in (tool.input, tool.output) if text]
    title = f"<code>{_e(tool_text(tool))}</code>"
    if not blocks:
        return f'<div class="tool"><span class="head">⚙ {title}</span></div>'
    shown = _each(f"<pre>{_e(text)}</pre>" for text in blocks)
    return f'<details class="tool"><summary>⚙ {title}</summary>{shown}</details>'


def _verdicts(verdicts: tuple[Verdict, ...]) -> str:
    if not verdicts:
        return '<p class="took">Nothing was expected but an answer.</p>'
    items = (
        f'<li class="{status}"><b>{MARKS[status]} {_e(verdict.kind)}</b> '
        f"{_e(expected_text(verdict))}<small>{_e(verdict.detail)}</small></li>"
        for verdict in verdicts
        for status in [CaseStatus.PASSED if verdict.passed else CaseStatus.FAILED]
    )
    return f'<ul class="verdicts" aria-label="Expectations">{_each(items)}</ul>'


def _each(parts: Iterable[str]) -> str:
    return "".join(parts)


def _e(text: str) -> str:
    return escape(printable_lines(text), quote=True)
