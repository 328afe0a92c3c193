"""Smoke on targets of agents, as people call it: what it costs, what it leaves, what gc takes."""

import json
import os
import sys
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from asstctl.manifest.schema.schemas import schema
from cli.conftest import Project
from cli.test_cli_servers import served
from support.sessions_server import Act, SessionsServer, says

LOCAL = "project: demo\ntargets: {local: {api: local, like: agents}}\n"
GUIDE = """\
kind: assistant
name: Guide
model: gpt-5
instructions: Be brief.
environment: {files: ["docs/*.md"]}
tools:
  - {type: function, name: get_weather, description: Weather., parameters: {type: object}}
smoke:
  - name: finds the tram
    prompt: Which tram should I take in Lisbon?
    expect: {contains: "tram 28", status: completed, max_tokens: 10000}
  - name: asks for the weather
    prompt: Please call get_weather.
    functions: {get_weather: {output: sunny}}
    expect: {calls: get_weather, uses: function, contains: sunny, max_seconds: 60}
"""
LISBON = "# Lisbon\n\nThe tram to take is the yellow tram 28.\n"


@pytest.fixture
def local(project: Project) -> Project:
    project.write("asstctl.yaml", LOCAL)
    project.write("docs/lisbon.md", LISBON)
    project.write("assistants/guide.yaml", GUIDE)
    return project


def sessions(project: Project) -> list[str]:
    async def listed(client: Any) -> list[str]:
        return [item.id async for item in client.beta.agents.sessions.list()]

    found: list[str] = project.account(listed)
    return found


def test_an_apply_tries_what_it_wrote_and_takes_it_back(local: Project) -> None:
    tried = local.apply("--smoke")

    assert "2 passed" in tried.out
    wrong = GUIDE.replace("contains: sunny", "contains: rainy").replace("brief", "rude")
    local.write("assistants/guide.yaml", wrong)
    undone = local.run("apply", "--auto-approve", "--smoke", "--rollback")

    assert undone.code == 4
    assert 'contains "rainy"' in undone.out
    assert sessions(local) == []
    local.write("assistants/guide.yaml", GUIDE)
    assert "No changes" in local.run("plan").out


def test_a_change_of_the_environment_alone_is_tried(local: Project) -> None:
    local.apply("--smoke")
    local.write("docs/lisbon.md", LISBON.replace("tram 28", "bus 9"))

    tried = local.run("apply", "--auto-approve", "--smoke", "--rollback")

    assert tried.code == 4, tried
    assert 'the reply has no "tram 28"' in tried.out
    assert "bus 9" in tried.out


def test_a_report_has_the_evidence(local: Project) -> None:
    local.apply()

    ran = local.run("smoke", "--format", "json")

    tram, weather = json.loads(ran.out)["cases"]
    assert "hosted sandbox" not in ran.err
    assert "[local account]" not in tram["turns"][0]["reply"]
    assert tram["turns"][0]["usage"]["total_tokens"] > 0
    assert weather["turns"][0]["tool_calls"] == [
        {"type": "function", "name": "get_weather", "input": "{}", "output": "sunny"}
    ]
    assert sessions(local) == []


def test_sessions_that_stay_are_named_and_gc_takes_them(local: Project) -> None:
    local.apply()

    ran = local.run("smoke", "--keep-threads", "--stream")
    kept = sessions(local)
    listed = local.run("gc")
    told = json.loads(local.run("gc", "--format", "json").out)
    after = local.run("gc", "--auto-approve")

    assert ran.code == 0, ran
    assert len(kept) == 2
    assert all(f"kept session {name}" in ran.err for name in kept)
    assert "2 sessions to delete" in listed.out
    assert "guide · finds the tram" in listed.out
    Draft202012Validator(schema("gc")).validate(told)
    assert sorted(item["id"] for item in told["sessions"]) == sorted(kept)
    assert {item["status"] for item in told["sessions"]} == {"found"}
    assert "2 sessions deleted" in after.out
    assert sessions(local) == []
    assert "Nothing to delete" in local.run("gc").out


def test_what_sandboxes_cost_is_said_and_asked_only_at_a_terminal(
    local: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = SessionsServer(answer=lambda _: Act([says("tram 28")], seconds=0.01))
    cases = GUIDE.partition("smoke:")[0] + (
        "smoke:\n"
        "  - {name: a, prompt: Hi., repeat: 2, expect: {contains: tram 28}}\n"
        "  - {name: b, prompt: Hi., targets: [near]}\n"
    )
    local.write("assistants/guide.yaml", cases)
    person, terminal = pytest.importorskip("pty").openpty()
    with served(server) as root:
        local.write(
            "asstctl.yaml",
            "project: demo\ntarget: far\ntargets:\n"
            f"  far: {{api: agents, base_url: '{root}/v1'}}\n  near: {{api: local}}\n",
        )
        applied = local.apply("--smoke")
        silent = local.run("smoke")
        with os.fdopen(terminal) as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            agreed = local.run("smoke", "--yes")
            os.write(person, b"no\n")
            declined = local.run("smoke")
    os.close(person)

    told = "note: the smoke cases take 2 hosted sandboxes on far. Each costs money until its"
    for ran in (applied, silent, agreed):
        assert ran.code == 0, ran
        assert told in " ".join(ran.err.split())
        assert "Open 2 hosted" not in ran.err
    assert "Open 2 hosted sandboxes on far?" in declined.err
    assert declined.code == 1
    assert "not confirmed" in declined.err
    assert len(server.made) == 6
    assert server.sessions == {}


def test_gc_leaves_the_sessions_of_others(local: Project) -> None:
    local.apply()

    async def leave(client: Any) -> None:
        environment = {"type": "none"}
        for metadata in ({}, {"asstctl_smoke": "other"}, {"asstctl_smoke": "demo"}):
            await client.beta.agents.sessions.create(
                agent={"model": "m"}, environment=environment, input="Hi", metadata=metadata
            )

    local.account(leave)
    done = json.loads(local.run("gc", "--auto-approve", "--format", "json").out)

    assert [item["status"] for item in done["sessions"]] == ["deleted"]
    assert len(sessions(local)) == 2


def test_there_is_no_word_of_sessions_where_there_are_none(project: Project) -> None:
    told = json.loads(project.run("gc", "--format", "json").out)

    assert "sessions" not in told
