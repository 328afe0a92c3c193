"""What people read about servers that lie, lack or break a part of the protocol."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import jsonschema
import pytest
import uvicorn

from asstctl.manifest.schema.schemas import schema
from cli.conftest import Project
from support.quirks import Deletes, Quirks
from support.server import Server

STUCK = Quirks(ignores_after=True, ignores_order=True)
MANY = 130
CASE = (
    "kind: assistant\nmodel: gpt-4o\nsmoke: [{name: says, prompt: Hi., expect: {contains: Hi}}]\n"
)


@contextmanager
def served(server: Server) -> Iterator[str]:
    """A server on a socket; the address of its root, without ``/v1``."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(server, log_level="error", lifespan="off")
        serving = uvicorn.Server(config)
        thread = threading.Thread(target=serving.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            serving.should_exit = True
            thread.join()


def aim(project: Project, root: str) -> None:
    """Have a project speak to a server."""
    project.write(
        "asstctl.yaml",
        "project: demo\ntarget: far\nsafety: {max_deletes: 1}\n"
        f"targets:\n  far: {{api: assistants, timeout: 20, base_url: '{root}'}}\n",
    )


def turn(server: Server, quirks: Quirks) -> None:
    server.quirks = server.state.quirks = quirks


def test_a_cut_list_is_said_by_every_command(project: Project) -> None:
    server = Server()
    for number in range(MANY):
        project.write(f"assistants/a{number:03}.yaml", "kind: assistant\nmodel: gpt-4o\n")
    project.remove("assistants/guide.yaml")
    with served(server) as root:
        aim(project, f"{root}/v1")
        project.apply()
        turn(server, STUCK)

        plan = project.run("plan", "--detailed-exitcode")
        assert plan.code == 2
        assert "[cut-list]" in plan.out
        assert "30 not shown, 100 unchanged" in plan.out
        assert "create" not in plan.out
        assert "deleted elsewhere" not in plan.out

        markdown = project.run("plan", "--format", "markdown")
        assert "`cut-list`" in markdown.out

        document = json.loads(project.run("plan", "--format", "json").out)
        jsonschema.validate(document, schema("plan"))
        assert [warning["code"] for warning in document["warnings"]] == ["cut-list"]
        assert (document["summary"]["create"], document["summary"]["unseen"]) == (0, 30)

        status = project.run("status")
        assert status.code == 0
        assert "[cut-list]" in status.out
        assert "missing" not in status.out
        states = json.loads(project.run("status", "--format", "json").out)
        jsonschema.validate(states, schema("status"))
        assert sum(item["state"] == "unknown" for item in states["resources"]) == 30

        project.write("assistants/a000.yaml", CASE)
        smoke = project.run("smoke", "a000")
        for refused in (project.run("apply", "--auto-approve"), project.run("gc"), smoke):
            assert refused.code == 5
            assert "[cut-list]" in refused.err
        assert len(server.state.assistants) == MANY

        first = project.run("destroy", "--auto-approve")
        assert first.code == 3
        assert "more may be left" in first.out
        assert "[cut-list]" in first.out
        assert len(server.state.assistants) == 30
        second = project.run("destroy", "--auto-approve", "--format", "json")
        report = json.loads(second.out)
        jsonschema.validate(report, schema("report"))
        assert (second.code, report["more_may_be_left"]) == (0, False)
        assert server.state.assistants == {}


def test_a_server_without_store_files_is_told_by_name(project: Project) -> None:
    server = Server(Quirks(no_store_files=404))
    project.write("guides/lisbon.md", "Lisbon lies on seven hills.\n")
    project.write(
        "assistants/guides.yaml", "kind: vector_store\nkey: guides\nfiles: [guides/lisbon.md]\n"
    )
    with served(server) as root:
        aim(project, f"{root}/v1")
        for _ in range(2):
            applied = project.run("apply", "--auto-approve")
            assert applied.code == 3
            assert "✗ vector_store.guides" in applied.out
        assert "/v1/vector_stores/" in applied.out
        assert "[files-unknown]" in applied.out
        assert project.run("plan", "--only", "assistant.guide").code == 0
        assert "[files-unknown]" in project.run("status").out
        assert project.run("pull", "--all", "--out", "pulled").code == 0
        doctor = project.run("doctor")
        assert doctor.code == 1
        assert "✗ store files" in doctor.out
        assert project.run("destroy", "--auto-approve").code == 0
    assert server.state.stores == server.state.assistants == {}


def test_a_delete_that_comes_to_nothing_is_a_failed_change(project: Project) -> None:
    server = Server()
    with served(server) as root:
        aim(project, f"{root}/v1")
        project.apply()
        turn(server, Quirks(deletes=Deletes.NOT_FOUND))
        destroyed = project.run("destroy", "--auto-approve", "--format", "json")
        doctor = project.run("doctor")
    (change,) = json.loads(destroyed.out)["changes"]
    assert (destroyed.code, change["status"]) == (3, "failed")
    assert change["error"]["code"] == "not-kept"
    assert "HTTP 404 for DELETE /v1/assistants/" in change["error"]["why"]
    assert doctor.code == 1
    assert "✗ deletes" in doctor.out


def test_stores_that_cannot_be_listed_stop_no_project_without_any(project: Project) -> None:
    server = Server(Quirks(no_stores=400))
    with served(server) as root:
        aim(project, f"{root}/v1")
        planned = project.run("plan")
        assert planned.code == 0
        assert "[stores-unknown]" in planned.out
        project.apply()
        doctor = project.run("doctor")
        assert doctor.code == 0
        assert "! vector stores" in doctor.out
        assert project.run("destroy", "--auto-approve").code == 0


@pytest.mark.parametrize("command", ["plan", "status", "apply", "gc", "pull"])
def test_where_nothing_is_there_the_url_is_told(project: Project, command: str) -> None:
    project.write("assistants/docs.yaml", "kind: vector_store\nkey: docs\nfiles: [a.md]\n")
    project.write("a.md", "text")
    with served(Server(Quirks(nothing=404))) as root:
        aim(project, root)
        ran = project.run(command)
        doctor = project.run("doctor")
    assert ran.code == 1
    assert "[api-gone]" in ran.err
    assert f"GET {root}/assistants" in " ".join(ran.err.split())
    assert f"Try {root}/v1" in " ".join(ran.err.split())
    assert f"GET {root}/assistants" in " ".join(doctor.out.split())
