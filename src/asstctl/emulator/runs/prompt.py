"""What the model is told in one turn, cut to the limits of the run."""

from collections.abc import Sequence
from dataclasses import replace

from asstctl.emulator import resources
from asstctl.emulator.conversation import text_of
from asstctl.emulator.models.base import FileSearchCall, FunctionCall, Prompt, Round, Turn
from asstctl.emulator.runs.calls import rounds
from asstctl.emulator.store import files
from asstctl.emulator.store.collections import MESSAGES, THREADS, Body, encode
from asstctl.emulator.store.database import Database
from asstctl.emulator.text.tokens import count_tokens

# What the largest of the usual models can read at once; "auto" truncation fits a thread into it.
CONTEXT_TOKENS = 128_000
_TOKENS_PER_MESSAGE = 4


class OverBudgetError(Exception):
    """The run used up its tokens; ``reason`` is what ``incomplete_details`` says."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def run_resources(database: Database, run: Body, inner: Body) -> tuple[list[str], list[str]]:
    """Give the vector stores and code interpreter files that a run works on."""
    thread = THREADS.find(database, run["thread_id"]) or {}
    both = (inner["tool_resources"], thread.get("tool_resources") or {})
    store_ids = dict.fromkeys(item for one in both for item in resources.store_ids(one))
    file_ids = dict.fromkeys(item for one in both for item in resources.code_file_ids(one))
    return list(store_ids), list(file_ids)


def build(database: Database, run: Body, inner: Body) -> Prompt:
    """Put a prompt together; raises `OverBudgetError` when the last message does not fit."""
    store_ids, file_ids = run_resources(database, run, inner)
    names = files.filenames(database, file_ids)
    prompt = Prompt(
        model=run["model"],
        instructions=run["instructions"],
        history=_history(database, run),
        rounds=rounds(database, run["id"]),
        tools=tuple(run["tools"]),
        tool_choice=run["tool_choice"],
        response_format=run["response_format"],
        parallel_tool_calls=run["parallel_tool_calls"],
        temperature=run["temperature"],
        top_p=run["top_p"],
        reasoning_effort=inner.get("reasoning_effort"),
        max_completion_tokens=_rest(run, inner, "completion"),
        has_stores=bool(store_ids),
        code_files=tuple(sorted(names.values())),
    )
    return _fit(prompt, _rest(run, inner, "prompt"))


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
        Turn(message["role"], text_of(message))
        for message in MESSAGES.all(database, thread_id=run["thread_id"])
        if message["run_id"] != run["id"] and message["content"]
    ]
    strategy = run["truncation_strategy"]
    if strategy["type"] == "last_messages":
        turns = turns[-strategy["last_messages"] :]
    return tuple(turns)


def _fit(prompt: Prompt, limit: int | None) -> Prompt:
    """Drop the oldest messages until the prompt is within its limit."""
    room = min(limit or CONTEXT_TOKENS, CONTEXT_TOKENS) - _fixed_tokens(prompt)
    sizes = [_turn_tokens(turn) for turn in prompt.history]
    total, first = sum(sizes), 0
    while first < len(sizes) and total > room:
        total -= sizes[first]
        first += 1
    if room < 0 or (sizes and first == len(sizes)):
        raise OverBudgetError("max_prompt_tokens")
    return replace(prompt, history=prompt.history[first:])


def prompt_tokens(prompt: Prompt) -> int:
    """Estimate the tokens of a whole prompt."""
    return _fixed_tokens(prompt) + sum(_turn_tokens(turn) for turn in prompt.history)


def _fixed_tokens(prompt: Prompt) -> int:
    """Count what cannot be left out: instructions, tools and the work of this run."""
    tools = count_tokens(encode(list(prompt.tools))) if prompt.tools else 0
    return (
        count_tokens(prompt.instructions)
        + _TOKENS_PER_MESSAGE
        + tools
        + sum(_round_tokens(turn) for turn in prompt.rounds)
    )


def _turn_tokens(turn: Turn) -> int:
    return count_tokens(turn.text) + _TOKENS_PER_MESSAGE


def _round_tokens(turn: Round) -> int:
    texts: list[str] = [turn.text]
    for call in turn.calls:
        match call:
            case FileSearchCall():
                texts += [call.query, *(found.text for found in call.results)]
            case FunctionCall():
                texts += [call.name, call.arguments, call.output or ""]
            case _:
                texts += [call.code, call.logs]
    return _sum(texts)


def _sum(texts: Sequence[str]) -> int:
    return sum(count_tokens(text) for text in texts)
