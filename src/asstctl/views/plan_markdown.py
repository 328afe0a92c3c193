"""A plan as the text of a pull-request comment: safe whatever the manifests contain."""

import html
import re
from collections.abc import Iterator
from typing import Final

from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.views.plan_human import details, headline, summary_line
from asstctl.views.terminal import to_text

_SIGNS: Final = {
    Action.CREATE: "🟢",
    Action.UPDATE: "🟡",
    Action.MOVE: "🔵",
    Action.ADOPT: "🔵",
    Action.DELETE: "🔴",
    Action.FORGET: "⚪",
    Action.BLOCKED: "⛔",
}
_NOTE_ROOM: Final = 400
"""Bytes that are kept free for the note about what was cut."""


def render_markdown(plan: Plan, *, max_bytes: int) -> str:
    """A heading, a summary line, one collapsed section per change; at most ``max_bytes`` long."""
    head = (
        f"### asstctl plan · {_text(plan.project)} → {_text(plan.target)} "
        f"({_text(plan.account)})\n\n**{_text(summary_line(plan.summary))}**\n"
    )
    shown = [change for change in plan.changes if change.action is not Action.NOOP]
    room = max_bytes - len(head.encode()) - _NOTE_ROOM
    sections: list[str] = []
    short: list[str] = []
    left_out: list[str] = []
    for change in shown:
        whole, brief = _section(change), _section(change, brief=True)
        if left_out:
            left_out.append(str(change.address))
        elif len(whole.encode()) <= room:
            sections.append(whole)
            room -= len(whole.encode())
        elif len(brief.encode()) <= room:
            sections.append(brief)
            short.append(str(change.address))
            room -= len(brief.encode())
        else:
            left_out.append(str(change.address))
    return "\n".join([head, *sections, *_notes(short, left_out)])


def _section(change: Change, *, brief: bool = False) -> str:
    summary = (
        f"{_SIGNS[change.action]} <code>{_text(str(change.address))}</code> "
        f"{_text(headline(change))}"
    )
    body = to_text(details(change), color=False).rstrip()
    if brief or not body:
        return f"{summary}<br>\n"
    fence = _fence(body)
    diff = "\n".join(_as_diff(body))
    return f"<details><summary>{summary}</summary>\n\n{fence}diff\n{diff}\n{fence}\n\n</details>\n"


def _as_diff(body: str) -> Iterator[str]:
    """Indented lines of the human view, with their signs in the first column."""
    for row in body.splitlines():
        text = row.removeprefix("    ")
        if text.startswith(("  + ", "  - ", "  @")):
            yield text[2:]
        else:
            yield f" {text}" if text[:1] in "+-@" else text


def _notes(short: list[str], left_out: list[str]) -> Iterator[str]:
    """What was cut, in the room that is kept for it."""
    if short or left_out:
        cut = [*short, *left_out]
        named = ", ".join(f"<code>{_text(address)}</code>" for address in cut[:3])
        more = f" and {len(cut) - 3} more" if len(cut) > 3 else ""
        yield f"> Cut for length: {_shortened(named)}{more}. `asstctl plan` shows everything.\n"


def _shortened(named: str) -> str:
    room = _NOTE_ROOM - 120
    return named if len(named.encode()) <= room else "several changes"


def _fence(body: str) -> str:
    """Backticks that nothing in the body can close."""
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    return "`" * max(3, longest + 1)


def _text(text: str) -> str:
    """Text that is neither HTML nor Markdown nor a mention, whatever it says."""
    escaped = html.escape(text, quote=False)
    return re.sub(r"[\\`*_\[\]#|~@]", lambda found: f"&#{ord(found.group())};", escaped)
