"""Files that ``smoke --format json`` wrote: an earlier run, to compare with or to judge again."""

import json
import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from asstctl.app.connect import connect_to
from asstctl.app.environment import has_keys
from asstctl.app.observer import SILENT, Observer
from asstctl.app.smoke import chosen_cases, options_for
from asstctl.app.source import Source
from asstctl.errors import UsageError
from asstctl.model.desired import Desired
from asstctl.smoke.judges.likeness import Embed
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.ports import SmokeAccount
from asstctl.smoke.recorded.comparison import Comparison, compare
from asstctl.smoke.recorded.rejudge import rejudge
from asstctl.smoke.recorded.report import recorded
from asstctl.smoke.result import SmokeResult
from asstctl.smoke.selection import CaseName
from asstctl.text.words import abridged, some

_MAJOR: Final = "1."
_HOW: Final = "Write it with `asstctl smoke --format json --output FILE`."


def read_recording(path: Path, *, target: str, whole: bool = False) -> SmokeResult:
    """An earlier run of smoke, of this target; a ``whole`` one has all that it takes to judge.

    Raises UsageError when the file cannot be read, is none that smoke wrote, is of another target,
    or is not whole.
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
    if whole and not all("gaps" in turn for turn in _turns(document)):
        raise UsageError(
            f"{path}: the report is of an asstctl that did not record all that judging takes",
            fix="Run the cases again with this version.",
        )
    result = recorded(document)
    others = sorted({case.target for case in result.cases})
    if others and target not in others:
        raise UsageError(
            f"{path}: the report has no case of the target {target}",
            why=f"it was recorded on {' and '.join(others)}",
            fix=f"Choose that target (`--target {others[0]}`), or record {target} first.",
        )
    return result


async def judge_recorded(
    path: Path,
    source: Source,
    keys: Collection[str] = (),
    options: SmokeOptions | None = None,
    *,
    failed: bool = False,
    observer: Observer = SILENT,
) -> SmokeResult:
    """Judge the answers that ``path`` recorded by what the manifests expect now.

    Nothing is asked of the account, which need not be there, but embeddings that the run did not
    ask for. ``keys``, ``options`` and ``failed``
    choose cases as in ``smoke``. Raises what ``read_recording`` raises, and UsageError when there
    is nothing to judge, the report is of a version that did not record all that it takes, or a
    program would have to judge that is not allowed.
    """
    project, desired = source.project, source.desired
    options = replace(options or SmokeOptions(), sensitive=desired.sensitive)
    chosen = chosen_cases(source, keys, options, failed=failed, observer=observer)
    recording = read_recording(path, target=project.target.name, whole=True)
    known = cases_of(desired)
    gone = [case for case in recording.cases if (case.key, case.name) not in known]
    if gone:
        names = some(f"{case.key} · {case.name}" for case in gone)
        observer.on_note(f"note: in {path} but in no manifest any more: {names}")
    async with AsyncExitStack() as stack:
        return await rejudge(
            chosen,
            recording,
            target=project.target.name,
            file=str(path),
            options=options_for(project, options),
            embed=_embeddings(stack, source, observer) if has_keys(project.target) else None,
        )


def _embeddings(stack: AsyncExitStack, source: Source, observer: Observer) -> Embed:
    """The target's embeddings; it is connected to once somebody asks for one."""
    accounts: list[SmokeAccount] = []

    async def embed(texts: tuple[str, ...], model: str) -> tuple[tuple[float, ...], ...]:
        if not accounts:
            observer.on_note(
                f"note: {source.project.target.name} is asked for embeddings: the report lacks some"
            )
            sensitive = source.desired.sensitive
            opening = connect_to(
                source.project, writes=False, sensitive=sensitive, observer=observer
            )
            accounts.append((await stack.enter_async_context(opening)).smoke({}))
        return await accounts[0].embed(texts, model)

    return embed


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
    result = read_recording(path, target=source.project.target.name)
    return Baseline(str(path), result, cases_of(source.desired))


def cases_of(desired: Desired) -> frozenset[CaseName]:
    """The cases that the manifests have, as reports name them."""
    show = desired.sensitive.text
    return frozenset(
        (item.key, show(case.name)) for item in desired.assistants for case in item.smoke
    )


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


def _turns(document: Any) -> Iterator[Any]:
    for case in document["cases"]:
        for item in (case, *case["runs"]):
            yield from item.get("turns", ())


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
