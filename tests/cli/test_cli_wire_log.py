"""``-v`` and ``ASSTCTL_LOG``: what happens on the wire, on stderr, for every command."""

import pytest

from asstctl.cli.wire_log import WireLog
from asstctl.remote.wire.observer import Exchange, Retry

from .conftest import Project


@pytest.mark.parametrize("arguments", [("-v", "status"), ("status", "-v")])
def test_v_tells_every_request_on_stderr(project: Project, arguments: tuple[str, ...]) -> None:
    quiet, ran = project.run("status"), project.run(*arguments)

    assert ran.out == quiet.out
    assert quiet.err == ""
    lines = ran.err.splitlines()
    assert any(line.startswith("GET /v1/assistants?limit=100") for line in lines)
    assert all(" → 200 · " in line and " ms" in line for line in lines)


def test_vv_shows_bodies_too(project: Project) -> None:
    ran = project.run("apply", "--auto-approve", "-vv")

    assert '  > {"model":"gpt-4o"' in ran.err
    assert '  < {"id":"asst_' in ran.err.replace('": "', '":"')


@pytest.mark.parametrize(("level", "shows"), [("info", False), ("DEBUG", True)])
def test_the_variable_does_what_the_option_does(
    project: Project, monkeypatch: pytest.MonkeyPatch, level: str, shows: bool
) -> None:
    monkeypatch.setenv("ASSTCTL_LOG", level)
    ran = project.run("plan")

    assert "GET /v1/assistants" in ran.err
    assert ("  < {" in ran.err) is shows


def test_a_level_that_is_none_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSTCTL_LOG", "loud")
    ran = project.run("plan")

    assert ran.code == 1
    assert "ASSTCTL_LOG holds 'loud'" in ran.err
    assert "info" in ran.err


def retry(**fields: object) -> Retry:
    usual: dict[str, object] = {
        "attempt": 2,
        "attempts": 6,
        "reason": "connection refused",
        "pause": 0.5,
        "silence": 1.5,
    }
    return Retry(**(usual | fields))  # type: ignore[arg-type]


def test_a_retry_is_told_once_somebody_waits(capsys: pytest.CaptureFixture[str]) -> None:
    log = WireLog(0)
    log.on_retry(retry(silence=0.5))
    assert capsys.readouterr().err == ""

    log.on_retry(retry())
    log.on_retry(retry())  # another request, at the same time
    log.on_retry(retry(attempt=3))
    log.on_retry(retry(attempts=None, pause=30.0, reason="HTTP 429"))
    assert capsys.readouterr().err.splitlines() == [
        "retrying (2/6): connection refused",
        "retrying (3/6): connection refused",
        "retrying in 30 s: HTTP 429",
    ]


def test_nothing_of_a_server_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    exchange = Exchange(
        method="GET",
        path="/v1/x",
        status=200,
        seconds=0.012,
        attempt=2,
        request_id="req\x1b[2K\n1",
        received="a\x1b]0;owned\x07",
    )
    WireLog(2).on_exchange(exchange)

    err = capsys.readouterr().err
    assert err.startswith("GET /v1/x → 200 · 12 ms · attempt 2 · req")
    assert "\x1b" not in err
    assert len(err.splitlines()) == 2
