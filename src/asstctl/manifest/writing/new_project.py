"""An ``asstctl.yaml`` for a folder that has none, made from that of another project."""

import os
from pathlib import Path

from asstctl.manifest.files.project_files import Files
from asstctl.manifest.problems import Problems, Rejected
from asstctl.manifest.project import PROJECT_FILE, read_project
from asstctl.manifest.values import Fields, at
from asstctl.manifest.writing.headers import PROJECT_SCHEMA, header, published
from asstctl.manifest.yaml.nodes import compose, read_value
from asstctl.manifest.yaml.text import to_yaml
from asstctl.model.project import LocalTarget, Project


def project_text(project: Project) -> str:
    """The file for another folder: the same project, with the one target that is in use.

    References to environment variables stay references.
    """
    source = _raw(project.root)
    name = project.target.name
    written = at(source, "targets", name)
    target: Fields = dict(written) if isinstance(written, dict) and written else {"api": "local"}
    comments: dict[tuple[str | int, ...], list[str]] = {(): [header(published(), PROJECT_SCHEMA)]}
    if isinstance(project.target, LocalTarget):
        target.pop("path", None)
        comments["targets", name] = ["An account of its own, in this folder, and empty at first."]
    value: Fields = {"project": project.name}
    if source.get("vars") and "${var." in str(target):
        value["vars"] = source["vars"]
    return to_yaml(value | {"target": name, "targets": {name: target}}, comments)


def defaults_of(root: Path, target: str | None) -> Fields:
    """What the project in ``root`` lays under every assistant; nothing when there is none."""
    settings = read_project(Files(root), Problems(), target, os.environ)
    return settings.defaults.value if settings and settings.defaults else {}


def _raw(root: Path) -> Fields:
    """A project's own file as it is written."""
    try:
        source = Files(root).text(PROJECT_FILE)
    except Rejected:
        return {}
    problems = Problems()
    for node in compose(source, problems)[:1]:
        value = read_value(source, node, problems)
        if isinstance(value, dict):
            return value
    return {}
