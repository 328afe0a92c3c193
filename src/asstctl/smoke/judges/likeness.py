"""How near two texts are in meaning: what ``similar`` asks for, and what embeddings say."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Final, TypeAlias

from asstctl.model.json import JsonValue

Embed: TypeAlias = Callable[[tuple[str, ...], str], Awaitable[tuple[tuple[float, ...], ...]]]
"""Vectors for texts, by a model: ``SmokeAccount.embed``."""

DEFAULT_MIN: Final = 0.8
"""The similarity from which two texts count as alike."""

ASKING_EMBEDDINGS: Final = "comparing meanings"
"""What was being done, for errors."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What an answer is to be like. No ``model``: the target's."""

    to: str
    model: str | None = None

    @classmethod
    def of(cls, expected: JsonValue) -> "Likeness":
        """From a manifest's ``similar:``, validated."""
        assert isinstance(expected, Mapping)
        model = expected.get("model")
        return cls(str(expected["to"]), str(model) if model is not None else None)


async def similarity(embed: Embed, likeness: Likeness, answer: str, default: str) -> float:
    """How near an answer is, by the model that the likeness names or the ``default``.

    Raises what ``embed`` raises.
    """
    if not answer.strip():
        return 0.0  # nothing is like nothing, and no server embeds it
    return cosine(*await embed((answer, likeness.to), likeness.model or default))


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """The cosine of the angle between two vectors of one length: 1 for one direction.

    0 where one of them has no direction.
    """
    length = math.hypot(*one) * math.hypot(*other)
    return sum(map(mul, one, other)) / length if length else 0.0
