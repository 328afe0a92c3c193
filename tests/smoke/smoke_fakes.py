"""A scripted account: each prompt has a run that goes the way a test says."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from asstctl.model.file import LocalFile
from asstctl.model.json import JsonObject
from asstctl.model.smoke import Expectation, ExpectationKind, SmokeCase, Turn
from asstctl.smoke.observer import CaseRef, SmokeObserver
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.ports import (
    Citation,
    ConversationMessage,
    ConversationStart,
    FunctionCall,
    FunctionResult,
    Place,
    Reply,
    Run,
    StreamEvent,
    Token,
    ToolCall,
    Usage,
)
from asstctl.smoke.result import CaseStatus, SmokeResult
from asstctl.smoke.runner import run_smoke
from asstctl.sync.ports import AccountError, Failure


def look(status: str, **fields: Any) -> Run:
    """One look at a run, its ids to be filled in."""
    return Run(id="", conversation_id="", status=status, **fields)


def asks(*calls: tuple[str, str]) -> Run:
    """A run that waits for these functions: (name, arguments)."""
    made = tuple(
        FunctionCall(f"call_{number}_{name}", name, arguments)
        for number, (name, arguments) in enumerate(calls)
    )
    return look("requires_action", calls=made)


COMPLETED = look("completed", usage=Usage(11, 31, 42))


@dataclass(frozen=True, kw_only=True)
class Script:
    """How a run goes: one look after the other, the last one for ever."""

    looks: tuple[Run, ...] = (look("queued"), look("in_progress"), COMPLETED)
    reply: str = "Hello."
    citations: tuple[Citation, ...] = ()
    tools: tuple[ToolCall, ...] | None = ()


@dataclass
class _Live:
    script: Script
    id: str
    conversation_id: str
    at: int = 0

    @property
    def seen(self) -> Run:
        return replace(self.script.looks[self.at], id=self.id, conversation_id=self.conversation_id)

    def step(self) -> Run:
        if self.at + 1 < len(self.script.looks):
            self.at += 1
        return self.seen


@dataclass
class ScriptedAccount:
    """Keeps a journal of what it was asked, and knows what still exists.

    ``failures`` raises instead of answering: method → errors, taken one by one. ``delays`` are
    seconds that a method takes.
    """

    scripts: dict[str, Script | list[Script]] = field(default_factory=dict)
    default: Script = field(default_factory=Script)
    offline: str | None = None
    failures: dict[str, list[AccountError]] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)
    cancel_works: bool = True
    journal: list[tuple[Any, ...]] = field(default_factory=list)
    threads: dict[str, list[ConversationMessage]] = field(default_factory=dict)
    starts: dict[str, ConversationStart] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    stores: dict[str, str] = field(default_factory=dict)
    paths: dict[tuple[str, str], str] = field(default_factory=dict)
    runs: dict[str, _Live] = field(default_factory=dict)
    active: int = 0
    most_runs: int = 0
    serial: int = 0

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        """The journal's entries of one method, without its name."""
        return [entry[1:] for entry in self.journal if entry[0] == name]

    @property
    def counts(self) -> Counter[str]:
        return Counter(entry[0] for entry in self.journal)

    async def offline_reason(self) -> str | None:
        await self._enter("offline_reason")
        return self.offline

    async def open_conversation(self, start: ConversationStart) -> str:
        await self._enter("open_conversation", start)
        thread = self._id("thread")
        self.threads[thread] = list(start.messages)
        self.starts[thread] = start
        self._make_store(thread, start.messages)
        return thread

    def place_of(self, conversation_id: str) -> Place | None:
        return Place("thread", conversation_id)

    async def delete_conversation(self, conversation_id: str) -> None:
        await self._enter("delete_conversation", conversation_id)
        self.threads.pop(conversation_id, None)

    async def scratch_stores(self, conversation_id: str) -> tuple[str, ...]:
        await self._enter("scratch_stores", conversation_id)
        return tuple(store for store, thread in self.stores.items() if thread == conversation_id)

    async def delete_store(self, store_id: str) -> None:
        await self._enter("delete_store", store_id)
        del self.stores[store_id]

    async def upload(self, file: LocalFile) -> str:
        await self._enter("upload", file.path)
        file_id = self._id("file")
        self.files[file_id] = file.path
        return file_id

    async def delete_file(self, file_id: str) -> None:
        await self._enter("delete_file", file_id)
        del self.files[file_id]

    async def add_message(self, conversation_id: str, message: ConversationMessage) -> None:
        await self._enter("add_message", conversation_id, message)
        self.threads[conversation_id].append(message)
        self._make_store(conversation_id, [message])

    async def start_run(self, conversation_id: str, assistant_id: str, options: JsonObject) -> Run:
        await self._enter("start_run", conversation_id, assistant_id, dict(options))
        return self._begin(conversation_id).seen

    async def stream_run(
        self, conversation_id: str, assistant_id: str, options: JsonObject
    ) -> AsyncIterator[StreamEvent]:
        await self._enter("stream_run", conversation_id, assistant_id, dict(options))
        async for event in self._stream(self._begin(conversation_id)):
            yield event

    async def retrieve_run(self, conversation_id: str, run_id: str) -> Run:
        await self._enter("retrieve_run", conversation_id, run_id)
        live = self.runs[run_id]
        return live.seen if live.seen.wants_outputs else live.step()

    async def cancel_run(self, conversation_id: str, run_id: str) -> Run | None:
        await self._enter("cancel_run", conversation_id, run_id)
        live = self.runs[run_id]
        if not self.cancel_works:
            return None
        live.script = Script(looks=(look("cancelling"), look("cancelled")))
        live.at = 0
        return live.seen

    async def submit_outputs(self, run: Run, results: tuple[FunctionResult, ...]) -> Run:
        await self._enter("submit_outputs", run.id, results)
        return self.runs[run.id].step()

    async def stream_outputs(
        self, run: Run, results: tuple[FunctionResult, ...]
    ) -> AsyncIterator[StreamEvent]:
        await self._enter("stream_outputs", run.id, results)
        live = self.runs[run.id]
        live.step()
        async for event in self._stream(live):
            yield event

    async def usage(self, run: Run) -> Usage | None:
        return run.usage

    async def reply(self, run: Run) -> Reply:
        await self._enter("reply", run.id)
        script = self.runs[run.id].script
        return Reply(script.reply, script.citations)

    async def stored_path(self, store_id: str, file_id: str) -> str:
        await self._enter("stored_path", store_id, file_id)
        return self.paths.get((store_id, file_id), "")

    async def embed(self, texts: tuple[str, ...], model: str) -> tuple[tuple[float, ...], ...]:
        """A vector per text: how often it has each of two letters."""
        await self._enter("embed", texts, model)
        return tuple((float(text.count("a")), float(text.count("b"))) for text in texts)

    async def tool_calls(self, run: Run) -> tuple[ToolCall, ...] | None:
        await self._enter("tool_calls", run.id)
        return self.runs[run.id].script.tools

    async def _enter(self, name: str, *args: Any) -> None:
        self.journal.append((name, *args))
        self.active += 1
        try:
            await asyncio.sleep(self.delays.get(name, 0.01))
        finally:
            self.active -= 1
        if self.failures.get(name):
            raise self.failures[name].pop(0)

    def _id(self, kind: str) -> str:
        self.serial += 1
        return f"{kind}_{self.serial}"

    def _make_store(self, thread: str, messages: Iterable[ConversationMessage]) -> None:
        files = [item for message in messages for item in message.attachments]
        searched = any("file_search" in item.tools for item in files)
        if searched and self.starts[thread].vector_store is None:
            self.stores[self._id("vs")] = thread

    def _begin(self, conversation_id: str) -> _Live:
        prompt = self.threads[conversation_id][-1].content
        found = next((text for text in self.scripts if text in prompt), None)
        script = self.default if found is None else self.scripts[found]
        if isinstance(script, list):
            script = script.pop(0)
        live = _Live(script, self._id("run"), conversation_id)
        self.runs[live.id] = live
        going_on = sum(not other.seen.is_final for other in self.runs.values())
        self.most_runs = max(self.most_runs, going_on)
        return live

    async def _stream(self, live: _Live) -> AsyncIterator[StreamEvent]:
        yield live.seen
        while not (live.seen.is_final or live.seen.wants_outputs):
            if live.at + 1 == len(live.script.looks):
                await asyncio.sleep(1e6)
            await asyncio.sleep(0.01)
            if live.step().status == "completed":
                for word in live.script.reply.split(" "):
                    yield Token(word)
            yield live.seen


@dataclass
class Notes(SmokeObserver):
    """An observer that remembers."""

    tokens: list[tuple[str, str]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    stuck: list[tuple[str, str]] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    finished: list[tuple[str, CaseStatus | None]] = field(default_factory=list)
    total: int = 0

    def on_started(self, total: int) -> None:
        self.total = total

    def on_case_started(self, case: CaseRef) -> None:
        self.started.append(str(case))

    def on_token(self, case: CaseRef, text: str) -> None:
        self.tokens.append((case.name, text))

    def on_conversation_finished(self, case: CaseRef, status: CaseStatus | None) -> None:
        self.finished.append((case.name, status))

    def on_kept(self, case: CaseRef, place: Place) -> None:
        self.kept.append(str(place))

    def on_cleanup_failed(self, case: CaseRef, what: str, why: str) -> None:
        self.stuck.append((what, why))


def expect(**kinds: Any) -> tuple[Expectation, ...]:
    """Expectations as a manifest writes them: ``contains=…, not_matches=…``."""
    return tuple(
        Expectation(
            ExpectationKind(name.removeprefix("not_")), value, negated=name.startswith("not_")
        )
        for name, value in kinds.items()
    )


def case(prompt: str = "Hi", /, name: str = "greets", **fields: Any) -> SmokeCase:
    """A case of one turn; ``expect`` is its expectations, the rest the case's fields."""
    turn = Turn(prompt=prompt, expect=fields.pop("expect", ()))
    return SmokeCase(name=name, turns=fields.pop("turns", (turn,)), **fields)


async def smoke(
    account: ScriptedAccount,
    *cases: SmokeCase,
    notes: Notes | None = None,
    options: SmokeOptions | None = None,
    target: str = "local",
    store_ids: dict[str, str] | None = None,
    **subject_fields: Any,
) -> SmokeResult:
    """Run cases of one assistant."""
    subject = Subject(key="guide", assistant_id="asst_1", cases=cases, **subject_fields)
    return await run_smoke(
        account,
        [subject],
        target=target,
        options=options or SmokeOptions(),
        store_ids=store_ids or {},
        observer=notes or Notes(),
    )


def refused(why: str = "Overloaded", failure: Failure = Failure.SERVER) -> AccountError:
    """A request that failed, after all retries."""
    return AccountError("the account failed to answer: HTTP 503", failure=failure, why=why)
