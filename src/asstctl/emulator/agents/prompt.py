"""What the model is told in a turn of a session."""

from asstctl.emulator.agents import items, turns
from asstctl.emulator.models.base import Prompt, Round, Turn
from asstctl.emulator.store import environments
from asstctl.emulator.store.collections import SESSION_ITEMS, Body
from asstctl.emulator.store.database import Database, Row

# The tools of an agent that the model is told of under their own names, though they are absent.
_NAMED = frozenset({"web_search", "mcp", "computer_use", "automations"})


def build(database: Database, session: Body, turn: Row) -> Prompt:
    """Put a prompt together, of any size."""
    agent, environment = session["agent"], session["environment"]
    hosted = environment["type"] != "none"
    readable = hosted and environments.has_text(database, environment["id"])
    text = agent.get("text") or {}
    return Prompt(
        model=agent["model"],
        instructions=agent.get("instructions") or "",
        history=_history(database, turn),
        rounds=turns.rounds(turn),
        tools=(*_tools(agent), *_hosted(hosted=hosted, readable=readable)),
        tool_choice="auto",
        response_format=_format(text.get("format") or {"type": "text"}),
        parallel_tool_calls=True,
        temperature=1.0,
        top_p=1.0,
        reasoning_effort=(agent.get("reasoning") or {}).get("effort"),
        max_completion_tokens=None,
        has_stores=readable,
        code_files=(),
        cites=False,
    )


def _hosted(*, hosted: bool, readable: bool) -> list[Body]:
    kinds = [("file_search", readable), ("shell", hosted)]
    return [{"type": kind} for kind, there in kinds if there]


def _tools(agent: Body) -> list[Body]:
    names = ("name", "description", "parameters")
    tools = agent.get("tools") or ()
    functions = [
        {"type": "function", "function": {name: tool[name] for name in names}}
        for tool in tools
        if tool["type"] == "function"
    ]
    others = [
        {"type": tool["type"]}
        for tool in tools
        if tool["type"] in _NAMED and tool.get("mode") != "disabled"
    ]
    return [*functions, *others]


def _format(given: Body) -> str | Body:
    if given["type"] == "text":
        return "auto"
    return {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": given["schema"]},
    }


def _history(database: Database, turn: Row) -> tuple[Turn | Round, ...]:
    """Give the session up to this turn and what the user says in it."""
    history: list[Turn | Round] = []
    for row in database.rows(
        "SELECT * FROM turns WHERE session_id = ? AND seq <= ? ORDER BY seq",
        (turn["session_id"], turn["seq"]),
    ):
        said = SESSION_ITEMS.all(database, turn_id=row["id"])
        history += [items.turn_of(item) for item in said if _is_from_user(item)]
        if row["id"] != turn["id"]:
            history += turns.rounds(row)
            history += [Turn("assistant", items.text_of(item)) for item in said if _answers(item)]
    return tuple(history)


def _is_from_user(item: Body) -> bool:
    return bool(item["type"] == "message" and item["role"] == "user")


def _answers(item: Body) -> bool:
    """Tell whether an item is an agent's last word in its turn; the rest is in its rounds."""
    return bool(item["type"] == "message" and item["phase"] == "final_answer")
