"""What `serve` refuses before it listens."""

from pathlib import Path

import pytest

from asstctl.cli.boundary import run


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--model-name", "llama"], "--model-name needs an endpoint"),
        (["--pass-through"], "--pass-through needs an endpoint"),
        (
            ["--model-url", "http://127.0.0.1:9/v1", "--model-name", "a", "--model-name", "b"],
            "two models are to answer for all: a, b",
        ),
        (["--embed-name", "small"], "--embed-name needs an endpoint"),
        (["--embed-key-env", "KEY"], "--embed-key-env needs an endpoint"),
        (["--embed-url", "http://127.0.0.1:9/v1"], "--embed-url needs a model"),
        (["--code-interpreter", "no-such-program x"], "there is no program 'no-such-program'"),
        (["--code-interpreter", "./no-such-program"], "there is no program './no-such-program'"),
        (["--code-interpreter", "'"], "--code-interpreter is no command"),
        (["--code-interpreter", ""], "there is no program ''"),
    ],
    ids=str,
)
def test_what_cannot_work(
    options: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["-C", str(tmp_path), "serve", "--port", "0", *options]) == 1
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
