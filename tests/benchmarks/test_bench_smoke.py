"""Cases are held and counted, and promptfoo is told the same. No test installs it."""

import json
from pathlib import Path

import pytest

from .bench_smoke import Held, MissingPeerError, installed, ours_for, rows, run, served
from .smoke_work import PARALLELISM, model_seconds, prompt_of, seconds_of, write_promptfoo


def test_cases_are_held_and_nothing_is_left(tmp_path: Path) -> None:
    with served() as url:
        ours = ours_for(tmp_path, url, 2)
        held = ours.hold()

    assert held.seconds > model_seconds(2)
    assert held.requests >= 2 + 2 * 4
    assert held.threads == 0


def test_the_rows_leave_the_model_s_own_time_out() -> None:
    model = model_seconds(20)
    ours, theirs = Held(model + 1, 0.5, 102, 0), Held(model + 4, 3.0, 80, 20)

    over, processor, requests, left = rows(20, ours, theirs)

    assert over.ratio == pytest.approx(0.25)
    assert over.verdict == "within"
    assert processor.ratio == pytest.approx(1 / 6)
    assert (requests.measured, requests.expected) == (102, 80)
    assert (left.ratio, left.verdict) == (0, "within")


def test_the_model_s_own_time_is_that_of_runs_side_by_side() -> None:
    assert model_seconds(1) == seconds_of(prompt_of(0))
    assert model_seconds(PARALLELISM) == max(seconds_of(prompt_of(i)) for i in range(PARALLELISM))
    assert model_seconds(100) >= sum(seconds_of(prompt_of(i)) for i in range(100)) / PARALLELISM


def test_promptfoo_is_asked_the_same(tmp_path: Path) -> None:
    write_promptfoo(tmp_path, "http://localhost/v1", "asst_1", 2)

    config = json.loads((tmp_path / "promptfooconfig.json").read_text(encoding="utf-8"))

    assert [test["vars"]["prompt"] for test in config["tests"]] == [prompt_of(0), prompt_of(1)]
    assert config["providers"][0]["id"] == "openai:assistant:asst_1"


def test_without_npm_there_is_nothing_to_measure_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingPeerError):
        installed(tmp_path / "npm")
    assert list(run(sizes=(1,), rounds=1)) == []
    assert "npm" in capsys.readouterr().err
