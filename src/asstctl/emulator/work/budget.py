"""What a prompt weighs in tokens, and how it is cut to fit."""

from collections.abc import Sequence
from dataclasses import replace

from asstctl.emulator.models.base import FileSearchCall, FunctionCall, Prompt, Round, Turn
from asstctl.emulator.store.collections import encode
from asstctl.emulator.text.tokens import count_tokens
from asstctl.emulator.work.work import OverBudgetError

# What the largest of the usual models can read at once; "auto" truncation fits a prompt into it.
CONTEXT_TOKENS = 128_000
_TOKENS_PER_MESSAGE = 4


def fit(prompt: Prompt, limit: int | None = None) -> Prompt:
    """Drop the oldest of the history until the prompt is within ``limit`` and the model's context.

    Raises `OverBudgetError` when the last message does not fit.
    """
    room = min(limit or CONTEXT_TOKENS, CONTEXT_TOKENS) - _fixed_tokens(prompt)
    sizes = [_history_tokens(item) for item in prompt.history]
    total, first = sum(sizes), 0
    while first < len(sizes) and total > room:
        total -= sizes[first]
        first += 1
    if room < 0 or (sizes and first == len(sizes)):
        raise OverBudgetError("max_prompt_tokens")
    return replace(prompt, history=prompt.history[first:])


def prompt_tokens(prompt: Prompt) -> int:
    """Estimate the tokens of a whole prompt."""
    return _fixed_tokens(prompt) + sum(_history_tokens(item) for item in prompt.history)


def _fixed_tokens(prompt: Prompt) -> int:
    """Count what cannot be left out: instructions, tools and the work of this turn."""
    tools = count_tokens(encode(list(prompt.tools))) if prompt.tools else 0
    return (
        count_tokens(prompt.instructions)
        + _TOKENS_PER_MESSAGE
        + tools
        + sum(_round_tokens(done) for done in prompt.rounds)
    )


def _history_tokens(item: Turn | Round) -> int:
    if isinstance(item, Turn):
        return count_tokens(item.text) + _TOKENS_PER_MESSAGE
    return _round_tokens(item)


def _round_tokens(done: Round) -> int:
    texts: list[str] = [done.text]
    for call in done.calls:
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
