"""A response as the worker sees it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from asstctl.emulator.errors import ApiError
from asstctl.emulator.filters import matches
from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import FunctionCall, ModelError, Prompt, Round, Usage, told
from asstctl.emulator.requests.items import PREFIXES
from asstctl.emulator.requests.vectors import Filter
from asstctl.emulator.responses import context, history, state
from asstctl.emulator.responses import prompt as prompts
from asstctl.emulator.responses.events import EventLog
from asstctl.emulator.responses.outputs import Outputs
from asstctl.emulator.responses.recorder import ResponseRecorder
from asstctl.emulator.search import EQUAL, Searching, Weights
from asstctl.emulator.storage import Storage
from asstctl.emulator.store.collections import RESPONSE_ITEMS, RESPONSES, Body
from asstctl.emulator.work.bus import Bus
from asstctl.emulator.work.citations import sources
from asstctl.emulator.work.made import unsaid

_FILTER: TypeAdapter[Any] = TypeAdapter(Filter)
_TOO_LONG = "What the tools gave exceeds the context window of this model."
_NO_SERVERS = "The local account connects to no MCP server, so this one has no tools here."


class ResponseWork:
    """A response (`asstctl.emulator.work.work.Work`).

    What it has called is kept here: a response that its process leaves in progress fails.
    """

    def __init__(self, storage: Storage, bus: Bus, response_id: str) -> None:
        self._storage = storage
        self._id = response_id
        inner = state.inner_of(storage.database, response_id)
        self._include: list[str] = inner.get("include", [])
        self._log = EventLog(storage, bus, response_id, kept=inner.get("replayed", False))
        self._outputs = Outputs(response_id, storage.write, self._log, self._include)
        self._own: tuple[Round, ...] = ()
        self._told: tuple[tuple[history.Entry, ...], tuple[Round, ...]] | None = None
        self._known: list[Body] = []

    @property
    def id(self) -> str:
        """The response's."""
        return self._id

    @property
    def _response(self) -> Body:
        found = RESPONSES.find(self._storage.database, self._id)
        if found is None:
            raise ModelError("The response was deleted.")
        return found

    def announce(self) -> None:
        """Publish that it waits to be worked on."""
        for kind in ("created", "queued"):
            self._publish(kind, self._response)

    def begin(self) -> bool:
        """Go from ``queued`` to ``in_progress``."""
        with self._storage.write() as writer:
            response = state.move(writer, self._id, ("queued",), "in_progress")
        if response is None:
            return False
        if not response["background"]:
            self._publish("created", response)
        self._publish("in_progress", response)
        return True

    def seconds_left(self) -> None:
        """Take as long as it takes: a response does not expire."""

    async def prompt(self) -> Prompt:
        """Put a prompt together."""
        response = self._response
        if self._told is None:
            self._told = await asyncio.to_thread(self._tell, response)
            self._list_servers(response)
        database = self._storage.database
        inner = state.inner_of(database, self._id)
        model: str = (inner if "model" in inner else response)["model"]
        spent = inner["completion_tokens"]
        return prompts.build(database, response, model, self._told, self._own, spent)

    def _tell(self, response: Body) -> tuple[tuple[history.Entry, ...], tuple[Round, ...]]:
        database = self._storage.database
        conversation = (response["conversation"] or {}).get("id")
        try:
            before = context.earlier(database, conversation, response["previous_response_id"])
        except ApiError as error:  # deleted since the response was made
            raise ModelError(error.message, "invalid_prompt") from error
        given = RESPONSE_ITEMS.all(database, response_id=self._id, part="input")
        self._known = [*before, *given]
        return history.tell(database, self._known)

    def _list_servers(self, response: Body) -> None:
        """Say of each MCP server, once in a conversation, that it offers nothing here."""
        listed = {item.get("server_label") for item in self._known}
        for tool in prompts.of_type(response, "mcp"):
            if tool["server_label"] in listed:
                continue
            head = {"id": new_id(PREFIXES["mcp_list_tools"]), "type": "mcp_list_tools"}
            item: Body = {**head, "server_label": tool["server_label"], "tools": []}
            item["error"] = _NO_SERVERS
            index = self._outputs.open(item)
            for kind in ("in_progress", "failed"):
                self._outputs.tell(f"mcp_list_tools.{kind}", index, item["id"])
            self._outputs.done(index, item)

    def recorder(self, prompt: Prompt) -> ResponseRecorder:
        """Open the record of a turn."""
        # Nothing is put behind an answer that is to be JSON.
        made = unsaid(prompt.rounds) if prompt.response_format == "auto" else ()
        return ResponseRecorder(self._outputs, sources(prompt), made, self._called)

    def _called(self, done: Round) -> None:
        self._own = (*self._own, done)

    def searching(self) -> Searching:
        """Search the stores of the response's tool, as it says."""
        response = self._response
        options = next(iter(prompts.of_type(response, "file_search")), None)
        if options is None:
            return Searching((), 20)
        ranking = options["ranking_options"]
        return Searching(
            prompts.store_ids(response),
            options["max_num_results"],
            ranking["score_threshold"],
            _filter(options),
            _weights(ranking.get("hybrid_search")),
        )

    def count(self, usage: Usage) -> None:
        """Add the tokens of a turn."""
        with self._storage.write() as writer:
            state.count_usage(writer, self._id, usage)

    def hand_over(self, calls: tuple[FunctionCall, ...]) -> None:
        """End it as ``completed``: the client answers its calls with another response."""
        self._end("completed")

    def complete(self) -> None:
        """End it as ``completed``."""
        self._end("completed")

    def cut(self, reason: str) -> None:
        """End it as ``incomplete``; what does not fit into the model's context fails."""
        if reason == "max_prompt_tokens":
            self.fail(_TOO_LONG, "invalid_prompt")
        told = reason if reason == "content_filter" else "max_output_tokens"
        self._end("incomplete", incomplete_details={"reason": told})

    def fail(self, message: str, code: str = "server_error") -> bool:
        """End it as ``failed``."""
        return self._end("failed", error={"code": told(code), "message": message})

    def expire(self) -> None:
        """Never happens: it has no deadline."""

    def settle(self) -> None:
        """Do nothing: what cancels a response ends it at once."""

    def _end(self, status: str, **fields: Any) -> bool:
        # The last event is kept with the state: whoever finds that it has ended finds all events.
        with self._storage.write() as writer:
            response = state.move(writer, self._id, ("in_progress",), status, **fields)
            if response is None:
                return False
            event = self._log.keep(f"response.{status}", response=self._shown(response))
        self._log.tell(event)
        return True

    def _publish(self, status: str, response: Body) -> None:
        self._log.publish(f"response.{status}", response=self._shown(response))

    def _shown(self, response: Body) -> Body:
        return state.show(self._storage.database, response, self._include)


def _weights(hybrid: Body | None) -> Weights:
    if not hybrid:
        return EQUAL
    return Weights(words=hybrid["text_weight"], meaning=hybrid["embedding_weight"])


def _filter(options: Body) -> Any:
    """Give what tells whether a file may be found, by its attributes."""
    given = options["filters"]
    condition = _FILTER.validate_python(given) if given else None

    def accept(attributes: Mapping[str, Any]) -> bool:
        return matches(condition, attributes)

    return accept
