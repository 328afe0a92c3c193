"""The action with asstctl itself: plan, apply, smoke, validate, and what nobody may see."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from action.canned import digest
from action.github import FakeGitHub
from action.repository import KEY, Repository
from action.runner import ROOT
from asstctl.model.sensitive import spellings

PROMPT = "prompts/concierge.md"


def test_from_a_pull_request_to_an_apply_that_is_refused(
    repository: Repository, github: FakeGitHub
) -> None:
    repository.branch("greetings")
    runner = repository.pull_request()

    planned = runner.action({"command": "plan"})

    assert planned.ok, planned.log.text
    wanted = {"exit-code": "2", "failure-reason": "", "changes": "true", "to-create": "1"}
    wanted |= {"to-update": "0", "to-delete": "0", "to-upload": "0"}
    assert planned.outputs | wanted == planned.outputs
    saved = json.loads(Path(planned.outputs["plan-file"]).read_text(encoding="utf-8"))
    document = json.loads(planned.outputs["json"])
    artifact = runner.artifacts[planned.outputs["artifact"]]
    assert document == json.loads((artifact / "report.json").read_text(encoding="utf-8"))
    assert [change["address"] for change in document["changes"]] == ["assistant.concierge"]
    names = sorted(path.name for path in artifact.iterdir())
    assert names == ["plan.json", "plan.md", "report.json"]
    assert "1 to create" in planned.log.text
    assert "**1 to create**" in planned.summary
    (comment,) = github.comments[7]
    assert comment["body"].startswith("<!-- asstctl: plan ")
    assert f"<!-- asstctl: digest {digest(saved)} -->" in comment["body"]
    assert "**1 to create**" in comment["body"]
    assert "https://github.example/acme/assistants/actions/runs/4711" in comment["body"]

    # Another push: the same comment, and the plan before it is not true any more.
    repository.write(PROMPT, "You are a night porter.\n")
    repository.commit()
    again = repository.pull_request().action({"command": "plan"})
    assert again.ok
    (comment,) = github.comments[7]
    assert "night porter" in comment["body"]
    refused = runner.action({"command": "apply", "plan-file": planned.outputs["plan-file"]})
    assert not refused.ok
    assert (refused.outputs["exit-code"], refused.outputs["failure-reason"]) == ("5", "stale plan")
    assert "stale plan: these" in refused.log.told("error")
    assert "failed: stale plan" in refused.summary
    assert refused.outputs["to-create"] == "1", "what the plan wanted"

    # What is true is applied, once.
    inputs = {"command": "apply", "plan-file": again.outputs["plan-file"]}
    applied = runner.action(inputs)
    assert applied.ok, applied.log.text
    wanted = {"exit-code": "0", "changes": "true", "to-create": "1", "to-upload": "0"}
    assert applied.outputs | wanted == applied.outputs
    assert json.loads(applied.outputs["json"])["summary"] == {"done": 1, "failed": 0, "skipped": 0}
    assert "### asstctl apply · done" in applied.summary
    assert (runner.artifacts[applied.outputs["artifact"]] / "apply.json").is_file()
    assert runner.action(inputs).outputs["failure-reason"] == "plan already applied"

    # And then there is nothing to do.
    clean = runner.action({"command": "plan"})
    assert clean.ok
    assert (clean.outputs["exit-code"], clean.outputs["changes"]) == ("0", "false")
    (comment,) = github.comments[7]
    assert "1 unchanged" in comment["body"]


def test_broken_manifests_fail_at_their_lines(repository: Repository, github: FakeGitHub) -> None:
    repository.write("bots/asstctl.yaml", "project: bots\n")
    repository.write("bots/assistants/a.yaml", "kind: assistant\nmodel: gpt-4o\ninstruction: x\n")
    runner = repository.pull_request()

    planned = runner.action({"command": "plan", "working-directory": "bots"})
    validated = runner.action({"command": "validate", "working-directory": "bots"})

    for ended in (planned, validated):
        assert not ended.ok
        wanted = {"exit-code": "1", "failure-reason": "invalid manifests", "changes": ""}
        assert ended.outputs | wanted == ended.outputs
        assert ended.outputs["artifact"] == ""
        places = [
            (given["file"], given["line"])
            for kind, given, _ in ended.log.annotations
            if kind == "error" and "file" in given
        ]
        assert places == [("bots/assistants/a.yaml", "3")]
        assert "bots · failed: invalid manifests" in ended.summary
    assert json.loads(validated.outputs["json"])["summary"] == {"errors": 1, "warnings": 0}
    (comment,) = github.comments[7]
    assert "failed: invalid manifests" in comment["body"]
    assert "instruction" in comment["body"]
    assert "digest" not in comment["body"]


def test_drift_is_named(repository: Repository) -> None:
    runner = repository.push()
    assert runner.action({"command": "apply"}).ok
    repository.write("asstctl.yaml", "project: acme\ntargets: {local: {api: local}}\n")
    _edit_in_the_account(repository)

    ended = runner.action({"command": "apply"})

    assert not ended.ok
    assert (ended.outputs["exit-code"], ended.outputs["failure-reason"]) == ("5", "drift")


def test_an_environment_of_an_agent_is_shown_counted_and_applied(
    repository: Repository, github: FakeGitHub
) -> None:
    repository.write(
        "asstctl.yaml", "project: acme\ntargets: {local: {api: local, like: agents}}\n"
    )
    manifest = "kind: assistant\nmodel: gpt-5.1\nenvironment:\n  packages: {python: [pandas]}\n"
    repository.write("assistants/concierge.yaml", manifest)
    repository.branch("agents")
    repository.commit()

    planned = repository.pull_request().action({"command": "plan"})
    applied = repository.push().action({"command": "apply"})
    repository.write("assistants/concierge.yaml", f"{manifest}  setup_commands: [make]\n")
    repository.commit()
    again = repository.pull_request().action({"command": "plan"})

    assert (planned.outputs["to-create"], applied.outputs["to-create"]) == ("2", "2")
    assert applied.ok, applied.log.text
    assert again.outputs["to-update"] == "1"
    (comment,) = github.comments[7]
    assert "<code>environment.concierge</code> update: the stamp, and perhaps" in comment["body"]
    assert "|environment|" in comment["body"], "the chart has an arrow to it"


def test_smoke_reports_to_junit(repository: Repository) -> None:
    runner = repository.push()
    runner.action({"command": "apply"})

    smoked = runner.action({"command": "smoke"})

    assert smoked.ok, smoked.log.text
    report = runner.artifacts[smoked.outputs["artifact"]] / "smoke.xml"
    assert ElementTree.parse(report).getroot().get("tests") == "1"
    assert json.loads(smoked.outputs["json"])["cases"][0]["status"] == "passed"

    manifest = repository.path / "assistants/concierge.yaml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("max_seconds: 60", "contains: Bonjour"), encoding="utf-8")
    failed = runner.action({"command": "smoke"})
    assert not failed.ok
    assert (failed.outputs["exit-code"], failed.outputs["failure-reason"]) == ("4", "smoke failed")
    assert ElementTree.parse(report).getroot().get("failures") == "1"


def test_a_fork_is_validated_without_secrets_and_told_so(repository: Repository) -> None:
    _use(repository, "https://api.example.com/v1")
    inputs = {"command": "validate", "secrets": ""}

    theirs = repository.pull_request(fork=True).action(inputs)
    ours = repository.pull_request().action(inputs)

    assert theirs.ok, theirs.log.text
    assert json.loads(theirs.outputs["json"])["valid"] is True
    assert "get no secrets" in theirs.log.told("notice")
    assert "get no secrets" in theirs.summary
    assert ours.outputs["failure-reason"] == "invalid manifests"


SECRETS = {
    "plain": "Tr0ub4dor+3/x=y",
    "quotes": 'open-sesame "with quotes"',
    "markdown": "a\\b`c`*d*_e_<f>|g|&h;",
    "cut": "NEWSECRET0" + "zyxwvutsrq" * 12,
    "short": "#9x'",
}


@pytest.mark.parametrize("code", SECRETS.values(), ids=SECRETS)
def test_secrets_reach_the_account_and_nobody_else(
    repository: Repository, github: FakeGitHub, account: str, code: str
) -> None:
    _use(repository, account)
    repository.write(
        "assistants/leaky.yaml",
        "kind: assistant\nmodel: ${env.MODEL}\ninstructions: 'The code is ${env.DOOR_CODE}'\n"
        "name: Desk ${env.DOOR_CODE}\nmetadata: {code: '${env.DOOR_CODE}'}\n"
        "tools: [{type: function, function: {name: f, description: 'pw ${env.DOOR_CODE}'}}]\n",
    )
    runner = repository.pull_request()
    inputs = {"secrets": f"# keys\nACME_KEY={KEY}\nDOOR_CODE={code}\n", "env": "MODEL=gpt-4o"}

    planned = runner.action({"command": "plan"} | inputs)
    saved = planned.outputs["plan-file"]
    applied = runner.action({"command": "apply", "plan-file": saved} | inputs)

    assert planned.outputs["exit-code"] == "2", planned.log.text
    assert applied.ok, applied.log.text
    assert planned.log.told("warning") == ""
    kept = [file for folder in runner.artifacts.values() for file in folder.iterdir()]
    assert {file.name for file in kept} == {"plan.json", "report.json", "plan.md", "apply.json"}
    (comment,) = github.comments[7]
    for text in (
        *(ended.log.text + ended.summary for ended in (planned, applied)),
        *(str(ended.log.annotations) + str(ended.outputs) for ended in (planned, applied)),
        comment["body"],
        *(file.read_text(encoding="utf-8") for file in kept),
    ):
        for spelling in spellings(KEY) | spellings(code):
            assert spelling not in text
        assert code[:10] not in text, "nor a part of it"
    assert "The code is ***" in comment["body"]


def test_a_secret_that_is_a_name_hides_no_name(repository: Repository, github: FakeGitHub) -> None:
    runner = repository.pull_request()

    planned = runner.action({"command": "plan", "secrets": "TEAM=concierge\n"})

    (comment,) = github.comments[7]
    assert "<code>assistant.concierge</code>" in comment["body"]
    kept = runner.artifacts[planned.outputs["artifact"]].iterdir()
    assert sorted(path.name for path in kept) == ["plan.json", "plan.md", "report.json"]


def test_names_are_only_names(repository: Repository) -> None:
    name = "\"; rm -rf / #$(touch pwned)`touch pwned`' x"
    repository.write(f"{name}/asstctl.yaml", "project: odd\n")
    repository.write(f"{name}/assistants/a.yaml", "kind: assistant\nmodel: gpt-4o\n")
    repository.commit()
    runner = repository.pull_request(title=name, head={"ref": name, "repo": None})

    planned = runner.action({"command": "plan", "working-directory": name, "plan-file": name + "p"})
    applied = runner.action(
        {"command": "apply", "working-directory": name, "plan-file": name + "p"}
    )
    elsewhere = runner.action({"command": "plan", "target": name, "args": "'$(touch pwned)'"})

    assert planned.ok, planned.log.text
    assert planned.outputs["to-create"] == "1"
    assert applied.ok, applied.log.text
    assert not elsewhere.ok
    assert not list(runner.temp.parent.parent.rglob("pwned"))
    assert not (ROOT / "pwned").exists()
    assert repository.path.is_dir()


def _use(repository: Repository, account: str) -> None:
    """Let the project be about an account that asks for a key."""
    repository.write(
        "asstctl.yaml",
        "project: acme\ntargets:\n  prod:\n    api: assistants\n"
        f"    base_url: {account}\n    api_key: ${{env.ACME_KEY}}\n",
    )


def _edit_in_the_account(repository: Repository) -> None:
    """Change the assistant's name where it lives."""
    import asyncio

    import httpx2
    import openai

    from asstctl.emulator import open_account

    async def edit() -> None:
        path = repository.path / ".asstctl/account.db"
        async with open_account(path) as account:
            transport = httpx2.ASGITransport(app=account.app)
            http = openai.DefaultAsyncHttpxClient(transport=transport)
            async with openai.AsyncOpenAI(
                api_key="any", base_url="http://local/v1", http_client=http
            ) as client:
                listed = await client.get("/assistants", cast_to=httpx2.Response)
                assistant = listed.json()["data"][0]["id"]
                await client.post(
                    f"/assistants/{assistant}", body={"name": "Edited"}, cast_to=httpx2.Response
                )

    asyncio.run(edit())
