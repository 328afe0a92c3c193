"""How the command behaves among other programs: colours, pipes, Ctrl-C, crashes, secrets."""

import contextlib
import http.server
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from on_terminal import seen_on_terminal, terminal
from real_command import COMMAND, clean_environment

if TYPE_CHECKING:
    from .conftest import Asstctl

ESCAPE = "\x1b["
KEY = "sk-secret-0123456789"

on_posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")


def test_colour_is_for_terminals_unless_asked_for(asstctl: "Asstctl", travel_guide: Path) -> None:
    (travel_guide / "assistants/broken.yaml").write_text("kind: nonsense\n", encoding="utf-8")

    def output(*arguments: str, **extra: str) -> str:
        done = asstctl(*arguments, "validate", extra=extra)
        assert done.returncode == 1
        return done.stdout

    assert ESCAPE not in output()
    assert ESCAPE in output("--color", "always")
    assert ESCAPE in output("--color", "always", NO_COLOR="1"), "asked for is asked for"
    assert ESCAPE in output(FORCE_COLOR="1")
    assert ESCAPE not in output(FORCE_COLOR="1", NO_COLOR="1")
    assert ESCAPE in output(FORCE_COLOR="1", NO_COLOR=""), "no-color.org: when not empty"
    assert ESCAPE not in output("--color", "never", FORCE_COLOR="1")
    assert ESCAPE not in output("--color", "never")


@on_posix
def test_a_terminal_gets_colour_unless_no_color_is_set(travel_guide: Path, home: Path) -> None:
    (travel_guide / "assistants/broken.yaml").write_text("kind: nonsense\n", encoding="utf-8")

    assert ESCAPE in seen_on_terminal(["validate"], travel_guide, home)
    assert ESCAPE not in seen_on_terminal(["validate"], travel_guide, home, NO_COLOR="1")
    assert ESCAPE not in seen_on_terminal(["validate"], travel_guide, home, TERM="dumb")
    assert ESCAPE not in seen_on_terminal(["--color", "never", "validate"], travel_guide, home)


@on_posix
@pytest.mark.parametrize("arguments", [["--help"], ["schema", "assistant"], ["validate"]])
def test_a_reader_that_goes_away_is_no_drama(
    travel_guide: Path, home: Path, arguments: list[str]
) -> None:
    with _started(arguments, travel_guide, home) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, complaint = process.communicate(timeout=60)

    assert complaint == ""


@on_posix
@pytest.mark.parametrize(
    ("command", "number"),
    [
        (["plan"], signal.SIGINT),
        (["apply", "--auto-approve"], signal.SIGINT),
        (["smoke"], signal.SIGINT),
        (["smoke"], signal.SIGTERM),
    ],
)
def test_ctrl_c_and_sigterm_end_a_command_that_waits(
    travel_guide: Path, home: Path, command: list[str], number: signal.Signals
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _add_target(travel_guide, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with _started([*command, "-t", "remote"], travel_guide, home, REMOTE_KEY=KEY) as process:
            silent.settimeout(60)
            connection, _ = silent.accept()  # the command waits for an answer now
            process.send_signal(number)
            _, said = process.communicate(timeout=60)
            connection.close()

    assert process.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said


@on_posix
@pytest.mark.parametrize("command", ["apply", "destroy", "gc"])
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_ctrl_c_at_a_question_ends_at_once(
    asstctl: "Asstctl", applied_guide: Path, home: Path, command: str, key: str
) -> None:
    _leave_something_to_do(asstctl, applied_guide, command)
    before = _dump(applied_guide)

    with terminal([command], applied_guide, home) as person:
        person.wait_for("to go on")
        person.press(key)
        code = person.end()

    assert code == 130
    assert person.seen.rstrip().endswith("interrupted")
    assert _dump(applied_guide) == before


@on_posix
@pytest.mark.parametrize(
    ("command", "answer", "step"),
    [("apply", "yes", "create the assistant"), ("destroy", "travel-guide", "delete it")],
)
def test_d_at_a_question_shows_the_steps(
    request: pytest.FixtureRequest, home: Path, command: str, answer: str, step: str
) -> None:
    project = request.getfixturevalue("travel_guide" if command == "apply" else "applied_guide")
    with terminal([command], project, home) as person:
        person.wait_for(f"Type {answer!r} to go on, 'd' for details:")
        before = person.seen
        person.press("d\r")
        person.wait_for(f". {step}")
        person.press("no\r")
        code = person.end()

    assert step not in before
    assert person.seen.count("for details:") == 2
    assert code == 1


@on_posix
def test_a_question_breaks_at_spaces(
    in_process: "Asstctl", applied_guide: Path, home: Path
) -> None:
    file = applied_guide / "asstctl.yaml"
    account = f"{'a/very-long-folder/' * 3}account.db"
    text = file.read_text(encoding="utf-8").replace(".asstctl/account.db", f".asstctl/{account}")
    file.write_text(text, encoding="utf-8")
    assert in_process("-C", str(applied_guide), "apply", "--auto-approve").returncode == 0

    with terminal(["destroy"], applied_guide, home, COLUMNS="60") as person:
        person.wait_for("to go on")
        person.press("no\r")
        person.end()

    seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", person.seen)
    rows = seen.replace("\r\n", "\n").split("\n")
    rows = rows[next(n for n, row in enumerate(rows) if row.startswith("Delete all of this")) :]
    assert "Type 'travel-guide' to go on, 'd' for details: no" in rows
    assert all(len(row) <= 60 for row in rows)


def _leave_something_to_do(asstctl: "Asstctl", project: Path, command: str) -> None:
    if command == "apply":
        text = (project / "assistants/travel-guide.yaml").read_text(encoding="utf-8")
        changed = text.replace("name: ", "name: New ", 1)
        assert changed != text
        (project / "assistants/travel-guide.yaml").write_text(changed, encoding="utf-8")
    if command == "gc":
        # Nothing in the account refers to the uploads any more.
        with contextlib.closing(sqlite3.connect(project / ".asstctl/account.db")) as account:
            account.executescript("DELETE FROM assistants; DELETE FROM store_files;")


def _dump(project: Path) -> list[str]:
    """All that the local account holds."""
    with contextlib.closing(sqlite3.connect(project / ".asstctl/account.db")) as account:
        return list(account.iterdump())


@on_posix
@pytest.mark.parametrize("command", ["plan", "status", "destroy", "gc", "pull"])
def test_who_waits_is_told_that_the_account_is_read(
    travel_guide: Path, home: Path, command: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        _add_target(travel_guide, f"http://127.0.0.1:{port}", timeout=5)
        arguments = [command, "-t", "remote"]
        with terminal(arguments, travel_guide, home, REMOTE_KEY=KEY) as person:
            person.wait_for(f"reading the account (127.0.0.1:{port}) …")
            person.press("\x03")
            assert person.end() == 130

        with _started(arguments, travel_guide, home, REMOTE_KEY=KEY) as process:
            silent.settimeout(60)
            connection, _ = silent.accept()
            with connection, contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)  # long enough for the word to come, if it would
            process.send_signal(signal.SIGINT)
            out, said = process.communicate(timeout=60)

    assert "reading" not in out + said


@on_posix
def test_serve_names_its_page_and_opens_it_and_ends_with_ctrl_c(
    travel_guide: Path, home: Path
) -> None:
    arguments = ["serve", "--port", "0", "--open"]
    with _started(arguments, travel_guide, home, BROWSER="echo opened %s") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        there = re.search(r"listens on (http://127\.0\.0\.1:\d+)/v1 ", first)
        assert there is not None, first
        last = threading.Timer(60, process.kill)  # else a page that never opens is waited for
        last.start()
        opened = f"opened {there[1]}/\n"
        lines = list(takewhile(lambda line: line != opened, process.stdout))
        last.cancel()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

    assert f"Look at {there[1]}/ in a browser; talk at {there[1]}/talk.\n" in lines
    assert (process.returncode, said) == (0, "")


@on_posix
def test_ctrl_c_while_python_imports_is_quiet(home: Path) -> None:
    program = (
        "import os, signal, sys\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'click': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "from asstctl.__main__ import main\n"
        "main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, "--help"],
        env=clean_environment(home),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (-signal.SIGINT, "", "")


def test_a_bug_leaves_a_log_and_no_traceback(travel_guide: Path, home: Path) -> None:
    program = (
        "import sys, asstctl.manifest.load as load\n"
        "def broken(*args, **kwargs): raise ZeroDivisionError('of all things')\n"
        "load.load = broken\n"
        "from asstctl.cli.boundary import run\n"
        "sys.exit(run(['validate']))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=travel_guide,
        env=clean_environment(home, {"TMPDIR": str(home), "TEMP": str(home), "TMP": str(home)}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert (done.stdout, "Traceback" in done.stderr) == ("", False)
    assert "this is a bug in asstctl: ZeroDivisionError" in done.stderr
    (log,) = re.findall(r"\S+asstctl-crash-\S+\.log", done.stderr)
    assert "ZeroDivisionError: of all things" in Path(log).read_text(encoding="utf-8")


def test_a_package_that_cannot_be_loaded_is_named(travel_guide: Path, home: Path) -> None:
    """Such as one whose library does not fit the system; the message must not need it too."""
    program = (
        "import sys\n"
        "sys.modules['jsonschema_rs'] = None\n"
        "from asstctl.cli.boundary import run\n"
        "sys.exit(run(['validate']))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=travel_guide,
        env=clean_environment(home),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (1, "", False)
    assert "is broken: jsonschema_rs cannot be imported [installation]" in done.stderr


@pytest.mark.parametrize("arguments", [["plan", "--nonsense"], ["nonsense"], ["plan", "-C", "no"]])
def test_wrong_usage_is_exit_1_on_stderr(in_process: "Asstctl", arguments: list[str]) -> None:
    done = in_process(*arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "[usage]" in done.stderr
    assert "--help`" in done.stderr


@pytest.mark.parametrize(
    ("word", "meant"), [("aply", "apply"), ("list", "status"), ("diff", "plan"), ("help", "--help")]
)
def test_a_command_that_is_called_something_else_is_named(
    in_process: "Asstctl", word: str, meant: str
) -> None:
    assert f"Did you mean `asstctl {meant}`?" in in_process(word).stderr


def test_a_word_like_no_command_is_only_told_where_they_are(in_process: "Asstctl") -> None:
    said = in_process("xyzzy").stderr

    assert "Did you mean" not in said
    assert "`asstctl --help` lists the commands" in said


def test_help_tells_every_exit_code(in_process: "Asstctl") -> None:
    text = " ".join(in_process("--help").stdout.split())

    for code in ("0 fine", "1 error", "2 changes", "3 apply", "4 smoke", "5 refused", "130 inter"):
        assert code in text


def test_the_version_is_told(asstctl: "Asstctl") -> None:
    done = asstctl("--version")

    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"asstctl (\d+\.\d+\.\d+\S*|unknown: .+)\n", done.stdout)


@pytest.mark.parametrize(
    "command", [["plan", "-v"], ["apply", "--auto-approve"], ["status"], ["smoke"]]
)
def test_a_server_that_quotes_the_key_does_not_make_us_say_it(
    in_process: "Asstctl", travel_guide: Path, command: list[str]
) -> None:
    with _quoting_server() as url:
        _add_target(travel_guide, url)
        done = in_process(*command, "-t", "remote", extra={"REMOTE_KEY": KEY})

    assert done.returncode == 1
    assert "you sent" in done.stderr
    assert KEY not in done.stdout + done.stderr


def test_a_closed_port_is_an_error_that_says_what_to_check(
    asstctl: "Asstctl", travel_guide: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    _add_target(travel_guide, f"http://127.0.0.1:{port}", timeout=5)

    done = asstctl("plan", "-t", "remote", extra={"REMOTE_KEY": KEY})

    assert (done.returncode, done.stdout) == (1, "")
    assert "base_url" in done.stderr
    assert KEY not in done.stderr
    assert "Traceback" not in done.stderr


@contextlib.contextmanager
def _started(
    arguments: list[str], cwd: Path, home: Path, **extra: str
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=clean_environment(home, extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _add_target(project: Path, url: str, *, timeout: int = 600) -> None:
    """A target called remote; ``timeout`` is in seconds and bounds all attempts of a request."""
    (project / "asstctl.yaml").write_text(
        "project: travel-guide\ntarget: local\ntargets:\n  local: {api: local}\n"
        f"  remote: {{api: assistants, base_url: '{url}/v1', api_key: '${{env.REMOTE_KEY}}',"
        f" timeout: {timeout}}}\n",
        encoding="utf-8",
    )


@contextlib.contextmanager
def _quoting_server() -> Iterator[str]:
    """A server that refuses every request and quotes what came with it."""

    class Quoting(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            message = f"wrong key, you sent {self.headers['authorization']}"
            body = json.dumps({"error": {"message": message}}).encode()
            self.send_response(401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quoting) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_the_settings_of_the_sdk_change_nothing(asstctl: "Asstctl", applied_guide: Path) -> None:
    settings = {
        "OPENAI_LOG": "debug",
        "OPENAI_ORG_ID": "org",
        "OPENAI_BASE_URL": "http://x.invalid",
    }
    done = asstctl("smoke", "--stream", extra=settings)

    assert done.returncode == 0, done.stderr
    assert "openai" not in done.stderr
    assert "HTTP" not in done.stderr
