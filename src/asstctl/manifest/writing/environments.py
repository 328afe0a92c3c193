"""Environments as a manifest says them: what could be read, and a word on the rest."""

from typing import Final

from asstctl.manifest.kinds.environment import MAX_FILE_BYTES, MAX_FILES
from asstctl.manifest.values import Fields, Plain
from asstctl.manifest.writing.draft import Draft, plain
from asstctl.manifest.writing.files import unusable
from asstctl.model.canonical import canonical_environment
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.pulled import PulledEnvironment

_PLAIN: Final = ("name", "packages", "network", "capability_directories")
_CONFIDED: Final = (
    "environment: setup_commands, env and blocked domains never read back. Add what it has of them."
)


def environment_fields(draft: Draft, environment: PulledEnvironment) -> Fields:
    """The fields of an environment; what is missing is remarked in the ``draft``."""
    said = canonical_environment(environment.spec)
    fields: Fields = {name: plain(said[name]) for name in _PLAIN if name in said}
    paths = _paths(draft, environment)
    if paths:
        fields["files"] = paths
    if skills := _skills(draft, environment.spec):
        fields["skills"] = skills
    if environment.spec.desktop:
        fields["desktop"] = {"enabled": True}
    draft.remarks += [f"environment: {remark}" for remark in environment.remarks]
    draft.remarks.append(_CONFIDED)
    return fields


def _skills(draft: Draft, spec: EnvironmentSpec) -> list[Plain]:
    """References to skills; what came in an archive is named in a remark."""
    found: list[Plain] = []
    for thing in (*spec.skills, *spec.plugins):
        if thing.get("skill_id"):
            found.append({name: plain(item) for name, item in thing.items() if item is not None})
        else:
            draft.remarks.append(f"environment: {thing.get('name')}, which was sent as an archive.")
    return found


def _paths(draft: Draft, environment: PulledEnvironment) -> list[Plain]:
    usable: list[Plain] = []
    for file in environment.files:
        problem = unusable(file, MAX_FILE_BYTES)
        if not problem and len(usable) == MAX_FILES:
            problem = f"only {MAX_FILES} are allowed"
        if problem:
            draft.remarks.append(f"environment: file {file.path or file.name}: {problem}")
        else:
            usable.append(file.path)
    return usable
