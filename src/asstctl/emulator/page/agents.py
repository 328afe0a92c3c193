"""The pages of the Agents API: agents, environment templates, and sessions with what was said."""

import json
from collections.abc import Iterator

from asstctl.emulator.agents import items, sessions, settings
from asstctl.emulator.page.layout import (
    chips,
    code,
    document,
    facts,
    many,
    moment,
    pairs,
    row,
    rows,
    section,
    size,
    tool_names,
)
from asstctl.emulator.page.markup import Child, Html, join, link, tag
from asstctl.emulator.store import environments
from asstctl.emulator.store.collections import (
    AGENTS,
    SESSION_ITEMS,
    SESSIONS,
    TEMPLATES,
    TURNS,
    Body,
    Collection,
    Cursor,
)
from asstctl.emulator.store.database import Database

_NEWEST = Cursor(limit=100)
_TITLE_LENGTH = 90


def overview(database: Database) -> Iterator[Html]:
    """List agents, templates and sessions, newest first; nothing where there is none."""
    listed: tuple[tuple[Collection, str], ...] = (
        (AGENTS, "Agents"),
        (TEMPLATES, "Environment templates"),
        (SESSIONS, "Sessions"),
    )
    for collection, title in listed:
        page = collection.page(database, _NEWEST)
        shown = [_row(database, collection, body) for body in page.bodies]
        more = tag("p", f"Only the newest {_NEWEST.limit} are shown.", class_="soft")
        if shown:
            yield section(title, rows(shown, ""), more if page.has_more else None)


def _row(database: Database, collection: Collection, body: Body) -> Html:
    if collection is AGENTS:
        tools = ", ".join(tool_names(body.get("tools") or ())) or "no tools"
        return row(_link(body, "agent"), code(body["id"]), body["model"], tools)
    if collection is TEMPLATES:
        files = many(len(body["files"]), "file")
        return row(_link(body, "template"), code(body["id"]), files, body["network"]["access"])
    shown = sessions.show(database, body)
    title = link(_opening(database, body["id"]) or "(nothing said)", "session", body["id"])
    return row(title, code(body["id"]), shown["status"], moment(body["created_at"]))


def _link(body: Body, kind: str) -> Html:
    return link(body.get("name") or "(no name)", kind, body["id"])


def _opening(database: Database, session_id: str) -> str:
    """Give the first words of a session."""
    page = SESSION_ITEMS.page(database, Cursor(limit=1, descending=False), session_id=session_id)
    first = " ".join(items.text_of(page.bodies[0]).split()) if page.rows else ""
    return first if len(first) <= _TITLE_LENGTH else first[: _TITLE_LENGTH - 1] + "…"


def agent_page(database: Database, agent_id: str) -> str:
    """Show an agent's whole configuration."""
    body = AGENTS.get(database, agent_id)
    return document(
        body.get("name") or "(no name)",
        facts({"Id": code(body["id"])} | _configuration(body)),
        _functions(body),
    )


def _configuration(agent: Body) -> dict[str, Child]:
    shown = settings.resolved(agent)
    return {
        "Model": shown["model"],
        "Instructions": shown["instructions"],
        "Tools": chips(tool_names(agent.get("tools") or ())),
        "Reasoning effort": shown["reasoning"]["effort"],
        "Text": f"{shown['text']['format']['type']}, {shown['text']['verbosity']}",
        "Service tier": shown["service_tier"],
        "Metadata": pairs(agent.get("metadata")),
        "Created": moment(agent.get("created_at")),
    }


def _functions(agent: Body) -> Html | None:
    found = [tool for tool in agent.get("tools") or () if tool["type"] == "function"]
    shown = [
        tag(
            "details",
            tag("summary", tag("strong", tool["name"]), " ", tool["description"]),
            tag("pre", json.dumps(tool["parameters"], indent=2, ensure_ascii=False)),
        )
        for tool in found
    ]
    return section("Functions", *shown) if shown else None


def template_page(database: Database, template_id: str) -> str:
    """Show a template as it reads back: without what is confidential."""
    body = TEMPLATES.get(database, template_id)
    packages = [f"{kind}: {name}" for kind in body["packages"] for name in body["packages"][kind]]
    described = facts(
        {
            "Id": code(body["id"]),
            "Network": body["network"]["access"],
            "Allowed domains": chips(body["network"]["allowed_domains"]),
            "Packages": chips(packages),
            "Created": moment(body["created_at"]),
        }
    )
    files = [row(file["path"], code(file.get("file_id") or "inline")) for file in body["files"]]
    title = body["name"] or "(no name)"
    return document(title, described, section("Files", rows(files, "No files.")))


def session_page(database: Database, session_id: str) -> str:
    """Show a session: the agent that it runs, its files, and what was said and done in it."""
    session = SESSIONS.get(database, session_id)
    shown = sessions.show(database, session)
    environment_id = session["environment"].get("id", "")
    files = environments.files(database, environment_id)
    described = facts(
        {
            "Id": code(session_id),
            "Status": shown["status"],
            "Error": session["error"] and tag("span", session["error"], class_="bad"),
            "Agent": code(session["agent"]["id"]),
            **_configuration(session["agent"] | {"metadata": session["metadata"]}),
            "Environment": code(environment_id) if environment_id else "none",
            "Files": chips(f"{file['path']} ({size(file['size_bytes'])})" for file in files),
            "Created": moment(session["created_at"]),
        }
    )
    title = _opening(database, session_id) or "(nothing said)"
    return document(title, described, section("Transcript", _transcript(database, session_id)))


def _transcript(database: Database, session_id: str) -> Html:
    parts: list[Html] = []
    for turn in TURNS.all(database, session_id=session_id):
        parts += [_item(item) for item in SESSION_ITEMS.all(database, turn_id=turn["id"])]
        parts.append(_turn(turn))
    return tag("div", *(parts or [tag("div", "Nothing yet.", class_="none")]), class_="talk")


def _item(item: Body) -> Html:
    match item["type"]:
        case "message":
            role = item["role"]
            who = tag("div", tag("strong", role), item["phase"], class_="who")
            text = tag("div", items.text_of(item), class_="text")
            return tag("article", who, text, class_=f"turn {role}")
        case "function_call":
            return _details(f"{item['name']}()", json.dumps(item["arguments"], ensure_ascii=False))
        case "function_call_output":
            return _details("its answer", item["error"] or json.dumps(item["output"]))
    return _details("shell", f"{item['command']}\n→ {item['output']}")


def _details(summary: str, text: str) -> Html:
    return tag("div", tag("details", tag("summary", summary), tag("pre", text)), class_="run")


def _turn(turn: Body) -> Html:
    usage, error = turn["usage"], turn["error"]
    tokens = f" · {many(usage['total_tokens'], 'token')}" if usage else ""
    tone = "bad" if turn["status"] in {"failed", "cancelled"} else None
    head = join("turn ", code(turn["id"]), " · ", tag("span", turn["status"], class_=tone), tokens)
    problem = tag("div", f"{error['code']}: {error['message']}", class_="bad") if error else None
    return tag("div", tag("div", head), problem, class_="run")
