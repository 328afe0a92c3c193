"""Files that ``smoke --format json`` wrote: an earlier run, read before anything is paid."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from asstctl.app.source import Source
from asstctl.errors import UsageError
from asstctl.smoke.comparison import Comparison, compare
from asstctl.smoke.recorded import recorded
from asstctl.smoke.result import SmokeResult
from asstctl.smoke.selection import CaseName
from asstctl.text.words import abridged

_MAJOR: Final = "1."
_HOW: Final = "Write it with `asstctl smoke --format json --output FILE`."


def read_recording(path: Path, *, target: str) -> SmokeResult:
    """An earlier run of smoke, of this target.

    Raises UsageError when the file cannot be read, is none that smoke wrote, or is of another
    target.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text, parse_float=_finite, parse_constant=_finite, parse_int=_bounded)
    except OSError as error:
        raise UsageError(
            f"{path}: the report cannot be read", why=error.strerror or "", fix=_HOW
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: the file is not JSON", why=str(error), fix=_HOW) from error
    _check(path, document)
    result = recorded(document)
    others = sorted({case.target for case in result.cases})
    if others and target not in others:
        raise UsageError(
            f"{path}: the report has no case of the target {target}",
            why=f"it was recorded on {' and '.join(others)}",
            fix=f"Choose that target (`--target {others[0]}`), or record {target} first.",
        )
    return result


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier run to compare with. ``known`` are the cases that the manifests have now."""

    file: str
    result: SmokeResult
    known: frozenset[CaseName]

    def compared(self, now: SmokeResult) -> Comparison:
        """What changed since then."""
        return compare(now, self.result, file=self.file, known=self.known)


def read_baseline(path: Path, source: Source) -> Baseline:
    """The run that ``path`` recorded, for this project. Raises what ``read_recording`` raises."""
    show = source.desired.sensitive.text
    known = (
        (assistant.key, show(case.name))
        for assistant in source.desired.assistants
        for case in assistant.smoke
    )
    result = read_recording(path, target=source.project.target.name)
    return Baseline(str(path), result, frozenset(known))


def _check(path: Path, document: Any) -> None:
    from jsonschema import Draft202012Validator

    from asstctl.manifest.schema.schemas import schema

    version = document.get("format_version", _MAJOR) if isinstance(document, dict) else _MAJOR
    if not str(version).startswith(_MAJOR):
        raise UsageError(
            f"{path}: the report has format_version {version}",
            why=f"this asstctl reads {_MAJOR}x",
            fix="Record it again with this version of asstctl.",
        )
    validator = Draft202012Validator(_lenient(schema("smoke")))
    problem = next(iter(validator.iter_errors(document)), None)
    if problem is not None:
        raise UsageError(
            f"{path}: the file is not a report of smoke",
            why=f"{problem.json_path}: {abridged(problem.message)}",
            fix=_HOW,
        )


def _lenient(schema: Any) -> Any:
    """The schema as one that takes every 1.x: fields that it does not know are no error."""
    if isinstance(schema, list):
        return [_lenient(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    loosened = {"additionalProperties", "const"}
    return {name: _lenient(item) for name, item in schema.items() if name not in loosened}


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a number")
    return number


def _bounded(text: str) -> int:
    number = int(text)
    if abs(number) >= 2**63:
        raise ValueError(f"{text} is too large a number")
    return number
