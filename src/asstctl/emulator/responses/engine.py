"""What is asked for responses as a whole: create, cancel, leave, take up what was left behind."""

import asyncio
from functools import partial

from asstctl.emulator.errors import ApiError, bad_request
from asstctl.emulator.models.base import ModelError, Prompt
from asstctl.emulator.requests.responses import CreateResponse
from asstctl.emulator.resources import Writer
from asstctl.emulator.responses import context, history, settings, state
from asstctl.emulator.responses import prompt as prompts
from asstctl.emulator.responses.work import ResponseWork
from asstctl.emulator.storage import Storage
from asstctl.emulator.store.collections import RESPONSES, Body
from asstctl.emulator.store.database import Row
from asstctl.emulator.store.owner import Neglected, adopt
from asstctl.emulator.work.budget import prompt_tokens
from asstctl.emulator.work.worker import Worker


def locked() -> ApiError:
    """Build the refusal to touch a conversation that a response is at work in."""
    return bad_request(
        "Another process is currently operating on this conversation. Please retry in a few "
        "seconds.",
        "conversation",
        "conversation_locked",
    )


class Responses:
    """The responses of an account; the account's worker does the work on them."""

    def __init__(self, storage: Storage, worker: Worker) -> None:
        self._storage = storage
        self._worker = worker
        columns = "id, status, stored"
        self._neglected = Neglected(storage.database, "responses", state.ACTIVE, columns)

    async def create(self, params: CreateResponse) -> ResponseWork:
        """Add a queued response. Raises ApiError for everything that the original refuses."""
        fields, found, prompt = await self._asked(params)
        settings.check_json(fields, found)
        model = self._worker.model
        prompts.check_size(prompt, model.context)
        fields["model"] = model.served(params.model)
        self.adopt()
        include = params.include or []
        replayed = bool(params.background and params.stream)
        with self._storage.write() as writer:
            self._check_free(writer, params, found)
            inner = {"include": include, "replayed": replayed, "model": params.model}
            made = state.create(writer, fields, found.input, inner=inner, stored=params.stored)
        return self.work(made["id"])

    async def count(self, params: CreateResponse) -> int:
        """Give the tokens that the input of a response would have. Raises ApiError as `create`."""
        _, _, prompt = await self._asked(params)
        return prompt_tokens(prompt)

    async def _asked(self, params: CreateResponse) -> tuple[Body, context.Context, Prompt]:
        """Give a response's settings, what it answers, and what the model is told."""
        database = self._storage.database
        fields = settings.fields(database, params)
        found = context.build(database, params)
        try:
            told = await asyncio.to_thread(history.tell, database, [*found.before, *found.input])
        except ModelError as error:
            raise bad_request(str(error), "input", "invalid_value") from None
        return fields, found, prompts.build(database, fields, params.model, told)

    def _check_free(self, writer: Writer, params: CreateResponse, found: context.Context) -> None:
        """Refuse a conversation that a response is at work in, or that has moved on meanwhile."""
        conversation = params.conversation_id
        if conversation is None:
            return
        before = context.earlier(writer.database, conversation, None)
        moved = [item["id"] for item in before] != [item["id"] for item in found.before]
        if moved or state.active_in(writer.database, conversation):
            raise locked()

    def work(self, response_id: str) -> ResponseWork:
        """Give a response as the worker sees it."""
        return ResponseWork(self._storage, self._worker.bus, response_id)

    def start(self, work: ResponseWork) -> None:
        """Begin to work on a queued response."""
        self._worker.start(work)

    async def cancel(self, response_id: str) -> None:
        """End a response as ``cancelled``, unless it has ended."""
        self._cancelled(response_id)
        await self._worker.stop(response_id)
        self._worker.bus.end(response_id)

    def leave(self, response_id: str) -> None:
        """End what nobody waits for any more, and forget what was not to be stored."""
        self._cancelled(response_id)
        self._worker.abandon(response_id)
        with self._storage.write() as writer:
            RESPONSES.delete(writer.connection, response_id, stored=0)

    def delete(self, response_id: str) -> None:
        """Remove a response, whatever it is doing: who stops it elsewhere finds it gone."""
        with self._storage.write() as writer:
            RESPONSES.delete(writer.connection, response_id)
        self._worker.abandon(response_id)

    def adopt(self) -> None:
        """Resume the queued responses of dead processes, fail those that they had in progress.

        What was not to be stored is removed.
        """
        database, owner = self._storage.database, self._storage.owner
        for row in adopt(database, "responses", state.ACTIVE, owner):
            self._take_up(row)
        for row in database.rows("SELECT id, owner FROM responses WHERE stored = 0"):
            if row["owner"] != owner and not database.peers.is_alive(row["owner"]):
                self.delete(row["id"])

    def resume(self) -> None:
        """Take up the responses of this process that nobody is at."""
        for row in self._neglected.look(self._storage.owner, self._is_at):
            self._take_up(row)

    def _is_at(self, row: Row) -> bool:
        return self._worker.is_at(row["id"])

    def _take_up(self, row: Row) -> None:
        if not row["stored"]:
            self._worker.soon(partial(self.delete, row["id"]))
        elif row["status"] == "queued":
            self.start(self.work(row["id"]))
        else:
            self._worker.bury(self.work(row["id"]))

    def _cancelled(self, response_id: str) -> Body | None:
        with self._storage.write() as writer:
            return state.move(writer, response_id, state.ACTIVE, "cancelled")
