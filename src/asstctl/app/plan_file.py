"""Plan files: made by ``plan --out``, carried out by ``apply PLANFILE``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asstctl.app.plan import Planned
from asstctl.app.source import Source
from asstctl.errors import UsageError
from asstctl.model.json import JsonObject
from asstctl.plan.saved import (
    PlanFileError,
    open_seal,
    options_of,
    raise_if_elsewhere,
    raise_if_stale,
    seal,
)
from asstctl.plan.scope import PlanOptions
from asstctl.views.plan.json import plan_document


def saved_plan(planned: Planned) -> JsonObject:
    """The document of a plan that can be applied later, once, if nothing moves."""
    document = seal(
        plan_document(planned.plan),
        planned.plan,
        planned.contents,
        planned.actual,
        planned.options,
    )
    _check_schema(document)
    return document


def read_plan(path: Path, source: Source) -> tuple[Mapping[str, Any], PlanOptions]:
    """A saved plan for this project and target, and the options that it was made with.

    Raises UsageError when the file cannot be read, PlanFileError when it is no plan, and
    StalePlanError when it is one for something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the plan cannot be read", why=error.strerror or "") from error
    except ValueError as error:
        raise PlanFileError(f"{path}: the file is not JSON", why=str(error)) from error
    saved = open_seal(document)
    _check_schema(saved)
    raise_if_elsewhere(saved, source.desired.project, source.project.target.name)
    return saved, options_of(saved)


def check_plan(saved: Mapping[str, Any], planned: Planned) -> None:
    """Refuse when the plan of this moment is not the saved one. Raises RefusedError."""
    raise_if_stale(
        saved, plan_document(planned.plan), planned.plan, planned.contents, planned.actual
    )


def _check_schema(document: Mapping[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    from asstctl.manifest.schema.schemas import schema

    problem = next(iter(Draft202012Validator(schema("plan")).iter_errors(document)), None)
    if problem is not None:
        raise PlanFileError(
            "the file does not have the shape of a plan",
            why=f"{problem.json_path}: {problem.message}",
        )
