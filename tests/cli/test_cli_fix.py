"""``validate --fix``: what is meant is written where that mends it, and nothing else."""

import pytest

from cli.conftest import Project

PROJECT = """\
project: demo
vars: {city: Lisbon}
target: local
targets:
  local: {api: local}
  other: {api: local, path: .asstctl/other.db}
"""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("kind: assistant\nmodel: gpt-4o\ntemprature: 1 # warm\n", ("temprature", "temperature")),
        ("kind: asistant\nmodel: gpt-4o\n", ("asistant", "assistant")),
        ("kind: 'asistant'\nmodel: gpt-4o\n", ("asistant", "assistant")),
        ("kind: assistant\nmodel: gpt-4o\nname: In ${var.ctiy} now\n", ("ctiy", "city")),
        ("kind: assistant\nmodel: gpt-4o\noverrides: {ohter: {model: x}}\n", ("ohter", "other")),
        (
            "kind: assistant\nmodel: gpt-4o\ntools: [{type: file_serach}]\n",
            ("file_serach", "file_search"),
        ),
        (
            "kind: assistant\nmodel: gpt-4o\ninstructions: {file: prompts/giude.md}\n",
            ("giude.md", "guide.md"),
        ),
        (
            "kind: assistant\r\nmodel: gpt-4o\r\ninstrutions: é\r\n",
            ("instrutions", "instructions"),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_suggestion_is_written(project: Project, written: str, meant: tuple[str, str]) -> None:
    project.write("asstctl.yaml", PROJECT)
    project.write("prompts/guide.md", "Be brief.\n")
    manifest = project.root / "assistants/guide.yaml"
    manifest.write_bytes(written.encode())
    assert project.run("validate").code == 1

    ran = project.run("validate", "--fix")

    assert (ran.code, ran.out.startswith("valid: 1 assistant")) == (0, True), ran
    assert manifest.read_bytes() == written.replace(*meant).encode()
    assert "assistants/guide.yaml:" in ran.err


@pytest.mark.parametrize(
    ("name", "written", "meant"),
    [
        ("prompts/instructions.md", "prompts/instructions.md", "{file: prompts/instructions.md}"),
        ("prompts/a, b.md", "'prompts/a, b.md'", '{file: "prompts/a, b.md"}'),
    ],
)
def test_a_path_where_the_content_is_meant_becomes_a_reference(
    project: Project, name: str, written: str, meant: str
) -> None:
    project.write(name, "Be brief.\n")
    text = f"kind: assistant\nmodel: gpt-4o\ninstructions: {written} # brief\n"
    project.write("assistants/guide.yaml", text)

    ran = project.run("validate", "--fix")

    manifest = project.root / "assistants/guide.yaml"
    assert (ran.code, "path-as-text" in ran.out) == (0, False), ran
    assert manifest.read_text() == text.replace(written, meant)
    assert f"taken as text, now {{file: {name}}}" in ran.err


def test_several_are_mended_and_the_rest_is_told(project: Project) -> None:
    text = "kind: assistant\nmodell: gpt-4o\ninstrutions: x\nnonsense: 1\n"
    project.write("assistants/guide.yaml", text)

    ran = project.run("validate", "--fix", "--all-targets")

    assert (ran.code, "1 error\n" in ran.out) == (1, True), ran.out
    mended = (project.root / "assistants/guide.yaml").read_text()
    assert mended == "kind: assistant\nmodel: gpt-4o\ninstructions: x\nnonsense: 1\n"


def test_what_one_hides_is_mended_with_it(project: Project) -> None:
    project.write("docs/a.md", "A\n")
    text = "kind: assistant\nmodel: gpt-4o\ntools: [{type: fil_search, fles: [docs/b.md]}]\n"
    project.write("assistants/guide.yaml", text)

    ran = project.run("validate", "--fix")

    mended = (project.root / "assistants/guide.yaml").read_text()
    assert (ran.code, "{type: file_search, files: [docs/a.md]}" in mended) == (0, True), ran
    assert len(ran.err.splitlines()) == 3


@pytest.mark.parametrize(
    "text",
    [
        "kind: assistant\nmodel: gpt-4o\nmodell: gpt-4.1\n",
        "kind: assistant\nmodel: gpt-4o\ntemprature: 30\n",
        "kind: assistant\nmodel: gpt-4o\ntools: [{type: fil_search, max_num_result: 90}]\n",
        "kind: assistant\nmodel: gpt-4o\nnonsense: 1\n",
        "kind: assistant\n",
    ],
    ids=["there already", "other error", "hides one without a cure", "no suggestion", "not a word"],
)
def test_what_would_not_mend_it_is_left_alone(project: Project, text: str) -> None:
    project.write("assistants/guide.yaml", text)
    before = project.run("validate").out

    ran = project.run("validate", "--fix")

    assert (ran.code, ran.out, ran.err) == (1, before, "")
    assert (project.root / "assistants/guide.yaml").read_text() == text


def test_what_is_right_is_not_touched(project: Project) -> None:
    file = project.root / "assistants/guide.yaml"
    before = file.stat().st_mtime_ns

    assert project.run("validate", "--fix").code == 0
    assert file.stat().st_mtime_ns == before
