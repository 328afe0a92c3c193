"""The benchmarks run; what they measure is for people to read, not for a test to judge."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from . import __main__ as command
from .bench_validate import run, write_project
from .rows import Row, best_of, medians


def test_validate_is_measured_in_process_and_as_a_command() -> None:
    rows = list(run(assistants=3, repeat=1))

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

    assert command.main(["startup"]) == 1

    heading, slow, told = capsys.readouterr().out.splitlines()
    assert heading.split() == ["what", "measured", "baseline", "measured", "ratio", "budget"]
    assert slow.split() == ["slow", "4.000", "s", "bare", "1.000", "s", "4.00", "3", "OVER"]
    assert told.split() == ["told", "4.000", "s", "bare", "1.000", "s", "4.00"]


def test_help_names_every_benchmark_and_what_it_measures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as left:
        command.main(["--help"])

    shown = capsys.readouterr().out
    assert left.value.code == 0
    assert set(command.discovered()) == {
        "account",
        "hardship",
        "smoke",
        "startup",
        "sync",
        "validate",
    }
    for name, meaning in command.discovered().items():
        assert f"{name:<10} {meaning}\n" in shown
        assert len(meaning) > 20


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command.main(["startup", "nonsense"])

    assert left.value.code == 2
    assert "nonsense" in capsys.readouterr().err


def test_a_row_is_printed_as_soon_as_it_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed: list[str] = []

    def rows() -> Iterator[Row]:
        yield Row("first", 1.0, "bare", 1.0)
        printed.append(capsys.readouterr().out)
        yield Row("second", 1.0, "bare", 1.0)

    monkeypatch.setattr(command, "run", lambda name: rows())
    command.main(["startup"])

    assert "first" in printed[0]


def test_actions_take_turns_and_the_best_of_each_counts() -> None:
    ticks = iter([0.0, 5.0, 5.0, 6.0, 6.0, 8.0, 8.0, 12.0])

    best = best_of(2, lambda: None, lambda: None, clock=lambda: next(ticks))

    assert best == (2.0, 1.0)


def test_medians_leave_the_first_time_out() -> None:
    one, other = iter([99.0, 1.0, 9.0, 2.0]), iter([0.0, 5.0, 5.0, 5.0])

    assert medians(3, lambda: next(one), lambda: next(other)) == (2.0, 5.0)
