"""Adopting recognises what an object holds, wherever the account gives content out."""

from pathlib import Path

import pytest

from asstctl.model.address import Address
from asstctl.model.desired import Desired
from asstctl.plan.action import FileAction
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.scope import PlanOptions
from asstctl.sync.adopt.adopt import adopt
from asstctl.sync.ports import Account
from asstctl.sync.refresh import refresh
from support.clock import run
from support.engine import Engine
from support.projects import Folder, project
from support.quirks import Quirks
from support.server import Server

OPEN = Quirks(gives_content=True)


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    folder = Folder(project_dir)
    folder.write("docs/a.md", "about a")
    folder.write("docs/b.md", "about b")
    folder.write("bill.csv", "1,2")
    return folder


def wanted(folder: Folder) -> Desired:
    return project(
        folder.assistant("guide", code="bill.csv", store="docs", name="Guide"),
        folder.store("docs", "docs/a.md docs/b.md", name="Docs"),
    )


class Foreign:
    """An account that somebody filled by hand."""

    def __init__(self, quirks: Quirks) -> None:
        self.server = Server(quirks)
        self.engine = Engine(self.server)
        state = self.server.state
        files = [self.upload(name, f"about {name[0]}") for name in ("a.md", "b.md")]
        self.store = state.create_store({"name": "Docs", "file_ids": files})["id"]
        self.assistant = state.create_assistant(
            {
                "model": "gpt-4o",
                "name": "Guide",
                "tools": [{"type": "code_interpreter"}, {"type": "file_search"}],
                "tool_resources": {
                    "code_interpreter": {"file_ids": [self.upload("bill.csv", "1,2")]},
                    "file_search": {"vector_store_ids": [self.store]},
                },
            }
        )["id"]

    def upload(self, name: str, text: str) -> str:
        body = {"filename": name, "content": text.encode(), "purpose": "assistants"}
        return str(self.server.state.upload(body)["id"])

    def take(self, desired: Desired, *pairs: tuple[str, str]) -> Plan:
        """Import each (key, id) in turn; the plan after that."""

        async def one(account: Account, key: str, object_id: str) -> Address:
            contents, actual = await refresh(account, desired)
            return await adopt(
                account,
                desired,
                contents,
                actual,
                key=key,
                object_id=object_id,
                take_over=False,
                commit=None,
            )

        async def all_of_it() -> Plan:
            async with self.engine.account() as account:
                for key, object_id in pairs:
                    await one(account, key, object_id)
                contents, actual = await refresh(account, desired)
                return make_plan(
                    desired, contents, actual, target="t", commit=None, options=PlanOptions()
                )

        return run(all_of_it())


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    "quirks",
    [OPEN, Quirks(gives_content=True, drops_attributes=True)],
    ids=["attributes kept", "attributes dropped"],
)
def test_content_is_proven_and_nothing_is_left_to_do(
    folder: Folder, quirks: Quirks, backwards: bool
) -> None:
    foreign = Foreign(quirks)
    pairs = [("docs", foreign.store), ("guide", foreign.assistant)]

    plan = foreign.take(wanted(folder), *(pairs[::-1] if backwards else pairs))

    assert plan.is_empty
    assert foreign.server.count("POST", "files") == 0


def test_the_files_of_a_store_say_what_they_hold(folder: Folder) -> None:
    foreign = Foreign(OPEN)

    foreign.take(wanted(folder), ("docs", foreign.store))

    store = foreign.server.state.stores[foreign.store]
    assert sorted(item.attributes["asstctl_path"] for item in store.files.values()) == [
        "docs/a.md",
        "docs/b.md",
    ]


def test_what_the_manifest_does_not_want_is_not_downloaded_and_stays_a_strangers(
    folder: Folder,
) -> None:
    foreign = Foreign(OPEN)
    large = foreign.upload("large.md", "a long story")
    foreign.server.state.attach(foreign.store, {"file_ids": [large]})
    desired = wanted(folder)

    plan = foreign.take(desired, ("docs", foreign.store), ("guide", foreign.assistant))

    (change,) = plan.writes
    assert [(file.action, file.file_id) for file in change.files] == [("detach", large)]
    assert foreign.server.count("GET", "files", "*", "content") == 3
    foreign.engine.converge(desired)
    assert large in foreign.server.state.files
    assert foreign.engine.plan(desired).is_empty


def test_without_content_the_plan_sends_the_files_anew(folder: Folder) -> None:
    foreign = Foreign(Quirks())
    desired = wanted(folder)

    plan = foreign.take(desired, ("docs", foreign.store), ("guide", foreign.assistant))

    assert plan.summary.files[FileAction.UPLOAD] == 3
    foreign.engine.converge(desired)
    assert foreign.engine.plan(desired).is_empty
    assert len(foreign.server.state.files) == 6


def test_other_content_under_the_same_name_is_replaced(folder: Folder) -> None:
    foreign = Foreign(OPEN)
    folder.write("docs/a.md", "ABOUT A")
    desired = wanted(folder)

    plan = foreign.take(desired, ("docs", foreign.store), ("guide", foreign.assistant))

    actions = [file.action for change in plan.writes for file in change.files]
    assert actions == ["upload", "detach"]
    foreign.engine.converge(desired)
    assert foreign.engine.plan(desired).is_empty


def test_attributes_that_were_there_stay(folder: Folder) -> None:
    foreign = Foreign(OPEN)
    store = foreign.server.state.stores[foreign.store]
    for item in store.files.values():
        item.attributes = {"author": "me"}

    foreign.take(wanted(folder), ("docs", foreign.store))

    assert all(item.attributes["author"] == "me" for item in store.files.values())


def test_full_attributes_leave_the_proof_to_the_stamp(folder: Folder) -> None:
    foreign = Foreign(OPEN)
    store = foreign.server.state.stores[foreign.store]
    for item in store.files.values():
        item.attributes = {f"k{n}": "v" for n in range(16)}

    plan = foreign.take(wanted(folder), ("docs", foreign.store), ("guide", foreign.assistant))

    assert plan.is_empty
    assert all(len(item.attributes) == 16 for item in store.files.values())
