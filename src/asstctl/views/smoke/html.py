"""A smoke result as one HTML page of transcripts. It asks nothing of anybody: no script, no font.

What a model, a server or a manifest said is text, and ``markup`` escapes every text; the page's
own policy forbids scripts and requests on top of that.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Final

from asstctl.smoke.ports import Citation, ToolCall
from asstctl.smoke.recorded.comparison import Comparison
from asstctl.smoke.result import (
    CaseResult,
    CaseStatus,
    ConversationResult,
    SmokeResult,
    TurnResult,
    Verdict,
)
from asstctl.views.markup import Html, join, tag
from asstctl.views.smoke.comparison.html import comparison_section
from asstctl.views.smoke.matrix.html import matrix_section
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

_OPEN_UP_TO: Final = 12
"""With more cases than this only those that need a look are open."""
_FOOTER: Final = "Written by asstctl smoke. This page is complete in itself and loads nothing."
_HEAD: Final = Html(
    """
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
"""
)


def render_html(result: SmokeResult, comparison: Comparison | None = None) -> str:
    """The whole page, complete in itself, with the comparison where there is one."""
    body = _body(result, comparison)
    page = tag("html", "\n", _head(result), "\n", body, "\n", lang="en")
    return f"<!doctype html>\n{page}\n"


def style() -> Html:
    """The style sheet that stands in every page."""
    file = resources.files(__package__) / "page.css"
    return Html(file.read_text(encoding="utf-8"))


def _head(result: SmokeResult) -> Html:
    title = tag("title", f"{MARKS[overall(result)]} asstctl smoke · {result.target}")
    return tag("head", _HEAD, title, "\n", tag("style", style()), "\n")


def _body(result: SmokeResult, comparison: Comparison | None) -> Html:
    heading = tag("h1", "asstctl smoke ", tag("small", f"→ {result.target}"))
    summary = tag("p", summary_line(result), class_="sum")
    counts = Counter(case.status for case in result.cases)
    compared = comparison_section(comparison) if comparison else Html()
    top = [heading, summary, _bar(counts), matrix_section(result), compared, _filter(counts)]
    parts = (
        tag("header", "\n", join(filter(None, top), "\n"), "\n", class_="page"),
        tag("main", "\n", _cases(result), "\n"),
        tag(
            "footer", "Written by asstctl smoke. This page is complete in itself and loads nothing."
        ),
    )
    return tag("body", "\n", join(parts, "\n"), "\n")


def _bar(counts: Mapping[CaseStatus, int]) -> Html:
    """How the cases came out, each status as wide as it is frequent."""
    parts = [
        tag("i", class_=status, style=f"flex:{counts[status]}")
        for status in CaseStatus
        if counts[status]
    ]
    return tag("div", *parts, class_="bar", aria_hidden="true")


def _filter(counts: Mapping[CaseStatus, int]) -> Html:
    """Buttons that show the cases of one status; the style sheet does it, without a script."""
    labels = [_choice("all", sum(counts.values()), checked=True)]
    labels += [_choice(status, counts[status]) for status in CaseStatus if counts[status]]
    return tag("fieldset", tag("legend", "Show", class_="sr"), *labels, class_="filter")


def _choice(name: str, count: int, *, checked: bool = False) -> Html:
    button = tag("input", type="radio", name="show", id=f"show-{name}", checked=checked)
    return tag("label", button, f"{name} {count}")


def _cases(result: SmokeResult) -> Html:
    if not result.cases:
        return tag("p", "No cases.")
    few = result.summary.total <= _OPEN_UP_TO
    return join(
        (_case(case, is_open=few or not case.status.is_good) for case in result.cases), "\n"
    )


def _case(case: CaseResult, *, is_open: bool) -> Html:
    figures = spent(case) if case.conversations else ""
    written = [tag("span", place(case.location), class_="key")] if case.location else []
    head = join(
        (
            tag("span", f"{MARKS[case.status]} {case.status}", class_="badge"),
            tag("span", case.name, class_="name"),
            tag("span", case.key, class_="key"),
            *written,
            tag("span", figures, class_="cost"),
        )
    )
    reasons = join(_reasons(case))
    look = f"case {case.status}"
    if not case.conversations:
        return tag("section", tag("div", head, class_="head"), reasons, class_=look)
    runs = join(_runs(case))
    return tag("details", tag("summary", head), reasons, runs, class_=look, open=is_open)


def _reasons(case: CaseResult) -> Iterator[Html]:
    """What stands below the title: the reason, unless a verdict shows it anyway."""
    reason = repetitions(case) if case.status is CaseStatus.FAILED else case.reason
    if reason:
        yield tag("p", reason, class_="reason")
    for retained in case.retained:
        yield tag("p", f"{retained} is still in the account", class_="reason skipped")


def _runs(case: CaseResult) -> Iterator[Html]:
    """The conversations of a case: below a title each when there are several."""
    for item in case.conversations:
        turns = join(map(_turn, item.turns))
        several = len(case.conversations) > 1
        yield _run(item, turns, is_open=item is case.shown) if several else turns


def _run(item: ConversationResult, turns: Html, *, is_open: bool) -> Html:
    title = tag(
        "summary", f"run {item.number} · {MARKS[item.status]} {item.status} · {spent(item)}"
    )
    is_error = item.status is CaseStatus.ERROR
    reason = tag("p", item.reason, class_="reason") if is_error else ""
    return tag("details", title, reason, turns, class_=f"run {item.status}", open=is_open)


def _turn(turn: TurnResult) -> Html:
    sources = tuple({citation.filename: citation for citation in turn.citations}.values())
    asked = tag(
        "div", tag("span", "User: ", class_="sr"), turn.prompt.strip(), class_="bubble user"
    )
    tools = join(map(_tool, turn.tool_calls))
    talk = tag("div", asked, tools, _reply(turn, sources), _sources(sources), class_="talk")
    took = tag("p", f"{turn.status} · {spent(turn)}", class_="took")
    judged = tag("div", _verdicts(turn.verdicts), took, class_="judged")
    return tag("div", talk, judged, class_="turn")


def _reply(turn: TurnResult, sources: tuple[Citation, ...]) -> Html:
    reply = turn.reply.strip()
    if not reply:
        return tag("div", "no reply", class_="bubble bot none")
    speaker = tag("span", "Assistant: ", class_="sr")
    said = _with_numbers(reply, turn.citations, sources)
    return tag("div", speaker, said, class_="bubble bot")


def _with_numbers(
    reply: str, citations: tuple[Citation, ...], sources: tuple[Citation, ...]
) -> Html:
    """The reply, its citation markers turned into small numbers that point at the files."""
    numbers = {source.filename: f"[{number}]" for number, source in enumerate(sources, 1)}
    files = {citation.marker: citation.filename for citation in citations if citation.marker}
    if not files:
        return join([reply])
    longest_first = sorted(files, key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, longest_first))})", reply)
    parts = (
        tag("sup", numbers[files[piece]], title=files[piece]) if piece in files else piece
        for piece in pieces
    )
    return join(parts)


def _sources(sources: tuple[Citation, ...]) -> Html:
    if not sources:
        return Html()
    items = [_source(number, citation) for number, citation in enumerate(sources, 1)]
    return tag("ul", *items, class_="sources", aria_label="Citations")


def _source(number: int, citation: Citation) -> Html:
    quote = join([" ", tag("q", citation.quote)]) if citation.quote else ""
    return tag("li", f"[{number}] {citation.filename}", quote)


def _tool(tool: ToolCall) -> Html:
    title = join(["⚙ ", tag("code", tool_text(tool))])
    blocks = [tag("pre", block) for block in (tool.input, tool.output) if block]
    if not blocks:
        return tag("div", tag("span", title, class_="head"), class_="tool")
    return tag("details", tag("summary", title), *blocks, class_="tool")


def _verdicts(verdicts: tuple[Verdict, ...]) -> Html:
    if not verdicts:
        return tag("p", "Nothing was expected but an answer.", class_="took")
    return tag("ul", *map(_verdict, verdicts), class_="verdicts", aria_label="Expectations")


def _verdict(verdict: Verdict) -> Html:
    status = CaseStatus.PASSED if verdict.passed else CaseStatus.FAILED
    kind = tag("b", f"{MARKS[status]} {verdict.kind}")
    detail = tag("small", verdict.detail)
    return tag("li", kind, f" {expected_text(verdict)}", detail, class_=status)
