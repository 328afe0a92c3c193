"""Vectors as the account keeps them: numbers of four bytes, little-endian, of length one.

With all of one length, their distance tells their angle, and `math.dist` is the fastest thing that
Python has for many numbers.
"""

import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache

SIZE = 4
"""Bytes of a number."""


def pack(numbers: Iterable[float]) -> bytes:
    """Give a vector in the form in which it is kept. Raises ValueError for what has no direction.

    TypeError and OverflowError are raised for what are no numbers of that size.
    """
    found = tuple(numbers)
    length = math.hypot(*found)
    if not math.isfinite(length) or length == 0:
        raise ValueError("a vector without a direction")
    return _swapped(array("f", [number / length for number in found])).tobytes()


def unpack(vector: bytes) -> list[float]:
    """Give the numbers of a vector."""
    return _swapped(array("f", vector)).tolist()


def distance(one: bytes, other: bytes) -> float:
    """Give the cosine distance of two vectors: 0 for one direction, 1 for a right angle, up to 2.

    ``one`` may be the same for many others: its numbers are kept at hand.
    """
    return distance_of(_unpacked(one), unpack(other))


def distance_of(one: Sequence[float], other: Sequence[float]) -> float:
    """Give the cosine distance of the numbers of two vectors."""
    return math.dist(one, other) ** 2 / 2


_unpacked = lru_cache(maxsize=4)(unpack)


def _swapped(numbers: "array[float]") -> "array[float]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
