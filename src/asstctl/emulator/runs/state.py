"""The states of a run, of its steps and messages, and the transitions between them.

Every transition names the states it may start from and compares them inside the transaction, so
that of two concurrent ones (a cancel and a completion, also of two processes) only the first
happens; the other gives None.
"""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import Usage
from asstctl.emulator.resources import Writer
from asstctl.emulator.runs import calls
from asstctl.emulator.store.collections import MESSAGES, RUNS, STEPS, Body, decode, encode
from asstctl.emulator.store.database import Database, place_marks
from asstctl.emulator.work.bus import Event

LIFETIME_SECONDS = 600
ACTIVE = ("queued", "in_progress", "requires_action", "cancelling")
_STAMPS = {
    "in_progress": "started_at",
    "completed": "completed_at",
    "failed": "failed_at",
    "cancelled": "cancelled_at",
}
# How a run's end shows on a step and on a message that it leaves unfinished.
_STEP_END = {
    "cancelled": ("cancelled", "cancelled_at"),
    "failed": ("failed", "failed_at"),
    "expired": ("expired", "expired_at"),
    "incomplete": ("completed", "completed_at"),
}
_MESSAGE_REASON = {
    "cancelled": "run_cancelled",
    "failed": "run_failed",
    "expired": "run_expired",
    "incomplete": "max_tokens",
}


def create(writer: Writer, thread_id: str, fields: Body, inner: Body) -> Body:
    """Add a queued run; ``inner`` is what it needs that the wire does not show."""
    run = {
        "id": new_id("run_"),
        "object": "thread.run",
        "created_at": writer.now,
        "assistant_id": fields["assistant_id"],
        "thread_id": thread_id,
        "status": "queued",
        "started_at": None,
        "expires_at": writer.now + LIFETIME_SECONDS,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": None,
        "required_action": None,
        "last_error": None,
        "incomplete_details": None,
        "usage": None,
    } | fields
    RUNS.insert(
        writer.connection,
        run,
        thread_id=thread_id,
        status="queued",
        expires_at=run["expires_at"],
        owner=writer.owner,
        inner=encode(inner | {"prompt_tokens": 0, "completion_tokens": 0}),
    )
    return run


def inner_of(database: Database, run_id: str) -> Body:
    """Give what a run remembers beside its wire object."""
    row = RUNS.find_row(database, run_id)
    return decode(row["inner"]) if row else {}


def count_usage(writer: Writer, run_id: str, usage: Usage) -> None:
    """Add the tokens of a turn to those of the run."""
    inner = inner_of(writer.database, run_id)
    used = Usage.kept_in(inner) + usage
    RUNS.set(writer.connection, run_id, inner=encode(inner | asdict(used)))


def active_in(database: Database, thread_id: str) -> Body | None:
    """Give the run that a thread is locked by, None when it is free."""
    marks = place_marks(ACTIVE)
    row = database.row(
        f"SELECT body FROM runs WHERE thread_id = ? AND status IN ({marks}) LIMIT 1",  # noqa: S608 - only marks
        (thread_id, *ACTIVE),
    )
    return decode(row["body"]) if row else None


def move(
    writer: Writer, run_id: str, allowed: Collection[str], status: str, **fields: Any
) -> Body | None:
    """Put a run into another state, if it is in one of the ``allowed`` ones; else give None.

    Sets the time that belongs to the state, and the usage when it is a final one.
    """
    row = RUNS.find_row(writer.database, run_id)
    if row is None or row["status"] not in allowed:
        return None
    run = decode(row["body"]) | {"status": status, "required_action": None} | fields
    stamp = _STAMPS.get(status)
    if stamp and run[stamp] is None:
        run[stamp] = writer.now
    if status not in ACTIVE:
        run["usage"] = Usage.kept_in(decode(row["inner"])).wire
        if status != "expired":
            run["expires_at"] = None
    owner = writer.owner if status in {"queued", "in_progress"} else row["owner"]
    RUNS.save(writer.connection, run, status=status, owner=owner)
    return run


def end(
    writer: Writer, run_id: str, allowed: Collection[str], status: str, **fields: Any
) -> list[Event]:
    """Put a run into a final state; gives the events to publish, none when it has ended already.

    Steps and messages that the run leaves unfinished end with it.
    """
    run = move(writer, run_id, allowed, status, **fields)
    if run is None:
        return []
    events: list[Event] = []
    if status != "completed":
        events += _end_messages(writer, run)
        events += _end_steps(writer, run)
    return [*events, (f"thread.run.{status}", run)]


def _end_messages(writer: Writer, run: Body) -> list[Event]:
    events: list[Event] = []
    for message in MESSAGES.all(writer.database, run_id=run["id"]):
        if message["status"] == "in_progress":
            message |= {
                "status": "incomplete",
                "incomplete_at": writer.now,
                "incomplete_details": {"reason": _message_reason(run)},
            }
            MESSAGES.save(writer.connection, message)
            events.append(("thread.message.incomplete", message))
    return events


def _message_reason(run: Body) -> str:
    filtered = run["status"] == "incomplete" and not run["incomplete_details"]
    return "content_filter" if filtered else _MESSAGE_REASON[run["status"]]


def _end_steps(writer: Writer, run: Body) -> list[Event]:
    events: list[Event] = []
    status, stamp = _STEP_END[run["status"]]
    for step in STEPS.all(writer.database, run_id=run["id"]):
        if step["status"] == "in_progress":
            step |= {"status": status, stamp: writer.now}
            if status == "failed":
                step["last_error"] = run["last_error"]
            STEPS.save(writer.connection, step)
            events += [(f"thread.run.step.{status}", shown) for shown in calls.show([step], ())]
    return events
