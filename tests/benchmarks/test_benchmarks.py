"""The benchmarks run; what they measure is for people to read, not for a test to judge."""

from pathlib import Path

import pytest

from . import __main__ as command
from .bench_validate import run, write_project
from .rows import Row, best_of


def test_validate_is_measured_in_process_and_as_a_command() -> None:
    rows = run(assistants=3, repeat=1)

    assert [row.name for row in rows] == [
        "validate 3 assistants, in process",
        "validate 3 assistants, as a command",
    ]
    assert all(row.ratio > 0 for row in rows)


def test_the_project_that_is_measured_is_typical(tmp_path: Path) -> None:
    write_project(tmp_path, 1)

    text = (tmp_path / "assistants/product-0000.yaml").read_text(encoding="utf-8")

    assert 15 <= len(text.splitlines()) <= 20


def test_the_table_says_what_is_over_its_budget(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [Row("slow", 4.0, "bare", 1.0, 3.0), Row("told", 4.0, "bare", 1.0)]
    monkeypatch.setattr(command, "run", lambda name: rows)

    assert command.main(["any"]) == 1

    heading, slow, told = capsys.readouterr().out.splitlines()
    assert heading.split() == ["what", "measured", "baseline", "measured", "ratio", "budget"]
    assert slow.split() == ["slow", "4.000", "s", "bare", "1.000", "s", "4.00", "3", "OVER"]
    assert told.split() == ["told", "4.000", "s", "bare", "1.000", "s", "4.00"]


def test_every_benchmark_is_discovered() -> None:
    assert "validate" in command.discovered()


def test_actions_take_turns_and_the_best_of_each_counts() -> None:
    ticks = iter([0.0, 5.0, 5.0, 6.0, 6.0, 8.0, 8.0, 12.0])

    best = best_of(2, lambda: None, lambda: None, clock=lambda: next(ticks))

    assert best == (2.0, 1.0)
