"""The names of environment templates: what they carry, and how long they get."""

from dataclasses import replace

import pytest

from asstctl.model.template_name import (
    MOST_CHARS,
    MOST_TITLE,
    TemplateName,
    mark_digest,
    project_mark,
    title_of,
)

NAME = TemplateName(title="Travel", project="1f0c9a2e", key="travel-guide", digest="77ab04d1")
TEXT = "Travel (asstctl 1f0c9a2e/travel-guide:77ab04d1)"


def test_a_name_ends_with_project_key_and_digest() -> None:
    assert str(NAME) == TEXT
    assert TemplateName.parse(TEXT) == NAME
    assert title_of(TEXT) == "Travel"


def test_what_was_kept_and_protect_follow_the_digest() -> None:
    name = TemplateName(
        title="", project="1f0c9a2e", key="a", digest="77ab04d1", kept="00000001", protect=True
    )
    assert str(name) == "(asstctl 1f0c9a2e/a:77ab04d1/00000001!)"
    assert TemplateName.parse(str(name)) == name


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "Travel",
        f"{TEXT} copy",
        "Travel (asstctl 1f0c9a2e/Travel:77ab04d1)",
        "Travel (asstctl 1f0c9a2/travel:77ab04d1)",
        "Travel (asstctl 1f0c9a2e/travel:77ab04d)",
    ],
)
def test_any_other_name_has_no_mark_and_is_all_title(text: str | None) -> None:
    assert TemplateName.parse(text) is None
    assert title_of(text) == (text or "")


def test_a_title_may_look_like_a_mark() -> None:
    name = TemplateName(title=TEXT, project="00000000", key="a", digest="11111111")
    assert TemplateName.parse(str(name)) == name


@pytest.mark.parametrize(("kept", "protect"), [("", False), ("00000001", True)])
def test_the_longest_key_and_title_fit_and_more_of_a_title_is_cut(kept: str, protect: bool) -> None:
    title = "é" * MOST_TITLE
    name = TemplateName(
        title=title,
        project="1f0c9a2e",
        key="k" * 64,
        digest="77ab04d1",
        kept=kept,
        protect=protect,
    )
    assert TemplateName.parse(str(name)) == name
    cut = str(replace(name, title=title * 2))
    assert len(cut) == MOST_CHARS
    assert title_of(cut).startswith(title)


def test_a_project_and_a_digest_are_eight_digits() -> None:
    assert project_mark("acme") != project_mark("acme2")
    assert len(project_mark("acme")) == len(mark_digest("0123456789abcdef")) == 8
    assert mark_digest("0123456789abcdef") == "01234567"
