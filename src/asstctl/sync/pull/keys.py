"""Keys for objects that come from an account: safe and unique, whatever their names."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final

from asstctl.errors import AsstctlError
from asstctl.model.address import KEY_PATTERN, Address, Kind
from asstctl.model.template_name import title_of
from asstctl.sync.ownership import AnyRemote, Remote, marked_project, stamp_of
from asstctl.sync.pull.choice import Chosen, PullScope

_LONGEST_KEY: Final = 64


class KeyTakenError(AsstctlError):
    """A manifest for this resource is there already."""

    code = "already-there"


class Keys:
    """A key for every object: the one that its stamp says, else one made from its name."""

    def __init__(self, scope: PullScope, chosen: Chosen) -> None:
        self._scope = scope
        self._keys: dict[str, str] = {}
        self._used: set[Address] = set()
        for assistant in self._ours_first(chosen.assistants):
            self._give(assistant, Kind.ASSISTANT, assistant.spec.name or "assistant")
        self._give_stores(chosen)
        for environment in self._ours_first(chosen.environments):
            name = title_of(environment.spec.name) or "environment"
            self._give(environment, Kind.ENVIRONMENT, name)

    def _give_stores(self, chosen: Chosen) -> None:
        """A store that one assistant has for itself gets that one's key."""
        users = Counter(item.spec.vector_store for item in chosen.assistants)
        owned = {
            item.spec.vector_store: item
            for item in chosen.assistants
            if users[item.spec.vector_store] == 1
        }
        for store in self._ours_first(chosen.stores):
            owner = owned.get(store.id)
            name = store.spec.name or "vector-store"
            if owner is not None and store.spec.name == (owner.spec.name or self.of(owner)):
                name = self.of(owner)
            self._give(store, Kind.VECTOR_STORE, name)

    def _ours_first(self, remotes: Iterable[Remote]) -> list[Remote]:
        return sorted(remotes, key=lambda item: not self._is_ours(item))

    def of(self, remote: AnyRemote) -> str:
        """The key of an object."""
        return self._keys[remote.id]

    def of_id(self, object_id: str | None) -> str | None:
        """The key of a store or an environment; None when it is not among what is pulled."""
        return self._keys.get(object_id or "")

    def _is_ours(self, remote: AnyRemote) -> bool:
        stamp = stamp_of(remote)
        return stamp is not None and stamp.project == marked_project(remote, self._scope.project)

    def _give(self, remote: AnyRemote, kind: Kind, name: str) -> None:
        stamp = stamp_of(remote)
        if stamp is not None and KEY_PATTERN.fullmatch(stamp.key):
            name = stamp.key
        key = self._unique(slug(name) or str(kind).replace("_", "-"), kind)
        self._used.add(Address(kind, key))
        self._keys[remote.id] = key

    def _unique(self, key: str, kind: Kind) -> str:
        candidate, number = key, 1
        while Address(kind, candidate) in self._used:
            number += 1
            candidate = f"{key[: _LONGEST_KEY - len(str(number)) - 1]}-{number}"
        return candidate

    def raise_if_described(self) -> None:
        """Raises KeyTakenError, naming the manifests that have one of these keys already."""
        described = self._scope.described
        addresses = sorted(self._used & described.keys(), key=str)
        there = [f"{address} in {described[address]}" for address in addresses]
        if there:
            raise KeyTakenError(
                f"these are described already: {', '.join(there)}",
                why="A manifest of the same key stands there. Nothing was written.",
                fix="Pull into another folder with --out DIR, or move the manifests away.",
            )


def slug(name: str) -> str:
    """A key made from a name; empty when the name has nothing that a key can hold."""
    if KEY_PATTERN.fullmatch(name):
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_KEY].strip("-")
