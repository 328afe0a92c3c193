"""Which functions were called: how often, with which arguments, in which order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from asstctl.model.json import JsonValue
from asstctl.smoke.functions import includes, parsed_arguments
from asstctl.smoke.ports import FunctionCall

Quantifier: TypeAlias = Callable[[Iterable[bool]], bool]


def are_called(expected: JsonValue, calls: Sequence[FunctionCall], quantifier: Quantifier) -> bool:
    """Whether the calls are what a manifest's ``calls:``, validated, expects of them.

    Of a list in no order, as many as the ``quantifier`` asks for.
    """
    match expected:
        case {"in_order": [*steps]}:
            rest = iter(calls)  # each step goes on where the one before it was found
            return all(any(_is_call(call, step) for call in rest) for step in steps)
        case {"exactly": [*steps]}:
            return len(steps) == len(calls) and all(map(_is_call, calls, steps))
        case [*items]:
            return quantifier(_is_called(item, calls) for item in items)
        case _:
            return _is_called(expected, calls)


def _is_called(expected: JsonValue, calls: Sequence[FunctionCall]) -> bool:
    """Whether a function is called as often as is said; once or more where nothing is."""
    made = sum(_is_call(call, expected) for call in calls)
    match expected:
        case {"times": int(times)}:
            return made == times
        case {"times": Mapping() as bounds}:
            return _bound(bounds.get("min"), 0) <= made <= _bound(bounds.get("max"), made)
        case _:
            return made > 0


def _is_call(call: FunctionCall, expected: JsonValue) -> bool:
    if not isinstance(expected, Mapping):
        return call.name == expected
    arguments = expected.get("arguments") or {}
    return call.name == expected.get("name") and includes(
        parsed_arguments(call.arguments), arguments
    )


def _bound(value: JsonValue, default: int) -> int:
    return value if isinstance(value, int) else default
