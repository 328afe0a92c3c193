"""Answers that a program judges: what it is told, and what its end means."""

import asyncio
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from smoke_fakes import COMPLETED, Script, ScriptedAccount, case, expect, look, smoke

from asstctl.model.prices import Price, Prices
from asstctl.model.sensitive import Sensitive
from asstctl.model.smoke import Turn
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.ports import Citation, ToolCall
from asstctl.smoke.programs import MOST, run_program
from asstctl.smoke.result import CaseResult, CaseStatus

PASSED, FAILED, ERROR = CaseStatus.PASSED, CaseStatus.FAILED, CaseStatus.ERROR
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/turn.schema.json").read_text("utf-8"))


def program(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def judged(
    *codes: str, account: ScriptedAccount | None = None, label: str = "command", **options: Any
) -> CaseResult:
    """A case whose turns are judged by these programs."""
    turns = tuple(
        Turn(prompt=f"turn {number}", expect=expect(contains="Hello", **{label: program(code)}))
        for number, code in enumerate(codes)
    )
    allowed = SmokeOptions(allow_commands=True, **options)
    (found,) = asyncio.run(
        smoke(account or ScriptedAccount(), case(turns=turns), options=allowed)
    ).cases
    return found


@pytest.mark.parametrize(
    ("code", "label", "status", "detail"),
    [
        ("print(); print('so good'); print('and more')", "command", PASSED, "so good"),
        ("import sys; print('too short'); sys.exit(1)", "command", FAILED, "too short"),
        ("import sys; print('too short'); sys.exit(1)", "not_command", PASSED, "too short"),
        ("print('so good')", "not_command", FAILED, "so good"),
        ("pass", "command", PASSED, "the program exited with 0"),
        ("raise ValueError('no luck')", "command", FAILED, "ValueError: no luck"),
        ("print('x' * 2_000_000)", "command", PASSED, f"{'x' * 197} … {'x' * 100}"),
    ],
)
def test_the_exit_code_is_the_verdict(
    code: str, label: str, status: CaseStatus, detail: str
) -> None:
    found = judged(code, label=label)

    assert found.status is status
    assert found.turns[0].verdicts[1].detail == detail


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (
            program("import sys; sys.stderr.write('oh no'); sys.exit(3)"),
            "with 3, which .*oh no",
        ),
        (["/no/such/program"], "cannot be started: No such file"),
        (["bare"], r"No such file or directory \(there is one beside the manifest: write \./"),
    ],
)
def test_anything_else_is_an_error_that_keeps_the_answer(
    tmp_path: Path, command: list[str], why: str
) -> None:
    (tmp_path / "bare").write_text("")
    account = ScriptedAccount()
    options = SmokeOptions(allow_commands=True, directory=tmp_path)
    wanted = case(expect=expect(contains="Hello", command=command))

    (found,) = asyncio.run(smoke(account, wanted, options=options)).cases

    assert found.status is ERROR
    assert found.reason.startswith(f"having a program judge: the program {command[0]!r} ")
    assert [verdict.passed for verdict in found.turns[0].verdicts] == [True, False]
    assert re.search(why, found.reason)
    assert account.threads == {}


def test_a_program_is_told_the_turn(tmp_path: Path) -> None:
    account = ScriptedAccount(
        default=Script(
            reply="Hello, \u2019tis me.",
            citations=(Citation("f1", "a.md", "[1]", "quote"),),
            tools=(ToolCall("function", "f", "{}", "out"),),
        )
    )
    keep = f"import sys; open({str(tmp_path / 'told.json')!r}, 'wb').write(sys.stdin.buffer.read())"
    prices = Prices(path="p", currency="X", models={"": Price(input=1, cached_input=1, output=1)})

    assert judged("pass", keep, account=account, prices=prices).status is PASSED

    told = json.loads((tmp_path / "told.json").read_text("utf-8"))
    Draft202012Validator(SCHEMA).validate(told)
    assert told["case"] == {"key": "guide", "name": "greets", "run": 1}
    assert (told["prompt"], told["answer"]) == ("turn 1", "Hello, \u2019tis me.")
    assert [said["content"] for said in told["said_before"]] == ["turn 0", "Hello, \u2019tis me."]
    assert told["citations"][0]["filename"] == "a.md"
    assert told["tool_calls"] == [{"type": "function", "name": "f", "input": "{}", "output": "out"}]
    assert (told["usage"]["total_tokens"], told["cost"]["currency"]) == (42, "X")


def test_it_runs_in_the_folder_of_the_manifest_and_is_found_from_there(tmp_path: Path) -> None:
    here = tmp_path / "assistants"
    here.mkdir()
    script = tmp_path / "checks.sh"
    script.write_text("#!/bin/sh\npwd\n")
    script.chmod(0o755)
    (wanted,) = expect(command=["../checks.sh"])
    options = SmokeOptions(allow_commands=True, directory=tmp_path)
    asking = case(expect=(replace(wanted, folder="assistants"),))

    (found,) = asyncio.run(smoke(ScriptedAccount(), asking, options=options)).cases

    assert found.turns[0].verdicts[0].detail == str(here.resolve())


def test_secrets_reach_neither_the_program_nor_what_is_shown_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACME_KEY", "sk-0123456789")
    hidden: dict[str, Any] = {
        "withheld": frozenset({"ACME_KEY"}),
        "sensitive": Sensitive(frozenset({"Rumpel123"})),
    }

    found = judged("import os; print('ACME_KEY' in os.environ, 'Rumpel123')", **hidden)
    assert found.turns[0].verdicts[1].detail == "False ***"

    # Nor is a part of one left where what it says is cut.
    found = judged("print('x' * 193 + 'Rumpel123' + 'y' * 300)", **hidden)
    assert "Rump" not in found.turns[0].verdicts[1].detail

    said = "sys.stderr.write('Rumpel123' + 'y' * 595)"
    found = judged(f"import sys; {said}; sys.exit(2)", **hidden)
    assert "no verdict: " in found.reason
    assert "l123" not in found.reason


def test_no_more_is_kept_of_what_a_program_prints_than_anybody_reads() -> None:
    done = asyncio.run(
        run_program(
            program("print('x' * 2_000_000)"),
            "",
            directory=None,
            withheld=frozenset(),
            timeout=30,
        )
    )

    assert (len(done.stdout.text), done.stdout.is_cut) == (MOST, True)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("at", [1, 5, 12])
def test_no_part_of_a_secret_is_left_where_what_is_kept_ends(stream: str, at: int) -> None:
    """Of the last letter, which has two bytes, half may be there."""
    secret = "Rumpel12345ß"
    said = f"sys.{stream}.buffer.write((' ' * {MOST - at} + {secret!r} * 9).encode())"
    sensitive = Sensitive(frozenset({secret}))

    found = judged(f"import sys; {said}; sys.exit(2)", sensitive=sensitive)
    judging = judged(f"import sys; {said}; sys.exit(1)", sensitive=sensitive)

    told = f"{found.reason.partition('no verdict')[2]} {judging.turns[0].verdicts[1].detail}"
    assert "R" not in told


def test_what_did_not_complete_is_judged_by_no_program(tmp_path: Path) -> None:
    account = ScriptedAccount(default=Script(looks=(look("failed"),)))

    found = judged(f"open({str(tmp_path / 'ran')!r}, 'w')", account=account)

    assert found.status is FAILED
    assert not (tmp_path / "ran").exists()


def test_what_the_server_does_not_tell_is_null(tmp_path: Path) -> None:
    account = ScriptedAccount(default=Script(looks=(replace(COMPLETED, usage=None),), tools=None))
    keep = f"import sys; open({str(tmp_path / 'told.json')!r}, 'wb').write(sys.stdin.buffer.read())"

    judged(keep, account=account)

    told = json.loads((tmp_path / "told.json").read_text("utf-8"))
    Draft202012Validator(SCHEMA).validate(told)
    assert (told["usage"], told["cost"], told["tool_calls"]) == (None, None, [])
