"""A plan as the text of a pull-request comment: safe whatever the manifests contain."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from asstctl.model.desired import Desired, DesiredAssistant, DesiredEnvironment, DesiredStore
from asstctl.plan.action import Action
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.plan.warnings import AccountWarning
from asstctl.text.printable import printable
from asstctl.text.words import some
from asstctl.views.graph import render_graph
from asstctl.views.plan.details import details
from asstctl.views.plan.human import headline, summary_line
from asstctl.views.terminal import PLAIN, to_text

_SIGNS: Final = {
    Action.CREATE: "🟢",
    Action.UPDATE: "🟡",
    Action.MOVE: "🔵",
    Action.ADOPT: "🔵",
    Action.DELETE: "🔴",
    Action.FORGET: "⚪",
    Action.BLOCKED: "⛔",
}
_OPEN_UP_TO: Final = 12
"""Rows up to which a section is shown without a click."""
_NOTE_ROOM: Final = 400
"""Bytes that are kept free for the note about what was cut."""


def render_markdown(plan: Plan, *, max_bytes: int) -> str:
    """A heading, a summary line, one section per change; at most ``max_bytes`` long.

    Long sections are collapsed. Of more than one resource there is a graph, as long as nothing
    has to be cut for it.
    """
    head = (
        f"### asstctl plan · {_text(plan.project)} → {_text(plan.target)} "
        f"({_text(plan.account)})\n\n**{_text(summary_line(plan.summary))}**\n"
    )
    head += "".join(map(_warning, plan.warnings))
    pages = _Pages(max_bytes - len(head.encode()) - _NOTE_ROOM)
    for change in plan.changes:
        if change.action is not Action.NOOP:
            name = f"<code>{_text(str(change.address))}</code>"
            pages.add(name, _section(change), _section(change, brief=True))
    if len(plan.changes) > 1 and not pages.cut:
        pages.add("the graph", _graph(plan))
    return "\n".join([head, *pages.sections, *_notes(pages.cut)])


@dataclass(slots=True)
class _Pages:
    """Sections as long as there is room for them, and the names of what was cut."""

    room: int
    sections: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)

    def add(self, name: str, *versions: str) -> None:
        """Add the first version that fits; only the first one counts as whole."""
        for number, version in enumerate(versions):
            length = len(version.encode("utf-8", "replace")) + 1
            if length <= self.room:
                self.room -= length
                self.sections.append(version)
                if number:
                    self.cut.append(name)
                return
        # What comes later must not slip into the gap: order is part of the message.
        self.room = 0
        self.cut.append(name)


def _warning(warning: AccountWarning) -> str:
    text = f"**{_text(warning.what)}** `{printable(warning.code)}`  \n> {_text(warning.why)}"
    return f"\n> [!WARNING]\n> {text}\n"


def _graph(plan: Plan) -> str:
    """The resources that the plan is about, coloured by what becomes of them."""
    wanted = [change.desired for change in plan.changes]
    desired = Desired(
        project=plan.project,
        assistants=tuple(item for item in wanted if isinstance(item, DesiredAssistant)),
        stores=tuple(item for item in wanted if isinstance(item, DesiredStore)),
        environments=tuple(item for item in wanted if isinstance(item, DesiredEnvironment)),
        sensitive=plan.sensitive,
    )
    chart = render_graph(desired, plan.changes)
    return f"<details><summary>Graph</summary>\n\n```mermaid\n{chart}```\n\n</details>\n"


def _section(change: Change, *, brief: bool = False) -> str:
    summary = (
        f"{_SIGNS[change.action]} <code>{_text(str(change.address))}</code> "
        f"{_text(headline(change))}"
    )
    body = to_text(details(change, apart=True), PLAIN).rstrip()
    if brief or not body:
        return f"{summary}<br>\n"
    fence = _fence(body)
    rows = list(_as_diff(body))
    diff = "\n".join(rows)
    opened = " open" if len(rows) <= _OPEN_UP_TO else ""
    head = f"<details{opened}><summary>{summary}</summary>"
    return f"{head}\n\n{fence}diff\n{diff}\n{fence}\n\n</details>\n"


def _as_diff(body: str) -> Iterator[str]:
    """Indented lines of the human view, with their signs in the first column."""
    for row in body.split("\n"):
        text = row.removeprefix("    ")
        if text.startswith(("  + ", "  - ", "  @", "  \\ ")):
            yield text[2:]
        else:
            yield f" {text}" if text[:1] in "+-@" else text


def _notes(cut: list[str]) -> Iterator[str]:
    """What was cut, in the room that is kept for it."""
    if cut:
        named = some(cut)
        if len(named.encode()) > _NOTE_ROOM - 100:
            named = f"{len(cut)} sections"
        yield f"> Cut for length: {named}. `asstctl plan` shows everything.\n"


def _fence(body: str) -> str:
    """Backticks that nothing in the body can close."""
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    return "`" * max(3, longest + 1)


def _text(text: str) -> str:
    """Text that is neither HTML nor Markdown nor a mention, whatever it says."""
    escaped = html.escape(printable(text), quote=False)
    return re.sub(r"[\\`*_\[\]#|~@]", lambda found: f"&#{ord(found.group())};", escaped)
