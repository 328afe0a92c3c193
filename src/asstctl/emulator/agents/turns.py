"""The states of a turn, and the transitions between them.

Every transition names the states it may start from and compares them inside the transaction, so
that of two concurrent ones, also of two processes, only the first happens. In the table, a turn
whose calls are all answered is ``answered`` until it goes on; the wire shows ``in_progress``.
"""

from collections.abc import Collection

from asstctl.emulator.agents import items
from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import Call, FunctionCall, Round, Usage
from asstctl.emulator.resources import Writer
from asstctl.emulator.store.collections import (
    SESSION_ITEMS,
    SESSIONS,
    TURNS,
    Body,
    decode,
    encode,
)
from asstctl.emulator.store.database import Database, Row, place_marks
from asstctl.emulator.work.calls import from_store, to_store, unanswered

ACTIVE = ("queued", "in_progress", "waiting", "answered")
_SHOWN = {"answered": "in_progress"}


def create(writer: Writer, session: Body, messages: list[Body]) -> Body:
    """Add a queued turn with what the user said."""
    turn: Body = {
        "id": new_id("turn_"),
        "object": "agent.session.turn",
        "session_id": session["id"],
        "agent_id": session["agent"]["id"],
        "subagent_id": None,
        "status": "queued",
        "created_at": writer.now,
        "started_at": None,
        "completed_at": None,
        "error": None,
        "usage": None,
        "prompt_cache_options": session["prompt_cache_options"],
    }
    columns = {"session_id": session["id"], "status": "queued", "owner": writer.owner}
    TURNS.insert(writer.connection, turn, **columns, inner=encode({"rounds": []}))
    for said in messages:
        items.insert(
            writer.connection, session["id"], items.user_message(turn["id"], said["content"])
        )
    touch(writer, session["id"])
    return turn


def touch(writer: Writer, session_id: str) -> None:
    """Note that something happened in a session now."""
    session = SESSIONS.find(writer.database, session_id)
    if session is not None:
        SESSIONS.save(writer.connection, session | {"last_active_at": writer.now})


def active(database: Database, session_id: str) -> list[Row]:
    """Give the turns of a session that are not over, oldest first."""
    marks = place_marks(ACTIVE)
    return database.rows(
        f"SELECT * FROM turns WHERE session_id = ? AND status IN ({marks}) ORDER BY seq",  # noqa: S608 - only marks
        (session_id, *ACTIVE),
    )


def move(
    writer: Writer, turn_id: str, allowed: Collection[str], status: str, **fields: object
) -> Body | None:
    """Put a turn into another state, if it is in one of the ``allowed`` ones; else give None."""
    row = TURNS.find_row(writer.database, turn_id)
    if row is None or row["status"] not in allowed:
        return None
    turn = decode(row["body"]) | {"status": _SHOWN.get(status, status)} | fields
    if status == "in_progress" and turn["started_at"] is None:
        turn["started_at"] = writer.now
    if status not in ACTIVE:
        turn["completed_at"] = writer.now
    TURNS.save(writer.connection, turn, status=status, owner=writer.owner)
    touch(writer, turn["session_id"])
    return turn


def end(
    writer: Writer, turn_id: str, allowed: Collection[str], status: str, error: Body | None = None
) -> tuple[Body, list[Body]] | None:
    """End a turn; gives it and the items that it left unfinished, which are ``incomplete`` now."""
    turn = move(writer, turn_id, allowed, status, error=error)
    if turn is None:
        return None
    left = [
        item | {"status": "incomplete"}
        for item in SESSION_ITEMS.all(writer.database, turn_id=turn_id)
        if item["status"] == "in_progress"
    ]
    for item in left:
        SESSION_ITEMS.save(writer.connection, item)
    return turn, left


# --- what the model did in a turn ---


def rounds(row: Row) -> tuple[Round, ...]:
    """Give what the model did in a turn so far, calls with their results."""
    kept = decode(row["inner"])["rounds"]
    return tuple(Round(done["text"], from_store(done)) for done in kept)


def keep_round(writer: Writer, turn_id: str, text: str, calls: tuple[Call, ...]) -> None:
    """Add what the model did in one go."""
    row = TURNS.get_row(writer.database, turn_id)
    kept = [*decode(row["inner"])["rounds"], {"text": text} | to_store(calls)]
    _save_rounds(writer, turn_id, kept)


def waiting_calls(row: Row) -> tuple[FunctionCall, ...]:
    """Give the calls that the application has not answered."""
    done = rounds(row)
    return unanswered(done[-1].calls) if done and row["status"] == "waiting" else ()


def answer(writer: Writer, row: Row, call_id: str, output: str) -> bool:
    """Keep the answer to a call; tells whether it was the last that was missing."""
    kept = decode(row["inner"])["rounds"]
    calls = tuple(
        FunctionCall(call.id, call.name, call.arguments, output)
        if isinstance(call, FunctionCall) and call.id == call_id
        else call
        for call in from_store(kept[-1])
    )
    kept[-1] |= to_store(calls)
    _save_rounds(writer, row["id"], kept)
    return not unanswered(calls)


def _save_rounds(writer: Writer, turn_id: str, kept: list[Body]) -> None:
    TURNS.set(writer.connection, turn_id, inner=encode({"rounds": kept}))


def add_usage(writer: Writer, turn_id: str, usage: Usage) -> None:
    """Add the tokens of one answer of the model."""
    turn = TURNS.find(writer.database, turn_id)
    if turn is None:
        return
    used = (used_in(turn) or Usage(0, 0)) + usage
    TURNS.save(writer.connection, turn | {"usage": usage_body(used)})


def used_in(turn: Body) -> Usage | None:
    """Give the tokens of a turn; None while there are none."""
    if (told := turn["usage"]) is None:
        return None
    cached = told["input_tokens_details"]["cached_tokens"]
    return Usage(told["input_tokens"], told["output_tokens"], cached)


def usage_body(used: Usage) -> Body:
    """Give tokens as turns and sessions show them."""
    return {
        "input_tokens": used.prompt_tokens,
        "input_tokens_details": {"cached_tokens": used.cached_tokens},
        "output_tokens": used.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": used.prompt_tokens + used.completion_tokens,
    }
