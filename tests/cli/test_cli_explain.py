"""``asstctl explain``: the manual at the command line."""

import pytest

from asstctl.manifest import codes
from asstctl.manifest.reference.explain import explain, names
from asstctl.model.dialect import DIALECTS
from asstctl.text.known_errors import KNOWN_ERRORS
from asstctl.views.explain.human import render_explained
from cli.conftest import Project


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unknown-field", "Correct the spelling, or remove the field."),
        ("[drift]", "error, exit code 5"),
        ("api-gone", "blob/main/examples/README.md#the-api-that-was-switched-off"),
        ("assistant.tools.file_search", "known to api: assistants and responses; to no other"),
        ("project.safety.max_deletes", "default: 0.5"),
        ("tools.function", "known to every API"),
        ("assistant.environment.network", "known to api: agents; to no other"),
        ("vector_store.files", "paths and globs"),
        ("project.targets.assistants.base_url", "it is required"),
        ("smoke.expect.cites", "known to api: assistants and responses; to no other"),
    ],
)
def test_codes_and_fields_are_explained(project: Project, name: str, said: str) -> None:
    ran = project.run("explain", name)

    assert (ran.code, ran.err) == (0, "")
    assert said in ran.out


def test_the_end_of_a_path_may_mean_several(project: Project) -> None:
    out = project.run("explain", "temperature").out

    assert "assistant.temperature  number, 0 to 2" in out
    assert "assistant.smoke.run.temperature" in out


def test_fields_name_those_inside_them(project: Project) -> None:
    out = project.run("explain", "assistant.tools.function").out

    assert [f"    {name} " in out for name in ("function", "parameters", "strict")] == [True] * 3


def test_what_is_neither_gets_a_suggestion(project: Project) -> None:
    ran = project.run("explain", "unkown-field")

    assert (ran.code, 'Did you mean "unknown-field"?' in ran.err) == (1, True)
    assert project.run("explain", "\x1b[31m").code == 1


def test_every_name_is_explained_in_full() -> None:
    known = names()

    assert {code.name for code in codes.ALL} | {error.code for error in KNOWN_ERRORS} <= set(known)
    for name in known:
        found = explain(name)
        assert len(render_explained(found).splitlines()) > 1, name
        assert all(
            set(item.field.apis.split(", ")) <= {*map(str, DIALECTS), "all", ""}
            for item in found
            if item.field
        )
