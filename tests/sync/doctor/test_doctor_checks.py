"""Each check of the doctor: how it comes out, what it says, and that it leaves nothing behind."""

import asyncio
import socket
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import format_datetime
from typing import Any

import pytest

from asstctl.errors import UsageError
from asstctl.model.assistant import AssistantSpec, FileSearch, Function
from asstctl.model.dialect import AGENTS, RESPONSES, Api
from asstctl.remote.agents.account import AgentsAccount
from asstctl.remote.assistants.account import AssistantsAccount
from asstctl.remote.diagnose import way
from asstctl.remote.diagnose.server import look_at
from asstctl.remote.wire.wire import Wire
from asstctl.sync.doctor.check import Check, Needs, Spoken, Verdict
from asstctl.sync.doctor.check import Server as Spoke
from asstctl.sync.doctor.checks import DEPENDENT, names_of, run_checks
from asstctl.sync.doctor.server import check_models
from asstctl.sync.ports import (
    AccountError,
    AssistantList,
    EnvironmentList,
    Failure,
    RemoteAssistant,
)
from asstctl.sync.probe import PROBE_NAME, Cleanup, assistant_probe, store_probe
from support.agent_strategies import FULLEST
from support.agents import SERVICE, AgentsServer
from support.clock import run
from support.engine import ACCOUNT, Engine
from support.faults import Fault, Matcher, at, never, on
from support.memory_account import Client, Holdings
from support.quirks import Deletes, FileList, Metadata, Quirks
from support.server import Server
from support.state import RefusedError

NEEDS = Needs(project="acme", models=("gpt-4o",))
PROBE = AssistantSpec(model="m", name=PROBE_NAME, metadata={"a": "b"})
RICH = AssistantSpec(
    model="gpt-4o",
    instructions="Guide.",
    temperature=0.2,
    tools=(FileSearch(max_num_results=3), Function("f", strict=True)),
    vector_store="docs",
)
EVERYTHING = Needs(
    project="acme",
    models=("gpt-4o",),
    assistants=(("assistant.guide", RICH), ("assistant.plain", AssistantSpec(model="gpt-4o"))),
    stores=True,
    store_files=True,
    uploads=True,
)


async def examined(wire: Wire, needs: Needs) -> list[Check]:
    return await run_checks(AssistantsAccount(wire, ACCOUNT), needs, await look_at(wire))


def checks(server: Server, needs: Needs = NEEDS, matcher: Matcher = never) -> dict[str, Check]:
    async def all_of_it() -> list[Check]:
        async with Engine(server, matcher=matcher).wire() as wire:
            if isinstance(server, AgentsServer):
                return await run_checks(AgentsAccount(wire, ACCOUNT), needs, await look_at(wire))
            return await examined(wire, needs)

    return {check.name: check for check in run(all_of_it())}


def is_empty(server: Server) -> bool:
    state = server.state
    return not state.assistants and not state.stores and not state.files


def test_a_healthy_account_of_agents_passes_every_check() -> None:
    server = AgentsServer(SERVICE)
    spec = replace(FULLEST, environment="desk")
    needs = replace(EVERYTHING, dialect=AGENTS, assistants=(("assistant.guide", spec),))
    found = checks(server, needs)

    assert {check.verdict for check in found.values()} == {Verdict.OK}
    assert found["agents API"].found == "alive, 0 assistants"
    assert "environment" not in found["fields"].found
    assert "experimental, instructions, multi_agent" in found["fields"].found
    assert is_empty(server)


def test_a_healthy_account_passes_every_check() -> None:
    server = Server()
    found = checks(server, EVERYTHING)

    assert {check.verdict for check in found.values()} == {Verdict.OK}
    assert found["assistants API"].found == "alive, 0 assistants"
    assert found["fields"].found == "kept: instructions, temperature, tools"
    assert found["store files"].found == "attached, listed and detached"
    assert found["deletes"].found == "4 probes made and deleted again"
    assert is_empty(server)


def test_what_no_manifest_needs_is_not_tried() -> None:
    server = Server()
    found = checks(server)

    skipped = {name for name, check in found.items() if check.verdict is Verdict.SKIPPED}
    assert skipped == {"fields", "store files", "uploads"}
    assert server.count("POST", "files") == server.count("POST", "vector_stores") == 0


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_the_files_of_stores_fails_where_they_are_needed(status: int) -> None:
    server = Server(Quirks(no_store_files=status))
    found = checks(server, EVERYTHING)["store files"]

    assert found.verdict is Verdict.FAILED
    assert "does not list the files of a vector store" in found.found
    assert found.fix
    assert is_empty(server)


@pytest.mark.parametrize("deletes", Deletes)
def test_a_server_that_deletes_nothing_is_told_with_the_probes_that_it_keeps(
    deletes: Deletes,
) -> None:
    server = Server(Quirks(deletes=deletes))
    found = checks(server)["deletes"]

    (probe,) = server.state.assistants
    assert found.verdict is Verdict.FAILED
    assert f"{probe} was not deleted, it is still there" in found.found
    assert "by hand" in found.fix


def test_a_field_in_use_that_is_refused_names_the_assistant() -> None:
    server = Server(Quirks(refuses=frozenset({"temperature"})))
    found = checks(server, EVERYTHING)["fields"]

    assert found.verdict is Verdict.FAILED
    assert "assistant.guide" in found.found
    assert "unknown field: temperature" in found.found
    assert is_empty(server)


def test_a_field_in_use_that_is_not_kept_is_a_warning() -> None:
    server = Server(Quirks(drops=frozenset({"temperature", "strict"})))
    found = checks(server, EVERYTHING)["fields"]

    assert (found.verdict, found.found) == (Verdict.WARNING, "not kept: temperature, tools")


def test_a_list_that_is_cut_is_a_warning_and_the_rest_is_tried() -> None:
    server = Server(Quirks(ignores_after=True, ignores_order=True))
    for number in range(130):
        server.state.create_assistant({"model": "gpt-4o", "name": str(number)})
    found = checks(server)

    assert found["assistants API"].verdict is Verdict.WARNING
    assert "[cut-list]" in found["assistants API"].found
    assert found["metadata"].verdict is Verdict.OK


def test_uploads_that_are_not_listed_are_a_warning() -> None:
    found = checks(Server(Quirks(file_list=FileList.MISSING)), EVERYTHING)["uploads"]

    assert found.verdict is Verdict.WARNING
    assert found.fix


def test_the_first_refusal_is_told_not_that_of_a_fallback() -> None:
    server = Server(Quirks(no_stores=404))
    refusing(server, "gpt-4o", "gpt-4o-mini")
    found = checks(server)["metadata"]

    assert found.verdict is Verdict.FAILED
    assert "no such model" in found.found
    assert "vector_stores" not in found.found


@pytest.mark.parametrize(
    ("status", "word"), [(404, "gone"), (405, "gone"), (403, "forbidden"), (500, "not usable")]
)
def test_an_api_that_does_not_answer_is_told_apart(status: int, word: str) -> None:
    found = checks(Server(Quirks(no_assistants=status)))

    api = found["assistants API"]
    assert api.verdict is Verdict.FAILED
    assert api.found.startswith(f"{word}: ")
    assert found["key"].verdict is Verdict.OK
    for name in DEPENDENT:
        assert found[name] == Check(name, Verdict.SKIPPED, "the API does not answer")


@pytest.mark.parametrize(
    ("has_key", "fix"), [(True, "environment variable"), (False, "Set the target's `api_key`")]
)
def test_a_refused_key_says_what_to_do(has_key: bool, fix: str) -> None:
    needs = Needs(project="acme", has_key=has_key)

    found = checks(Server(Quirks(no_assistants=401)), needs)

    assert found["key"].verdict is Verdict.FAILED
    assert fix in found["key"].fix
    assert found["assistants API"].verdict is Verdict.SKIPPED
    assert found["metadata"].found == "the key is refused"


def test_an_account_that_asks_for_no_key_says_so() -> None:
    found = checks(Server(), Needs(project="acme", has_key=False, models=("m",)))

    assert found["key"].found == "none is set, and none is asked for"


@pytest.mark.parametrize(
    ("status", "needed", "verdict"),
    [
        (404, False, Verdict.WARNING),
        (501, True, Verdict.FAILED),
        (500, False, Verdict.WARNING),
        (500, True, Verdict.FAILED),
    ],
)
def test_missing_vector_stores_matter_when_a_manifest_needs_one(
    status: int, needed: bool, verdict: Verdict
) -> None:
    needs = Needs(project="acme", models=("m",), stores=needed)

    stores = checks(Server(Quirks(no_stores=status)), needs)["vector stores"]

    assert stores.verdict is verdict
    assert stores.fix


@pytest.mark.parametrize(
    ("metadata", "kept", "updates"),
    [
        (Metadata.KEPT, Verdict.OK, "replaced; asstctl copes with both"),
        (Metadata.MERGED, Verdict.OK, "merged into the old; asstctl copes with both"),
        (Metadata.DROPPED, Verdict.FAILED, "metadata is lost"),
    ],
)
def test_what_becomes_of_metadata(metadata: Metadata, kept: Verdict, updates: str) -> None:
    server = Server(Quirks(metadata=metadata))

    found = checks(server)

    assert found["metadata"].verdict is kept
    assert found["metadata updates"].found == updates
    assert is_empty(server)


def test_metadata_that_an_update_loses_is_a_failed_check() -> None:
    server = Server()
    server.state._set_metadata = lambda thing, pairs: thing.metadata.clear()  # type: ignore[method-assign]

    found = checks(server)

    assert found["metadata"].verdict is Verdict.OK
    assert found["metadata updates"].verdict is Verdict.FAILED


def refusing(server: Server, *models: str) -> None:
    """Have a server know none of these models."""
    create = server.state.create_assistant

    def create_known(body: Any) -> Any:
        if body["model"] in models:
            raise RefusedError(400, "no such model")
        return create(body)

    server.state.create_assistant = create_known  # type: ignore[method-assign]


def test_the_probe_takes_a_model_that_the_server_knows() -> None:
    server = Server()
    server.state.create_assistant({"model": "llama"})
    refusing(server, "gpt-4o", "gpt-4o-mini")

    assert checks(server)["metadata"].verdict is Verdict.OK
    assert len(server.state.assistants) == 1


def test_without_a_model_the_probe_is_a_vector_store() -> None:
    server = Server()
    refusing(server, "gpt-4o", "gpt-4o-mini")

    found = checks(server)

    assert found["metadata"].verdict is Verdict.OK
    assert server.count("DELETE", "vector_stores", "*") == 1
    assert is_empty(server)


# --- what the server speaks ----------------------------------------------------------------------


class Bundle(Client):
    """An account whose assistants are requests in a file, which may be unreadable."""

    broken = False
    missing = False

    async def list_assistants(self) -> AssistantList:
        if self.broken:
            raise UsageError("assistants.prod.json: no JSON", fix="Resolve the conflict.")
        items = (await super().list_assistants()).items
        return AssistantList(items, bundle="assistants.prod.json", missing=self.missing)

    async def create_assistant(self, spec: AssistantSpec) -> RemoteAssistant:
        raise AssertionError("a probe in the user's bundle")


def served(**answers: bool | None) -> Spoke:
    """A server that speaks what is True; ``unclear`` is None."""
    return Spoke(tuple(Spoken(api, answers.get(api, False), "HTTP 404") for api in Api))


def on_responses(
    server: Spoke, needs: Needs = NEEDS, *, broken: bool = False, missing: bool = False
) -> tuple[dict[str, Check], Holdings]:
    account = Bundle(Holdings())
    account.broken, account.missing = broken, missing
    needs = replace(needs, dialect=RESPONSES)
    found = run(run_checks(account, needs, server))
    return {check.name: check for check in found}, account.holdings


def test_a_bundle_is_looked_at_and_no_probe_is_put_into_it() -> None:
    found, holdings = on_responses(served(responses=True), EVERYTHING)

    assert tuple(found) == names_of(RESPONSES)
    assert found["responses API"].verdict is Verdict.OK
    assert found["bundle"].found == "assistants.prod.json, 0 assistants"
    assert found["metadata"].verdict is Verdict.OK
    assert found["fields"] == Check("fields", Verdict.SKIPPED, found["fields"].found)
    assert not holdings.stores
    assert not holdings.uploads


def test_without_vector_stores_nothing_has_to_keep_metadata() -> None:
    found, _ = on_responses(served(responses=True))

    assert found["metadata"].verdict is found["metadata updates"].verdict is Verdict.SKIPPED
    assert "bundle" in found["metadata"].found


def test_a_bundle_that_is_missing_is_no_failure() -> None:
    found, _ = on_responses(served(responses=True), missing=True)

    assert found["bundle"].verdict is Verdict.OK
    assert "assistants.prod.json is not there yet" in found["bundle"].found


def test_a_bundle_that_cannot_be_read_is_a_failed_check() -> None:
    found, _ = on_responses(served(responses=True), broken=True)

    assert (found["bundle"].verdict, found["bundle"].fix) == (
        Verdict.FAILED,
        "Resolve the conflict.",
    )
    assert found["vector stores"].verdict is Verdict.SKIPPED


class WithoutEnvironments(Client):
    """An account with agents and no templates."""

    async def list_environments(self) -> EnvironmentList:
        raise AccountError("no such path", failure=Failure.MISSING, status=404)


def on_agents(account: Client, *, environments: bool) -> dict[str, Check]:
    sandboxed = replace(RICH, tools=(), vector_store=None, environment="guide", dialect=AGENTS)
    needs = Needs(
        project="acme",
        dialect=AGENTS,
        models=("gpt-5",),
        assistants=(("assistant.guide", sandboxed),),
        environments=environments,
    )
    found = run(run_checks(account, needs, served(agents=True)))
    return {check.name: check for check in found}


def test_an_agent_is_tried_without_its_environment_of_which_there_is_a_list() -> None:
    found = on_agents(Client(Holdings()), environments=True)

    assert tuple(found) == names_of(AGENTS)
    assert found["environments"].found == "supported, 0 environments"
    assert found["fields"].found.startswith("kept: ")
    assert "environment" not in found["fields"].found


@pytest.mark.parametrize(("needed", "verdict"), [(True, Verdict.FAILED), (False, Verdict.WARNING)])
def test_missing_environments_matter_when_a_manifest_needs_one(
    needed: bool, verdict: Verdict
) -> None:
    found = on_agents(WithoutEnvironments(Holdings()), environments=needed)["environments"]

    assert (found.verdict, found.found.startswith("not supported")) == (verdict, True)
    assert found.fix


@pytest.mark.parametrize(
    ("server", "verdict", "cure"),
    [
        (served(responses=True, agents=True), Verdict.OK, ""),
        (served(assistants=True), Verdict.FAILED, "Write `api: assistants` in the target."),
        (served(), Verdict.FAILED, "Check `base_url`"),
        (served(responses=None, agents=True), Verdict.WARNING, "Ask again"),
    ],
)
def test_which_kind_of_target_fits(server: Spoke, verdict: Verdict, cure: str) -> None:
    found, _ = on_responses(server)

    assert found["APIs"].verdict is verdict
    assert found["APIs"].fix.startswith(cure)
    if verdict is Verdict.FAILED:
        assert found["responses API"].verdict is Verdict.FAILED
        assert found["bundle"].verdict is Verdict.SKIPPED


def test_the_apis_are_told_in_one_line() -> None:
    unclear = Spoken(Api.RESPONSES, None, "HTTP 500")
    one, _, three = served(assistants=True).apis
    found, _ = on_responses(Spoke((one, unclear, three)))

    assert found["APIs"].found == (
        "assistants answers; agents not here (HTTP 404); responses unclear (HTTP 500)"
    )


@pytest.mark.parametrize(
    ("days", "verdict", "words"),
    [
        (15, Verdict.WARNING, "gpt-4o is shut down on 2026-12-11"),
        (-1, Verdict.WARNING, "gpt-4o was shut down on 2026-11-25"),
        (400, Verdict.OK, "none ends within 90 days; gpt-4o on 2027-12-31"),
    ],
)
def test_a_model_that_ends_soon_is_a_warning(days: int, verdict: Verdict, words: str) -> None:
    today = date(2026, 11, 26)
    ends = {"gpt-4o": today + timedelta(days), "unused": today, "gpt-6": None}
    server = replace(served(responses=True), models=ends)

    found = check_models(server, ("gpt-4o", "gpt-6", "gpt-4o", "not-listed"), today)

    assert (found.verdict, found.found) == (verdict, words)
    assert bool(found.fix) is (verdict is Verdict.WARNING)


def test_models_without_an_end_or_a_list() -> None:
    today, server = date(2026, 11, 26), served(responses=True)

    assert check_models(server, ("gpt-4o",), today).verdict is Verdict.SKIPPED
    assert check_models(server, (), today).verdict is Verdict.SKIPPED
    listed = replace(server, models={"gpt-4o": None})
    assert check_models(listed, ("gpt-4o",), today) == Check(
        "models", Verdict.OK, "the account names no end of gpt-4o"
    )


# --- nothing is left behind ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [fault for fault in Fault if fault.has_effect and not fault.kills]
)
@pytest.mark.parametrize("kept", [Metadata.KEPT, Metadata.DROPPED])
def test_a_probe_whose_answer_was_lost_is_found_and_deleted(fault: Fault, kept: Metadata) -> None:
    server = Server(Quirks(metadata=kept))

    found = checks(server, matcher=on("POST", "/assistants", fault))

    assert found["metadata"].verdict is Verdict.FAILED
    assert "a probe failed" in found["metadata"].found
    assert is_empty(server)


@pytest.mark.parametrize("kind", ["assistant", "vector store", "everything"])
def test_interrupted_at_any_request_it_deletes_its_probe(kind: str) -> None:
    """Ctrl-C while each request is on its way: before the server had it, and after."""

    async def interrupted_at(server: Server, moment: int = 0, *, late: bool = False) -> int:
        async with Engine(server).wire() as wire:
            task = asyncio.create_task(
                examined(wire, EVERYTHING if kind == "everything" else NEEDS)
            )
            answer, number = server._answer, 0

            async def interrupted(request: Any) -> Any:
                nonlocal number
                number += 1
                if moment == number and not late:
                    task.cancel()
                result = await answer(request)
                if moment == number and late:
                    task.cancel()
                await asyncio.sleep(0.01)
                return result

            server._answer = interrupted  # type: ignore[method-assign]
            if not moment:
                await task
            else:
                with pytest.raises(asyncio.CancelledError):
                    await task
            return number

    def a_server() -> Server:
        server = Server()
        if kind == "vector store":
            refusing(server, "gpt-4o", "gpt-4o-mini")
        return server

    total = run(interrupted_at(a_server()))
    assert total >= 7
    for number in range(1, total + 1):
        for late in (False, True):
            server = a_server()
            run(interrupted_at(server, number, late=late))
            assert is_empty(server), (number, late)


def test_somebody_elses_probe_stays() -> None:
    server = Server()
    server.state.create_assistant(
        {"model": "m", "name": PROBE_NAME, "metadata": {"asstctl_probe": "another-project"}}
    )

    checks(server, matcher=on("POST", "/assistants", Fault.CUT_AFTER))

    assert len(server.state.assistants) == 1


@pytest.mark.parametrize("kind", ["assistant", "store"])
def test_a_failure_in_the_middle_deletes_the_probe(kind: str) -> None:
    server = Server()

    async def fail() -> None:
        async with Engine(server).account() as account:
            if kind == "store":
                async with store_probe(account, {"a": "b"}, Cleanup()):
                    raise ValueError("anything")
            async with assistant_probe(account, PROBE, Cleanup()):
                raise ValueError("anything")

    with pytest.raises(ValueError, match="anything"):
        run(fail())
    assert is_empty(server)


def test_a_probe_that_is_refused_leaves_nothing_to_look_for() -> None:
    server = Server()

    async def refused() -> None:
        engine = Engine(server, matcher=at(0, Fault.CUT_BEFORE))
        async with engine.account() as account, assistant_probe(account, PROBE, Cleanup()):
            raise AssertionError("there is no probe")

    with pytest.raises(AccountError):
        run(refused())
    assert is_empty(server)


# --- the way to the account ---------------------------------------------------------------------


def reachable(url: str) -> dict[str, Check]:
    return {check.name: check for check in asyncio.run(way.reachable(url))}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_name_that_does_not_resolve_skips_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> Any:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)

    found = reachable("https://api.example.com/v1")

    assert found["name resolution"].verdict is Verdict.FAILED
    assert "api.example.com does not resolve" in found["name resolution"].found
    assert found["TLS"].verdict is Verdict.SKIPPED


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_a_server_without_tls_is_a_failed_check(answer: bytes) -> None:
    async def served() -> list[Check]:
        async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(answer)
            writer.close()

        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await way.reachable(f"https://127.0.0.1:{port}/v1")

    found = {check.name: check for check in asyncio.run(served())}

    assert found["name resolution"].verdict is Verdict.OK
    assert found["TLS"].verdict is Verdict.FAILED
    assert found["TLS"].fix


@pytest.mark.parametrize(
    ("url", "verdict"),
    [("http://127.0.0.1:1/v1", Verdict.SKIPPED), ("http://192.0.2.1/v1", Verdict.WARNING)],
)
def test_plain_http_is_fine_on_this_machine_only(url: str, verdict: Verdict) -> None:
    assert reachable(url)["TLS"].verdict is verdict


def test_behind_a_proxy_both_are_its_business_and_its_password_stays_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@proxy.example.com:3128")

    found = reachable("https://api.example.com/v1")

    assert {check.verdict for check in found.values()} == {Verdict.SKIPPED}
    assert "proxy.example.com is asked" in found["TLS"].found
    assert "password" not in str(found)


def test_a_host_that_no_proxy_is_asked_for_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    assert reachable("http://127.0.0.1:1/v1")["name resolution"].verdict is Verdict.OK


@pytest.mark.parametrize(
    ("hours", "verdict"), [(0, Verdict.OK), (-1, Verdict.WARNING), (1, Verdict.WARNING)]
)
@pytest.mark.parametrize("zone", [UTC, None], ids=["UTC", "no zone"])
def test_the_clock(hours: int, verdict: Verdict, zone: tzinfo | None) -> None:
    date = (datetime.now(UTC) + timedelta(hours=hours)).replace(tzinfo=zone)

    assert way._clock(format_datetime(date)).verdict is verdict


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_an_account_that_does_not_tell_the_time(date: str | None) -> None:
    assert way._clock(date).verdict is Verdict.SKIPPED


@pytest.mark.parametrize(("seconds", "verdict"), [(0.2, Verdict.OK), (3.0, Verdict.WARNING)])
def test_latency(seconds: float, verdict: Verdict) -> None:
    assert way._latency(seconds).verdict is verdict
