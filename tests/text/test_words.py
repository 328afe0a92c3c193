"""Counts, sizes, lists and short forms in a sentence."""

import pytest

from asstctl.text import words


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (4_240, "4.2 kB"), (512 * 10**6, "512.0 MB")],
)
def test_sizes(number: int, shown: str) -> None:
    assert words.size(number) == shown


def test_counts_and_lists() -> None:
    assert words.count(1, "file") == "1 file"
    assert words.count(0, "file") == "0 files"
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"], "or") == "a, b or c"


@pytest.mark.parametrize(
    ("noun", "shown"), [("assistant", "an assistant"), ("vector store", "a vector store")]
)
def test_articles(noun: str, shown: str) -> None:
    assert words.a(noun) == shown


def test_short_forms_are_on_one_line_and_no_longer_than_asked() -> None:
    assert words.shortened("a\nb") == "a⏎b"
    assert words.shortened("x" * 61) == "x" * 59 + "…"
    assert len(words.abridged("word " * 100)) <= 120
    assert words.abridged("start " + "x " * 200 + "end").startswith("start")
    assert words.abridged("start " + "x " * 200 + "end").endswith("end")
    assert words.short_id("asst_0123456789") == "asst_0123…"
    assert words.short_hash("0123456789abcdef-dirty") == "0123456-dirty"


def test_some_names_the_first_and_counts_the_rest() -> None:
    assert words.some([]) == ""
    assert words.some("abc") == "a, b, c"
    assert words.some("abcde") == "a, b, c and 2 more"
    assert words.some("ab", most=1) == "a and 1 more"
