"""``--var``: over the variables of the project and the target, and nothing else."""

import pytest

from cli.conftest import Project

PROJECT = """\
project: demo
vars: {city: Lisbon, country: Portugal}
target: local
targets:
  local: {api: local, vars: {city: Porto}}
  other: {api: local, path: .asstctl/other.db, vars: {river: Douro}}
"""
GUIDE = """\
kind: assistant
model: gpt-4o
instructions: You know ${var.city} in ${var.country}.
"""


@pytest.fixture
def cities(project: Project) -> Project:
    project.write("asstctl.yaml", PROJECT)
    project.write("assistants/guide.yaml", GUIDE)
    return project


@pytest.mark.parametrize("place", ["before", "after", "both"])
def test_a_variable_goes_over_those_of_project_and_target(cities: Project, place: str) -> None:
    city, country = ["--var", "city=Faro"], ["--var", "country=the south=best"]
    arguments = {
        "before": [*city, *country, "plan"],
        "after": ["plan", *city, *country],
        "both": ["--var", "city=Beja", *country, "plan", *city],
    }

    ran = cities.run(*arguments[place])

    assert (ran.code, "You know Faro in the south=best." in ran.out) == (0, True), ran


def test_what_is_given_is_no_reference(cities: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hidden")

    assert "You know ${env.TOKEN} in" in cities.run("--var", "city=${env.TOKEN}", "plan").out


def test_an_unknown_name_is_an_error_that_lists_the_known(cities: Project) -> None:
    ran = cities.run("validate", "--var", "ctiy=Faro")

    assert ran.code == 1
    said = " ".join(ran.out.split())
    assert 'unknown variable "ctiy" [unknown-variable]' in said
    assert "given with --var. The project has city, country and river." in said
    assert 'Did you mean "city"?' in said


def test_a_variable_of_another_target_is_known(cities: Project) -> None:
    assert cities.run("validate", "--var", "river=Tejo").code == 0
    assert cities.run("validate", "--all-targets", "--var", "river=Tejo").code == 0


@pytest.mark.parametrize("text", ["city", "=Faro", ""])
def test_name_and_value_go_together(cities: Project, text: str) -> None:
    ran = cities.run("plan", "--var", text)

    assert (ran.code, "--var takes NAME=VALUE" in ran.err) == (1, True)


def test_secrets_are_refused_and_not_quoted(cities: Project) -> None:
    secret = "sk-proj-" + "a1b2c3d4" * 4

    ran = cities.run("plan", "--var", f"city={secret}")

    assert (ran.code, "looks like an OpenAI API key" in ran.err) == (1, True)
    assert secret not in ran.err + ran.out


def test_a_saved_plan_is_bound_to_the_variables_that_it_was_made_with(cities: Project) -> None:
    planned = str(cities.root / "plan.json")
    cities.run("plan", "--out", planned, "--var", "city=Faro")

    without = cities.run("apply", planned, "--auto-approve")
    assert without.code == 5
    assert "give the --var that it was made with" in without.err
    assert cities.run("apply", planned, "--auto-approve", "--var", "city=Beja").code == 5
    assert cities.run("apply", planned, "--auto-approve", "--var", "city=Faro").code == 0
    assert cities.run("plan", "--detailed-exitcode").code == 2
    assert cities.run("plan", "--detailed-exitcode", "--var", "city=Faro").code == 0


def test_accept_sees_the_account_as_plan_does(cities: Project) -> None:
    cities.apply("--var", "city=Faro")
    cities.account(_edit)

    ran = cities.run("accept", "assistant.guide", "--var", "city=Faro")

    assert ran.code == 0, ran
    assert "gpt-4.1" in (cities.root / "assistants/guide.yaml").read_text()
    assert "${var.city}" in (cities.root / "assistants/guide.yaml").read_text()


async def _edit(client: object) -> None:
    assistants = client.beta.assistants  # type: ignore[attr-defined]
    async for found in assistants.list():
        await assistants.update(found.id, model="gpt-4.1")


def test_globs_of_new_and_schema_know_it_too(cities: Project) -> None:
    manifests = 'manifests: ["${var.city}/*.yaml"]\n'
    cities.write("asstctl.yaml", f"{manifests}{PROJECT}")
    cities.write("Faro/guide.yaml", GUIDE)

    assert cities.run("new", "assistant", "tram", "--var", "city=Faro").out == "  Faro/tram.yaml\n"
    assert "Faro/guide.yaml" in cities.run("schema", "--write", "--var", "city=Faro").out
