"""JSON read strictly: what two readers could take for two things is refused.

That is a field that is there twice, a number that 64 bits do not hold, NaN and infinity, and half
of a surrogate pair.
"""

import json
import math
from dataclasses import dataclass
from functools import lru_cache

from asstctl.manifest.values import Fields, Plain
from asstctl.manifest.yaml.nodes import MAX_DEPTH
from asstctl.text.words import shortened


@dataclass(frozen=True, slots=True)
class BadJson:
    """Why a text is refused, in a sentence, and at which character where that is known."""

    offset: int | None
    detail: str


class _RefusedError(ValueError):
    pass


@lru_cache(maxsize=1024)
def strict_loads(text: str) -> Plain | BadJson:
    """What a JSON text says, or why it is refused. Equal texts are read once: do not change it."""
    try:
        value: Plain = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except json.JSONDecodeError as error:
        return BadJson(error.pos, f"{error.msg}.")
    except _RefusedError as error:
        return BadJson(None, str(error))
    except RecursionError:
        return BadJson(None, f"It is nested deeper than {MAX_DEPTH} levels.")
    if _depth_exceeds(value, MAX_DEPTH):
        return BadJson(None, f"It is nested deeper than {MAX_DEPTH} levels.")
    if "\\u" in text and not _encodable(value):
        return BadJson(None, "It holds half of a surrogate pair, which is not a character.")
    return value


def _unique(pairs: list[tuple[str, Plain]]) -> Fields:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RefusedError(f'The field "{shortened(twice)}" is there twice; one would be lost.')
    return result


def _no_constant(text: str) -> Plain:
    raise _RefusedError(f"{text} is not a JSON number.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _RefusedError(f"{shortened(text)} is too large a number.")
    return number


def _bounded(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**64:
        raise _RefusedError(f"{shortened(text)} is too large a number.")
    return int(text)


def _depth_exceeds(value: Plain, levels: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return False
    return levels == 0 or any(_depth_exceeds(item, levels - 1) for item in value)


def _encodable(value: Plain) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
