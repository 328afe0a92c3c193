"""From an account to a project and back: pull, then import, then nothing is left to do."""

import unicodedata
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asstctl.errors import UsageError
from asstctl.manifest.load import load, require
from asstctl.manifest.writing.authoring import write_up
from asstctl.model.address import Address, Kind
from asstctl.model.desired import Desired
from asstctl.model.pulled import Pulled
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.safety import CutListError
from asstctl.plan.scope import PlanOptions
from asstctl.sync.adopt.adopt import adopt
from asstctl.sync.ports import Account, AccountError
from asstctl.sync.pull.choice import PullScope
from asstctl.sync.pull.keys import KeyTakenError, slug
from asstctl.sync.pull.pull import pull
from asstctl.sync.refresh import refresh
from support.clock import run
from support.engine import Engine
from support.examples import tries
from support.faults import Fault, Matcher, always, never
from support.projects import PROJECT, Folder, project
from support.quirks import FIELD, FileList, Quirks
from support.server import Server

T = TypeVar("T")
OPEN = Quirks(gives_content=True)
ALL = PullScope(project=PROJECT, everything=True)


class Shop:
    """An account that somebody filled by hand, or an application."""

    def __init__(self, quirks: Quirks = OPEN) -> None:
        self.server = Server(quirks)
        self.state = self.server.state
        self.matcher: Matcher = never

    def upload(self, name: str, text: str | bytes) -> str:
        content = text.encode() if isinstance(text, str) else text
        body = {"filename": name, "content": content, "purpose": "assistants"}
        return str(self.state.upload(body)["id"])

    def store(self, *files: str, **fields: Any) -> str:
        return str(self.state.create_store({"file_ids": list(files), **fields})["id"])

    def assistant(
        self, *, code: tuple[str, ...] = (), store: str | None = None, **fields: Any
    ) -> str:
        tools = list(fields.pop("tools", []))
        resources: dict[str, Any] = {}
        if code:
            tools.append({"type": "code_interpreter"})
            resources["code_interpreter"] = {"file_ids": list(code)}
        if store:
            tools.append({"type": "file_search"})
            resources["file_search"] = {"vector_store_ids": [store]}
        body = {"model": "gpt-4o", "tools": tools, "tool_resources": resources, **fields}
        return str(self.state.create_assistant(body)["id"])

    def ask(self, work: Callable[[Account], Awaitable[T]]) -> T:
        async def all_of_it() -> T:
            async with Engine(self.server, matcher=self.matcher).account() as account:
                return await work(account)

        return run(all_of_it())

    def pull(self, root: Path, scope: PullScope = ALL) -> Pulled:
        """Pull into a project's folder."""
        pulled = self.ask(lambda account: pull(account, scope, root))
        for text in write_up(pulled):
            (root / text.path).parent.mkdir(parents=True, exist_ok=True)
            (root / text.path).write_text(text.text, encoding="utf-8", newline="")
        return pulled

    def take(self, desired: Desired, pulled: Pulled, *, backwards: bool = False) -> Plan:
        """Import everything that is not managed yet, then plan."""

        async def all_of_it(account: Account) -> Plan:
            order = pulled.resources[::-1] if backwards else pulled.resources
            for item in order:
                contents, actual = await refresh(account, desired)
                if item.owner != PROJECT:
                    await adopt(
                        account,
                        desired,
                        contents,
                        actual,
                        key=str(item.address),
                        object_id=item.id,
                        take_over=item.owner is not None,
                        commit=None,
                    )
            contents, actual = await refresh(account, desired)
            return make_plan(
                desired, contents, actual, target="t", commit=None, options=PlanOptions()
            )

        return self.ask(all_of_it)


def desired_in(root: Path) -> Desired:
    (root / "asstctl.yaml").write_text(f"project: {PROJECT}\n")
    return require(load(root, environ={}))[1]


def filled(shop: Shop) -> None:
    """Shared stores, shared files, equal names, equal contents, nothing at all."""
    bill, notes = shop.upload("bill.csv", "1,2"), shop.upload("notes.txt", "n")
    lisbon, porto = shop.upload("lisbon.md", "tram"), shop.upload("porto.md", "wine")
    again = shop.upload("lisbon.md", "another lisbon")
    shared = shop.store(lisbon, porto, name="City guides", metadata={"team": "a"})
    own = shop.store(again, name="Concierge", expires_after={"anchor": "last_active_at", "days": 9})
    shop.assistant(code=(bill, notes), store=shared, name="Travel Guide", instructions="Be\nkind.")
    shop.assistant(code=(bill,), store=shared, name="Travel guide!", temperature=0.2)
    shop.assistant(store=own, name="Concierge", metadata={"a": "${var.b}"})
    shop.assistant(
        name="函数",
        tools=[{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        response_format={"type": "json_object"},
    )
    shop.assistant()
    shop.store(name="Empty")


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    "quirks",
    [
        OPEN,
        Quirks(gives_content=True, drops_attributes=True),
        Quirks(gives_content=True, fills_defaults=True, reorders_tools=True, uuids=True),
        Quirks(gives_content=True, file_list=FileList.WHOLE, leaves_out_unset=True),
        Quirks(gives_content=True, foreign_metadata={"provider_id": "p-1"}),
    ],
    ids=["the API", "attributes dropped", "defaults filled in", "unset left out", "foreign keys"],
)
def test_pull_then_import_then_the_plan_is_empty(
    tmp_path: Path, quirks: Quirks, backwards: bool
) -> None:
    shop = Shop(quirks)
    filled(shop)
    before = {file_id: file.content for file_id, file in shop.state.files.items()}

    pulled = shop.pull(tmp_path)
    plan = shop.take(desired_in(tmp_path), pulled, backwards=backwards)

    assert [(change.address, change.reason) for change in plan.writes] == []
    assert plan.is_empty
    assert len(plan.changes) == 8
    assert {file_id: file.content for file_id, file in shop.state.files.items()} == before


@pytest.mark.parametrize("quirks", FIELD.values(), ids=FIELD)
def test_every_server_of_the_field_can_be_pulled_from(tmp_path: Path, quirks: Quirks) -> None:
    shop = Shop(quirks)
    shop.assistant(name="Guide", store=shop.store(shop.upload("a.md", "a"), name="Docs"))

    pulled = shop.pull(tmp_path)

    assert [item.key for item in pulled.resources] == ["docs", "guide"]
    desired_in(tmp_path)


filenames = st.text(max_size=12) | st.sampled_from(
    [
        *("../../x.md", "a/b.md", "..", "", "CON.md", "con.md", ".md", "a.md", "A.md", "2"),
        *("x" * 300 + ".md", "a\\b.md", "C:\\a.md", "a:b", "new\nline"),
    ]
)


def test_names_that_are_one_to_some_systems_are_kept_apart(tmp_path: Path) -> None:
    shop = Shop()
    names = ("caf\u00e9.md", "cafe\u0301.md", "Cafe\u0301.md")
    shop.assistant(name="Guide", code=tuple(shop.upload(name, name.encode()) for name in names))

    pulled = shop.pull(tmp_path)

    paths = [file.path or "" for file in pulled.files.values()]
    assert len({unicodedata.normalize("NFC", path).casefold() for path in paths}) == 3


uploads = st.tuples(filenames, st.binary(max_size=3))


@tries(0.6)
@given(st.lists(uploads, max_size=6), st.lists(uploads, max_size=6))
def test_names_from_the_account_never_lead_out_of_the_folder(
    tmp_path_factory: pytest.TempPathFactory,
    code: list[tuple[str, bytes]],
    searched: list[tuple[str, bytes]],
) -> None:
    root = tmp_path_factory.mktemp("above") / "project"
    root.mkdir()
    shop = Shop()
    ids = tuple(shop.upload(*item) for item in code)
    shop.assistant(name="Guide", code=ids, store=shop.store(*(shop.upload(*i) for i in searched)))

    pulled = shop.pull(root)
    desired_in(root)

    paths = [file.path or "" for file in pulled.files.values()]
    assert len({path.casefold() for path in paths}) == len(paths) == len(code) + len(searched)
    assert all(path.startswith("files/") for path in paths)
    assert list(root.parent.iterdir()) == [root]
    there = {str(p.relative_to(root)) for p in root.glob("files/**/*") if p.is_file()}
    assert there == set(paths)


@tries(0.4)
@given(
    st.lists(uploads, max_size=5),
    st.lists(uploads, max_size=5),
)
def test_the_law_holds_whatever_files_are_called(
    tmp_path_factory: pytest.TempPathFactory,
    code: list[tuple[str, bytes]],
    searched: list[tuple[str, bytes]],
) -> None:
    """Files that a manifest may name: not empty, and of a type that is searched."""
    root = tmp_path_factory.mktemp("project")
    shop = Shop()
    ids = tuple(shop.upload(name, data) for name, data in code if data)
    store = shop.store(*(shop.upload(f"{name}.md", data) for name, data in searched if data))
    shop.assistant(name="Guide", code=ids, store=store)

    pulled = shop.pull(root)
    plan = shop.take(desired_in(root), pulled)

    assert [(c.address, c.reason, c.files) for c in plan.writes] == []


# --- what is pulled -----------------------------------------------------------------------------


def test_without_arguments_it_is_what_the_project_manages(tmp_path: Path) -> None:
    shop = Shop()
    folder = Folder(tmp_path / "first")
    folder.write("docs/a.md", "about a")
    folder.write("bill.csv", "1,2")
    desired = project(
        folder.assistant("guide", code="bill.csv", store="docs", name="Guide", protect=True),
        folder.store("docs", "docs/a.md", name="The docs"),
    )
    Engine(shop.server).converge(desired)
    shop.assistant(name="A stranger")
    root = tmp_path / "second"
    root.mkdir()

    pulled = shop.pull(root, PullScope(project=PROJECT))
    again = desired_in(root)

    assert [str(item.address) for item in pulled.resources] == [
        "vector_store.docs",
        "assistant.guide",
    ]
    assert shop.take(again, pulled).is_empty
    assert (root / "files/docs/docs/a.md").read_text() == "about a"
    assert again.assistants[0].lifecycle.protect
    text = (root / "assistants/guide.yaml").read_text()
    assert "asstctl_" not in text


def test_ids_choose_and_bring_along_what_they_need(tmp_path: Path) -> None:
    shop = Shop()
    store = shop.store(shop.upload("a.md", "a"), name="Docs")
    chosen = shop.assistant(name="Guide", store=store)
    shop.assistant(name="Other")
    lonely = shop.store(name="Lonely")

    pulled = shop.pull(tmp_path, PullScope(project=PROJECT, ids=(chosen, lonely, chosen)))

    assert [item.key for item in pulled.resources] == ["docs", "lonely", "guide"]
    desired_in(tmp_path)


def test_unknown_ids_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no nothing, nobody"):
        Shop().pull(tmp_path, PullScope(project=PROJECT, ids=("nothing", "nobody")))


@pytest.mark.parametrize(
    ("scope", "words"),
    [(PullScope(project=PROJECT), "manages nothing"), (ALL, "holds no assistants")],
)
def test_an_account_with_nothing_to_pull_says_so(
    tmp_path: Path, scope: PullScope, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        Shop().pull(tmp_path, scope)


def test_a_server_without_vector_stores_has_assistants_all_the_same(tmp_path: Path) -> None:
    shop = Shop(Quirks(no_stores=404))
    shop.assistant(name="Guide")

    assert [item.key for item in shop.pull(tmp_path).resources] == ["guide"]


def test_expired_and_missing_stores_are_left_out_and_told(tmp_path: Path) -> None:
    shop = Shop()
    gone, expired = shop.store(name="Gone"), shop.store(name="Expired")
    shop.assistant(name="One", store=gone)
    shop.assistant(name="Two", store=expired)
    shop.state.delete_store(gone)
    shop.state.expire(expired)

    pulled = shop.pull(tmp_path)

    assert (pulled.stores, pulled.expired) == ((), 1)
    for key in ("one", "two"):
        text = (tmp_path / f"assistants/{key}.yaml").read_text()
        assert "it has expired, or does not exist any more" in text
    desired_in(tmp_path)


def test_a_store_whose_files_are_not_listed_is_pulled_without_them(tmp_path: Path) -> None:
    shop = Shop(Quirks(gives_content=True, no_store_files=404))
    docs = shop.store(name="Docs")
    shop.assistant(name="Guide", store=docs)

    (store,) = shop.pull(tmp_path).stores

    assert store.files == ()
    text = (tmp_path / f"assistants/vector-stores/{store.key}.yaml").read_text()
    assert "files: the server does not list what is in a vector store" in text
    desired_in(tmp_path)


def test_a_store_that_a_cut_list_does_not_show_is_asked_for_by_name(tmp_path: Path) -> None:
    shop = Shop(Quirks(gives_content=True, ignores_after=True, ignores_order=True))
    docs = shop.store(name="Docs")
    guide = shop.assistant(name="Guide", store=docs)
    for number in range(101):
        shop.store(name=f"Store {number}")

    pulled = shop.pull(tmp_path, PullScope(project=PROJECT, ids=(guide,)))

    assert [store.id for store in pulled.stores] == [docs]
    assert pulled.assistants[0].remarks == ()


def test_nothing_is_imported_where_its_key_may_be_taken_unseen(tmp_path: Path) -> None:
    shop = Shop(Quirks(gives_content=True, ignores_after=True, ignores_order=True))
    guide = shop.assistant(name="Guide")
    for number in range(101):
        shop.assistant(name=f"Assistant {number}")
    pulled = shop.pull(tmp_path, PullScope(project=PROJECT, ids=(guide,)))

    with pytest.raises(CutListError, match="list of assistants is cut"):
        shop.take(desired_in(tmp_path), pulled)
    assert shop.state.assistants[guide].metadata == {}


def test_a_list_that_looks_cut_is_told(tmp_path: Path) -> None:
    shop = Shop(Quirks(gives_content=True, ignores_limit=True))
    for number in range(45):
        shop.assistant(name=f"Assistant {number}")

    assert shop.pull(tmp_path).cut


# --- keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Travel Guide", "travel-guide"),
        ("travel_guide", "travel_guide"),
        ("Crème brûlée (v2)", "creme-brulee-v2"),
        ("--x--", "x"),
        ("函数", ""),
        ("x" * 80, "x" * 64),
        ("a" * 63 + " b", "a" * 63),
    ],
)
def test_keys_are_made_from_names(name: str, key: str) -> None:
    assert slug(name) == key


def test_keys_are_unique_and_say_nothing_of_ids(tmp_path: Path) -> None:
    shop = Shop()
    for name in ("Guide", "guide", "GUIDE!", None, "函数"):
        shop.assistant(name=name)

    pulled = shop.pull(tmp_path)

    assert [item.key for item in pulled.assistants] == [
        "guide",
        "guide-2",
        "guide-3",
        "assistant",
        "assistant-2",
    ]
    assert not any("asst_" in path.read_text() for path in tmp_path.glob("assistants/*.yaml"))


@pytest.mark.parametrize("managed", [False, True])
def test_what_a_manifest_describes_already_is_not_described_again(
    tmp_path: Path, managed: bool
) -> None:
    shop = Shop()
    if managed:
        Engine(shop.server).converge(project(Folder(tmp_path).assistant("guide")))
    else:
        shop.assistant(name="Guide")
    taken = {Address(Kind.ASSISTANT, "guide"): "assistants/x.yaml"}

    with pytest.raises(KeyTakenError, match=r"assistant\.guide in assistants/x\.yaml"):
        shop.pull(tmp_path, PullScope(project=PROJECT, everything=True, described=taken))


def test_a_stamp_that_is_no_key_is_not_believed(tmp_path: Path) -> None:
    shop = Shop()
    metadata = {"asstctl_project": "other", "asstctl_key": "../../evil"}
    shop.assistant(name="Nice", metadata=metadata)

    pulled = shop.pull(tmp_path)

    assert [(item.key, item.owner) for item in pulled.resources] == [("nice", "other")]


# --- files --------------------------------------------------------------------------------------


def test_paths_that_the_account_tells_are_kept_below_files(tmp_path: Path) -> None:
    shop = Shop()
    trusted = {"asstctl_path": "guides/north/porto.md"}
    files = [
        {"file_id": shop.upload("porto.md", "p"), "attributes": trusted},
        {"file_id": shop.upload("evil.md", "e"), "attributes": {"asstctl_path": "../../evil.md"}},
        {"file_id": shop.upload("hook.md", "h"), "attributes": {"asstctl_path": ".git/hook.md"}},
        {"file_id": shop.upload("other.md", "o"), "attributes": {"asstctl_path": "a/b.md"}},
    ]
    store = shop.store(name="Docs")
    shop.state.attach(store, {"files": files})

    pulled = shop.pull(tmp_path)

    assert sorted(file.path or "" for file in pulled.files.values()) == [
        "files/docs/evil.md",
        "files/docs/guides/north/porto.md",
        "files/docs/hook.md",
        "files/docs/other.md",
    ]


def test_what_the_account_does_not_give_out_is_named_and_left_out(tmp_path: Path) -> None:
    shop = Shop(Quirks())
    shop.assistant(name="Guide", code=(shop.upload("bill.csv", "1,2"),))

    pulled = shop.pull(tmp_path)

    assert [(file.path, file.failed) for file in pulled.missing] == [(None, False)]
    text = (tmp_path / "assistants/guide.yaml").read_text()
    assert "#   bill.csv (3 bytes): the account does not give its content out" in text
    assert desired_in(tmp_path).files == ()
    assert not (tmp_path / "files/guide/bill.csv").exists()


def test_an_upload_that_is_gone_is_named(tmp_path: Path) -> None:
    shop = Shop()
    bill = shop.upload("bill.csv", "1,2")
    shop.assistant(name="Guide", code=(bill,))
    shop.state.delete_file(bill)

    shop.pull(tmp_path)

    text = (tmp_path / "assistants/guide.yaml").read_text()
    assert "#   a file without a name (0 bytes): the account does not have it any more" in text


def test_a_download_that_fails_does_not_stop_the_backup(tmp_path: Path) -> None:
    shop = Shop()
    good, bad = shop.upload("good.csv", "1"), shop.upload("bad.csv", "2")
    shop.assistant(name="Guide", code=(good, bad))
    shop.matcher = always(Fault.ERROR_BEFORE, "GET", f"/{bad}/content")

    pulled = shop.pull(tmp_path)

    (missing,) = pulled.missing
    assert (missing.name, missing.failed) == ("bad.csv", True)
    assert "HTTP 500" in missing.problem
    assert not (tmp_path / "files/guide/bad.csv").exists()
    assert [file.path for file in desired_in(tmp_path).files] == ["files/guide/good.csv"]


def test_a_download_that_is_cut_short_is_not_taken_for_the_file(tmp_path: Path) -> None:
    shop = Shop()
    bill = shop.upload("bill.csv", "1,2,3")
    shop.assistant(name="Guide", code=(bill,))
    shown = shop.state.files_shown()
    shop.state.files[bill].content = b"1,2"
    shop.state.files_shown = lambda: shown  # type: ignore[method-assign]

    pulled = shop.pull(tmp_path)

    assert "3 of 5 bytes came" in pulled.missing[0].problem


def test_without_a_list_of_uploads_each_is_asked_for(tmp_path: Path) -> None:
    shop = Shop(Quirks(gives_content=True, file_list=FileList.MISSING))
    shop.assistant(name="Guide", code=(shop.upload("bill.csv", "1,2"),))

    pulled = shop.pull(tmp_path)

    assert [file.path for file in pulled.files.values()] == ["files/guide/bill.csv"]


def test_an_account_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    shop = Shop(Quirks(no_assistants=404))

    with pytest.raises(AccountError, match="no Assistants API"):
        shop.pull(tmp_path)
