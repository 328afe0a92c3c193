"""Outputs for functions: fixed, by arguments, or from a program that must be allowed."""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smoke_fakes import COMPLETED, Script, ScriptedAccount, asks, case, expect, look, smoke

from asstctl.model.json import JsonValue
from asstctl.model.smoke import CommandOutput, FixedOutput, FunctionOutput
from asstctl.smoke.functions import Functions, UnansweredCallError, includes
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.ports import FunctionCall, FunctionResult
from asstctl.smoke.result import CaseStatus
from support.clock import run

WEATHER = (
    FixedOutput("rain", {"city": "Porto"}),
    FixedOutput({"sky": "sunny", "t": 24}, {"city": "Lisbon", "units": {"t": "C"}}),
)


def answer(functions: Functions, *calls: tuple[str, str]) -> tuple[str, ...]:
    made = [FunctionCall(f"c{at}", name, text) for at, (name, text) in enumerate(calls)]
    results = asyncio.run(functions.answer(made))
    assert [result.call_id for result in results] == [call.id for call in made]
    return tuple(result.output for result in results)


def program(code: str, *, timeout: float = 30) -> CommandOutput:
    return CommandOutput((sys.executable, "-c", code), timeout)


def allowed(*outputs: FunctionOutput, directory: Path | None = None) -> Functions:
    return Functions(outputs={"f": outputs}, allow_commands=True, directory=directory)


def test_the_first_output_that_fits_the_arguments_is_taken() -> None:
    functions = Functions(outputs={"weather": (*WEATHER, FixedOutput("unknown"))})

    said = answer(
        functions,
        ("weather", '{"city": "Porto", "days": 1}'),
        ("weather", '{"city": "Lisbon", "units": {"t": "C", "w": "kn"}}'),
        ("weather", '{"city": "Lisbon"}'),
        ("weather", "not json"),
        ("weather", ""),
    )

    assert said == ("rain", '{"sky": "sunny", "t": 24}', "unknown", "unknown", "unknown")


def test_a_call_that_nothing_is_declared_for_is_named() -> None:
    functions = Functions(outputs={"weather": WEATHER})

    with pytest.raises(UnansweredCallError, match=r'called book\(\{"a": 1\}\).*has: "weather"'):
        answer(functions, ("weather", '{"city": "Porto"}'), ("book", '{"a": 1}'))
    with pytest.raises(UnansweredCallError, match=r"no declared output is for these arguments"):
        answer(functions, ("weather", '{"city": "Faro"}'))


def test_a_program_reads_the_arguments_and_its_output_is_the_answer(tmp_path: Path) -> None:
    code = "import json,os,sys; a=json.load(sys.stdin); print(a['x']*2); print(os.getcwd())"

    (said,) = answer(allowed(program(code), directory=tmp_path), ("f", '{"x": 21}'))

    assert said == f"42\n{tmp_path.resolve()}"


def test_a_program_runs_only_when_that_is_allowed(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    output = program(f"open({str(trace)!r}, 'w')")

    with pytest.raises(UnansweredCallError, match="--allow-commands"):
        answer(Functions(outputs={"f": (output,)}), ("f", "{}"))
    assert not trace.exists()


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (program("import sys; sys.stderr.write('no luck'); sys.exit(3)"), 'with 3: "no luck"'),
        (program("raise SystemExit(3)"), "exited with 3$"),
        (program("import os; os.abort()"), "was ended by SIGABRT"),
        (CommandOutput(("/no/such/program",)), "cannot be started: No such file"),
    ],
)
def test_a_program_that_fails_gives_no_answer(output: CommandOutput, why: str) -> None:
    with pytest.raises(UnansweredCallError, match=why):
        answer(allowed(output), ("f", "{}"))


def test_a_program_that_hangs_is_stopped_with_everything_it_started(tmp_path: Path) -> None:
    trace, late = tmp_path / "child", tmp_path / "late"
    code = (
        "import subprocess,sys,time;"
        "p=subprocess.Popen([sys.executable,'-c','import time; time.sleep(60)']);"
        f"open({str(trace)!r},'w').write(str(p.pid)); time.sleep(20); open({str(late)!r},'w')"
    )

    with pytest.raises(UnansweredCallError, match=r"took longer than 1\.5 s"):
        answer(allowed(program(code, timeout=1.5)), ("f", "{}"))

    assert not late.exists()
    assert gone(int(trace.read_text()))


def test_nothing_that_a_program_started_outlives_it(tmp_path: Path) -> None:
    trace = tmp_path / "child"
    code = (
        "import subprocess,sys;"
        "p=subprocess.Popen([sys.executable,'-c','import time; time.sleep(60)']);"
        f"open({str(trace)!r},'w').write(str(p.pid)); print('ok')"
    )

    assert answer(allowed(program(code)), ("f", "{}")) == ("ok",)
    assert gone(int(trace.read_text()))


def test_nobody_waits_for_a_daemon_that_holds_the_pipes(tmp_path: Path) -> None:
    trace = tmp_path / "daemon"
    code = (
        "import subprocess,sys;"
        "p=subprocess.Popen([sys.executable,'-c','import time; time.sleep(60)'],"
        f"start_new_session=True); open({str(trace)!r},'w').write(str(p.pid)); print('ok' * 9999)"
    )

    try:
        assert answer(allowed(program(code, timeout=20)), ("f", "{}")) == ("ok" * 9999,)
    finally:
        os.kill(int(trace.read_text()), signal.SIGKILL)


def test_what_is_printed_without_end_is_no_answer() -> None:
    with pytest.raises(UnansweredCallError, match="printed more than 1 MB"):
        answer(allowed(program("print('x' * 1_100_000)")), ("f", "{}"))


def test_a_program_that_reads_nothing_still_answers() -> None:
    (said,) = answer(allowed(program("print('ok')")), ("f", json.dumps({"x": "y" * 300_000})))

    assert said == "ok"


def test_programs_of_one_step_run_side_by_side() -> None:
    started = time.monotonic()
    output = program("import time; time.sleep(0.7); print(1)")

    assert answer(allowed(output), *[("f", "{}")] * 4) == ("1",) * 4
    assert time.monotonic() - started < 2.5


def gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return True
        time.sleep(0.02)
    return False


def test_all_calls_of_a_step_are_answered_together() -> None:
    steps = (
        asks(("weather", '{"city": "Porto"}'), ("weather", '{"city": "Lisbon"}')),
        look("in_progress"),
        asks(("book", "{}")),
        COMPLETED,
    )
    account = ScriptedAccount(default=Script(looks=(look("queued"), *steps), tools=None))
    declared = {
        "weather": (FixedOutput("rain", {"city": "Porto"}), FixedOutput("sun")),
        "book": (FixedOutput({"ok": True}),),
    }
    wanted = expect(calls=["book", {"name": "weather", "arguments": {"city": "Lisbon"}}])

    result = run(smoke(account, case(functions=declared, expect=wanted)))

    (found,) = result.cases
    assert found.status is CaseStatus.PASSED
    assert [results for _, results in account.asked("submit_outputs")] == [
        (FunctionResult("call_0_weather", "rain"), FunctionResult("call_1_weather", "sun")),
        (FunctionResult("call_0_book", '{"ok": true}'),),
    ]
    assert [tool.name for tool in found.turns[0].tool_calls] == ["weather", "weather", "book"]


@pytest.mark.parametrize("stream", [False, True])
def test_an_undeclared_call_fails_the_case_and_stops_the_run(stream: bool) -> None:
    account = ScriptedAccount(default=Script(looks=(look("queued"), asks(("book", '{"n": 1}')))))

    result = run(smoke(account, case(), options=SmokeOptions(stream=stream)))

    (found,) = result.cases
    assert found.status is CaseStatus.FAILED
    assert found.reason.startswith('status: the assistant called book({"n": 1})')
    assert found.turns[0].status == "requires_action"
    assert account.counts["cancel_run"] == 1
    assert account.threads == {}


def test_a_case_may_end_with_the_call_it_expects() -> None:
    account = ScriptedAccount(default=Script(looks=(asks(("book", '{"n": 1}')),)))
    wanted = expect(status="requires_action", calls={"name": "book", "arguments": {"n": 1}})

    (found,) = run(smoke(account, case(expect=wanted))).cases

    assert found.status is CaseStatus.PASSED


def test_a_server_that_is_slow_to_notice_outputs_is_not_answered_twice() -> None:
    calls = asks(("book", "{}"))
    account = ScriptedAccount(default=Script(looks=(calls, calls, COMPLETED)))
    late = account.retrieve_run

    async def retrieve(conversation_id: str, run_id: str) -> object:
        live = account.runs[run_id]
        if live.at == 1:
            live.at = 2
            return live.seen
        return await late(conversation_id, run_id)

    account.retrieve_run = retrieve  # type: ignore[method-assign, assignment]
    outputs = {"book": (FixedOutput("ok"),)}

    (found,) = run(smoke(account, case(functions=outputs))).cases

    assert found.status is CaseStatus.PASSED
    assert account.counts["submit_outputs"] == 1


json_values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=6,
)


@given(json_values)
def test_everything_includes_itself_and_the_empty_object(value: JsonValue) -> None:
    assert includes(value, value)
    assert includes(value, {})


@given(st.dictionaries(st.text(max_size=2), json_values), st.data())
def test_an_object_includes_every_part_of_it(
    whole: dict[str, JsonValue], data: st.DataObject
) -> None:
    keys = data.draw(st.sets(st.sampled_from(sorted(whole)))) if whole else set()
    part = {key: whole[key] for key in keys}
    assert includes(whole, part)
    assert not includes(whole, {**part, "missing": 1})
