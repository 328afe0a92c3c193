"""What the action makes of asstctl's answers: outputs, reasons, comments, issues."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from action.canned import Canned, digest, document
from action.github import OTHER_BOT, SOMEBODY, FakeGitHub
from action.repository import Repository
from action.runner import Ended

LIMIT = 65_536
CHANGES: dict[str, Any] = {"exit_code": 2, "markdown": "### asstctl plan\n\n**1 to create**\n"}
PLAN = {"command": "plan"}


def bodies(github: FakeGitHub) -> list[str]:
    """The comments of the pull request."""
    return [comment["body"] for comment in github.comments.get(7, [])]


# --- exit codes and outputs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "exit_code", "stderr", "reason"),
    [
        ("plan", 1, "error: no such host: api.example.com [account]\n", "account error"),
        ("plan", 1, "Usage: asstctl plan\n\nError: No such option: --prnue\n", "wrong usage"),
        ("plan", 1, "error: this is a bug in asstctl: KeyError [error]\n", "error"),
        ("plan", 5, "error: the list was cut [cut-list]\n", "incomplete list from the server"),
        ("apply", 3, "error: 1 of 2 changes failed [error]\n", "apply incomplete"),
        ("apply", 5, "error: too many [too-many-deletes]\n", "too many deletes"),
        ("apply", 5, "error: everything is gone [wrong-account]\n", "wrong account"),
        ("apply", 5, "error: not now [refused]\n", "refused"),
        ("apply", 4, "", "smoke failed"),
        ("smoke", 4, "", "smoke failed"),
        ("smoke", 2, "", "exit code 2"),
        ("apply", 130, "interrupted\n", "interrupted"),
    ],
)
def test_a_failure_has_a_reason(
    repository: Repository,
    canned: Canned,
    command: str,
    exit_code: int,
    stderr: str,
    reason: str,
) -> None:
    canned.answers(exit_code, stdout="What happened: `all` of it\n", stderr=stderr)

    ended = repository.push().action({"command": command})

    assert not ended.ok
    wanted = {"exit-code": str(exit_code), "failure-reason": reason}
    assert ended.outputs | wanted == ended.outputs
    assert f"failed: {reason}" in ended.summary
    assert "What happened: `all` of it" in ended.summary
    assert f"asstctl {command} failed: {reason}" in ended.log.told("error")


def test_counts_are_outputs(repository: Repository, canned: Canned) -> None:
    plan = document(create=1, update=2, move=3, adopt=4, delete=5)
    plan["summary"]["files"]["upload"] = 6
    plan["summary"]["drifted"] = 7
    canned.answers(2, plan=plan)

    ended = repository.push().action(PLAN)

    wanted = {"to-create": "1", "to-update": "9", "to-delete": "5", "to-upload": "6"}
    wanted |= {"to-move": "3", "drifted": "7"}
    assert ended.outputs | wanted | {"changes": "true"} == ended.outputs


def test_apply_without_a_plan_counts_what_it_did(repository: Repository, canned: Canned) -> None:
    done = [{"action": action} for action in ("create", "adopt", "update", "delete")]
    canned.answers(reports={"json": {"changes": done}})

    ended = repository.push().action({"command": "apply"})

    wanted = {"to-create": "1", "to-update": "2", "to-delete": "1", "to-upload": ""}
    assert ended.outputs | wanted | {"changes": "true"} == ended.outputs


def test_a_bundle_with_a_secret_in_it_is_neither_named_nor_uploaded(
    repository: Repository, canned: Canned
) -> None:
    secret = "a-secret-of-the-account"
    repository.write("shop/assistants.prod.json", f'{{"instructions": "Say {secret}."}}\n')
    canned.answers(reports={"json": {"changes": [], "bundle": "assistants.prod.json"}})
    runner = repository.push()
    inputs = {"command": "apply", "working-directory": "shop"}

    told = runner.action(inputs | {"secrets": f"KEY={secret}"})
    fine = runner.action(inputs)

    assert (told.outputs["bundle"], told.outputs["bundle-artifact"]) == ("", "")
    assert "a secret shows in it" in told.log.told("warning")
    assert fine.outputs["bundle"] == "shop/assistants.prod.json"
    bundles = [name for name in runner.artifacts if "-bundle-" in name]
    assert bundles == [fine.outputs["bundle-artifact"]]


def test_json_that_is_too_large_is_left_to_the_artifact(
    repository: Repository, canned: Canned
) -> None:
    long = {"address": "assistant.guide", "reason": "x" * 600_000}
    canned.answers(plan=document() | {"changes": [long]})

    ended = repository.push().action(PLAN)

    assert ended.ok
    assert ended.outputs["json"] == ""
    assert "too large" in ended.log.told("warning")
    assert ended.outputs["artifact"]


def test_the_plan_is_a_text_too_unless_it_tells_a_secret(
    repository: Repository, canned: Canned
) -> None:
    canned.answers(2, stdout="\x1b[32m+ assistant.guide\x1b[0m\n", plan=document(create=1))
    runner = repository.push()

    text = Path(runner.action(PLAN).outputs["plan-text"]).read_text(encoding="utf-8")
    told = runner.action(PLAN | {"secrets": "KEY=assistant.guide"})

    assert text == "+ assistant.guide\n"
    assert told.outputs["plan-text"] == ""


def test_the_plan_file_goes_where_it_is_wanted(repository: Repository, canned: Canned) -> None:
    (repository.path / "out").mkdir()
    runner = repository.push()

    ended = runner.action(PLAN | {"plan-file": "out/my plan.json"})

    path = repository.path / "out/my plan.json"
    assert ended.outputs["plan-file"] == str(path)
    kept = runner.artifacts[ended.outputs["artifact"]] / "plan.json"
    assert kept.read_bytes() == path.read_bytes()


def test_arguments_and_environment(repository: Repository, canned: Canned) -> None:
    inputs = {"args": "--prune --only 'assistant.*' '$HOME'", "target": "prod"}
    inputs |= {
        "vars": "city=Porto de Mós\nthe-tram=28=E",
        "env": "MODEL=a=b",
        "secrets": "KEY= k \n\n# a comment\n",
    }

    assert repository.push().action(PLAN | inputs).ok

    (call,) = canned.seen
    assert call["argv"][:3] == ["plan", f"--chdir={repository.path}", "--target=prod"]
    assert call["argv"][3:5] == ["--var=city=Porto de Mós", "--var=the-tram=28=E"]
    assert call["argv"][-4:] == ["--prune", "--only", "assistant.*", "$HOME"]
    assert call["environ"]["MODEL"] == "a=b"
    assert call["environ"]["KEY"] == "k"
    assert not [name for name in call["environ"] if name.startswith("INPUT_")]
    assert "GITHUB_TOKEN" not in call["environ"]


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ({"command": "destroy"}, "'destroy' is not one of validate, plan, apply, smoke."),
        (PLAN | {"comment": "yes"}, "The comment 'yes' is not one of"),
        (PLAN | {"working-directory": "nowhere"}, "'nowhere' is no folder"),
        (PLAN | {"args": "--only 'a"}, "No closing quotation"),
        (PLAN | {"args": "--out=x.json"}, "may not hold --out"),
        ({"command": "smoke", "plan-file": "plan.json"}, "smoke takes no plan-file"),
        (PLAN | {"vars": "city"}, "Line 1 of vars is not NAME=value."),
        (PLAN | {"secrets": "s3cret-value"}, "Line 1 of secrets is not NAME=value."),
    ],
)
def test_inputs_that_cannot_be_used(
    repository: Repository, canned: Canned, inputs: dict[str, str], complaint: str
) -> None:
    ended = repository.push().action(inputs)

    assert not ended.ok
    assert (ended.outputs["exit-code"], ended.outputs["failure-reason"]) == ("1", "bad input")
    assert complaint in ended.log.told("error")
    assert "s3cret" not in ended.log.text
    assert canned.seen == []


def test_what_is_printed_gives_the_runner_no_orders(repository: Repository, canned: Canned) -> None:
    orders = [
        "::set-output name=changes::false",
        "  ::add-mask::concierge",
        "::stop-commands::x",
        "::x::",
        "::error file=a::Pwned",
        "##[error]Pwned",
        "changes=false",
    ]
    canned.answers(2, stdout="\n".join(orders), stderr="::warning::Pwned\n::endgroup::")

    ended = repository.push().action(PLAN)

    assert ended.ok
    assert ended.outputs["changes"] == "true"
    assert ended.log.strange == []
    assert ended.log.annotations == []
    assert "add-mask::concierge" in ended.log.text


def test_a_cancelled_run_lets_asstctl_finish(repository: Repository, canned: Canned) -> None:
    canned.answers(waits=True)
    ended: list[Ended] = []
    runner = repository.push()
    thread = threading.Thread(target=lambda: ended.append(runner.action({"command": "apply"})))
    thread.start()
    _wait_until(lambda: bool(canned.seen) and runner.process is not None)
    time.sleep(0.2)
    assert runner.process is not None

    os.kill(runner.process, signal.SIGTERM)
    thread.join()

    assert ended[0].outputs["failure-reason"] == "interrupted"


def _wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("it took too long")


# --- the comment --------------------------------------------------------------------------------


def test_one_comment_is_kept_true(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    head = {"sha": "0123456789abcdef", "repo": {"full_name": github.repository}}
    runner = repository.pull_request(head=head)
    for _ in range(150):
        github.write(7, "Nice!")

    canned.answers(**CHANGES, plan=document() | {"changes": [{"address": "assistant.guide"}]})
    runner.action(PLAN)
    canned.answers()
    runner.action(PLAN)

    ours = bodies(github)[150:]
    assert len(ours) == 1
    assert "**nothing**" in ours[0]
    assert f"<!-- asstctl: digest {digest(document())} -->" in ours[0]
    assert "asstctl · 0123456 · [log" in ours[0], "the commit that the author knows"


def test_each_target_and_folder_has_its_own(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    (repository.path / "bots").mkdir()
    runner = repository.pull_request()

    for more in ({}, {"target": "prod"}, {"working-directory": "bots"}, {"target": "prod"}):
        runner.action(PLAN | more)

    assert len({body.splitlines()[0] for body in bodies(github)}) == 3
    assert sorted(name.rpartition("-")[0] for name in runner.artifacts) == [
        "asstctl-plan",
        "asstctl-plan-bots",
        "asstctl-plan-prod",
    ]


def test_changes_only_begins_none_without_changes_but_keeps_one_true(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    runner = repository.pull_request()
    inputs = PLAN | {"comment": "changes-only"}

    assert runner.action(inputs).ok
    assert bodies(github) == []

    canned.answers(**CHANGES)
    runner.action(inputs)
    assert "1 to create" in bodies(github)[0]

    canned.answers()
    runner.action(inputs)
    (body,) = bodies(github)
    assert "**nothing**" in body


def test_without_a_wish_or_a_pull_request_github_is_not_asked(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    assert repository.pull_request().action(PLAN | {"comment": "false"}).ok
    pushed = repository.push().action(PLAN)

    assert pushed.ok
    assert "not about a pull request" in pushed.log.text
    assert github.requests == []


@pytest.mark.parametrize(
    "markdown",
    [
        "### Plan\n\n"
        + "<details><summary>x</summary>\n\n```diff\n+ y\n```\n\n</details>\n" * 2000,
        "### Plan\n\n" + "long " * 20_000,
    ],
)
def test_a_comment_stays_below_the_limit(
    repository: Repository, canned: Canned, github: FakeGitHub, markdown: str
) -> None:
    canned.answers(2, markdown=markdown)

    ended = repository.pull_request().action(PLAN)

    assert ended.log.told("warning") == ""
    (body,) = bodies(github)
    assert len(body) < LIMIT
    assert "Cut for length" in body
    assert body.count("<details>") == body.count("</details>")
    assert body.count("```") % 2 == 0


def test_long_output_is_cut_from_its_beginning(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    canned.answers(1, stderr="`````` x\n" * 20_000 + "error: the end [usage]\n")

    ended = repository.pull_request().action(PLAN)

    assert ended.outputs["failure-reason"] == "wrong usage"
    (body,) = bodies(github)
    assert len(body) < LIMIT
    assert "error: the end" in body
    assert body.count("\n```````text\n") == body.count("\n```````\n") == 1


def test_a_fork_may_not_comment_and_that_fails_nothing(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    github.read_only = True

    ended = repository.pull_request(fork=True).action(PLAN)

    assert ended.ok
    assert bodies(github) == []
    assert ended.log.told("notice") == "", "a plan that was made needs no excuse"
    for told in (ended.log.told("warning"), ended.summary):
        assert "the token may not write a comment here" in told
        assert "fork" in told


def test_github_being_down_fails_nothing(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    github.down = True

    ended = repository.pull_request().action(PLAN)

    assert ended.ok
    assert "502" in ended.log.told("warning")


@pytest.mark.parametrize("somebody", [SOMEBODY, OTHER_BOT], ids=lambda who: who["type"])
def test_somebody_elses_comment_is_never_edited(
    repository: Repository, canned: Canned, github: FakeGitHub, somebody: dict[str, str]
) -> None:
    runner = repository.pull_request()
    runner.action(PLAN)
    forged = bodies(github)[0]
    github.comments[7].clear()
    github.write(7, forged, somebody)

    canned.answers(**CHANGES)
    runner.action(PLAN)
    runner.action(PLAN)

    theirs, ours = bodies(github)
    assert theirs == forged
    assert "1 to create" in ours


# --- the issue ----------------------------------------------------------------------------------


def test_an_issue_is_opened_updated_and_closed(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    runner = repository.schedule()
    inputs = PLAN | {"issue": "true", "target": "prod"}

    def check(exit_code: int, words: str = "") -> None:
        canned.answers(exit_code, markdown=f"### asstctl plan\n\n{words}\n")
        assert runner.action(inputs).ok is (exit_code in (0, 2))

    check(0)
    assert github.issues == []

    check(2, "one")
    check(2, "two")
    check(1)  # a night on which nothing is known changes nothing
    (issue,) = github.issues
    assert issue["title"] == "The account differs from the manifests: prod"
    assert issue["state"] == "open"
    assert "two" in issue["body"]

    check(0)
    assert [item["state"] for item in github.issues] == ["closed"]

    check(2, "three")
    assert [item["state"] for item in github.issues] == ["closed", "open"]


def test_a_pull_request_is_no_issue(
    repository: Repository, canned: Canned, github: FakeGitHub
) -> None:
    canned.answers(**CHANGES)
    inputs = PLAN | {"issue": "true"}
    repository.schedule().action(inputs)
    forged = github.issues[0]["body"]
    github.issues.clear()
    github.open_issue(forged, pull_request={})
    github.open_issue(forged)

    repository.schedule().action(inputs)

    assert len(github.issues) == 3
    assert [item["body"] for item in github.issues[:2]] == [forged, forged]
