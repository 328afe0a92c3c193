"""Sessions: what they copied of their agent, and how they read back."""

from asstctl.emulator.agents import items, settings, turns
from asstctl.emulator.models.base import FunctionCall, Usage
from asstctl.emulator.store.collections import TURNS, Body
from asstctl.emulator.store.database import Database, Row


def show(database: Database, session: Body) -> Body:
    """Give a session as the wire shows it; its state is that of its turns."""
    going = turns.active(database, session["id"])
    shown = {
        name: value for name, value in session.items() if value is not None or name != "review"
    }
    return shown | {
        "agent": _agent(session["agent"]),
        "status": _status(session, going),
        "required_actions": [
            _action(row["id"], call) for row in going for call in turns.waiting_calls(row)
        ],
        "usage": _usage(database, session["id"]),
    }


def _agent(agent: Body) -> Body:
    return {
        "id": agent["id"],
        "name": agent.get("name"),
        **settings.resolved(agent),
        "tools": settings.session_tools(agent),
    }


def _status(session: Body, going: list[Row]) -> str:
    if session["error"] is not None:
        return "failed"
    if not going:
        return "idle"
    return "requires_action" if going[0]["status"] == "waiting" else "in_progress"


def _action(turn_id: str, call: FunctionCall) -> Body:
    return {
        "type": "function_call",
        "turn_id": turn_id,
        "call_id": call.id,
        "name": call.name,
        "arguments": items.arguments(call),
    }


def _usage(database: Database, session_id: str) -> Body | None:
    told = map(turns.used_in, TURNS.all(database, session_id=session_id))
    used = [usage for usage in told if usage is not None]
    return turns.usage_body(sum(used, Usage(0, 0))) if used else None
