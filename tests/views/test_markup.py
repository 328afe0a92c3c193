"""Markup: what a program wrote is a page, what anybody else wrote is text on it."""

from hypothesis import given
from hypothesis import strategies as st

from asstctl.views.markup import Html, join, tag, text


def test_text_is_escaped_and_markup_is_not() -> None:
    page = tag("p", "1 < 2 & ", tag("b", "'\""), "\x1b")
    assert page == "<p>1 &lt; 2 &amp; <b>&#x27;&quot;</b>\\u001b</p>"


def test_attributes_are_named_as_in_html() -> None:
    field = tag("input", type="radio", class_="a b", aria_label='"', checked=True, open=False)
    assert field == '<input type="radio" class="a b" aria-label="&quot;" checked>'


def test_parts_stand_side_by_side() -> None:
    assert join(["<", Html("<br>"), ">"], "\n") == "&lt;\n<br>\n&gt;"


@given(st.text())
def test_nothing_breaks_out(said: str) -> None:
    page = tag("p", said, title=said)
    assert page.count("<") == page.count(">") == 2
    assert page.count('"') == 2
    assert text(text(said)) == text(said)
