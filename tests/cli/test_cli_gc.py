"""The command: what it lists, asks, deletes and prints."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from asstctl.emulator import open_account
from asstctl.manifest.schema.schemas import schema
from asstctl.model.actual import Upload
from asstctl.model.file import Content, LocalFile
from asstctl.remote.assistants.account import AssistantsAccount
from asstctl.remote.wire.connect import connect_in_process
from asstctl.sync.local.upload_journal import FileJournal
from real_command import COMMAND, clean_environment, run_in_process

DATABASE = ".asstctl/account.db"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The travel guide, applied."""
    run_in_process(["init"], cwd=tmp_path, home=tmp_path)
    applied = run_in_process(["apply", "--auto-approve"], cwd=tmp_path, home=tmp_path)
    assert applied.returncode == 0, applied.stderr
    return tmp_path


def send(root: Path, name: str, text: bytes) -> str:
    """Put a file into the account; its id."""

    async def send() -> str:
        async with (
            open_account(root / DATABASE) as local,
            connect_in_process(local.app) as wire,
        ):
            account = AssistantsAccount(wire, "x")
            source = root / "to-send"
            source.write_bytes(text)
            content = Content(LocalFile(name, source, len(text)), "")
            made = await account.upload(content, name, lambda _: None)
            source.unlink()
            return made.id

    return asyncio.run(send())


def uploads(root: Path) -> set[str]:
    async def look() -> set[str]:
        async with (
            open_account(root / DATABASE) as local,
            connect_in_process(local.app) as wire,
        ):
            account = AssistantsAccount(wire, "x")
            return {item.id for item in await account.list_uploads() or ()}

    return asyncio.run(look())


def gc(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_in_process(["gc", *arguments], cwd=root, home=root)


def document(done: subprocess.CompletedProcess[str]) -> Any:
    value = json.loads(done.stdout)
    Draft202012Validator(schema("gc")).validate(value)
    return value


def receipt(root: Path) -> bytes:
    return (root / "receipts/receipt.pdf").read_bytes()


def test_after_an_apply_there_is_nothing_to_do(root: Path) -> None:
    done = gc(root)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Nothing to delete. Looked at 1 upload of the account.\n")


def test_plain_gc_lists_and_deletes_nothing(root: Path) -> None:
    found = send(root, "copy.pdf", receipt(root))

    done = gc(root)

    assert done.returncode == 0
    assert f"- {found}  copy.pdf  2.4 kB" in done.stdout
    assert "same content as a file of this project" in done.stdout
    assert "1 upload to delete, 2.4 kB" in done.stdout
    assert found in uploads(root)


def test_auto_approve_deletes_what_is_listed(root: Path) -> None:
    found, stranger = send(root, "copy.pdf", receipt(root)), send(root, "x.txt", b"a stranger")

    done = gc(root, "--auto-approve")

    assert done.returncode == 0
    assert done.stdout.endswith("1 upload deleted, 2.4 kB\n")
    assert found not in uploads(root)
    assert stranger in uploads(root)


def test_what_is_not_ours_is_shown_on_request_and_never_deleted(root: Path) -> None:
    stranger = send(root, "x.txt", b"a stranger")

    quiet, loud = gc(root), gc(root, "--unowned", "--auto-approve")

    assert stranger not in quiet.stdout
    assert f"? {stranger}  x.txt  10 B" in loud.stdout
    assert "They stay" in loud.stdout
    assert stranger in uploads(root)


def test_json_lists_too(root: Path) -> None:
    found, stranger = send(root, "copy.pdf", receipt(root)), send(root, "x.txt", b"a stranger")

    plain, whole = document(gc(root, "--format", "json")), gc(root, "--unowned", "--format=json")

    assert plain["unowned"] is None
    assert [item["id"] for item in plain["uploads"]] == [found]
    assert plain["uploads"][0]["status"] == "found"
    assert plain["summary"] == {
        "examined": 3,
        "found": 1,
        "bytes": 2377,
        "deleted": 0,
        "failed": 0,
    }
    assert [item["id"] for item in document(whole)["unowned"]] == [stranger]


def test_json_tells_what_was_deleted(root: Path) -> None:
    send(root, "copy.pdf", receipt(root))

    value = document(gc(root, "--auto-approve", "--format", "json"))

    assert [item["status"] for item in value["uploads"]] == ["deleted"]
    assert value["summary"]["deleted"] == 1


def test_the_journal_proves_what_has_changed_since(root: Path) -> None:
    """The upload of a version that nobody has any more, on a machine that sent it."""
    from asstctl.model.project import LocalTarget, Project

    found = send(root, "receipt.pdf", b"the version before")
    project = Project(
        name="travel-guide", root=root, target=LocalTarget(name="local", path=root / DATABASE)
    )
    journal = FileJournal(project, f"local account {DATABASE}")
    content = Content(LocalFile("receipts/receipt.pdf", root, 18), "ab" * 32)
    made = Upload(id=found, filename=content.name, bytes=content.bytes)
    journal.made(journal.begin(content, content.name, since=0.0), made)

    listed, deleted = gc(root), gc(root, "--auto-approve")

    assert "sent by an apply on this machine" in listed.stdout
    assert deleted.returncode == 0
    assert found not in uploads(root)
    assert journal.notes().made.keys() == uploads(root)


@contextmanager
def on_terminal(root: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """``gc`` with a terminal to ask on, and the end of it that a person holds."""
    ours, theirs = pytest.importorskip("pty").openpty()
    process = subprocess.Popen(
        [*COMMAND, "gc", *arguments],
        cwd=root,
        env=clean_environment(root),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        os.close(ours)
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("answer", "goes", "code"), [("yes", True, 0), ("no", False, 1)])
def test_on_a_terminal_it_asks(root: Path, answer: str, goes: bool, code: int) -> None:
    found = send(root, "copy.pdf", receipt(root))

    with on_terminal(root) as (process, person):
        os.write(person, f"{answer}\n".encode())
        stdout, stderr = process.communicate(timeout=60)

    assert "Delete these uploads from local" in stderr
    assert process.returncode == code
    assert (found not in uploads(root)) is goes
    assert ("1 upload deleted" in stdout) is goes


def test_json_never_asks(root: Path) -> None:
    found = send(root, "copy.pdf", receipt(root))

    with on_terminal(root, "--format", "json") as (process, _):
        stdout, _ = process.communicate(timeout=60)

    assert json.loads(stdout)["summary"]["deleted"] == 0
    assert found in uploads(root)
