"""A target that speaks Responses: entries of the bundle are what objects are elsewhere."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from jsonschema import Draft202012Validator

from asstctl.manifest.schema.written import schema_text
from cli.conftest import Project, Ran

SETTINGS = """\
project: shop
target: here
targets:
  here: {api: local, like: responses, bundle: deploy/assistants.json}
safety: {max_deletes: 1}
"""
GUIDE = """\
kind: assistant
key: guide
name: Guide
model: gpt-4.1
instructions: Be brief.
temperature: 0.5
reasoning: {effort: low}
text: {verbosity: low}
tools:
  - {type: code_interpreter, files: [data/r.csv]}
  - {type: file_search, vector_store: docs, max_num_results: 8}
  - type: function
    name: weather
    parameters: {type: object, properties: {city: {type: string}}}
  - type: mcp
    server_label: crm
    server_url: https://mcp.example.com
    require_approval: never
    authorization: ${env.CRM_TOKEN}
metadata: {team: travel}
---
kind: vector_store
key: docs
files: [docs/*.md]
"""
CLERK = "kind: assistant\nname: Clerk\nmodel: gpt-4.1\n"
TOKEN = "tok-very-secret-indeed"


class Shop:
    """A project with two assistants and the bundle that it is applied to."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.bundle = project.root / "deploy/assistants.json"
        project.remove("assistants/guide.yaml")
        project.write("asstctl.yaml", SETTINGS)
        project.write("assistants/all.yaml", GUIDE)
        project.write("assistants/clerk.yaml", CLERK)
        project.write("docs/lisbon.md", "Lisbon lies on seven hills.")
        project.write("data/r.csv", "what,price\n")

    def run(self, *arguments: str) -> Ran:
        return self.project.run(*arguments)

    @property
    def document(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.bundle.read_text(encoding="utf-8"))
        return read

    def edit(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Edit the bundle by hand."""
        document = self.document
        change(document)
        self.bundle.write_text(json.dumps(document), encoding="utf-8")

    def changes(self, *options: str) -> dict[str, dict[str, Any]]:
        """What a plan says, by address."""
        plan = json.loads(self.run("plan", "--format", "json", *options).out)
        return {change["address"]: change for change in plan["changes"]}

    def is_in_step(self) -> bool:
        return self.run("plan", "--detailed-exitcode").code == 0


@pytest.fixture
def fresh(project: Project, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("CRM_TOKEN", TOKEN)
    return Shop(project)


@pytest.fixture
def shop(fresh: Shop) -> Shop:
    fresh.project.apply()
    return fresh


def request_of(document: dict[str, Any], key: str = "guide") -> dict[str, Any]:
    request: dict[str, Any] = document["assistants"][key]["request"]
    return request


def tool(document: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        item for item in request_of(document)["tools"] if item["type"] == kind
    )
    return found


def test_what_is_applied_is_a_request_and_the_next_plan_is_empty(shop: Shop) -> None:
    document = shop.document
    guide = document["assistants"]["guide"]
    assert (document["format_version"], document["project"], document["target"]) == (
        *("1.0", "shop", "here"),
    )
    assert list(document["vector_stores"]) == ["docs"]
    assert tool(document, "file_search") == {
        "type": "file_search",
        "vector_store_ids": [document["vector_stores"]["docs"]],
        "max_num_results": 8,
    }
    container = tool(document, "code_interpreter")["container"]
    assert container == {"type": "auto", "file_ids": list(guide["files"])}
    assert guide["needs"] == ["tools.mcp.crm.authorization"]
    assert guide["name"] == "Guide"
    assert request_of(document, "clerk") == {"model": "gpt-4.1"}
    assert shop.is_in_step()


def test_no_secret_and_no_commit_is_in_it(fresh: Shop) -> None:
    fresh.project.git("init", "--quiet")
    fresh.project.git("add", ".")
    fresh.project.git("commit", "--quiet", "--message", "all")
    ran = fresh.project.apply()
    text = fresh.bundle.read_text(encoding="utf-8")
    assert TOKEN not in text + ran.out + ran.err
    assert fresh.project.git("rev-parse", "HEAD")[:7] not in text
    assert str(fresh.project.root) not in text


def test_the_server_takes_what_it_says(shop: Shop) -> None:
    async def send(client: openai.AsyncOpenAI) -> Any:
        request = request_of(shop.document)
        request["tools"] = [item for item in request["tools"] if item["type"] != "mcp"]
        del request["reasoning"]
        return await client.responses.create(**request, input="Where does Lisbon lie?")

    assert "seven hills" in shop.project.account(send).output_text


HAND_EDITS: dict[str, tuple[Callable[[dict[str, Any]], object], set[str]]] = {
    "a text": (lambda d: request_of(d).update(instructions="By hand."), {"instructions"}),
    "a text that goes": (lambda d: request_of(d).pop("instructions"), {"instructions"}),
    "a text of a wrong type": (lambda d: request_of(d).update(instructions=[1]), {"instructions"}),
    "a number": (lambda d: request_of(d).update(temperature=1.5), {"temperature"}),
    "a number in a text": (lambda d: request_of(d).update(temperature="0.5"), {"temperature"}),
    "another model": (lambda d: request_of(d).update(model="gpt-5"), {"model"}),
    "a name": (lambda d: d["assistants"]["guide"].update(name="Else"), {"name"}),
    "an effort": (lambda d: request_of(d)["reasoning"].update(effort="high"), {"reasoning_effort"}),
    "a summary": (
        lambda d: request_of(d)["reasoning"].update(summary="auto"),
        {"reasoning.summary"},
    ),
    "a verbosity": (lambda d: request_of(d)["text"].update(verbosity="high"), {"text.verbosity"}),
    "a format": (
        lambda d: request_of(d)["text"].update(format={"type": "json_object"}),
        {"response_format"},
    ),
    "a tier": (lambda d: request_of(d).update(service_tier="flex"), {"service_tier"}),
    "metadata": (lambda d: request_of(d)["metadata"].update(team="sales"), {"metadata.team"}),
    "an option": (
        lambda d: tool(d, "file_search").update(max_num_results=9),
        {"tools.file_search.max_num_results"},
    ),
    "a schema": (
        lambda d: tool(d, "function")["parameters"]["properties"].update(day={"type": "string"}),
        {"tools.function.weather.parameters.properties.day"},
    ),
    "an approval": (
        lambda d: tool(d, "mcp").update(require_approval="always"),
        {"tools.mcp.crm.require_approval"},
    ),
    "a secret": (
        lambda d: tool(d, "mcp").update(authorization="Bearer by-hand"),
        {"tools.mcp.crm.authorization"},
    ),
    "another store": (
        lambda d: tool(d, "file_search").update(vector_store_ids=["vs_else"]),
        {"tools.file_search.vector_store"},
    ),
    "another file": (
        lambda d: tool(d, "code_interpreter")["container"]["file_ids"].append("file-else"),
        {"tools.code_interpreter.files"},
    ),
    "an option that no manifest has": (
        lambda d: request_of(d).update(max_output_tokens=5),
        {"request"},
    ),
    "an option of the text": (lambda d: request_of(d)["text"].update(more=1), {"request"}),
    "one more tool": (
        lambda d: request_of(d)["tools"].append({"type": "web_search"}),
        {"tools.web_search"},
    ),
    "no tools": (
        lambda d: request_of(d).pop("tools"),
        {
            *("tools.code_interpreter", "tools.file_search", "tools.function.weather"),
            *("tools.mcp.crm", "tools.file_search.vector_store"),
        },
    ),
}


@pytest.mark.parametrize("name", HAND_EDITS)
def test_an_edit_by_hand_is_drift_until_it_is_overwritten(shop: Shop, name: str) -> None:
    edit, paths = HAND_EDITS[name]
    shop.edit(edit)
    change = shop.changes()["assistant.guide"]
    seen = {item["path"] for item in (*change["drift"], *change["fields"])}
    if name != "another store":
        assert change["action"] == "blocked"
        assert shop.run("apply", "--auto-approve").code == 5
    assert seen == paths
    assert "by-hand" not in shop.run("plan").out
    shop.project.apply("--overwrite-drift")
    assert shop.is_in_step()
    assert "by-hand" not in shop.bundle.read_text(encoding="utf-8")


def test_a_store_that_the_bundle_names_otherwise_is_named_anew(shop: Shop) -> None:
    before = shop.bundle.read_bytes()
    for edit in ({"docs": "vs_else"}, {}):
        shop.edit(lambda d, edit=edit: d.update(vector_stores=edit))  # type: ignore[misc]
        assert shop.changes()["vector_store.docs"]["action"] == "update"
        shop.project.apply()
        assert shop.bundle.read_bytes() == before
        assert shop.is_in_step()


def test_the_bundle_fits_its_schema(shop: Shop) -> None:
    Draft202012Validator(json.loads(schema_text("bundle"))).validate(shop.document)


@pytest.mark.parametrize(
    "path", ["asstctl.yaml", "deploy/", "docs/.json", ".asstctl/b.json", "./.git/b.json"]
)
def test_a_bundle_is_a_file_of_its_own(shop: Shop, path: str) -> None:
    before = (shop.project.root / "asstctl.yaml").read_text()
    shop.project.write("asstctl.yaml", re.sub(r"bundle: [^},]+", f"bundle: {path}", before))

    assert "A bundle is a file of its own that ends in .json" in shop.run("validate").out


HARMLESS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a member that nobody knows": lambda d: d.update(comment="mine"),
    "a member of an entry": lambda d: d["assistants"]["guide"].update(comment="mine"),
    "a default": lambda d: request_of(d).update(service_tier="auto", top_p=1),
    "the order of tools": lambda d: request_of(d)["tools"].reverse(),
    "nulls": lambda d: request_of(d).update(top_p=None, service_tier=None),
    "the target's name": lambda d: d.update(target="elsewhere"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_means_the_same_is_no_drift(shop: Shop, name: str) -> None:
    shop.edit(HARMLESS[name])
    before = shop.bundle.read_bytes()
    assert shop.is_in_step()
    shop.project.apply()
    assert shop.bundle.read_bytes() == before


def test_an_entry_taken_out_by_hand_is_made_anew(shop: Shop) -> None:
    before = shop.bundle.read_bytes()
    shop.edit(lambda d: d["assistants"].pop("clerk"))
    assert shop.changes()["assistant.clerk"]["action"] == "create"
    shop.project.apply()
    assert shop.bundle.read_bytes() == before


def test_an_entry_that_no_manifest_wants_needs_prune(shop: Shop) -> None:
    shop.project.remove("assistants/clerk.yaml")
    assert shop.changes()["assistant.clerk"]["action"] == "forget"
    shop.project.apply()
    assert "clerk" in shop.document["assistants"]
    shop.project.apply("--prune")
    assert list(shop.document["assistants"]) == ["guide"]


def test_a_protected_entry_is_never_deleted(shop: Shop) -> None:
    shop.project.write("assistants/clerk.yaml", CLERK + "lifecycle: {protect: true}\n")
    shop.project.apply()
    shop.project.remove("assistants/clerk.yaml")
    assert shop.changes("--prune")["assistant.clerk"]["action"] == "blocked"
    shop.run("destroy", "--auto-approve")
    assert list(shop.document["assistants"]) == ["clerk"]
    assert shop.document["vector_stores"] == {}


def test_a_rename_keeps_what_was_applied(shop: Shop) -> None:
    before = shop.document["assistants"]["clerk"]
    shop.project.remove("assistants/clerk.yaml")
    shop.project.write("assistants/cashier.yaml", CLERK + "previously: [clerk]\n")
    change = shop.changes()["assistant.cashier"]
    assert (change["action"], change["id"], change["files"]) == ("move", "clerk", [])
    assert "moved" in shop.project.apply().out
    assert shop.document["assistants"].keys() == {"guide", "cashier"}
    assert shop.document["assistants"]["cashier"] == before
    assert shop.is_in_step()


def test_only_what_is_chosen_is_written(shop: Shop) -> None:
    shop.project.write("assistants/clerk.yaml", CLERK + "instructions: One.\n")
    shop.project.write("assistants/all.yaml", GUIDE.replace("brief", "long"))
    shop.project.apply("--only", "assistant.clerk")
    assert request_of(shop.document, "clerk")["instructions"] == "One."
    assert request_of(shop.document)["instructions"] == "Be brief."


def test_destroy_takes_the_file_along(shop: Shop) -> None:
    assert shop.run("destroy", "--auto-approve").code == 0
    assert not shop.bundle.exists()
    again = shop.run("destroy", "--auto-approve")
    assert again.code == 0
    assert "missing-bundle" not in again.out + again.err


def test_status_names_what_is_applied(shop: Shop) -> None:
    document = shop.document
    env = shop.run("status", "--format", "env").out
    assert f"ASSTCTL_GUIDE_DIGEST={document['assistants']['guide']['digest']}\n" in env
    assert f"ASSTCTL_DOCS_VECTOR_STORE_ID={document['vector_stores']['docs']}\n" in env
    assert "in sync" in shop.run("status").out


def test_a_saved_plan_is_bound_to_the_entries(shop: Shop, tmp_path: Path) -> None:
    plan = str(tmp_path / "plan.json")
    shop.project.write("assistants/clerk.yaml", CLERK + "instructions: One.\n")
    assert shop.run("plan", "--out", plan).code == 0
    shop.edit(lambda d: request_of(d, "clerk").update(temperature=0.1))
    before = shop.bundle.read_bytes()
    refused = shop.run("apply", "--auto-approve", plan)
    assert refused.code == 5
    assert "stale-plan" in refused.err
    assert shop.bundle.read_bytes() == before

    shop.edit(lambda d: request_of(d, "clerk").pop("temperature"))
    shop.project.apply(plan)
    assert request_of(shop.document, "clerk")["instructions"] == "One."
    assert shop.run("apply", "--auto-approve", plan).code == 5


def test_import_knows_stores_only(fresh: Shop) -> None:
    async def make(client: openai.AsyncOpenAI) -> str:
        return (await client.vector_stores.create(name="docs")).id

    store_id = fresh.project.account(make)
    refused = fresh.run("import", "guide", "asst_1")
    assert refused.code == 1
    assert "import knows vector stores only" in refused.err
    assert fresh.run("import", "docs", store_id).code == 0
    fresh.project.apply()
    assert fresh.document["vector_stores"] == {"docs": store_id}


def test_a_bundle_is_pulled_into_manifests(shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "pulled"
    ran = shop.run("pull", "--out", str(out))
    assert ran.code == 0, ran.err
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {"assistants/guide.yaml", "assistants/clerk.yaml", "files/guide/r.csv"} <= written
    text = (out / "assistants/guide.yaml").read_text(encoding="utf-8")
    assert "server_label: crm" in text
    assert "asstctl_" not in text
    one = shop.run("pull", "clerk", "--out", str(tmp_path / "one"))
    assert one.code == 0, one.err
    assert (tmp_path / "one/assistants/clerk.yaml").exists()


def test_what_a_container_names_is_in_use(shop: Shop) -> None:
    assert "Nothing to delete" in shop.run("gc").out
    (held,) = shop.document["assistants"]["guide"]["files"]
    shop.bundle.unlink()
    # The journal of this folder proves whose the upload is.
    found = json.loads(shop.run("gc", "--format", "json").out)
    assert held in json.dumps(found)


def test_equal_content_proves_nothing_beside_a_bundle(shop: Shop) -> None:
    """Another target's bundle may hold the upload: only the journal and stamps are believed."""
    shop.bundle.unlink()
    (shop.project.root / ".asstctl/uploads.jsonl").unlink()
    assert "Nothing to delete" in shop.run("gc").out


def test_without_the_bundle_files_are_sent_again_and_stores_stay(shop: Shop) -> None:
    stores = shop.document["vector_stores"]
    shop.bundle.unlink()
    (shop.project.root / ".asstctl/uploads.jsonl").unlink()
    plan = shop.run("plan")
    assert plan.out.count("[missing-bundle]") == 1
    assert "uploaded anew" in plan.out
    shop.project.apply()
    assert shop.document["vector_stores"] == stores
    assert shop.is_in_step()


def test_the_wrong_account_is_told_by_what_lies_on_the_server(shop: Shop) -> None:
    shop.bundle.unlink()
    assert shop.run("plan", "--detailed-exitcode").code == 2, "stores are still there"

    async def empty(client: openai.AsyncOpenAI) -> None:
        await client.vector_stores.delete(shop.document["vector_stores"]["docs"])

    shop.project.apply()
    shop.project.account(empty)
    refused = shop.run("apply", "--auto-approve")
    assert refused.code == 5
    assert "wrong-account" in refused.err
    assert "left 1 object there" in refused.err


def test_a_commit_is_applied_to_the_bundle_of_the_work_tree(shop: Shop) -> None:
    git = shop.project.git
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "one")
    shop.project.write("assistants/clerk.yaml", CLERK + "instructions: Two.\n")
    shop.project.apply()
    assert shop.run("plan", "--ref", "HEAD", "--detailed-exitcode").code == 2
    shop.project.apply("--ref", "HEAD")
    assert "instructions" not in request_of(shop.document, "clerk")
    assert shop.run("plan", "--ref", "HEAD", "--detailed-exitcode").code == 0


def test_no_assistant_is_made_to_see_what_the_server_keeps(fresh: Shop) -> None:
    fresh.project.apply()

    async def count(client: openai.AsyncOpenAI) -> int:
        return len((await client.beta.assistants.list()).data)

    assert fresh.project.account(count) == 0
    assert fresh.document["assistants"].keys() == {"guide", "clerk"}


@pytest.mark.parametrize(
    ("text", "code", "exit_code"),
    [
        ("<<<<<<< HEAD\n=======\n>>>>>>> main\n", "bundle", 1),
        ('{"format_version": "9"}', "bundle", 1),
        ('{"format_version": "1.0", "project": "other"}', "owned-elsewhere", 5),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply", "status", "gc", "destroy", "pull"])
def test_every_command_stops_at_a_bundle_that_is_none(
    shop: Shop, command: str, text: str, code: str, exit_code: int
) -> None:
    shop.bundle.write_text(text, encoding="utf-8")
    agreed = ("--auto-approve",) if command in ("apply", "destroy") else ()
    ran = shop.run(command, *agreed)
    assert ran.code == exit_code
    assert f"[{code}]" in ran.err
    assert "deploy/assistants.json" in ran.err
    assert "Traceback" not in ran.err
    assert shop.bundle.read_text(encoding="utf-8") == text
