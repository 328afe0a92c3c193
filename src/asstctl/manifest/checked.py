"""A value held to its schema: what is wrong is reported, what is right goes on."""

from collections.abc import Mapping
from typing import Any

from asstctl.manifest.document import Context
from asstctl.manifest.origin import Path
from asstctl.manifest.pruned import original, prune
from asstctl.manifest.schema_errors import findings
from asstctl.manifest.schemas import validator

_ROUNDS = 8


def checked(
    ctx: Context,
    schema: str,
    unknown: set[Path],
    *,
    needed: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Report what a schema finds wrong and return the value without it.

    Nothing is said about the ``unknown`` paths, whose texts could not be made; they are left
    out. ``needed`` are stand-ins for fields without which nothing could be looked at. None means
    that nothing is left that the schema would accept.
    """
    judge = validator(schema)
    value = ctx.value
    if not unknown and judge.is_valid(value):
        return value
    broken: set[Path] = set(unknown)
    for finding in findings(judge, value):
        broken.add(finding.remove)
        if finding.path not in unknown:
            ctx.report(
                finding.code,
                finding.path,
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
            return healed
        for finding in rest:
            path = original(healed, finding.remove)
            # A field that stays wrong is given up with all that it holds.
            broken.add(path if round_ < _ROUNDS // 2 else path[:1])
    return None
