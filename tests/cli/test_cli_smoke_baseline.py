"""``smoke --baseline``: an earlier report beside this run, checked before anything is asked."""

import json
from pathlib import Path

import pytest

from .conftest import Project

MANIFEST = """\
kind: assistant
model: m
smoke:
  - {name: greets, prompt: hello, expect: {contains: offline}}
  - {name: leaves, prompt: bye, expect: {contains: offline}}
"""


@pytest.fixture
def tried(project: Project) -> Project:
    """A project whose two cases have passed; base.json says so."""
    project.write("assistants/guide.yaml", MANIFEST)
    project.apply()
    assert project.run("smoke", "--output", str(base(project)), "--format", "json").code == 0
    return project


def base(project: Project) -> Path:
    return project.root / "base.json"


def test_what_changed_since_then(tried: Project) -> None:
    tried.write(
        "assistants/guide.yaml",
        MANIFEST.replace("leaves", "goes").replace(
            "hello, expect: {", "hello, expect: {equals: no, "
        ),
    )
    page = tried.root / "smoke.html"
    ran = tried.run("smoke", "--baseline", str(base(tried)), "--report", str(page))

    assert ran.code == 4
    assert "1 newly failed, 1 new, 1 gone" in ran.out
    assert "passed → failed" in ran.out
    assert "1 newly failed, 1 new, 1 gone" in page.read_text("utf-8")

    ran = tried.run("smoke", "--baseline", str(base(tried)), "--format", "json", "--case", "greets")
    compared = json.loads(ran.out)["baseline"]
    assert [(case["name"], case["change"]) for case in compared["cases"]] == [
        ("greets", "newly_failed"),
        ("leaves", "gone"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<testsuites/>", "Expecting value"),
        ('{"format_version": "2.0"}', "the report has format_version 2.0"),
        ('{"cases": []}', "'format_version' is a required property"),
        ('{"format_version": "1.0", "summary": {}, "cases": [1]}', "$.cases[0]"),
        ('{"format_version": "1.0", "cases": [NaN]}', "NaN is not a number"),
        ("[" * 100_000, "the file is not JSON"),
        (None, "the report cannot be read"),
    ],
)
def test_a_file_that_is_none_is_refused_before_anything_is_asked(
    tried: Project, text: str | None, why: str
) -> None:
    base(tried).unlink() if text is None else base(tried).write_text(text)
    tried.remove(".asstctl/account.db")
    ran = tried.run("smoke", "--baseline", str(base(tried)))

    assert (ran.code, ran.out) == (1, "")
    assert f"{base(tried)}: " in ran.err
    assert why in ran.err
    assert not (tried.root / ".asstctl" / "account.db").exists()


def test_later_fields_are_no_error_and_another_target_is(tried: Project) -> None:
    document = json.loads(base(tried).read_text("utf-8"))
    document["format_version"], document["cases"][0]["mood"] = "1.7", "good"
    base(tried).write_text(json.dumps(document))
    assert "2 with the same outcome" in tried.run("smoke", "--baseline", str(base(tried))).out

    for case in document["cases"]:
        case["target"] = "prod"
    base(tried).write_text(json.dumps(document))
    ran = tried.run("smoke", "--baseline", str(base(tried)))
    assert (ran.code, "it was recorded on prod" in ran.err) == (1, True)
