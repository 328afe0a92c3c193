"""Sessions of agents on a server of its own, time and all, strict to the SDK's request types.

Written from the protocol, with nothing of asstctl in it. Agents, templates and files are those of
``AgentsServer``. Work takes time, so use it on a loop whose time jumps.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from openai.types.beta.agents.environments.file_create_params import FileCreateParams
from openai.types.beta.agents.session_create_params import (
    SessionCreateParamsNonStreaming,
    SessionCreateParamsStreaming,
)
from openai.types.beta.agents.sessions.event_create_params import EventCreateParams
from starlette.responses import JSONResponse, Response, StreamingResponse

from support.agents import SERVICE, AgentsServer
from support.quirks import Quirks
from support.server import Asked, Route
from support.state import RefusedError
from support.typed_dicts import problems

Json = Any
_OVER: Final = ("completed", "failed", "cancelled")
_USAGE: Final = {
    "input_tokens": 11,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 31,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 42,
}


def says(text: str, phase: str | None = "final_answer") -> Json:
    """A message of the agent."""
    content = [{"type": "output_text", "text": text}]
    return {
        "type": "message",
        "role": "assistant",
        "phase": phase,
        "status": "completed",
        "content": content,
    }


def wants(name: str, call_id: str = "call_1", **arguments: Any) -> Json:
    """A required action: a function is to be called."""
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}


@dataclass
class Act:
    """What an agent does next: items, then it waits for ``actions``, or the turn ends."""

    items: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)
    status: str = "completed"
    error: Json = None
    seconds: float = 1.0


def hello(_: list[Json]) -> Act:
    """Says hello to everything."""
    return Act([says("Hello there.")])


@dataclass
class Habits:
    """What a server does otherwise than one would think. Numbers are seconds, or a status."""

    shows_turns_late: float = 0
    counts_late: float = 0
    never_counts: bool = False
    doubles_events: bool = False
    tells_nothing: bool = False
    answers_streams_late: bool = False
    breaks_streams: bool = False
    no_streams: int | None = None
    no_items_of_turns: bool = False
    no_phases: bool = False
    stays_busy: float = 0
    prepares: float = 0
    prepares_in_vain: bool = False
    no_sandboxes: int | None = None
    ignores_filters: bool = False
    subagents: bool = False
    lists_answered_calls: bool = False
    fails: str | None = None
    """The session fails, and its turn is never heard of again."""


@dataclass
class Session:
    body: Json
    agent: Json
    turns: list[Json] = field(default_factory=list)
    items: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    listeners: list["asyncio.Queue[Json]"] = field(default_factory=list)
    shown_from: dict[str, float] = field(default_factory=dict)
    busy_until: float = 0
    files: dict[str, str] = field(default_factory=dict)
    ready_at: float = 0


@dataclass(repr=False)
class SessionsServer(AgentsServer):
    """The ASGI application. ``answer`` gives what an agent does after the items of a session."""

    quirks: Quirks = SERVICE
    habits: Habits = field(default_factory=Habits)
    answer: Callable[[list[Json]], Act] = hello
    sessions: dict[str, Session] = field(default_factory=dict)
    made: list[Session] = field(default_factory=list)
    _numbers: Iterable[int] = field(default_factory=lambda: count(1))
    _work: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def left(self) -> list[str]:
        """Everything that smoke may have left."""
        return [*self.sessions, *(item["id"] for item in self.state.files_shown())]

    def _talk(self, asked: Asked) -> Iterable[Route]:
        sandbox = ("agents", "environments", "*")
        return (
            ("GET", ("models",), lambda: self._page(self.models, more=False)),
            ("GET", sandbox, self._sandbox),
            ("POST", (*sandbox, "files"), lambda e: self._put(e, asked.body)),
        )

    def _objects(self, asked: Asked) -> Iterable[Route]:
        body, one = asked.body, ("agents", "sessions", "*")
        turns = (*one, "turns")
        yield from (
            ("POST", one[:2], lambda: self._open(body)),
            ("GET", one[:2], lambda: self._listed(asked)),
            ("GET", one, lambda s: JSONResponse(self._shown(self._find(s)))),
            ("DELETE", one, self._close),
            ("POST", (*one, "events"), lambda s: self._hear(self._find(s), body)),
            ("GET", (*one, "events"), lambda s: self._stream(self._find(s))),
            ("GET", turns, lambda s: self._newest(asked, self._visible(s)[::-1])),
            ("GET", (*turns, "*"), self._turn),
            ("GET", (*turns, "*", "items"), lambda s, t: self._items(asked, s, t)),
            ("GET", (*one, "items"), lambda s: self._items(asked, s, None)),
        )
        yield from super()._objects(asked)

    # --- sessions ---

    def _open(self, body: Json) -> Response:
        streams = body.get("stream")
        _refuse(SessionCreateParamsStreaming if streams else SessionCreateParamsNonStreaming, body)
        hosted = body["environment"]["type"] != "none"
        if hosted and self.habits.no_sandboxes:
            raise RefusedError(self.habits.no_sandboxes, "hosted environments are not available")
        if not body.get("input") and (streams or not hosted):
            raise RefusedError(400, "input is required")
        number = next(iter(self._numbers))
        environment = {"type": "openai_hosted", "id": f"env_{number}"} if hosted else _NONE
        shown = {
            "id": f"sess_{number}",
            "object": "agent.session",
            "created_at": 1_790_000_000 + number,
            "environment": environment,
            "metadata": body.get("metadata") or {},
            "error": None,
        }
        agent = {**self.state.show_assistant(body["agent_id"]), **body.get("agent", {})}
        session = Session(shown, agent, ready_at=_now() + self.habits.prepares)
        self.sessions[f"sess_{number}"] = session
        self.made.append(session)
        events = self._stream(session, {"type": "agent.session.created", "session": shown})
        if body.get("input"):
            self._begin(session, body["input"])
        return events if streams else JSONResponse(shown, 201)

    def _listed(self, asked: Asked) -> Response:
        wanted = {
            name.removeprefix("metadata[").removesuffix("]"): value
            for name, value in asked.query.items()
            if name.startswith("metadata[") and not self.habits.ignores_filters
        }
        shown = [
            self._shown(session)
            for session in self.sessions.values()
            if wanted.items() <= session.body["metadata"].items()
        ]
        return self._list(asked, shown)

    def _find(self, session_id: str) -> Session:
        if session_id not in self.sessions:
            raise RefusedError(404, "no such session")
        return self.sessions[session_id]

    def _shown(self, session: Session) -> Json:
        going = [turn for turn in session.turns if turn["status"] not in _OVER]
        hidden = any(not self._is_visible(session, turn) for turn in going)
        status = "idle" if not going or hidden else "in_progress"
        actions = [
            action
            for action in session.actions
            if self.habits.lists_answered_calls or action.get("call_id") not in session.answered
        ]
        if going and actions and not hidden:
            status = "requires_action"
        if self.habits.fails is not None:
            return {**session.body, "status": "failed", "error": self.habits.fails}
        return {**session.body, "status": status, "required_actions": actions if going else []}

    def _close(self, session_id: str) -> Response:
        session = self._find(session_id)
        if _now() < session.busy_until or self._goes_on(session):
            raise RefusedError(409, "the session is busy: cancel its turn first")
        del self.sessions[session_id]
        return JSONResponse({"id": session_id, "deleted": True})

    def _goes_on(self, session: Session) -> bool:
        return any(turn["status"] not in _OVER for turn in session.turns)

    # --- events ---

    def _hear(self, session: Session, body: Json) -> Response:
        _refuse(EventCreateParams, body)
        for event in body["events"]:
            match event["type"]:
                case "agent.session.input.message":
                    if self._goes_on(session) or _now() < session.busy_until:
                        raise RefusedError(409, "a turn is under way")
                    self._begin(session, event["input"])
                case "agent.session.input.cancel":
                    self._cancel(session)
                case "agent.session.input.tool_result":
                    self._take(session, event)
        return Response(status_code=202)

    def _begin(self, session: Session, said: Json) -> None:
        turn = {
            "id": f"turn_{next(iter(self._numbers))}",
            "object": "agent.session.turn",
            "session_id": session.body["id"],
            "subagent_id": None,
            "status": "queued",
            "error": None,
            "usage": None,
        }
        session.turns.append(turn)
        session.shown_from[turn["id"]] = _now() + self.habits.shows_turns_late
        messages = [_user(said)] if isinstance(said, str) else said
        for message in messages:
            self._add(session, turn, {"type": "message", "status": "completed", **message})
        if self.habits.subagents:
            helper = {**turn, "id": f"{turn['id']}_sub", "subagent_id": "sub_1"}
            session.turns.append(helper | {"status": "completed"})
        self._go_on(session, turn)

    def _go_on(self, session: Session, turn: Json) -> None:
        task = asyncio.ensure_future(self._act_out(session, turn))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _act_out(self, session: Session, turn: Json) -> None:
        act = self.answer(list(session.items))
        if turn["status"] == "queued":
            self._tell(session, "turn.created", turn, turn=dict(turn))
        turn["status"] = "in_progress"
        await asyncio.sleep(act.seconds)
        if turn["status"] in _OVER:
            return
        for item in act.items:
            self._speak(session, turn, item)
        if act.actions:
            session.actions = [{"turn_id": turn["id"], **action} for action in act.actions]
            for action in act.actions:
                if action["type"] == "function_call":
                    self._add(session, turn, {"status": "in_progress", **action})
            turn["status"] = "waiting"
            self._tell(session, "requires_action", None, session=self._shown(session))
            return
        self._end(session, turn, act.status, act.error)

    def _end(self, session: Session, turn: Json, status: str, error: Json = None) -> None:
        turn |= {"status": status, "error": error}
        session.busy_until = _now() + self.habits.stays_busy
        loop = asyncio.get_running_loop()
        if not self.habits.never_counts:
            loop.call_later(self.habits.counts_late, turn.update, {"usage": dict(_USAGE)})
        self._tell(session, f"turn.{status}", turn, turn=dict(turn))

    def _cancel(self, session: Session) -> None:
        for turn in session.turns:
            if turn["status"] not in _OVER:
                self._end(session, turn, "cancelled")

    def _take(self, session: Session, event: Json) -> None:
        waiting = {(action["turn_id"], action.get("call_id")) for action in session.actions}
        if (event["turn_id"], event["call_id"]) not in waiting:
            raise RefusedError(400, "unknown pending tool call")
        if event["call_id"] in session.answered:
            raise RefusedError(400, "answered already")
        session.answered.add(event["call_id"])
        (turn,) = (one for one in session.turns if one["id"] == event["turn_id"])
        output = {"call_id": event["call_id"], "output": event["output"], "error": None}
        self._add(session, turn, {"type": "function_call_output", "status": "completed", **output})
        if {action["call_id"] for action in session.actions} <= session.answered:
            self._go_on(session, turn)

    def _speak(self, session: Session, turn: Json, item: Json) -> None:
        if self.habits.no_phases:
            item = item | {"phase": None} if "phase" in item else item
        kept = self._add(session, turn, item)
        self._tell(session, "turn.item.added", turn, item=kept)
        for part in item.get("content", []):
            for piece in part.get("text", "").split(" "):
                about = {"item_id": kept["id"], "delta": piece}
                self._tell(session, "turn.output_text.delta", turn, **about)

    def _add(self, session: Session, turn: Json, item: Json) -> Json:
        kept = {"id": f"item_{next(iter(self._numbers))}", "turn_id": turn["id"], **item}
        session.items.append(kept)
        return kept

    def _tell(self, to: Session, kind: str, about: Json, **fields: Any) -> None:
        event = {
            "type": f"agent.session.{kind}",
            "event_id": f"event_{next(iter(self._numbers))}",
            "session_id": to.body["id"],
            "turn_id": about["id"] if about else None,
            **fields,
        }
        for queue in to.listeners:
            for _ in range(2 if self.habits.doubles_events else 1):
                queue.put_nowait(event)

    def _stream(self, session: Session, *first: Json) -> Response:
        if not first and self.headers[-1]["accept"] != "text/event-stream":
            raise RefusedError(406, "this is a stream of events")
        if self.habits.no_streams and not first:
            raise RefusedError(self.habits.no_streams, "no such path")
        queue: asyncio.Queue[Json] = asyncio.Queue()
        for event in first:
            queue.put_nowait({"event_id": "event_0", **event})
        session.listeners.append(queue)
        late = self.habits.answers_streams_late and not first
        kind = LateStream if late else StreamingResponse
        return kind(self._lines(session, queue), media_type="text/event-stream")

    async def _lines(self, session: Session, queue: "asyncio.Queue[Json]") -> AsyncIterator[str]:
        try:
            told = 0
            while True:
                event = await queue.get()
                told += 1
                if self.habits.tells_nothing and told > 1:
                    continue
                yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
                if self.habits.breaks_streams and told > 2:
                    return
        finally:
            session.listeners.remove(queue)

    # --- turns, items and files ---

    def _is_visible(self, session: Session, turn: Json) -> bool:
        return _now() >= session.shown_from.get(turn["id"], 0)

    def _visible(self, session_id: str) -> list[Json]:
        session = self._find(session_id)
        return [turn for turn in session.turns if self._is_visible(session, turn)]

    def _turn(self, session_id: str, turn_id: str) -> Response:
        return self._one(next((t for t in self._visible(session_id) if t["id"] == turn_id), None))

    def _items(self, asked: Asked, session_id: str, turn_id: str | None) -> Response:
        if turn_id is not None and self.habits.no_items_of_turns:
            raise RefusedError(404, "no such path")
        items = self._find(session_id).items
        return self._list(
            asked,
            [
                {**item, "created_at": number}
                for number, item in enumerate(items)
                if turn_id in (None, item["turn_id"])
            ],
        )

    def _of_sandbox(self, environment_id: str) -> Session:
        found = (s for s in self.made if s.body["environment"].get("id") == environment_id)
        return next(found)

    def _sandbox(self, environment_id: str) -> Response:
        session = self._of_sandbox(environment_id)
        status = "connected" if _now() >= session.ready_at else "pending"
        if self.habits.prepares_in_vain:
            status = "failed"
        return JSONResponse({"id": environment_id, "status": status})

    def _put(self, environment_id: str, body: Json) -> Response:
        _refuse(FileCreateParams, body)
        session = self._of_sandbox(environment_id)
        if _now() < session.ready_at or self._goes_on(session) or _now() < session.busy_until:
            raise RefusedError(409, "not now")
        file = self.state.files.get(body["file_id"])
        if file is None or not body["path"].startswith("/workspace/"):
            raise RefusedError(400, "no such file, or no such place")
        session.files[body["path"]] = file.content.decode()
        return JSONResponse({"path": body["path"], "size_bytes": len(file.content)}, 201)


class LateStream(StreamingResponse):
    """Sends its head with the first event."""

    async def stream_response(self, send: Any) -> None:
        body = self.body_iterator
        self.body_iterator = _with_first(await anext(aiter(body)), body)
        await super().stream_response(send)


async def _with_first(first: Any, rest: Any) -> AsyncIterator[Any]:
    yield first
    async for piece in rest:
        yield piece


_NONE: Final = {"type": "none"}


def _user(text: str) -> Json:
    return {"role": "user", "content": [{"type": "input_text", "text": text}]}


def _now() -> float:
    return asyncio.get_running_loop().time()


def _refuse(model: Any, body: Json) -> None:
    if wrong := next(problems(model, body), None):
        raise RefusedError(400, wrong)
