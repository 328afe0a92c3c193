from html.parser import HTMLParser

import pytest
from smoke_samples import (
    COMPARISON,
    EMPTY,
    EVERYTHING,
    HOSTILE,
    NOTHING_PROVEN,
    PASSED,
    case,
    conversation,
)
from syrupy.assertion import SnapshotAssertion

from asstctl.smoke.ports import Citation
from asstctl.smoke.result import SmokeResult, TurnResult
from asstctl.text.printable import printable_lines
from asstctl.views.smoke.html import render_html, style

_VOID = {"meta", "input", "br"}
_HARMLESS = {
    "class", "style", "id", "type", "name", "checked", "open", "title", "charset", "content",
    "http-equiv", "lang", "scope", "aria-label", "aria-hidden",
}  # fmt: skip


class Page(HTMLParser):
    """Notes every tag, attribute and text; fails when tags do not close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(*turns: TurnResult) -> str:
    held = conversation(PASSED, *turns)
    return render_html(SmokeResult(target="local", cases=(case("a case", PASSED, held),)))


def test_page(snapshot: SnapshotAssertion) -> None:
    assert render_html(EVERYTHING).replace(style(), "…") == snapshot


def test_page_with_a_comparison(snapshot: SnapshotAssertion) -> None:
    assert render_html(EMPTY, COMPARISON).replace(style(), "…") == snapshot


@pytest.mark.parametrize("result", [EVERYTHING, NOTHING_PROVEN, EMPTY])
def test_it_runs_nothing_and_asks_nothing_of_anybody(result: SmokeResult) -> None:
    page = Page(render_html(result, COMPARISON))

    assert page.attributes <= _HARMLESS
    assert not {"script", "img", "link", "iframe", "svg", "a", "form"} & set(page.tags)
    assert "url(" not in style()
    assert "@import" not in style()
    assert "default-src 'none'" in render_html(result)


def test_what_was_said_stays_text() -> None:
    texts = Page(page_of(HOSTILE)).texts

    assert printable_lines(HOSTILE.prompt) in texts
    assert any(printable_lines(HOSTILE.reply).partition(" ]]>")[0] in text for text in texts)


def test_citation_markers_become_numbers_once() -> None:
    turn = TurnResult(
        prompt="?",
        status="completed",
        reply="One [1]. Two [11]. Again [1].",
        citations=(
            Citation("f1", "[1].md", "[1]"),
            Citation("f2", "b.md", "[11]"),
            Citation("f1", "[1].md", "[1]"),
        ),
    )

    page = Page(page_of(turn))

    assert page.tags.count("sup") == 3
    assert "".join(page.texts).count("One [1]. Two [2]. Again [1].") == 1


def test_of_many_cases_only_those_that_need_a_look_are_open() -> None:
    passed, failed = EVERYTHING.cases[0], EVERYTHING.cases[1]
    few = render_html(SmokeResult(target="local", cases=(passed, failed)))
    many = render_html(SmokeResult(target="local", cases=(*[passed] * 20, failed)))

    assert few.count('" open>') == 2
    assert many.count('" open>') == 1
