"""The SDK's request types as a judge: is this JSON exactly what such a TypedDict describes?"""

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin

from openai._utils import PropertyInfo
from typing_extensions import get_type_hints, is_typeddict


def members(model: Any) -> dict[str, tuple[Any, bool]]:
    """Each member of a TypedDict as the wire names it: its type, and whether it is required."""
    found: dict[str, tuple[Any, bool]] = {}
    for name, hint in get_type_hints(model, include_extras=True).items():
        marked: Any = get_origin(hint)
        required = marked is Required
        inner = get_args(hint)[0] if marked in (Required, NotRequired) else hint
        kind, *notes = get_args(inner) if get_origin(inner) is Annotated else (inner,)
        aliases = (note.alias for note in notes if isinstance(note, PropertyInfo))
        found[next(filter(None, aliases), name)] = kind, required
    return found


def problems(expected: Any, value: Any, at: str = "$") -> Iterator[str]:
    """What keeps ``value`` from being of the type: unknown and missing members, wrong kinds."""
    origin = get_origin(expected)
    if expected in (Any, object):
        return
    if is_typeddict(expected):
        yield from _of_members(expected, value, at)
    elif origin in (Union, types.UnionType):
        attempts = [list(problems(choice, value, at)) for choice in get_args(expected)]
        if all(attempts):
            yield min(attempts, key=len)[0]
    elif origin is Literal:
        if value not in get_args(expected):
            yield f"{at}: {value!r} is none of {get_args(expected)}"
    elif origin is dict:
        yield from _of_mapping(expected, value, at)
    elif origin is not None:
        yield from _of_list(expected, value, at)
    elif type(value) is not expected:
        yield f"{at}: {value!r} is no {expected}"


def _of_members(expected: Any, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{at}: {value!r} is no object"
        return
    known = members(expected)
    for name, member in value.items():
        if name not in known:
            yield f"{at}: unknown member {name!r}"
        else:
            yield from problems(known[name][0], member, f"{at}.{name}")
    for name, (_, required) in known.items():
        if required and name not in value:
            yield f"{at}: {name!r} is missing"


def _of_mapping(expected: Any, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{at}: {value!r} is no object"
        return
    for name, member in value.items():
        yield from problems(get_args(expected)[1], member, f"{at}.{name}")


def _of_list(expected: Any, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, list | tuple):
        yield f"{at}: {value!r} is no list"
        return
    for number, item in enumerate(value):
        yield from problems(get_args(expected)[0], item, f"{at}[{number}]")
