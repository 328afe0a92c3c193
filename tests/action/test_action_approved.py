"""After the merge: only the approved plan is applied, and its comment says how it went."""

import json

import pytest

from action.canned import Canned, document
from action.github import OTHER_BOT, SOMEBODY, FakeGitHub
from action.repository import Repository
from action.runner import Ended

CHANGE = {"address": "assistant.guide", "action": "update", "fields": []}
PLAN = document(update=1) | {"changes": [CHANGE], "commit": "1111111"}
OTHER = PLAN | {"changes": [CHANGE | {"reason": "something else"}]}


def planned(repository: Repository, canned: Canned) -> None:
    """A pull request with its plan in a comment."""
    canned.answers(2, plan=PLAN)
    assert repository.pull_request().action({"command": "plan"}).ok


def applied(
    repository: Repository, github: FakeGitHub, plan: object = PLAN, **inputs: str
) -> Ended:
    """What came of an apply on the default branch, with the plan that was made there."""
    runner = repository.push()
    github.merged.setdefault(runner.sha, [{"number": 7}])
    file = repository.path / "saved.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    return runner.action({"command": "apply", "plan-file": "saved.json"} | inputs)


def test_the_plan_of_another_commit_that_does_the_same_is_applied(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    planned(repository, canned)
    canned.answers(reports={"json": {"changes": [CHANGE]}})

    same = PLAN | {"commit": "2222222", "seal": "another"}
    ended = applied(repository, github, same, **{"approved-plan": "true"})

    assert ended.ok
    assert ended.outputs["exit-code"] == "0"


def test_another_plan_is_refused_before_anything_is_done(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    planned(repository, canned)
    calls = len(canned.seen)

    ended = applied(repository, github, OTHER, **{"approved-plan": "true"})

    assert not ended.ok
    assert ended.outputs["failure-reason"] == "plan is not the approved one"
    assert ended.outputs["exit-code"] == "5"
    assert "The plan differs from the one in the comment" in ended.log.told("error")
    assert "apply refused" in ended.summary
    assert len(canned.seen) == calls


def test_without_an_approved_plan_nothing_is_applied(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    wanted = {"approved-plan": "true"}
    none = applied(repository, github, **wanted)
    head = f"<!-- asstctl: plan {'0' * 16} -->"
    github.write(7, head)
    forged = applied(repository, github, **wanted)
    github.down = True
    down = applied(repository, github, **wanted)

    assert [ended.ok for ended in (none, forged, down)] == [False] * 3
    assert "No pull request of this commit" in none.log.told("error")
    assert "could not be compared" in down.log.told("error")
    assert canned.seen == []


@pytest.mark.parametrize("somebody", [SOMEBODY, OTHER_BOT], ids=lambda who: who["type"])
def test_a_comment_of_somebody_else_approves_nothing(
    repository: Repository, canned: Canned, github: FakeGitHub, somebody: dict[str, str]
) -> None:
    planned(repository, canned)
    (ours,) = github.comments.pop(7)
    github.write(7, ours["body"], somebody)

    assert not applied(repository, github, **{"approved-plan": "true"}).ok


def test_only_an_apply_of_a_saved_plan_can_be_compared(
    repository: Repository, canned: Canned
) -> None:
    ended = repository.push().action({"command": "plan", "approved-plan": "true"})

    assert not ended.ok
    assert "needs the command apply and a plan-file" in ended.log.told("error")


@pytest.mark.parametrize(("code", "told"), [(0, "apply · done"), (3, "failed: apply incomplete")])
def test_the_result_stands_above_the_plan_in_its_comment(
    repository: Repository, canned: Canned, github: FakeGitHub, code: int, told: str
) -> None:
    planned(repository, canned)
    plan = github.comments[7][0]["body"]
    canned.answers(code, stdout="1 done\n", reports={"json": {"changes": [CHANGE]}})

    applied(repository, github)
    applied(repository, github, **{"approved-plan": "true"})

    (comment,) = github.comments[7]
    head, rest = plan.split(" -->\n", 1)[0], plan.split("-->\n")[-1]
    assert comment["body"].startswith(head)
    assert told in comment["body"]
    assert comment["body"].index(told) < comment["body"].index(rest.strip()[:20])


def test_a_long_plan_leaves_room_for_the_result(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    planned(repository, canned)
    github.comments[7][0]["body"] += "x" * 65_000
    canned.answers(stdout="y" * 50_000 + "\n", reports={"json": {"changes": [CHANGE]}})

    assert applied(repository, github).ok

    (comment,) = github.comments[7]
    assert "asstctl apply · done" in comment["body"]
    assert len(comment["body"]) < 65_536


def test_without_a_comment_there_is_none_for_the_result(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    canned.answers(reports={"json": {"changes": [CHANGE]}})

    ended = applied(repository, github)

    assert ended.ok
    assert github.comments == {}


def test_the_secret_of_an_apply_stays_out_of_the_comment(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    planned(repository, canned)
    secret = "a-secret-of-the-account"
    canned.answers(stdout=f"{secret}\n", reports={"json": {"changes": []}})

    applied(repository, github, secrets=f"KEY={secret}")

    assert secret not in github.comments[7][0]["body"]
    assert "***" in github.comments[7][0]["body"]
