"""Validate a document against its JSON Schema: report errors, and return the valid remainder."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from jsonschema_rs import Validator

from asstctl.manifest import codes
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema.errors import findings
from asstctl.manifest.schema.prune import original, prune
from asstctl.manifest.schema.schemas import validator
from asstctl.manifest.values import Fields, Path, Plain

_STEPWISE_ROUNDS = 4
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Validated:
    """The valid remainder of a document (None: nothing is left) and the paths that had to go."""

    value: Fields | None
    broken: frozenset[Path] = frozenset()


def validate(
    reporter: Reporter,
    value: Fields,
    schema: str,
    unknown: Collection[Path],
    *,
    needed: Mapping[str, Plain] | None = None,
) -> Validated:
    """Report what a schema finds wrong in ``value``, and return the value without it.

    Nothing is reported at the ``unknown`` paths: references there could not be replaced, which has
    been said, and they are pruned too. ``needed`` are stand-ins for fields without which nothing
    else could be validated. ``schema`` is one of SCHEMA_NAMES; raises KeyError for another.
    """
    judge = validator(schema)
    if not unknown and judge.is_valid(value):
        return Validated(value)
    broken: set[Path] = set(unknown)
    for finding in findings(judge, value):
        path = original(value, finding.path)
        broken.add(original(value, finding.remove))
        if path not in unknown:
            is_of_type = finding.code is codes.WRONG_TYPE
            cure = reporter.provenance.type_cure(path) if is_of_type else ""
            reporter.report(
                finding.code,
                path,
                finding.subject,
                detail=finding.detail,
                fix=cure or finding.fix,
                at_key=finding.at_key,
            )
    return _valid_remainder(judge, value, broken, dict(needed or {}))


def _valid_remainder(
    judge: Validator, value: Fields, broken: set[Path], stand_ins: Fields
) -> Validated:
    """``value`` without its ``broken`` paths, and without what becomes wrong for lack of them.

    What has to go can take more along: without the bad path in ``attachments: [{path: 1}]`` the
    attachment lacks a field that is needed, so the attachment goes too. Each round validates again
    and removes what is wrong now. Four rounds go up step by step, which is as deep as fields that
    need each other are nested; what is wrong after that costs the whole top-level field, in which
    nothing can be wrong then. Four more rounds are enough for rules between top-level fields. When
    the document itself lacks a field no round can help, and the last one ends with nothing.
    """
    for number in range(_ROUNDS):
        remainder = {**stand_ins, **prune(value, broken)}
        rest = findings(judge, remainder)
        if not rest:
            return Validated(remainder, frozenset(broken))
        paths = {original(remainder, finding.remove) for finding in rest}
        if number >= _STEPWISE_ROUNDS:
            paths = {path[:1] for path in paths}
        broken |= paths
    return Validated(None, frozenset(broken))
