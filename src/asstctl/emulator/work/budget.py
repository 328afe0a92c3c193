"""What a prompt weighs in tokens, and how it is cut to fit."""

from collections.abc import Sequence
from dataclasses import replace

from asstctl.emulator.models.base import FileSearchCall, FunctionCall, Prompt, Round, Turn
from asstctl.emulator.store.collections import encode
from asstctl.emulator.text.tokens import count_tokens
from asstctl.emulator.work.work import OverBudgetError

_TOKENS_PER_MESSAGE = 4
_TOKENS_PER_IMAGE = 1000
# What is kept free for an answer whose length nobody limits.
_ANSWER_TOKENS = 4096


def fit(prompt: Prompt, context: int) -> Prompt:
    """Drop the oldest of the history until the prompt is within its limit and the model's context.

    ``context`` is in tokens; room for the answer is kept in it. Instructions, and the last message,
    are never dropped. Raises `OverBudgetError` when they do not fit.
    """
    answer = min(prompt.max_completion_tokens or _ANSWER_TOKENS, context // 4)
    limits = [context - answer, *([prompt.max_prompt_tokens] if prompt.max_prompt_tokens else [])]
    room = min(limits) - _fixed_tokens(prompt)
    fitted = _dropped(prompt, room)
    if room < 0 or (prompt.history and sum(map(_history_tokens, fitted.history)) > room):
        raise OverBudgetError("max_prompt_tokens")
    return fitted


def shorter(prompt: Prompt) -> Prompt | None:
    """Give a prompt with about half of its history; None when nothing of it may go."""
    if not prompt.truncates:
        return None
    half = sum(map(_history_tokens, prompt.history)) // 2
    cut = _dropped(prompt, half)
    return cut if len(cut.history) < len(prompt.history) else None


def _dropped(prompt: Prompt, room: int) -> Prompt:
    """Drop the oldest of the history until it has ``room``; what the application said stays."""
    left = sum(map(_history_tokens, prompt.history)) - room
    kept: list[Turn | Round] = []
    for item in prompt.history[:-1]:
        if left > 0 and not _is_instruction(item):
            left -= _history_tokens(item)
        else:
            kept.append(item)
    return replace(prompt, history=(*kept, *prompt.history[-1:]))


def _is_instruction(item: Turn | Round) -> bool:
    return isinstance(item, Turn) and item.role == "system"


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
        + sum(count_tokens(file.name + (file.text or "")) for file in prompt.code_files)
        + sum(_round_tokens(done) for done in prompt.rounds)
    )


def _history_tokens(item: Turn | Round) -> int:
    if isinstance(item, Turn):
        seen = len(item.images) * _TOKENS_PER_IMAGE
        return count_tokens(item.text) + seen + _TOKENS_PER_MESSAGE
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
