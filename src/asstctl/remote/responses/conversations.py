"""The port of smoke over Responses: conversations, and chains of responses as runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Final

from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.remote.responses.decode_runs import (
    is_over,
    open_answers,
    read_reply,
    read_response,
    read_run,
    read_tool_calls,
)
from asstctl.remote.responses.encode_runs import (
    ExtraFiles,
    continued,
    message_item,
    output_item,
    response_body,
)
from asstctl.remote.responses.held import Exchange, Held
from asstctl.remote.responses.sending import Sender
from asstctl.remote.storage import values
from asstctl.remote.storage.account import StorageAccount
from asstctl.remote.storage.decode import as_object
from asstctl.remote.storage.smoke import SmokeStorage, id_of
from asstctl.remote.wire.exactly_once import exactly_once, find_nothing
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Wire
from asstctl.smoke.cleanup import tracked
from asstctl.smoke.ports import (
    Attached,
    Citation,
    ConversationMessage,
    ConversationStart,
    Credentials,
    FunctionResult,
    Place,
    Reply,
    Run,
    StreamEvent,
    ToolCall,
)
from asstctl.sync.change.indexing import IndexingError, until_indexed
from asstctl.sync.ports import AccountError, Failure, FileToAttach

LABEL: Final = "asstctl_smoke"
"""The metadata that says what an object of smoke was for."""

_LONGEST_LABEL: Final = 512
_ITEMS: Final = 20
"""The most items that a conversation takes at a time."""
_PAGE: Final = 100
_NOT_HERE: Final = (Failure.MISSING, Failure.UNSUPPORTED, Failure.GARBAGE)
_NOT_STOPPABLE: Final = (
    Failure.INVALID,
    Failure.CONFLICT,
    Failure.MISSING,
    Failure.UNSUPPORTED,
)
_CANCELLED: Final = "There is no output: the call was cancelled."


class Conversations(SmokeStorage):
    """An account's conversations, reached through ``wire``.

    A conversation is an object of the server; else the responses follow one another; else all that
    was said goes along each time. What the server has is found out once. ``requests`` are those
    that an application sends for an assistant, by its id, ``credentials`` what they leave out.

    A response whose answer was lost cannot be found again: in a server without conversations it
    stays behind as an orphan (OpenAI deletes those after 30 days). So does one that misses its
    deadline where the server has neither responses in the background nor streams.
    """

    def __init__(
        self,
        wire: Wire,
        requests: Mapping[str, JsonObject],
        credentials: Credentials | None = None,
    ) -> None:
        super().__init__(wire)
        self._requests = requests
        self._credentials = credentials or {}
        self._sender = Sender(wire)
        self._storage = StorageAccount(wire, "")
        self._handles = count(1)
        self._held: dict[str, Held] = {}
        self._has_conversations: bool | None = None
        self._first = asyncio.Lock()

    # --- conversations ---

    async def open_conversation(self, start: ConversationStart) -> str:
        """Open a conversation. At worst, after a lost answer, an empty one is left behind."""
        held = Held(label=start.label[:_LONGEST_LABEL])
        held.extra = ExtraFiles([start.vector_store] if start.vector_store else [])
        held.extra.code_files.extend(start.code_files)
        try:
            for message in start.messages:
                await self._attach(held, message.attachments)
            await self._open(held, [message_item(message) for message in start.messages])
        except BaseException:
            await self._abandon(held)
            raise
        handle = f"conversation {next(self._handles)}"
        self._held[handle] = held
        return handle

    async def _open(self, held: Held, items: list[JsonObject]) -> None:
        await self._create(held, items[:_ITEMS])
        if held.conversation is None:
            held.pending.extend(items)
            return
        held.opening = tuple(items)
        for at in range(_ITEMS, len(items), _ITEMS):
            await self._add(held.conversation, items[at : at + _ITEMS], before=at)

    async def _create(self, held: Held, items: list[JsonObject]) -> None:
        """Make a conversation, unless the server has none. The first to ask finds that out."""
        if self._has_conversations is None:
            async with self._first:
                if self._has_conversations is None:
                    await self._created(held, items)
                    self._has_conversations = held.conversation is not None
                    return
        if self._has_conversations:
            await self._created(held, items)

    async def _created(self, held: Held, items: list[JsonObject]) -> None:
        body: dict[str, JsonValue] = {"metadata": {LABEL: held.label}}
        if items:
            body["items"] = items

        async def send() -> str:
            return (await self._wire.create("/conversations", body)).read(id_of)

        try:
            held.conversation = await exactly_once(self._wire, send, find_nothing)
        except AccountError as error:
            if self._has_conversations or error.failure not in _NOT_HERE:
                raise

    async def _add(self, conversation: str, items: list[JsonObject], *, before: int) -> None:
        """Add items exactly once; ``before`` is how many there are."""
        path = path_to("conversations", conversation, "items")

        async def send() -> bool:
            await self._wire.create(path, {"items": items})
            return True

        async def find() -> bool | None:
            page = (await self._wire.get(path, {"limit": _PAGE, "order": "desc"})).read(as_object)
            there = len(values.items(page.get("data")))
            return True if there >= min(before + len(items), _PAGE) else None

        await exactly_once(self._wire, send, find)

    def place_of(self, conversation_id: str) -> Place | None:
        """The conversation; without one, the last of the responses that follow one another."""
        held = self._held[conversation_id]
        if held.conversation is not None:
            return Place("conversation", held.conversation)
        if not held.exchanges or not held.exchanges[-1].stored:
            return None
        return Place("response", held.exchanges[-1].id)

    async def delete_conversation(self, conversation_id: str) -> None:
        """Delete the conversation and every response; what is gone already is fine."""
        held = self._held.get(conversation_id)
        if held is None:
            return
        deletions: list[Awaitable[None]] = []
        if held.conversation is not None:
            deletions.append(self._delete(path_to("conversations", held.conversation)))
        stored = filter(lambda exchange: exchange.stored, held.exchanges)
        deletions += map(self._delete_response, stored)
        for outcome in await asyncio.gather(*deletions, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        del self._held[conversation_id]

    async def _delete_response(self, exchange: Exchange) -> None:
        if not is_over(exchange.response):
            with suppress(AccountError):
                await self._wire.post(path_to("responses", exchange.id, "cancel"), {})
        try:
            await self._delete(path_to("responses", exchange.id))
        except AccountError as error:
            # Servers that store nothing have no use for a DELETE either.
            if error.failure is not Failure.UNSUPPORTED or await self._is_stored(exchange):
                raise

    async def _is_stored(self, exchange: Exchange) -> bool:
        try:
            await self._sender.look(exchange)
        except AccountError as error:
            return error.failure not in _NOT_HERE
        return True

    async def _abandon(self, held: Held) -> None:
        """Delete what a conversation that could not be opened has left."""
        with suppress(AccountError):
            if held.conversation is not None:
                await self._delete(path_to("conversations", held.conversation))
        for store in held.scratch:
            with suppress(AccountError):
                await self.delete_store(store)

    async def scratch_stores(self, conversation_id: str) -> tuple[str, ...]:
        """The stores that were made for the conversation's attachments."""
        held = self._held.get(conversation_id)
        return tuple(held.scratch) if held else ()

    # --- messages ---

    async def add_message(self, conversation_id: str, message: ConversationMessage) -> None:
        """Say this with the next run, once its attachments are indexed."""
        held = self._held[conversation_id]
        await self._attach(held, message.attachments)
        held.pending.append(message_item(message))

    async def _attach(self, held: Held, attachments: Sequence[Attached]) -> None:
        """Let the tools read attachments: a message over this API carries none itself."""
        known = held.extra.code_files
        computed = [item.file_id for item in attachments if "code_interpreter" in item.tools]
        known.extend(file_id for file_id in computed if file_id not in known)
        searched = [item.file_id for item in attachments if "file_search" in item.tools]
        if searched:
            await self._index(held, searched)

    async def _index(self, held: Held, file_ids: list[str]) -> None:
        """Put uploads into the conversation's own store and wait until they are found there."""
        if not held.scratch:
            await tracked(self._scratch_store(held), held.scratch.append)
            held.extra.stores.extend(held.scratch)
        (store,) = held.scratch
        await self._put(store, file_ids)
        held.searched.extend(file_ids)
        try:
            await until_indexed(
                self._storage,
                store,
                {file_id: self._filenames.get(file_id, file_id) for file_id in file_ids},
                expected=len(held.searched),
                others=False,
                within=self._wire.timeout,
                on_look=lambda _: None,
                sleep=asyncio.sleep,
            )
        except IndexingError as error:
            raise AccountError(
                error.what, failure=Failure.INVALID, why=error.why, fix=error.fix
            ) from error

    async def _scratch_store(self, held: Held) -> str:
        """A vector store that goes by itself after a day, should nobody be left to delete it."""
        spec = VectorStoreSpec(
            name="asstctl smoke", metadata={LABEL: held.label}, expires_after_days=1
        )
        made = await exactly_once(
            self._wire, lambda: self._storage.create_store(spec), find_nothing
        )
        return made.id

    async def _put(self, store: str, file_ids: list[str]) -> None:
        """Put uploads into a store, exactly once."""

        async def send() -> bool:
            files = [FileToAttach(file_id=file_id) for file_id in file_ids]
            await self._storage.attach(store, files)
            return True

        async def find() -> bool | None:
            there = {file.id for file in await self._storage.list_store_files(store)}
            return True if there.issuperset(file_ids) else None

        await exactly_once(self._wire, send, find)

    # --- runs ---

    async def start_run(self, conversation_id: str, assistant_id: str, options: JsonObject) -> Run:
        """Start a run; it has ended already when the server has no responses in the background."""
        held = self._begun(conversation_id, assistant_id, options)
        await self._sender.create(held)
        return read_run(held.run, conversation_id)

    async def stream_run(
        self, conversation_id: str, assistant_id: str, options: JsonObject
    ) -> AsyncIterator[StreamEvent]:
        """Start a run and follow it."""
        held = self._begun(conversation_id, assistant_id, options)
        async for event in self._sender.stream(held):
            yield event or read_run(held.run, conversation_id)

    def _begun(self, conversation_id: str, assistant_id: str, options: JsonObject) -> Held:
        held = self._held[conversation_id]
        credentials = self._credentials.get(assistant_id, {})
        body = response_body(self._requests[assistant_id], options, held.extra, credentials)
        held.begin(body)
        return held

    async def retrieve_run(self, conversation_id: str, run_id: str) -> Run:
        """Read the last response of a run; the server may say how soon to look again."""
        held = self._held[conversation_id]
        poll_after = await self._sender.look(held.exchanges[-1])
        return read_run(held.run, conversation_id, poll_after)

    async def cancel_run(self, conversation_id: str, run_id: str) -> Run | None:
        """Ask the last response to stop; None when the server says that it cannot be stopped.

        A conversation with an unanswered call refuses all else. One that waits for outputs gets
        an answer without any, with whatever is said next.
        """
        held = self._held[conversation_id]
        run = read_run(held.run, conversation_id)
        if run.wants_outputs:
            held.pending.extend(open_answers(held.run[-1], _CANCELLED))
            return replace(run, status="cancelled")
        # It may have gone on since the run was last seen, when a request was interrupted.
        last = held.exchanges[-1]
        try:
            answer = await self._wire.post(path_to("responses", last.id, "cancel"), {})
        except AccountError as error:
            if error.failure in _NOT_STOPPABLE:
                return None
            raise
        last.response = answer.read(read_response)
        return read_run(held.run, conversation_id)

    async def submit_outputs(self, run: Run, results: tuple[FunctionResult, ...]) -> Run:
        """Answer every call with a new response, which goes on with the run."""
        held = self._answered(run, results)
        await self._sender.create(held)
        return read_run(held.run, run.conversation_id)

    async def stream_outputs(
        self, run: Run, results: tuple[FunctionResult, ...]
    ) -> AsyncIterator[StreamEvent]:
        """Answer every call with a new response, and follow it."""
        held = self._answered(run, results)
        async for event in self._sender.stream(held):
            yield event or read_run(held.run, run.conversation_id)

    def _answered(self, run: Run, results: tuple[FunctionResult, ...]) -> Held:
        held = self._held[run.conversation_id]
        held.pending.extend(map(output_item, results))
        held.body = continued(held.body)
        return held

    # --- what came of a run ---

    async def reply(self, run: Run) -> Reply:
        """What the assistant said in this run, its citations with the names of their files."""
        reply = read_reply(self._held[run.conversation_id].run)
        citations = [await self._named(citation) for citation in reply.citations]
        return replace(reply, citations=tuple(citations))

    async def tool_calls(self, run: Run) -> tuple[ToolCall, ...]:
        """The tools that ran, as the items of the responses tell."""
        held = self._held[run.conversation_id]
        return read_tool_calls(held.run, held.outputs)

    async def _named(self, citation: Citation) -> Citation:
        name = citation.filename or await self._filename(citation.file_id) or citation.file_id
        return replace(citation, filename=name)
