"""The reusable workflow: which jobs an event runs, and the way from a push to a smoke report."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from action.canned import Canned
from action.expressions import interpolate
from action.github import FakeGitHub
from action.repository import KEY, Repository
from action.runner import WORKFLOW, Ended, load, run_git

SECRET = {"ASSTCTL_ENV": f"ACME_KEY={KEY}"}


def reasons(jobs: dict[str, Ended]) -> dict[str, str]:
    """Why each job failed; empty for those that did not."""
    return {name: job.outputs["action-failure-reason"] for name, job in jobs.items()}


def test_a_push_is_planned_applied_and_smoked(
    repository: Repository, github: FakeGitHub, account: str
) -> None:
    _use(repository, account)

    jobs = repository.push().workflow({"target": "prod"}, SECRET)

    assert reasons(jobs) == {"validate": "", "plan": "", "apply": "", "smoke": ""}
    assert jobs["plan"].outputs["changes"] == "true"
    assert jobs["apply"].outputs["action-to-create"] == "1"
    assert "1 passed" in jobs["smoke"].summary
    (asked,) = github.requests
    assert asked.startswith("GET ")
    assert "/pulls?" in asked, "there is no pull request to comment on"

    # The same once more: nothing to apply, and the cases may be new.
    runner = repository.push()
    jobs = runner.workflow({"target": "prod"}, SECRET)
    assert list(jobs) == ["validate", "plan", "smoke"]
    report = runner.artifacts[jobs["smoke"].outputs["action-artifact"]] / "smoke.xml"
    assert ElementTree.parse(report).getroot().get("tests") == "1"


BUNDLE = "deploy/assistants.json"


def test_a_bundle_is_an_artifact_and_smoke_finds_it(
    repository: Repository, github: FakeGitHub, account: str
) -> None:
    _use(repository, account, f"api: responses\n    bundle: {BUNDLE}")
    runner = repository.push()

    jobs = runner.workflow({"target": "prod"}, SECRET)

    assert reasons(jobs) == {"validate": "", "plan": "", "apply": "", "smoke": ""}
    applied = jobs["apply"].outputs
    assert applied["bundle"] == BUNDLE
    uploaded = runner.artifacts[applied["bundle-artifact"]]
    assert [path.name for path in uploaded.iterdir()] == ["assistants.json"]
    bundle = json.loads((uploaded / "assistants.json").read_text(encoding="utf-8"))
    assert bundle["assistants"]["concierge"]["request"]["model"] == "gpt-4o"
    assert "1 passed" in jobs["smoke"].summary
    assert github.pulls == [], "nobody asked for one"


def test_a_changed_bundle_becomes_a_pull_request_once(
    repository: Repository, github: FakeGitHub, account: str
) -> None:
    _use(repository, account, f"api: responses\n    bundle: {BUNDLE}")
    inputs = {"target": "prod", "smoke": False, "bundle-pull-request": True}

    jobs = repository.push().workflow(inputs, SECRET)

    assert jobs["bundle"].ok, jobs["bundle"].log.text
    (pull,) = github.pulls
    branch = pull["head"]
    assert (pull["base"], branch.startswith("asstctl/bundle-prod-")) == ("main", True)
    changed = run_git(repository.path, "diff", "--name-only", "main", branch).splitlines()
    assert changed == [BUNDLE]
    assert KEY not in run_git(repository.path, "show", branch)

    # The same pull request takes what a later apply writes, on top of the branch of then.
    repository.write("prompts/concierge.md", "You are a night porter.\n")
    repository.commit()
    assert repository.push().workflow(inputs, SECRET)["bundle"].ok
    assert len(github.pulls) == 1
    assert "night porter" in run_git(repository.path, "show", f"{branch}:{BUNDLE}")

    # Merged, there is nothing to apply any more, and nothing to bring in.
    run_git(repository.path, "merge", "--quiet", "--ff-only", branch)
    assert list(repository.push().workflow(inputs, SECRET)) == ["validate", "plan"]


def test_a_bundle_that_is_committed_already_opens_nothing(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    repository.write(BUNDLE, "{}\n")
    repository.commit()
    canned.answers(2, reports={"json": {"changes": [], "bundle": BUNDLE}})
    runner = repository.push()

    def applied(job: str) -> None:
        if job == "apply":
            canned.answers(reports={"json": {"changes": [], "bundle": BUNDLE}})

    jobs = runner.workflow({"bundle-pull-request": True}, SECRET, between=applied)

    assert "is committed as it is" in jobs["bundle"].log.text
    assert github.pulls == []


def test_a_plan_that_is_not_true_any_more_is_not_applied(
    repository: Repository, account: str
) -> None:
    _use(repository, account)
    reviewed, rival = repository.push(), repository.push()

    def meanwhile(job: str) -> None:
        """Somebody else is faster than the approval."""
        if job == "apply":
            inputs = {"command": "apply", "target": "prod", "secrets": SECRET["ASSTCTL_ENV"]}
            repository.write("prompts/concierge.md", "You are a night porter.\n")
            assert rival.action(inputs).ok

    jobs = reviewed.workflow({"target": "prod"}, SECRET, between=meanwhile)

    assert reasons(jobs) == {"validate": "", "plan": "", "apply": "stale plan"}
    assert not jobs["apply"].ok


def test_a_pull_request_is_validated_and_planned(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    canned.answers(2)

    jobs = repository.pull_request().workflow({"plan-args": "--prune"}, SECRET)

    assert list(jobs) == ["validate", "plan"]
    assert len(github.comments[7]) == 1
    assert canned.seen[-1]["argv"][-1] == "--prune"
    assert canned.seen[-1]["environ"]["ACME_KEY"] == KEY


@pytest.mark.parametrize("more", [{"fork": True}, {"user": {"login": "dependabot[bot]"}}])
def test_where_there_are_no_secrets_it_is_validated_only_and_told_so(
    repository: Repository, canned: Canned, github: FakeGitHub, more: dict[str, Any]
) -> None:
    github.read_only = True

    jobs = repository.pull_request(**more).workflow({}, {})

    assert list(jobs) == ["validate"]
    assert jobs["validate"].ok
    assert "get no secrets" in jobs["validate"].summary
    assert all(call["argv"][0] == "validate" for call in canned.seen)
    assert all("--allow-unset" in call["argv"] for call in canned.seen)
    assert github.requests == []


def test_manifests_that_are_invalid_stop_everything(repository: Repository, canned: Canned) -> None:
    canned.answers(diagnostics=[_diagnostic()])

    jobs = repository.push().workflow({}, SECRET)

    assert reasons(jobs) == {"validate": "invalid manifests"}


def test_another_branch_is_planned_only(repository: Repository, canned: Canned) -> None:
    canned.answers(2)

    jobs = repository.push("refs/heads/feature").workflow({}, SECRET)

    assert list(jobs) == ["validate", "plan"]


@pytest.mark.parametrize("mode", ["auto", "drift"])
def test_a_night_opens_an_issue_with_the_difference(
    repository: Repository, canned: Canned, github: FakeGitHub, mode: str
) -> None:
    runner = repository.schedule() if mode == "auto" else repository.push()
    canned.answers(2)

    jobs = runner.workflow({"mode": mode}, SECRET)

    assert list(jobs) == ["validate", "drift"]
    assert jobs["drift"].ok
    assert jobs["drift"].outputs["changes"] == "true"
    assert len(github.issues) == 1


def test_smoke_can_be_left_out(repository: Repository, canned: Canned) -> None:
    jobs = repository.push().workflow({"smoke": False}, SECRET)

    assert list(jobs) == ["validate", "plan"], "and without changes there is nothing to apply"


def test_runs_that_write_to_one_target_share_a_group() -> None:
    def group(event: str, target: str = "prod", number: int | None = None) -> str:
        pull = {"pull_request": {"number": number}} if number else {}
        contexts = {
            "github": {"event_name": event, "event": pull},
            "inputs": {"target": target, "working-directory": ".", "mode": "auto"},
        }
        return interpolate(load(WORKFLOW)["concurrency"]["group"], contexts)

    assert group("push") == group("workflow_dispatch") == "asstctl prod . account"
    assert len({group("push"), group("push", "staging"), group("schedule")}) == 3
    assert group("pull_request", number=1) != group("pull_request", number=2)


def _diagnostic() -> dict[str, Any]:
    place = {"path": "asstctl.yaml", "line": 1, "column": 1}
    return {"severity": "error", "code": "x", "summary": "s", "detail": "", "fix": ""} | place


def _use(repository: Repository, account: str, api: str = "api: assistants") -> None:
    repository.write(
        "asstctl.yaml",
        "project: acme\ntarget: local\ntargets:\n  local: {api: local}\n  prod:\n"
        f"    {api}\n    base_url: {account}\n    api_key: ${{env.ACME_KEY}}\n",
    )
    repository.commit()
