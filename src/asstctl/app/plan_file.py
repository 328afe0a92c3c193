"""Plan files: made by ``plan --out``, carried out by ``apply PLANFILE``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from asstctl.app.plan import Planned
from asstctl.app.source import Source
from asstctl.errors import UsageError
from asstctl.model.json import JsonObject
from asstctl.plan.saved.document import from_document, to_document
from asstctl.plan.saved.errors import PlanFileError
from asstctl.plan.saved.saved_plan import Binding, SavedPlan
from asstctl.plan.saved.seal import open_seal, sealed
from asstctl.plan.saved.stale import raise_if_elsewhere, raise_if_stale

_HOW: Final = "Save one with `asstctl plan --out FILE`."


def saved_plan(planned: Planned) -> JsonObject:
    """The document of a plan that can be applied later, once, if nothing moves."""
    binding = Binding.of(planned.plan, planned.contents, planned.actual)
    saved = SavedPlan(plan=planned.plan, options=planned.options, binding=binding)
    document = sealed(to_document(saved))
    _check_schema(document)
    return document


def open_plan(path: Path) -> SavedPlan:
    """A saved plan, whatever it is for.

    Raises UsageError when the file cannot be read, and PlanFileError when it is no saved plan.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{path}: the plan cannot be read", why=error.strerror or "", fix=_HOW
        ) from error
    except ValueError as error:
        raise PlanFileError(f"{path}: the file is not JSON", why=str(error), fix=_HOW) from error
    opened = open_seal(document)
    _check_schema(opened)
    return from_document(opened)


def read_plan(path: Path, source: Source) -> SavedPlan:
    """A saved plan for this project and target.

    Raises what ``open_plan`` raises, and StalePlanError when it is one for something else.
    """
    saved = open_plan(path)
    raise_if_elsewhere(saved, source.desired.project, source.project.target.name)
    return saved


def check_plan(saved: SavedPlan, planned: Planned) -> None:
    """Refuse when the plan of this moment is not the saved one. Raises RefusedError."""
    raise_if_stale(saved, planned.plan, planned.contents, planned.actual)


def _check_schema(document: Mapping[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    from asstctl.manifest.schema.schemas import schema

    validator = Draft202012Validator(schema("saved-plan"))
    problem = next(iter(validator.iter_errors(document)), None)
    if problem is not None:
        raise PlanFileError(
            "the file does not have the shape of a plan",
            why=f"{problem.json_path}: {problem.message}",
            fix="Make the plan and apply it with the same version of asstctl.",
        )
