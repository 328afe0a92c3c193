"""The doctor: one line per check, its cure, and nothing left behind."""

import json
import socket

import jsonschema
import pytest

from asstctl.manifest.schema.schemas import schema
from asstctl.remote.assistants.account import AssistantsAccount
from asstctl.remote.diagnose.server import look_at
from asstctl.sync.doctor.check import Needs, Verdict
from asstctl.sync.doctor.checks import run_checks
from cli.conftest import Project
from support.clock import run
from support.engine import ACCOUNT, Engine
from support.quirks import Metadata, Quirks
from support.server import Server


def _verdicts(server: Server) -> dict[str, tuple[Verdict, str]]:
    engine = Engine(server)

    async def checks() -> dict[str, tuple[Verdict, str]]:
        async with engine.wire() as wire:
            account = AssistantsAccount(wire, ACCOUNT)
            needs = Needs(project="acme", models=("gpt-4o",))
            found = await run_checks(account, needs, await look_at(wire))
            return {check.name: (check.verdict, check.found) for check in found}

    return run(checks())


def test_a_healthy_local_account(project: Project) -> None:
    project.apply()
    ran = project.run("doctor", "--format", "json")
    document = json.loads(ran.out)
    jsonschema.validate(document, schema("doctor"))
    assert ran.code == 0
    assert document["healthy"]
    assert document["use"] == "assistants"
    assert {item["api"] for item in document["apis"] if item["answers"]} >= {"assistants"}
    assert {check["name"] for check in document["checks"]} >= {
        "configuration",
        "key",
        "assistants API",
        "vector stores",
        "metadata",
        "metadata updates",
    }
    assert set(project.assistants()) == {"Guide"}


def test_broken_manifests_are_one_failed_check(project: Project) -> None:
    project.write("assistants/guide.yaml", "kind: assistant\n")
    ran = project.run("doctor")
    assert ran.code == 1
    assert "✗ configuration" in ran.out
    assert "asstctl validate" in ran.out


def test_an_account_out_of_reach_skips_what_depends_on_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("DEMO_KEY", "very-secret-key-0123456789")
    project.write(
        "asstctl.yaml",
        "project: demo\ntarget: far\ntargets:\n  far: {api: assistants, timeout: 1, "
        f"base_url: 'http://127.0.0.1:{port}/v1', api_key: '${{env.DEMO_KEY}}'}}\n",
    )
    ran = project.run("doctor")
    assert ran.code == 1
    assert "✗ assistants API" in ran.out
    assert "very-secret" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("quirks", "name", "verdict", "words"),
    [
        (Quirks(), "metadata updates", Verdict.OK, "replaced"),
        (Quirks(metadata=Metadata.MERGED), "metadata updates", Verdict.OK, "merged"),
        (Quirks(metadata=Metadata.DROPPED), "metadata", Verdict.FAILED, "lost"),
    ],
)
def test_what_becomes_of_metadata(quirks: Quirks, name: str, verdict: Verdict, words: str) -> None:
    server = Server(quirks)
    found = _verdicts(server)
    assert found[name][0] is verdict
    assert words in found[name][1]
    assert server.state.assistants == {}
