"""What `serve` refuses before it listens."""

import sys
import webbrowser
from pathlib import Path

import pytest

from asstctl.cli.boundary import run
from asstctl.cli.commands.serve import open_page
from asstctl.cli.first_request import first_request


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
        (["--embed-url", "127.0.0.1:9/v1", "--embed-name", "small"], "it is a URL, as in"),
        (["--model-url", "nonsense"], "it is a URL, as in"),
        (["--model-url", "http://127.0.0.1:port/v1"], "it is a URL, as in"),
        (["--model-url", "https:///v1"], "it is a URL, as in"),
        (["--database", "mysql://h/x"], "it begins with postgresql://"),
        (["--blobs", "files"], "it is of the form s3://NAME/PREFIX"),
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


def test_a_machine_without_a_browser_is_told_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    open_page("http://127.0.0.1:8601/")

    assert "No browser could be opened" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("package", "option", "extra"),
    [
        ("psycopg", "--database=postgresql://me:hidden-in-url@h/x", "asstctl[postgres]"),
        ("boto3", "--blobs=s3://bucket", "asstctl[s3]"),
    ],
)
def test_a_package_that_is_missing_is_named_with_what_installs_it(
    package: str,
    option: str,
    extra: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert run(["-C", str(tmp_path), "serve", "--port", "0", option]) == 1
    told = capsys.readouterr().err
    assert f"pip install '{extra}'" in told
    assert "hidden-in-url" not in told


@pytest.mark.parametrize(
    ("windows", "key"), [(False, '="$ACCOUNT_KEY"'), (True, ' = "$env:ACCOUNT_KEY"')]
)
def test_what_to_try_is_for_the_shell_of_the_system(windows: bool, key: str) -> None:
    told = first_request("http://127.0.0.1:8601", "ACCOUNT_KEY", windows=windows)
    assert f"OPENAI_API_KEY{key}" in told
    assert ("export" in told) == (not windows)
    assert 'OPENAI_API_KEY = "any"' in first_request("http://x", None, windows=True)
