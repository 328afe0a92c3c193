"""One text for every screen: a file gets what a wide terminal gets, without the colours."""

import re

from hypothesis import given
from hypothesis import strategies as st

from asstctl.views.terminal import PLAIN, Screen, line, to_text

pieces = st.tuples(st.text(max_size=20), st.sampled_from(["", "red", "bold", "dim"]))


@given(st.lists(st.lists(pieces, max_size=4), max_size=4))
def test_a_file_gets_what_a_terminal_shows(rows: list[list[tuple[str, str]]]) -> None:
    lines = [line(*row) for row in rows]
    plain = to_text(lines, PLAIN)

    assert plain == to_text(lines, Screen(width=1000))
    assert plain == re.sub(r"\x1b\[[0-9;]*m", "", to_text(lines, Screen(color=True)))
