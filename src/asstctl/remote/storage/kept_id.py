"""The id that an object had elsewhere, asked for where it is made anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from asstctl.model.address import Address, Kind
from asstctl.model.stamp import Stamp
from asstctl.sync.ports import Failure, NotKeptError

NO_IDS: Final[Mapping[str, str]] = {}
_HEADER: Final = "X-Asstctl-Id"


class _Made(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Made)


@dataclass(frozen=True, slots=True)
class KeptId:
    """What a new object is to be called; None for whatever the server likes."""

    id: str | None

    @classmethod
    def of(cls, ids: Mapping[str, str], kind: Kind, metadata: Mapping[str, str]) -> "KeptId":
        """The id of the object with this stamp, of those by address."""
        stamp = Stamp.from_metadata(metadata)
        return cls(ids.get(str(Address(kind, stamp.key))) if stamp else None)

    @property
    def headers(self) -> dict[str, str]:
        """What asks for it."""
        return {_HEADER: self.id} if self.id else {}

    def checked(self, made: T) -> T:
        """What was made. Raises NotKeptError when it is called something else."""
        if self.id is None or made.id == self.id:
            return made
        raise NotKeptError(
            f"the server made {made.id} where {self.id} was asked for",
            failure=Failure.INVALID,
            why="It is no local account of asstctl, or an older one, and chooses ids itself.",
            fix="Apply again without --keep-ids: what was made is managed, under its new id.",
        )
