"""What changes in a value is seen: nothing that differs looks the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asstctl.views.terminal import PLAIN, Screen, line, pad, to_text
from asstctl.views.values import both, changed, value

TEXT = "one\ntwo\nthree\n"


def diff(before: str | None, after: str | None) -> list[str]:
    return [
        row.removeprefix("      ") for row in to_text(changed(before, after), PLAIN).split("\n")
    ][:-1]


@pytest.mark.parametrize(
    ("after", "rows"),
    [
        ("one\ntwo\nthree", ["- three", "+ three", "\\ No newline at end"]),
        ("one\r\ntwo\nthree\n", ["- one", "+ one␍"]),
        ("one\ntwo\rtwo\nthree\n", ["- two", "+ two␍two"]),
        ("one\ntwo\x0c\nthree\n", ["- two", "+ two\\u000c"]),
        ("one\ntwo\x0b\nthree\n", ["- two", "+ two\\u000b"]),
        ("one\ntwo\x85\nthree\n", ["- two", "+ two\\u0085"]),
        ("one\ntwo\u2028\nthree\n", ["- two", "+ two\\u2028"]),
        ("one\ntwo  \nthree\n", ["- two", "+ two··"]),
        ("one\ntwo\t\nthree\n", ["- two", "+ two⇥"]),
        ("one\ntw\u00a0o\nthree\n", ["- two", "+ tw\\u00a0o"]),
        ("one\ntwo\u00a0\nthree\n", ["- two", "+ two\\u00a0"]),
        ("one\ntw\u200bo\nthree\n", ["- two", "+ tw\\u200bo"]),
    ],
)
def test_a_line_that_only_seems_the_same_shows_why_it_is_not(after: str, rows: list[str]) -> None:
    shown = diff(TEXT, after)

    assert [row for row in shown if not row.startswith("  ")] == rows


def test_a_last_line_end_that_comes_is_shown_where_it_was_missing() -> None:
    assert diff("a\nb", "a\nb\n") == ["  a", "- b", "\\ No newline at end", "+ b"]


def test_texts_that_both_lack_it_say_nothing_of_it() -> None:
    assert diff("a\nb", "a\nc") == ["  a", "- b", "+ c"]


def test_letters_composed_otherwise_are_spelled_out() -> None:
    assert diff("x\ncafé\n", "x\ncafe\u0301\n") == ["  x", "- café", "+ cafe\\u0301"]


def test_what_is_seen_anyway_is_not_spelled_out() -> None:
    rows = diff("x\ncafe\u0301\n", "x\nthe\u0301 vert!\n")

    assert rows[1:] == ["- cafe\u0301", "+ the\u0301 vert!"]


def test_a_text_that_is_new_or_gone_has_no_empty_line() -> None:
    assert diff(None, "a\nb\n") == ["+ a", "+ b"]
    assert diff("a\nb\n", None) == ["- a", "- b"]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a", "b", ('"a"', '"b"')),
        ("a b", "a\u00a0b", ('"a b"', '"a\\u00a0b"')),
        ("é", "e\u0301", ('"é"', '"e\\u0301"')),
        ("a", "a\n", ('"a"', '"a⏎"')),
        (["a b"], ["a\u2003b"], ('["a b"]', '["a\\u2003b"]')),
        (None, "a", ("(unset)", '"a"')),
        ({"x": "y" * 90 + "1"}, {"x": "y" * 90 + "2"}, (f'…{"y" * 24}1"}}', f'…{"y" * 24}2"}}')),
    ],
)
def test_two_values_never_look_alike(before: object, after: object, shown: tuple[str, str]) -> None:
    assert both(before, after) == shown  # type: ignore[arg-type]


marks = ("\u2028", "\u00a0", "\u200b", "é", "e\u0301", "\\", "u200b", "⏎", "␍")
lookalikes = st.lists(st.sampled_from((*"ab \n\r\t\x0b\x0c\x85·", *marks)), max_size=12).map(
    "".join
)


@given(lookalikes, lookalikes)
def test_texts_that_differ_have_a_diff_that_shows_it(before: str, after: str) -> None:
    rows = diff(before, after)
    gone = [row[2:] for row in rows if row.startswith("-")]
    come = [row[2:] for row in rows if row.startswith("+")]

    assert bool(gone or come) == (before != after)
    if gone == come and gone:
        assert "\\ No newline at end" in rows


@given(lookalikes, lookalikes)
def test_values_that_differ_look_different(before: str, after: str) -> None:
    one, other = both(before, after)

    assert (one == other) == (before == after)


def test_a_value_is_cut_and_stays_on_one_line() -> None:
    assert value("a\nb\u202e") == '"a⏎b\\u202e"'
    assert len(value("x" * 500)) == 72
    assert value(None) == "(unset)"
    assert value(0.5) == "0.5"


# --- lines --------------------------------------------------------------------------------------


def test_lines_break_at_spaces_and_go_on_further_in() -> None:
    text = to_text(
        [line("    metadata.x  ", ("some words that take more room", ""))], Screen(width=32)
    )

    assert text == "    metadata.x  some words\n      that take more room\n"


def test_a_word_that_is_longer_than_the_screen_is_cut_up_where_it_belongs() -> None:
    text = to_text([line("  a ", "x" * 60)], Screen(width=30))

    assert [row.strip() for row in text.splitlines()] == ["a", "x" * 26, "x" * 26, "x" * 8]
    assert max(map(len, text.splitlines())) <= 30


def test_without_a_width_nothing_is_wrapped() -> None:
    assert to_text([line("  a ", "word " * 100)], PLAIN).count("\n") == 1


@given(st.text(max_size=200), st.integers(24, 100), st.integers(0, 30))
def test_wrapping_loses_no_word(text: str, width: int, indent: int) -> None:
    whole = line(" " * indent, text)
    rows = to_text([whole], Screen(width=width)).split("\n")

    assert "".join("".join(rows).split()) == "".join(whole.plain.split())


def test_one_long_cell_does_not_widen_its_column() -> None:
    rows = pad([("short", "x"), ("n" * 253, "x"), ("名前", "x")])

    assert rows[0][0] == "short"
    assert rows[1][0] == "n" * 253
    assert rows[2][0] == "名前 "  # two columns each
