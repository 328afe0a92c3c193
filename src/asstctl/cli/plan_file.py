"""Plan files on disk: written by ``plan --out``, read by ``apply PLANFILE``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asstctl.cli.output import as_json, write_file
from asstctl.cli.planning import Planned
from asstctl.errors import UsageError
from asstctl.model.desired import Desired
from asstctl.model.project import Project
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


def save_plan(path: Path, made: Planned, options: PlanOptions) -> None:
    """Write a plan that can be applied later, once, if nothing moves."""
    document = seal(plan_document(made.plan), made.plan, made.contents, made.actual, options)
    _check_schema(document)
    write_file(path, as_json(document))


def read_plan(
    path: Path, project: Project, desired: Desired
) -> tuple[Mapping[str, Any], PlanOptions]:
    """A saved plan for this project and target, and the options that it was made with."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the plan cannot be read", why=error.strerror or "") from error
    except ValueError as error:
        raise PlanFileError(f"{path}: the file is not JSON", why=str(error)) from error
    saved = open_seal(document)
    _check_schema(saved)
    raise_if_elsewhere(saved, desired.project, project.target.name)
    return saved, options_of(saved)


def check_plan(saved: Mapping[str, Any], made: Planned) -> None:
    """Refuse when the plan of this moment is not the saved one. Raises RefusedError."""
    raise_if_stale(saved, plan_document(made.plan), made.plan, made.contents, made.actual)


def _check_schema(document: Mapping[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    from asstctl.manifest.schema.schemas import schema

    problem = next(iter(Draft202012Validator(schema("plan")).iter_errors(document)), None)
    if problem is not None:
        raise PlanFileError(
            "the file does not have the shape of a plan",
            why=f"{problem.json_path}: {problem.message}",
        )
