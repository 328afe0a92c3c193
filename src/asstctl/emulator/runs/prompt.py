"""What the model is told in one turn of a run."""

from collections.abc import Iterator

from asstctl.emulator import resources
from asstctl.emulator.conversation import turn_of
from asstctl.emulator.models.base import Prompt, Turn
from asstctl.emulator.runs.calls import rounds
from asstctl.emulator.store.collections import MESSAGES, THREADS, Body
from asstctl.emulator.store.database import Database
from asstctl.emulator.work.made import code_files
from asstctl.emulator.work.work import OverBudgetError


def run_resources(database: Database, run: Body, inner: Body) -> tuple[list[str], list[str]]:
    """Give the vector stores and code interpreter files that a run works on."""
    thread = THREADS.find(database, run["thread_id"]) or {}
    both = (inner["tool_resources"], thread.get("tool_resources") or {})
    store_ids = dict.fromkeys(item for one in both for item in resources.store_ids(one))
    file_ids = dict.fromkeys(item for one in both for item in resources.code_file_ids(one))
    return list(store_ids), list(file_ids)


def asked_model(run: Body, inner: Body) -> str:
    """Give the model that the client asked for; the run shows the one that answers."""
    asked: str = (inner if "model" in inner else run)["model"]
    return asked


def build(database: Database, run: Body, inner: Body) -> Prompt:
    """Put a prompt together, of any size; raises `OverBudgetError` when no tokens are left."""
    store_ids, file_ids = run_resources(database, run, inner)
    done = rounds(database, run["id"])
    choice = run["tool_choice"]
    return Prompt(
        model=asked_model(run, inner),
        instructions=run["instructions"],
        history=_history(database, run),
        rounds=done,
        tools=tuple(run["tools"]),
        # Forced again, the run would never end.
        tool_choice="auto" if done and choice != "none" else choice,
        response_format=run["response_format"],
        parallel_tool_calls=run["parallel_tool_calls"],
        temperature=run["temperature"],
        top_p=run["top_p"],
        reasoning_effort=inner.get("reasoning_effort"),
        max_completion_tokens=_rest(run, inner, "completion"),
        has_stores=bool(store_ids),
        code_files=code_files(database, [*file_ids, *_made_before(database, run)]),
        max_prompt_tokens=_rest(run, inner, "prompt"),
    )


def _made_before(database: Database, run: Body) -> Iterator[str]:
    """Give the files that the code of earlier runs made, as the thread's messages show them."""
    for message in MESSAGES.all(database, thread_id=run["thread_id"]):
        for block in message["content"] if message["run_id"] else ():
            if block["type"] == "image_file":
                yield block["image_file"]["file_id"]
            for note in block["text"]["annotations"] if block["type"] == "text" else ():
                if note["type"] == "file_path":
                    yield note["file_path"]["file_id"]


def _rest(run: Body, inner: Body, kind: str) -> int | None:
    """Give how many tokens of a kind the run may still use."""
    limit = run[f"max_{kind}_tokens"]
    if limit is None:
        return None
    rest = int(limit) - int(inner[f"{kind}_tokens"])
    if rest <= 0:
        raise OverBudgetError(f"max_{kind}_tokens")
    return rest


def _history(database: Database, run: Body) -> tuple[Turn, ...]:
    """Give the thread as the run found it, without what the run itself wrote."""
    turns = [
        turn_of(message)
        for message in MESSAGES.all(database, thread_id=run["thread_id"])
        if message["run_id"] != run["id"] and message["content"]
    ]
    strategy = run["truncation_strategy"]
    if strategy["type"] == "last_messages":
        turns = turns[-strategy["last_messages"] :]
    return tuple(turns)
