"""How a vector is sent: as an array, in the server's binary form, ten times as fast as in words."""

import struct
import sys
from array import array

from psycopg.adapt import Dumper
from psycopg.postgres import types
from psycopg.pq import Format

from asstctl.emulator.vector import SIZE

_REAL = types["float4"]
_HEAD = struct.Struct("!5i")


class Reals(bytes):
    """A vector (`asstctl.emulator.vector`) on its way to the server."""

    __slots__ = ()


class RealsDumper(Dumper):
    """Writes the head of an array, then each number, big-endian, with its size before it."""

    format = Format.BINARY
    oid = _REAL.array_oid

    def dump(self, obj: Reals) -> bytes:
        """Give the bytes of the array."""
        numbers = array("I", obj)
        pairs = array("I", [SIZE]) * (2 * len(numbers))
        if sys.byteorder == "big":
            numbers.byteswap()
        pairs[1::2] = numbers
        if sys.byteorder == "little":
            pairs.byteswap()
        return _HEAD.pack(1, 0, _REAL.oid, len(numbers), 1) + pairs.tobytes()
