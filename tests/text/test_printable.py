"""Any text, made safe to print."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asstctl.text.printable import exact, hidden_in, printable, printable_lines

texts = st.text(st.characters())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\nb\tc\rd", "a⏎b⇥c␍d"),
        ("\x1b[2K\x07", "\\u001b[2K\\u0007"),
        ("\x9b31m", "\\u009b31m"),
        ("a\u202eb\u2066c\u061cd", "a\\u202eb\\u2066c\\u061cd"),
        ("a\u2028b\u0085c", "a\\u2028b\\u0085c"),
        ("\ud800", "\\ud800"),
        ("a\U000e0041", "a\\U000e0041"),
        ("naïve 日本 👩\u200d💻", "naïve 日本 👩\\u200d💻"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_what_is_hidden_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_lines_stay_where_there_may_be_several() -> None:
    assert printable_lines("a\r\nb\tc\rd\u202e") == "a\nb\tc␍d\\u202e"


@given(texts)
def test_printable_text_is_of_one_line_and_stays_as_it_is(text: str) -> None:
    shown = printable(text)

    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert printable(shown) == shown
    shown.encode()


@given(texts)
def test_what_is_hidden_is_found_where_it_is(text: str) -> None:
    for at, name in hidden_in(text):
        assert name.startswith(f"U+{ord(text[at]):04X}")
        assert printable_lines(text[at]) != text[at]


def test_exact_text_shows_what_looks_like_something_else() -> None:
    assert exact("a b  ") == "a b··"
    assert exact("a\u00a0b\u2003") == "a\\u00a0b\\u2003"
    assert exact("e\u0301") == "e\\u0301"
    assert exact("é") == "é"
    assert exact("a⏎·\n") == "a\\u23ce\\u00b7⏎"
    assert exact("\\u202e\u202e") == "\\\\u202e\\u202e"
