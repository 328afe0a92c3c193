"""The frame around every page, and the parts that pages share."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from asstctl.emulator.page.markup import Child, Html, join, tag
from asstctl.emulator.page.style import STYLE
from asstctl.emulator.store.collections import Body


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
        tag("span", "read-only", class_="soft"),
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


def row(main: Child, detail: Child, end: Child = None, end_detail: Child = None) -> Html:
    """Make a row: what it is, and on the right how it is."""
    left = tag("div", tag("div", main), tag("div", detail, class_="soft"))
    right = tag("div", tag("div", end), tag("div", end_detail, class_="soft"), class_="end")
    return tag("div", left, right, class_="row")


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
