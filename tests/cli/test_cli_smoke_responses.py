"""Smoke on targets that speak Responses, as people call it."""

import json

import pytest

from cli.conftest import Project
from cli.test_cli_servers import served
from support.responses_server import Answer, ResponsesServer, says

LOCAL = "project: demo\ntargets: {local: {api: local, like: responses}}\n"
GUIDE = """\
kind: assistant
name: Guide
model: gpt-4o
instructions: Be brief.
tools:
  - {type: file_search, files: [docs/*.md]}
  - type: function
    function: {name: get_weather, parameters: {type: object, properties: {}}}
smoke:
  - name: finds the tram
    prompt: Which tram should I take in Lisbon?
    expect: {contains: "tram 28", cites: docs/lisbon.md, uses: file_search, status: completed}
  - name: asks for the weather
    prompt: Please call get_weather.
    run: {tool_choice: {type: function, function: {name: get_weather}}, max_completion_tokens: 500}
    functions: {get_weather: {output: sunny}}
    expect: {calls: get_weather, contains: sunny, max_seconds: 60}
"""
LISBON = "# Lisbon\n\nThe tram to take is the yellow tram 28.\n"


@pytest.fixture
def local(project: Project) -> Project:
    project.write("asstctl.yaml", LOCAL)
    project.write("docs/lisbon.md", LISBON)
    project.write("assistants/guide.yaml", GUIDE)
    return project


def test_an_apply_tries_what_it_wrote_and_takes_it_back(local: Project) -> None:
    local.apply("--smoke")
    bundle = local.root / "assistants.local.json"
    before = bundle.read_bytes()

    wrong = GUIDE.replace("contains: sunny", "contains: rainy").replace("brief", "rude")
    local.write("assistants/guide.yaml", wrong)
    undone = local.run("apply", "--auto-approve", "--smoke", "--rollback")

    assert undone.code == 4
    assert 'contains "rainy"' in undone.out
    assert bundle.read_bytes() == before


def test_a_conversation_that_is_kept_is_called_one(local: Project) -> None:
    local.apply()

    ran = local.run("smoke", "--keep-threads", "--stream")

    assert ran.code == 0, ran
    assert ran.out.count("  conversation conv_") == 2
    assert "kept conversation conv_" in ran.err


def test_a_report_has_the_evidence(local: Project) -> None:
    local.apply()

    ran = local.run("smoke", "--format", "json")

    tram, weather = json.loads(ran.out)["cases"]
    (turn,) = tram["turns"]
    assert {item["filename"] for item in turn["citations"]} == {"lisbon.md"}
    assert [call["type"] for call in turn["tool_calls"]] == ["file_search"]
    assert turn["usage"]["total_tokens"] > 0
    assert weather["turns"][0]["tool_calls"][-1] == {
        "type": "function",
        "name": "get_weather",
        "input": "{}",
        "output": "sunny",
    }


def test_an_authorization_is_sent_and_neither_written_nor_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_TOKEN", "sesame-open-7")
    project.write(
        "assistants/guide.yaml",
        "kind: assistant\nmodel: gpt-5\n"
        "tools:\n"
        "  - {type: mcp, server_label: crm, server_url: 'https://crm.example/mcp',"
        " require_approval: never, authorization: '${env.CRM_TOKEN}'}\n"
        "smoke: [{name: says, prompt: Hi., expect: {contains: Hello}}]\n",
    )
    server = ResponsesServer(answer=lambda _: Answer([says("Hello, sesame-open-7.")]))
    with served(server) as root:
        project.write(
            "asstctl.yaml",
            "project: demo\ntarget: far\n"
            f"targets:\n  far: {{api: responses, base_url: '{root}/v1'}}\n",
        )
        applied = project.apply("-vv", "--smoke")
        ran = project.run("smoke", "-vv", "--stream")

    assert ran.code == 0, ran
    sent = [body["tools"][0]["authorization"] for body in server.asked("POST /responses")]
    assert sent == ["sesame-open-7"] * 2
    assert "sesame" not in applied.out + applied.err + ran.out + ran.err
    assert "sesame" not in (project.root / "assistants.far.json").read_text("utf-8")
    assert server.left == []
