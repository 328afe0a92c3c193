"""The code interpreter: what a model writes is run by a program, and what comes of it is kept."""

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.beta.threads import Run

from asstctl.emulator import Account, Interpreter, open_account
from asstctl.emulator.models.base import Calls, CodeCall
from asstctl.emulator.work.interpreter import OUTPUT_LIMIT
from emulator.conftest import Clock, sdk
from emulator.scripted import Script, Step

EXAMPLES = Path(__file__).parents[2] / "examples" / "code-interpreter"
RUNNER = """
import json, os, shutil, sys
asked = json.load(sys.stdin)
for file in asked["files"]:
    shutil.copyfile(file["path"], os.path.join(asked["output_folder"], file["name"]))
os.chdir(asked["output_folder"])
exec(compile(asked["code"], "<code>", "exec"), {})
"""
TOOLS: Any = [{"type": "code_interpreter"}]
PNG = b"\x89PNG\r\n\x1a\n"


def runner(folder: Path, timeout: float = 30.0) -> Interpreter:
    """Give a program without a sandbox."""
    program = folder / "run.py"
    program.write_text(RUNNER)
    return Interpreter((sys.executable, str(program)), folder, timeout)


def code(text: str) -> Calls:
    return Calls((CodeCall("call_c", text),))


@asynccontextmanager
async def opened(
    clock: Clock, interpreter: Interpreter, *turns: list[Step]
) -> AsyncIterator[tuple[Account, openai.AsyncOpenAI, Script]]:
    script = Script(list(turns))
    async with (
        open_account(None, model=script.upstream, interpreter=interpreter, clock=clock) as account,
        sdk(account) as client,
    ):
        yield account, client, script


async def run(client: openai.AsyncOpenAI, *names: str, content: bytes = b"a\n1\n2\n") -> Run:
    """Run an assistant whose code interpreter has files."""
    files = [
        await client.files.create(file=(name, content), purpose="assistants") for name in names
    ]
    made = await client.beta.assistants.create(
        model="gpt-4o",
        tools=TOOLS,
        tool_resources={"code_interpreter": {"file_ids": [file.id for file in files]}},
    )
    thread: Any = {"messages": [{"role": "user", "content": "Sum column a"}]}
    done: Run = await client.beta.threads.create_and_run_poll(
        assistant_id=made.id, thread=thread, poll_interval_ms=5
    )
    return done


async def call_of(client: openai.AsyncOpenAI, run: Run) -> Any:
    steps = await client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, order="asc")
    details: Any = steps.data[0].step_details
    return details.tool_calls[0].code_interpreter


async def logs(tmp_path: Path, clock: Clock, text: str, timeout: float = 30.0) -> str:
    """Run some code, and give what the model is told of it."""
    async with opened(clock, runner(tmp_path, timeout), [code(text)], ["Done."]) as (_, client, _s):
        done = await run(client)
        assert done.status == "completed"
        (output,) = (await call_of(client, done)).outputs
        told: str = output.logs
        return told


async def test_code_reads_the_files_and_its_output_goes_to_the_model(
    tmp_path: Path, clock: Clock
) -> None:
    text = "import csv\nprint(sum(int(row['a']) for row in csv.DictReader(open('data.csv'))))"
    async with opened(clock, runner(tmp_path), [code(text)], ["It is 3."]) as (_, client, script):
        done = await run(client, "data.csv")
        call = await call_of(client, done)
    assert (call.input, call.outputs[0].logs) == (text, "3\n")
    (told,) = script.prompts[1].rounds[0].calls
    assert isinstance(told, CodeCall)
    assert told.logs == "3\n"
    assert [file.name for file in script.prompts[0].code_files] == ["data.csv"]


async def test_new_files_come_back(tmp_path: Path, clock: Clock) -> None:
    text = f"open('plot.png', 'wb').write({PNG!r}); open('sum.csv', 'w').write('3'); print('ok')"
    turns: list[list[Step]] = [[code(text)], ["Here: [it](sandbox:/mnt", "/data/sum.csv)."]]
    async with opened(clock, runner(tmp_path), *turns) as (_, client, _s):
        done = await run(client, "data.csv")
        call = await call_of(client, done)
        assert [output.type for output in call.outputs] == ["logs", "image"]
        messages = await client.beta.threads.messages.list(done.thread_id, run_id=done.id)
        image, said = messages.data[0].content
        assert image.type == "image_file"
        assert image.image_file.file_id == call.outputs[1].image.file_id
        assert (await client.files.content(image.image_file.file_id)).content == PNG
        assert said.type == "text"
        (note,) = said.text.annotations
        assert note.type == "file_path"
        address = said.text.value[note.start_index : note.end_index]
        assert address == note.text == "sandbox:/mnt/data/sum.csv"
        file = await client.files.retrieve(note.file_path.file_id)
        assert (file.filename, file.purpose) == ("sum.csv", "assistants_output")
        assert (await client.files.content(file.id)).content == b"3"


async def test_a_file_that_the_answer_does_not_name_is_named(tmp_path: Path, clock: Clock) -> None:
    turns: list[list[Step]] = [[code("open('sum.csv', 'w').write('3')")], ["Done."]]
    async with opened(clock, runner(tmp_path), *turns) as (_, client, _s):
        done = await run(client)
        messages = await client.beta.threads.messages.list(done.thread_id, run_id=done.id)
        said: Any = messages.data[0].content[0]
    assert said.text.value == "Done.\n\n[sum.csv](sandbox:/mnt/data/sum.csv)"
    assert [note.text for note in said.text.annotations] == ["sandbox:/mnt/data/sum.csv"]


async def test_later_code_finds_what_earlier_code_made(tmp_path: Path, clock: Clock) -> None:
    turns: list[list[Step]] = [
        [code("open('a.txt', 'w').write('from before')")],
        [code("print(open('a.txt').read())")],
        ["Done."],
    ]
    async with opened(clock, runner(tmp_path), *turns) as (_, client, script):
        await run(client)
    (told,) = script.prompts[2].rounds[1].calls
    assert isinstance(told, CodeCall)
    assert told.logs == "from before\n"
    assert told.files == ()


async def test_a_later_run_finds_what_an_earlier_one_made(tmp_path: Path, clock: Clock) -> None:
    turns: list[list[Step]] = [
        [code(f"open('a.txt', 'w').write('before'); open('b.png', 'wb').write({PNG!r})")],
        ["Done."],
        [code("print(open('a.txt').read()); import os; print(os.path.getsize('b.png'))")],
        ["Done."],
    ]
    async with opened(clock, runner(tmp_path), *turns) as (_, client, script):
        first = await run(client)
        await client.beta.threads.runs.create_and_poll(
            thread_id=first.thread_id, assistant_id=first.assistant_id, poll_interval_ms=5
        )
    assert [file.name for file in script.prompts[2].code_files] == ["a.txt", "b.png"]
    (told,) = script.prompts[3].rounds[0].calls
    assert isinstance(told, CodeCall)
    assert told.logs == "before\n8\n"


async def test_links_are_not_followed(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "secret.txt").write_text("hidden")
    text = (
        f"import os; os.symlink({str(tmp_path / 'secret.txt')!r}, 'a.txt'); "
        f"os.symlink({str(tmp_path)!r}, 'folder'); os.mkfifo('pipe')"
    )
    async with opened(clock, runner(tmp_path), [code(text)], ["Done."]) as (_, client, _s):
        await run(client)
        assert (await client.files.list()).data == []


async def test_names_stay_in_the_folder(tmp_path: Path, clock: Clock) -> None:
    text = "import os; print(sorted(os.listdir('.')))"
    async with opened(clock, runner(tmp_path), [code(text)], ["Done."]) as (_, client, _s):
        done = await run(client, "../../etc/x.csv", ".hidden.txt")
        call = await call_of(client, done)
    assert call.outputs[0].logs == "['hidden.txt', 'x.csv']\n"


async def test_code_that_fails_says_so(tmp_path: Path, clock: Clock) -> None:
    told = await logs(tmp_path, clock, "print('before'); 1 / 0")
    assert told.startswith("before\n")
    assert "ZeroDivisionError" in told
    assert told.endswith("The code failed (exit code 1).")


async def test_it_knows_no_secret(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_KEY", "sk-hidden")
    assert "sk-hidden" not in await logs(tmp_path, clock, "import os; print(dict(os.environ))")


async def test_endless_output_ends_it(tmp_path: Path, clock: Clock) -> None:
    told = await logs(tmp_path, clock, "while True: print('x' * 1000)")
    assert f"it printed more than {OUTPUT_LIMIT:,} characters" in told
    assert len(told) < OUTPUT_LIMIT + 100


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
async def test_it_is_ended_with_all_its_children(tmp_path: Path, clock: Clock) -> None:
    """Also with those that leave its group and outlive their parents."""
    pids = tmp_path / "pids"
    text = (
        "import os, subprocess, sys, time\n"
        f"note = lambda: open({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
        "note()\n"
        "if os.fork() == 0:\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        note()\n"
        "    else:\n"
        "        os._exit(0)\n"
        "time.sleep(600)\n"
    )
    told = await logs(tmp_path, clock, text, timeout=2.0)
    assert told == "The code was ended: it ran for more than 2 seconds."
    noted = [int(line) for line in pids.read_text().split()]
    assert len(noted) == 2
    assert not any(_is_running(pid) for pid in noted)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_what_it_leaves_behind_does_not_hold_it_up(tmp_path: Path, clock: Clock) -> None:
    text = "import subprocess; subprocess.Popen(['sleep', '600']); print('done')"
    begun = time.monotonic()
    assert await logs(tmp_path, clock, text, timeout=300.0) == "done\n"
    assert time.monotonic() - begun < 300


async def test_what_it_prints_is_utf_8_with_plain_line_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "linesep", "\r\n")  # as on Windows
    code = "import sys; sys.stdout.buffer.write(b'\\xc3\\xa9 %d\\r\\n' % sys.flags.utf8_mode)"

    ran = await Interpreter((sys.executable, "-c", code), tmp_path).run(b"", lambda _: None)

    assert ran.logs == "é 1\n"


async def test_what_it_prints_is_streamed(tmp_path: Path, clock: Clock) -> None:
    text = f"print('one', flush=True); open('a.png', 'wb').write({PNG!r})"
    deltas: list[Any] = []
    shown: list[str] = []

    class Handler(openai.AsyncAssistantEventHandler):
        async def on_tool_call_created(self, tool_call: Any) -> None:
            shown.append(f"created {tool_call.code_interpreter.input!r}")

        async def on_tool_call_delta(self, delta: Any, snapshot: Any) -> None:
            deltas.append(delta)

        async def on_image_file_done(self, image_file: Any) -> None:
            shown.append("image")

    async with opened(clock, runner(tmp_path), [code(text)], ["Done."]) as (_, client, _s):
        made = await client.beta.assistants.create(model="gpt-4o", tools=TOOLS)
        thread = await client.beta.threads.create()
        async with client.beta.threads.runs.stream(
            thread_id=thread.id, assistant_id=made.id, event_handler=Handler()
        ) as stream:
            await stream.until_done()
            steps = await stream.get_final_run_steps()
            (message,) = await stream.get_final_messages()
    assert shown == ["created ''", "image"]
    assert deltas[0].code_interpreter.input == text
    outputs = [output for delta in deltas[1:] for output in delta.code_interpreter.outputs]
    assert [(output.index, output.type) for output in outputs] == [(0, "logs"), (1, "image")]
    call: Any = steps[0].step_details
    assert call.tool_calls[0].code_interpreter.outputs[0].logs == "one\n"
    assert [block.type for block in message.content] == ["image_file", "text"]


async def test_a_run_that_is_cancelled_ends_its_code(tmp_path: Path, clock: Clock) -> None:
    pids = tmp_path / "pids"
    text = f"import os, time; open({str(pids)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    async with opened(clock, runner(tmp_path, 600), [code(text)]) as (_, client, _s):
        made = await client.beta.assistants.create(model="gpt-4o", tools=TOOLS)
        begun = await client.beta.threads.create_and_run(assistant_id=made.id)
        while not (pids.exists() and pids.read_text()):
            await asyncio.sleep(0.01)
        runs = client.beta.threads.runs
        await runs.cancel(begun.id, thread_id=begun.thread_id)
        done = await runs.poll(begun.id, thread_id=begun.thread_id, poll_interval_ms=5)
        assert done.status == "cancelled"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pids.read_text()), 0)


async def test_a_program_that_is_not_there_fails_the_run(tmp_path: Path, clock: Clock) -> None:
    missing = Interpreter((str(tmp_path / "none"),), tmp_path)
    async with opened(clock, missing, [code("1")]) as (_, client, _s):
        done = await run(client)
    assert done.last_error is not None
    assert "The code interpreter cannot be started" in done.last_error.message


async def test_a_response_runs_code(tmp_path: Path, clock: Clock) -> None:
    turns: list[list[Step]] = [[code("open('a.csv', 'w').write('3'); print(3)")], ["Three."]]
    async with opened(clock, runner(tmp_path), *turns) as (_, client, _s):
        made = await client.responses.create(
            model="m",
            input="x",
            tools=[{"type": "code_interpreter", "container": {"type": "auto"}}],
            include=["code_interpreter_call.outputs"],
        )
        call, message = made.output
        assert call.type == "code_interpreter_call"
        assert call.outputs is not None
        assert call.outputs[0].type == "logs"
        assert call.outputs[0].logs == "3\n"
        assert message.type == "message"
        assert made.output_text == "Three.\n\n[a.csv](sandbox:/mnt/data/a.csv)"
        note: Any = message.content[0].annotations[0]  # type: ignore[union-attr]
        assert note.type == "container_file_citation"
        assert note.container_id == call.container_id
        assert made.output_text[note.start_index : note.end_index] == "sandbox:/mnt/data/a.csv"
        content = await client.containers.files.content.retrieve(
            note.file_id, container_id=note.container_id
        )
        assert content.content == b"3"


# --- the runners of the examples ---

HOTEL = "import csv\nprint(round(sum(float(r['price']) for r in csv.DictReader(open('b.csv'))), 2))"


async def _with_example(clock: Clock, folder: Path, *command: str, timeout: float = 30.0) -> Any:
    made = "open('out.txt', 'w').write('new'); import os; print(sorted(os.listdir('.')))"
    interpreter = Interpreter(command, folder, timeout)
    async with opened(clock, interpreter, [code(f"{HOTEL}\n{made}")], ["Done."]) as (_, client, _s):
        done = await run(client, "b.csv", content=b"price\n300.10\n31.21\n")
        assert done.status == "completed", done.last_error
        files = [(file.filename, file.purpose) for file in (await client.files.list()).data]
        return (await call_of(client, done)).outputs[0].logs, files


EXPECTED = (
    "331.31\n['b.csv', 'out.txt']\n",
    [("out.txt", "assistants_output"), ("b.csv", "assistants")],
)


@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")
async def test_the_runner_of_bubblewrap(tmp_path: Path, clock: Clock) -> None:
    command = [sys.executable, str(EXAMPLES / "bubblewrap.py")]
    assert await _with_example(clock, tmp_path, *command) == EXPECTED
    hidden = tmp_path / "hidden"
    hidden.write_text("x")
    for text in (
        f"open({str(hidden)!r})",
        "import socket; socket.create_connection(('127.0.0.1', 9), 5)",
        "open('/usr/x', 'w')",
    ):
        document = json.dumps({"code": text, "files": [], "output_folder": str(tmp_path)})
        ran = await Interpreter(tuple(command), tmp_path).run(document.encode(), lambda _: None)
        assert "Error" in ran.logs


ENGINE = """#!{python}
import os, subprocess, sys
folder = {folder!r}
if sys.argv[1] == "image":
    sys.exit({images})
if sys.argv[1] == "kill":
    open(os.path.join(folder, "killed"), "w").write(sys.argv[2])
    sys.exit()
with open(os.path.join(folder, "name"), "w") as file:
    file.write(sys.argv[sys.argv.index("--name") + 1])
with open(os.path.join(folder, "asked"), "w") as file:
    file.write(" ".join(sys.argv))
place = sys.argv[sys.argv.index("--volume") + 1].removesuffix(":/mnt/data")
sys.exit(subprocess.run([sys.executable, "-"], cwd=place).returncode)
"""


def _engine(folder: Path, name: str, *, images: bool) -> None:
    """Put a stand-in for a container engine into ``bin``; it notes what it is asked."""
    program = folder / "bin" / name
    program.parent.mkdir(exist_ok=True)
    text = ENGINE.format(python=sys.executable, folder=str(folder), images=int(not images))
    program.write_text(text)
    program.chmod(0o755)


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a stand-in for docker first on the path."""
    _engine(tmp_path, "docker", images=True)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return tmp_path


async def test_the_runner_of_containers(docker: Path, clock: Clock) -> None:
    command = [sys.executable, str(EXAMPLES / "container.py")]
    assert await _with_example(clock, docker, *command) == EXPECTED


async def test_the_engine_that_has_the_image_runs_the_code(docker: Path) -> None:
    """A client of docker is often there without its daemon."""
    _engine(docker, "docker", images=False)
    _engine(docker, "podman", images=True)
    command = (sys.executable, str(EXAMPLES / "container.py"))
    document = json.dumps({"code": "print(6 * 7)", "files": [], "output_folder": str(docker)})

    ran = await Interpreter(command, docker).run(document.encode(), lambda _: None)

    asked = (docker / "asked").read_text()
    assert (ran.logs, asked.split()[0]) == ("42\n", str(docker / "bin/podman"))
    assert ("--userns keep-id" in asked) == bool(os.getuid())

    _engine(docker, "podman", images=False)
    ran = await Interpreter(command, docker).run(document.encode(), lambda _: None)
    assert "Neither docker nor podman has the image python:3-slim" in ran.logs


async def test_a_container_is_ended_with_its_runner(docker: Path) -> None:
    command = (sys.executable, str(EXAMPLES / "container.py"))
    text = "import time; print('on', flush=True); time.sleep(600)"
    document = json.dumps({"code": text, "files": [], "output_folder": str(docker)})
    ran = await Interpreter(command, docker, 3.0).run(document.encode(), lambda _: None)
    assert ran.failure == "The code was ended: it ran for more than 3 seconds."
    assert (docker / "killed").read_text() == (docker / "name").read_text()


def _engine_works() -> bool:
    trial = "run --rm --pull never python:3-slim true >/dev/null 2>&1"
    return any(
        shutil.which(name) and os.system(f"{name} {trial}") == 0 for name in ("docker", "podman")
    )


async def test_a_real_container(tmp_path: Path, clock: Clock) -> None:
    if not _engine_works():
        pytest.skip("no container engine with python:3-slim")
    command = [sys.executable, str(EXAMPLES / "container.py")]
    assert await _with_example(clock, tmp_path, *command) == EXPECTED
