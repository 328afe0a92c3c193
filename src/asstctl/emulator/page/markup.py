"""HTML that cannot be injected into: text is escaped unless it was made by `tag`."""

import html


class Html(str):
    """Markup, safe to put on a page."""

    __slots__ = ()


Child = str | None


def escape(child: Child) -> Html:
    """Escape text; markup stays as it is."""
    if child is None:
        return Html("")
    return child if isinstance(child, Html) else Html(html.escape(child))


def join(*children: Child) -> Html:
    """Put text and markup side by side."""
    return Html("".join(escape(child) for child in children))


def tag(name: str, *children: Child, **attributes: str | None) -> Html:
    """Make an element; ``class_`` is the class, and an attribute that is None is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def link(text: Child, kind: str, object_id: str) -> Html:
    """Link to the page of an object."""
    return tag("a", text, href=f"/?{kind}={object_id}")
