import re

import pytest
from smoke_samples import COMPARISON, EMPTY, EVERYTHING, NOTHING_PROVEN
from syrupy.assertion import SnapshotAssertion

from asstctl.smoke.result import SmokeResult
from asstctl.views.smoke.human import render_smoke
from asstctl.views.terminal import Screen

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("verbose", [False, True], ids=["default", "verbose"])
def test_report(snapshot: SnapshotAssertion, verbose: bool) -> None:
    assert render_smoke(EVERYTHING, Screen(width=80), verbose=verbose) == snapshot


@pytest.mark.parametrize("result", [NOTHING_PROVEN, EMPTY], ids=["skipped", "no-cases"])
def test_report_of_little(snapshot: SnapshotAssertion, result: SmokeResult) -> None:
    assert render_smoke(result, Screen(width=80)) == snapshot


@pytest.mark.parametrize("width", [80, 120])
def test_comparison(snapshot: SnapshotAssertion, width: int) -> None:
    assert render_smoke(EMPTY, Screen(width=width), comparison=COMPARISON) == snapshot


def test_colour_changes_no_word() -> None:
    plain = render_smoke(EVERYTHING, Screen(width=80), comparison=COMPARISON)
    coloured = render_smoke(EVERYTHING, Screen(color=True, width=80), comparison=COMPARISON)

    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert _ANSI.sub("", coloured) == plain


def test_what_a_model_writes_cannot_drive_the_terminal() -> None:
    coloured = render_smoke(EVERYTHING, Screen(color=True, width=80))

    assert "\x1b]0;" not in coloured
    assert "\x07" not in coloured
    coloured.encode("utf-8")


@pytest.mark.parametrize("width", [40, 60, 120])
def test_no_line_is_wider_than_asked_for(width: int) -> None:
    lines = render_smoke(EVERYTHING, Screen(width=width), comparison=COMPARISON).splitlines()

    assert max(map(len, lines)) <= width
    assert not any(line.endswith(" ") for line in lines)
