"""The frame around every page, and the parts that pages share."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from asstctl.emulator.page.markup import Child, Html, join, link, tag
from asstctl.emulator.page.style import STYLE
from asstctl.emulator.store.collections import Body, Cursor, Page

NEWEST = Cursor(limit=100)
"""What a list shows of a collection."""

NO_NAME = "(no name)"
_TITLE_LENGTH = 90


def document(title: str, *content: Child) -> str:
    """Make a whole page."""
    head = tag(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", f"{title} · asstctl"),
        Html(f"<style>{STYLE}</style>"),
    )
    top = tag(
        "header",
        tag("a", "asstctl · local account", href="/"),
        tag("a", "Talk", href="/talk"),
    )
    body = tag("body", top, tag("main", tag("h1", title), *content))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def section(title: str, *content: Child) -> Html:
    """Make a titled section."""
    return tag("section", tag("h2", title), *content)


def rows(items: Iterable[Html], empty: str) -> Html:
    """Make a card with a row for each item."""
    shown = list(items)
    return tag("div", *(shown or [tag("div", empty, class_="none")]), class_="card")


def listed(title: str, page: Page, items: Iterable[Html], empty: str | None = None) -> Html | None:
    """Make the section of a list; nothing of an empty one, unless ``empty`` says that it is."""
    if not page.rows and empty is None:
        return None
    more = tag("p", f"Only the newest {NEWEST.limit} are shown.", class_="soft")
    return section(title, rows(items, empty or ""), more if page.has_more else None)


def row(main: Child, detail: Child, end: Child = None, end_detail: Child = None) -> Html:
    """Make a row: what it is, and on the right how it is."""
    left = tag("div", tag("div", main), tag("div", detail, class_="soft"))
    right = tag("div", tag("div", end), tag("div", end_detail, class_="soft"), class_="end")
    return tag("div", left, right, class_="row")


def named(body: Body, kind: str) -> Html:
    """Link to the page of an object by its name."""
    return link(body.get("name") or NO_NAME, kind, body["id"])


def talk_to(kind: str, object_id: str, words: str) -> Html:
    """Link to the page on which one talks to an assistant, or goes on with what was begun."""
    return tag("p", tag("a", words, href=f"/talk?{kind}={object_id}"))


def facts(pairs: Mapping[str, Child]) -> Html:
    """Make a list of names and values; what has no value is left out."""
    shown = [join(tag("dt", name), tag("dd", value)) for name, value in pairs.items() if value]
    return tag("div", tag("dl", *shown), class_="card")


def code(object_id: str) -> Html:
    """Show an id."""
    return tag("span", object_id, class_="id")


def chips(words: Iterable[str]) -> Html:
    """Show words side by side."""
    return join(*(tag("span", word, class_="chip") for word in words))


def functions(tools: Iterable[Body]) -> Html | None:
    """Show what functions take; in the Assistants API they lie deeper."""
    found = [tool.get("function", tool) for tool in tools if tool["type"] == "function"]
    shown = [
        tag(
            "details",
            tag("summary", tag("strong", one["name"]), " ", one.get("description")),
            tag("pre", json.dumps(one.get("parameters") or {}, indent=2, ensure_ascii=False)),
        )
        for one in found
    ]
    return section("Functions", *shown) if shown else None


def opening(texts: Iterable[str], nothing: str) -> str:
    """Give the first words that are said, for a title."""
    lines = (" ".join(text.split()) for text in texts)
    first = next((line for line in lines if line), nothing)
    return first if len(first) <= _TITLE_LENGTH else first[: _TITLE_LENGTH - 1] + "…"


def moment(seconds: int | None) -> Html:
    """Show a time in UTC."""
    if seconds is None:
        return Html("")
    when = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return tag("time", f"{when:%Y-%m-%d %H:%M:%S} UTC", datetime=when.isoformat())


def many(count: int, noun: str) -> str:
    """Write a number of things."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def size(count: int) -> str:
    """Write a number of bytes."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def pairs(values: Mapping[str, Any] | None) -> str:
    """Write metadata or attributes, a line for each."""
    return "\n".join(f"{name}: {value}" for name, value in (values or {}).items())


def tool_names(tools: Iterable[Body]) -> list[str]:
    """Name tools, functions by their own names, which lie deeper in the Assistants API."""
    return [
        f"{tool.get('function', tool)['name']}()" if tool["type"] == "function" else tool["type"]
        for tool in tools
    ]
