"""``/agents/environments/templates``: what is kept, what is never shown, what is refused."""

import base64
from typing import Any

import httpx2
import openai
import pytest
from openai.types.beta.agents.environments import EnvironmentTemplate, EnvironmentTemplateDeleted

from emulator.agents import BETA
from emulator.walker import Walker

ALL = "/agents/environments/templates"
ZIP = {"type": "base64", "media_type": "application/zip", "data": "UEsFBg=="}
SECRET = "secret-of-the-sandbox"


def _inline(path: str, data: bytes = b"hello") -> dict[str, Any]:
    return {"type": "inline", "path": path, "data": base64.b64encode(data).decode()}


async def test_what_is_unset_reads_back_as_its_default(walker: Walker) -> None:
    made = await walker.client.beta.agents.environments.templates.create()
    assert walker.exactly(EnvironmentTemplate) == {
        "id": made.id,
        "object": "agent.environment.template",
        "created_at": 1_800_000_000,
        "updated_at": 1_800_000_000,
        "name": None,
        "files": [],
        "packages": {"npm": [], "python": [], "system": []},
        "network": {"access": "enabled", "allowed_domains": []},
        "skills": [],
        "plugins": [],
        "capability_directories": [],
        "desktop": {"enabled": False},
    }


async def test_secrets_and_contents_are_never_shown(walker: Walker) -> None:
    templates = walker.client.beta.agents.environments.templates
    uploaded = await walker.client.files.create(file=("a.md", b"text"), purpose="user_data")
    data = base64.b64encode(SECRET.encode()).decode()
    given: Any = {
        "name": "sandbox",
        "files": [
            {"type": "file_id", "file_id": uploaded.id, "path": "/workspace/docs/a.md"},
            {"type": "inline", "data": data, "path": "/workspace/b.txt"},
        ],
        "env": {"TOKEN": SECRET},
        "setup_commands": [{"command": f"echo {SECRET}", "cwd": "/workspace"}],
        "network": {"access": "restricted", "blocked_domains": [f"{SECRET}.example"]},
        "packages": {"python": ["pypdf"]},
        "skills": [
            {"type": "skill_reference", "skill_id": "skill_1", "version": "latest"},
            {"type": "inline", "name": "s", "description": "S", "source": ZIP},
        ],
        "plugins": [{"type": "inline", "name": "p", "description": "P", "source": ZIP}],
        "desktop": {"enabled": True},
        "capability_directories": ["/workspace/skills"],
    }
    made = await templates.create(**given)
    created = walker.exactly(EnvironmentTemplate)
    await templates.retrieve(made.id)
    assert walker.exactly(EnvironmentTemplate) == created
    [listed] = (await templates.list()).data
    assert walker.page(EnvironmentTemplate)["data"] == [created]
    assert listed.id == made.id
    for hidden in (SECRET, data, ZIP["data"]):
        assert hidden not in str(created)
    assert created["files"] == [
        given["files"][0],
        {"type": "inline", "path": "/workspace/b.txt", "size_bytes": len(SECRET)},
    ]
    assert created["network"] == {"access": "restricted", "allowed_domains": []}
    assert created["packages"] == {"npm": [], "python": ["pypdf"], "system": []}
    assert created["skills"] == [
        {"type": "skill_reference", "skill_id": "skill_1", "version": "latest"},
        {"type": "inline", "name": "s", "description": "S"},
    ]
    assert created["plugins"] == [{"type": "inline", "name": "p", "description": "P"}]


async def test_an_update_replaces_lists_and_null_clears(walker: Walker, clock: Any) -> None:
    templates = walker.client.beta.agents.environments.templates
    files: Any = [_inline("/workspace/a"), _inline("/workspace/b")]
    made = await templates.create(
        name="x", files=files, packages={"npm": ["a"]}, network={"access": "disabled"}
    )
    created = walker.last
    clock.advance(3)
    await templates.update(made.id, files=files[:1], packages={"python": ["b"]})
    changed = walker.exactly(EnvironmentTemplate)
    assert changed == created | {
        "files": created["files"][:1],
        "packages": {"npm": [], "python": ["b"], "system": []},
        "updated_at": created["updated_at"] + 3,
    }
    await templates.update(made.id, name=None, files=None, packages=None, network=None)
    plain = await templates.create()
    assert walker.exactly(EnvironmentTemplate)["files"] == []
    cleared = await templates.retrieve(made.id)
    assert (
        cleared.model_copy(
            update={"id": plain.id, "created_at": plain.created_at, "updated_at": plain.updated_at}
        )
        == plain
    )


async def test_a_deleted_template_is_gone(walker: Walker) -> None:
    templates = walker.client.beta.agents.environments.templates
    made = await templates.create()
    await templates.delete(made.id)
    walker.exactly(EnvironmentTemplateDeleted)
    for asked in (templates.retrieve(made.id), templates.delete(made.id)):
        with pytest.raises(openai.NotFoundError, match="No environment template found"):
            await asked


async def test_an_upload_may_be_deleted_while_a_template_names_it(
    client: openai.AsyncOpenAI,
) -> None:
    uploaded = await client.files.create(file=("a.md", b"text"), purpose="user_data")
    named: Any = {"type": "file_id", "file_id": uploaded.id, "path": "/workspace/a.md"}
    templates = client.beta.agents.environments.templates
    made = await templates.create(files=[named])
    await client.files.delete(uploaded.id)
    assert (await templates.retrieve(made.id)).files == made.files
    with pytest.raises(openai.BadRequestError, match=uploaded.id):
        await templates.update(made.id, files=[named])


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"name": ""}, "name", "string_below_min_length"),
    ({"name": "x" * 257}, "name", "string_above_max_length"),
    ({"metadata": {}}, "metadata", "unknown_parameter"),
    ({"files": [_inline(f"/workspace/{n}") for n in range(51)]}, "files", "array_above_max_length"),
    ({"files": [_inline("a.md")]}, "files[0].path", "invalid_value"),
    ({"files": [_inline("/workspace")]}, "files[0].path", "invalid_value"),
    ({"files": [_inline("/workspace/../etc/passwd")]}, "files[0].path", "invalid_value"),
    ({"files": [_inline("/workspace/a//b")]}, "files[0].path", "invalid_value"),
    ({"files": [_inline("/workspace/outputs")]}, "files[0].path", "invalid_value"),
    ({"files": [_inline("/workspace/.codex/x")]}, "files[0].path", "invalid_value"),
    ({"files": [_inline("/workspace/a"), _inline("/workspace/a")]}, "files", "invalid_value"),
    ({"files": [_inline("/workspace/a"), _inline("/workspace/a/b")]}, "files", "invalid_value"),
    (
        {"files": [{"type": "file_id", "file_id": "file-x", "path": "/workspace/a"}]},
        "files[0].file_id",
        "invalid_value",
    ),
    ({"files": [_inline("/workspace/a") | {"data": "***"}]}, "files[0].data", "invalid_value"),
    ({"setup_commands": [{"command": "x"}] * 17}, "setup_commands", "array_above_max_length"),
    (
        {"setup_commands": [{"command": "x", "cwd": "here"}]},
        "setup_commands[0].cwd",
        "invalid_value",
    ),
    ({"env": {"A": 1}}, "env.A", "invalid_type"),
    ({"network": {}}, "network.access", "missing_required_parameter"),
    (
        {"network": {"access": "enabled", "blocked_domains": ["a.example"]}},
        "network",
        "invalid_value",
    ),
    (
        {
            "network": {
                "access": "restricted",
                "allowed_domains": ["b.example"],
                "blocked_domains": ["a.example"],
            }
        },
        "network",
        "invalid_value",
    ),
    (
        {"network": {"access": "restricted", "blocked_domains": ["*.example"]}},
        "network",
        "invalid_value",
    ),
]


@pytest.mark.parametrize(("body", "param", "code"), REFUSED)
async def test_what_is_refused(
    http: httpx2.AsyncClient, body: dict[str, Any], param: str, code: str
) -> None:
    refused = await http.post(ALL, json=body, headers=BETA)
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert (error["param"], error["code"]) == (param, code)


async def test_an_upload_that_is_too_large(http: httpx2.AsyncClient) -> None:
    big = await http.post(
        "/files",
        data={"purpose": "user_data"},
        files={"file": ("big.bin", bytes(50 * 1024 * 1024 + 1))},
    )
    named = {"type": "file_id", "file_id": big.json()["id"], "path": "/workspace/big.bin"}
    refused = await http.post(ALL, json={"files": [named]}, headers=BETA)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "files[0].file_id")
