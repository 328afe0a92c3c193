"""The command: where it writes, what it says, and that it never writes over anything."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest

from asstctl.app.pull_folder import Destination
from asstctl.emulator import open_account
from asstctl.errors import UsageError
from asstctl.manifest.load import load, require
from asstctl.manifest.writing.new_project import project_text
from real_command import COMMAND, clean_environment, run_asstctl, run_in_process
from support.sdk import openai_client

ACCOUNT = ".asstctl/account.db"


def fill(root: Path) -> None:
    """An account as an application leaves it: made with the API alone."""

    async def fill() -> None:
        async with (
            open_account(root / ACCOUNT) as local,
            openai_client(local.app) as client,
        ):
            one = await client.files.create(file=("lisbon.md", b"Tram 28."), purpose="assistants")
            two = await client.files.create(file=("lisbon.md", b"Tram 12."), purpose="assistants")
            bill = await client.files.create(file=("bill.csv", b"1,2"), purpose="assistants")
            store = await client.vector_stores.create(name="City Guides", file_ids=[one.id, two.id])
            await client.beta.assistants.create(
                model="gpt-4o",
                name="Travel Guide",
                instructions="Answer briefly.\n\nPrices are in ${EUR}.\n",
                tools=[{"type": "code_interpreter"}, {"type": "file_search"}],
                tool_resources={
                    "code_interpreter": {"file_ids": [bill.id]},
                    "file_search": {"vector_store_ids": [store.id]},
                },
                metadata={"team": "travel"},
                temperature=0.4,
            )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.run(fill())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project without manifests, on an account with something in it."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "asstctl.yaml").write_text("project: demo\n")
    fill(root)
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_in_process(arguments, cwd=root, home=root.parent)


def files_in(root: Path) -> set[str]:
    found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return {path for path in found if not path.startswith(".asstctl/")}


def test_pull_import_and_the_plan_is_empty(root: Path) -> None:
    done = run(root, "pull", "--all")

    assert done.returncode == 0, done.stderr
    assert files_in(root) == {
        "asstctl.yaml",
        "assistants/travel-guide.yaml",
        "assistants/vector-stores/city-guides.yaml",
        "files/city-guides/lisbon.md",
        "files/city-guides/2/lisbon.md",
        "files/travel-guide/bill.csv",
    }
    assert "pulled: 1 assistant, 1 vector store, 3 files" in done.stdout
    commands = re.findall(r"^  asstctl (import .*)$", done.stdout, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        imported = run(root, *shlex.split(command))
        assert imported.returncode == 0, imported.stderr
    plan = run(root, "plan", "--detailed-exitcode")
    assert (plan.returncode, "No changes." in plan.stdout) == (0, True)


def test_the_manifest_has_neither_ids_nor_stamps(root: Path) -> None:
    run(root, "pull", "--all")

    text = (root / "assistants/travel-guide.yaml").read_text()
    assert not re.search(r"asst_|vs_|file-|asstctl_", text)
    assert "Prices are in $${EUR}." in text


def test_out_makes_a_project_of_its_own(root: Path) -> None:
    done = run(root, "pull", "--all", "--out", "backup/2026")

    assert done.returncode == 0, done.stderr
    backup = root / "backup/2026"
    assert "asstctl.yaml" in files_in(backup)
    assert "To make all of it there:\n  asstctl -C backup/2026 apply\n" in done.stdout
    assert "import" not in done.stdout  # its own local account has nothing to adopt
    checked = run(root, "-C", "backup/2026", "validate")
    assert checked.stdout == "valid: 1 assistant, 1 vector store, 3 files\n"
    assert "project: demo" in (backup / "asstctl.yaml").read_text()


def test_what_is_there_is_never_overwritten(root: Path) -> None:
    (root / "files/city-guides").mkdir(parents=True)
    (root / "files/city-guides/lisbon.md").write_text("mine")
    before = files_in(root)

    done = run(root, "pull", "--all")

    assert done.returncode == 1
    assert "there already: files/city-guides/lisbon.md" in done.stderr
    assert (root / "files/city-guides/lisbon.md").read_text() == "mine"
    assert files_in(root) == before
    assert [path.name for path in root.iterdir() if path.name.startswith(".asstctl-")] == []


def test_a_second_pull_names_what_is_there(root: Path) -> None:
    run(root, "pull", "--all")

    again = run(root, "pull", "--all")

    assert again.returncode == 1
    assert "described already: assistant.travel-guide in assistants/" in again.stderr
    assert "vector_store.city-guides in assistants/vector-stores/" in again.stderr


def test_what_is_managed_already_is_not_described_twice(root: Path) -> None:
    first = run(root, "pull", "--all")
    for command in re.findall(r"^  asstctl (import .*)$", first.stdout, re.MULTILINE):
        run(root, *shlex.split(command))

    again, elsewhere = run(root, "pull"), run(root, "pull", "--out", "copy")

    assert again.returncode == 1
    assert "vector_store.city-guides in assistants/vector-stores/" in again.stderr
    assert elsewhere.returncode == 0
    assert "import" not in elsewhere.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pull",), "manages nothing in local account"),
        (("pull", "--all", "asst_1"), "exclude each other"),
        (("pull", "asst_none"), "has no asst_none"),
        (("pull", "--all", "--out", "asstctl.yaml"), "asstctl.yaml"),
    ],
)
def test_what_cannot_be_pulled_is_said(root: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(root, *arguments)

    assert done.returncode in {1, 2}
    assert words in done.stderr
    assert files_in(root) == {"asstctl.yaml"}


def test_a_failed_pull_leaves_no_folder_behind(root: Path) -> None:
    done = run(root, "pull", "asst_none", "--out", "backup")

    assert done.returncode == 1
    assert not (root / "backup").exists()


def test_broken_manifests_beside_it_do_not_stop_a_backup(root: Path) -> None:
    (root / "assistants").mkdir()
    (root / "assistants/broken.yaml").write_text("kind: assistant\nmodel: [\n")

    done = run(root, "pull", "--all", "--out", "backup")

    assert done.returncode == 0, done.stderr


def test_a_broken_asstctl_yaml_does(root: Path) -> None:
    (root / "asstctl.yaml").write_text("project: 1\n")

    assert run(root, "pull", "--all").returncode == 1


def test_manifests_that_the_project_does_not_look_for_are_told(root: Path) -> None:
    (root / "other").mkdir()
    (root / "other/a.yaml").write_text("kind: assistant\nmodel: m\n")
    (root / "asstctl.yaml").write_text('project: demo\nmanifests: ["other/*.yaml"]\n')

    done = run(root, "pull", "--all")

    assert done.returncode == 0
    assert "does not find vector_store.city-guides, assistant.travel-guide" in done.stderr


def test_the_projects_defaults_are_undone_where_they_do_not_fit(root: Path) -> None:
    (root / "asstctl.yaml").write_text(
        "project: demo\ndefaults: {top_p: 0.5, temperature: 0.1, metadata: {cost: low}}\n"
    )

    done = run(root, "pull", "--all")
    for command in re.findall(r"^  asstctl (import .*)$", done.stdout, re.MULTILINE):
        run(root, *shlex.split(command))

    assert "No changes." in run(root, "plan").stdout


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs symbolic links")
def test_a_link_in_the_folder_does_not_lead_out_of_it(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (root / "files").symlink_to(outside)

    done = run(root, "pull", "--all")

    assert done.returncode == 1
    assert "leads out of" in done.stderr
    assert list(outside.iterdir()) == []


# --- the project file ---------------------------------------------------------------------------


def project_in(root: Path, text: str, **environ: str) -> Any:
    (root / "asstctl.yaml").write_text(text)
    (root / "assistants").mkdir(exist_ok=True)
    (root / "assistants/a.yaml").write_text("kind: assistant\nmodel: m\n")
    return require(load(root, environ=environ))[0]


def test_secrets_stay_references_in_the_new_project(tmp_path: Path) -> None:
    project = project_in(
        tmp_path,
        """\
project: demo
vars: {region: eu}
target: prod
targets:
  prod:
    api: assistants
    base_url: https://${var.region}.example.com/v1
    api_key: ${env.DEMO_KEY}
    headers: {X-Org: "${env.DEMO_ORG}"}
  other: {api: local}
""",
        DEMO_KEY="a-very-secret-key",
        DEMO_ORG="a-secret-org",
    )

    text = project_text(project)

    assert "secret" not in text
    again = tmp_path / "again"
    again.mkdir()
    copy = project_in(again, text, DEMO_KEY="a-very-secret-key", DEMO_ORG="a-secret-org")
    assert copy.name == "demo"
    assert copy.target == project.target
    assert "other" not in text


def test_a_local_account_stays_where_it_is(tmp_path: Path) -> None:
    project = project_in(tmp_path, "project: demo\ntargets: {here: {api: local, path: x/y.db}}\n")

    text = project_text(project)

    assert "x/y.db" not in text
    assert "An account of its own" in text


def test_a_destination_knows_what_its_manifests_describe(tmp_path: Path) -> None:
    project = project_in(tmp_path, "project: demo\n")

    taken = Destination(tmp_path, project).described()

    assert {str(address): path for address, path in taken.items()} == {
        "assistant.a": "assistants/a.yaml"
    }
    assert Destination(tmp_path / "new", project).described() == {}
    paths = [f"{number}.md" for number in range(1, 13)]
    for path in paths:
        (tmp_path / path).write_text("x")
    with pytest.raises(UsageError, match=r"1\.md, .* and 2 more"):
        Destination(tmp_path, project).raise_if_there(paths)


def test_what_is_made_anew_may_keep_its_ids(root: Path) -> None:
    run(root, "pull", "--all", "--out", "moved")
    had = json.loads((root / "moved/.asstctl/ids.json").read_text())
    assert set(had) == {"assistant.travel-guide", "vector_store.city-guides"}

    done = run(root, "-C", "moved", "apply", "--auto-approve", "--keep-ids")

    assert done.returncode == 0, done.stderr
    status = json.loads(run(root, "-C", "moved", "status", "--format", "json").stdout)
    assert {item["address"]: item["id"] for item in status["resources"]} == had


def test_ids_are_kept_on_a_server(root: Path) -> None:
    run(root, "pull", "--all", "--out", "moved")
    had = json.loads((root / "moved/.asstctl/ids.json").read_text())
    serve = [*COMMAND, "serve", "--port", "0", "--path", "served.db"]
    environment = clean_environment(root.parent)
    with subprocess.Popen(
        serve, cwd=root, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split(" listens on ")[1].split()[0]
        target = f"{{api: assistants, base_url: {url}}}"
        (root / "moved/asstctl.yaml").write_text(f"project: demo\ntargets: {{far: {target}}}\n")
        done = run_asstctl(
            ["-t", "far", "apply", "--auto-approve", "--keep-ids"],
            cwd=root / "moved",
            home=root.parent,
        )
        status = run(root, "-C", "moved", "-t", "far", "status", "--format", "json")
        server.terminate()

    assert done.returncode == 0, done.stderr
    resources = json.loads(status.stdout)["resources"]
    assert {item["address"]: item["id"] for item in resources} == had


def test_there_have_to_be_ids_to_keep(root: Path) -> None:
    run(root, "pull", "--all")
    (root / ".asstctl/ids.json").unlink()

    done = run(root, "apply", "--auto-approve", "--keep-ids")

    assert done.returncode == 1
    assert "there are no ids to keep" in done.stderr
