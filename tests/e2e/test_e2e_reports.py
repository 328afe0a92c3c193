"""Reports beside the one on stdout: for pipelines, which must not ask an account twice."""

import json
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from e2e.conftest import Asstctl


def test_one_plan_is_written_in_every_form(
    in_process: "Asstctl", travel_guide: Path, tmp_path: Path
) -> None:
    forms = ["--report", str(tmp_path / "a/plan.md"), "--report", str(tmp_path / "plan.json")]

    planned = in_process("plan", *forms)

    assert planned.returncode == 0, planned.stderr
    assert "2 to create" in planned.stdout
    assert (tmp_path / "a/plan.md").read_text(encoding="utf-8").startswith("### asstctl plan")
    assert (
        json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["summary"]["create"] == 2
    )


def test_one_smoke_is_written_in_every_form(
    in_process: "Asstctl", travel_guide: Path, tmp_path: Path
) -> None:
    assert in_process("apply", "--auto-approve").returncode == 0
    forms = [f"--report={tmp_path / name}" for name in ("smoke.xml", "smoke.json", "smoke.html")]

    smoked = in_process("smoke", *forms)

    assert "1 passed, 2 skipped" in smoked.stdout
    suites = ElementTree.parse(tmp_path / "smoke.xml").getroot()
    assert (suites.get("tests"), suites.get("skipped")) == ("3", "2")
    assert len(json.loads((tmp_path / "smoke.json").read_text(encoding="utf-8"))["cases"]) == 3
    assert "<html" in (tmp_path / "smoke.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", ["plan", "smoke"])
def test_an_unknown_form_is_refused_before_anything_is_done(
    in_process: "Asstctl", travel_guide: Path, verb: str
) -> None:
    refused = in_process(verb, "--report", "report.pdf")

    assert refused.returncode == 1
    assert "report.pdf has none of the suffixes" in refused.stderr


def test_a_project_without_its_secrets_can_be_validated(
    in_process: "Asstctl", travel_guide: Path
) -> None:
    with (travel_guide / "asstctl.yaml").open("a", encoding="utf-8") as settings:
        settings.write(
            "  prod:\n    api: assistants\n    base_url: https://api.example.com/v1\n"
            "    api_key: ${env.ACME_KEY}\n"
        )

    assert "ACME_KEY is not set" in in_process("validate", "-t", "prod").stdout
    lenient = in_process("validate", "-t", "prod", "--allow-unset", extra={"ACME_KEY": ""})
    assert (lenient.returncode, lenient.stderr) == (0, "")
