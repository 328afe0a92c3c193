"""Validate a document against its JSON Schema: report errors, and return the valid remainder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asstctl.manifest.document import Context
from asstctl.manifest.schema.errors import findings
from asstctl.manifest.schema.prune import original, prune
from asstctl.manifest.schema.schemas import validator
from asstctl.manifest.values import Path

_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Validated:
    """The valid remainder of a document (None: nothing is left) and the paths that had to go."""

    value: dict[str, Any] | None
    broken: frozenset[Path] = frozenset()


def validate(
    ctx: Context,
    schema: str,
    unknown: set[Path],
    *,
    needed: Mapping[str, Any] | None = None,
) -> Validated:
    """Report what a schema finds wrong and return the value without it.

    Nothing is said about the ``unknown`` paths, whose texts could not be made; they are left
    out. ``needed`` are stand-ins for fields without which nothing could be looked at.
    """
    judge = validator(schema)
    value = ctx.value
    if not unknown and judge.is_valid(value):
        return Validated(value)
    broken: set[Path] = set(unknown)
    for finding in findings(judge, value):
        path = original(value, finding.path)
        broken.add(original(value, finding.remove))
        if path not in unknown:
            ctx.report(
                finding.code,
                path,
                finding.subject,
                detail=finding.detail,
                fix=finding.fix,
                at_key=finding.at_key,
            )
    stand_ins = dict(needed or {})
    for round_ in range(_ROUNDS):
        healed = {**stand_ins, **prune(value, broken)}
        rest = findings(judge, healed)
        if not rest:
            return Validated(healed, frozenset(broken))
        for finding in rest:
            path = original(healed, finding.remove)
            # A field that stays wrong is given up with all that it holds.
            broken.add(path if round_ < _ROUNDS // 2 else path[:1])
    return Validated(None, frozenset(broken))
