"""The documents hang together: no link is dead, and no page is without one that leads to it."""

import re
from functools import cache
from pathlib import Path

import pytest
from readme_blocks import DOCUMENTS, FRONT_DOOR, READMES, title

FRONT_DOOR_BYTES = 12_000
"""What somebody reads who wants to know whether asstctl is for them."""

_OTHERS = [page for page in READMES if page != FRONT_DOOR]


@pytest.mark.parametrize("page", DOCUMENTS, ids=title)
def test_links_lead_to_what_is_there(page: Path) -> None:
    broken = [
        f"{path}#{anchor}"
        for path, anchor in _links(page)
        if not (to := _target(page, path)).exists() or (anchor and anchor not in _anchors(to))
    ]

    assert broken == []


@pytest.mark.parametrize("page", _OTHERS, ids=title)
def test_the_front_door_and_every_page_lead_to_each_other(page: Path) -> None:
    assert page in {_target(FRONT_DOOR, path) for path, _ in _links(FRONT_DOOR)}
    assert FRONT_DOOR in {_target(page, path) for path, _ in _links(page)}


@pytest.mark.parametrize("page", _OTHERS, ids=title)
def test_a_page_begins_with_its_contents(page: Path) -> None:
    begin, *sections = re.split(r"(?m)^## ", _prose(page))
    named = re.findall(r"\]\(#([^)]+)\)", begin)

    assert named == [_anchor(section.partition("\n")[0]) for section in sections]


@pytest.mark.parametrize("page", DOCUMENTS, ids=title)
def test_every_row_of_a_table_has_as_many_cells_as_its_head(page: Path) -> None:
    tables = re.findall(r"(?m)(?:^\|.*\n)+", _prose(page))
    cells = [{len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()} for table in tables]

    assert all(len(counts) == 1 for counts in cells)


def test_the_front_door_is_short() -> None:
    assert len(FRONT_DOOR.read_bytes()) <= FRONT_DOOR_BYTES


def _target(page: Path, path: str) -> Path:
    return (page.parent / path).resolve() if path else page


def _links(page: Path) -> list[tuple[str, str]]:
    """The path and the anchor of every link that stays in the checkout."""
    found = re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", _prose(page))
    return [(path, anchor) for path, anchor in found if "://" not in path]


@cache
def _anchors(page: Path) -> frozenset[str]:
    return frozenset(_anchor(heading) for heading in re.findall(r"(?m)^#+ (.+)$", _prose(page)))


@cache
def _prose(page: Path) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"(?ms)^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"))


def _anchor(heading: str) -> str:
    """The name that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
