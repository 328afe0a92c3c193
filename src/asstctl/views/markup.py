"""HTML that nothing can break out of: text is escaped and printable unless ``tag`` made it.

The type tells the two apart, so that forgetting to escape is not possible::

    tag("p", "1 < 2", tag("b", "!"))    <p>1 &lt; 2<b>!</b></p>
"""

from collections.abc import Iterable
from html import escape
from typing import Final

from asstctl.text.printable import printable_lines

_VOID: Final = frozenset({"br", "input", "meta"})
"""Elements that have no content and no end."""


class Html(str):
    """Markup as it stands on a page. Make it of texts that the program itself wrote only."""

    __slots__ = ()


def text(child: str) -> Html:
    """``child`` as it stands on a page: markup unchanged, anything else escaped."""
    return child if isinstance(child, Html) else Html(escape(printable_lines(child), quote=True))


def join(children: Iterable[str], separator: str = "") -> Html:
    """Texts and markup side by side."""
    return Html(text(separator).join(map(text, children)))


def tag(name: str, /, *children: str, **attributes: str | bool) -> Html:
    """An element with its children.

    ``class_`` is the attribute ``class``, ``aria_label`` is ``aria-label``. One that is True has
    no value, one that is False is left out.
    """
    start = f"<{name}{''.join(_attribute(*item) for item in attributes.items())}>"
    return Html(start if name in _VOID else f"{start}{join(children)}</{name}>")


def _attribute(name: str, value: str | bool) -> str:
    name = name.rstrip("_").replace("_", "-")
    match value:
        case bool():
            return f" {name}" if value else ""
        case _:
            return f' {name}="{text(value)}"'
