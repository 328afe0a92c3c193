"""The pages of the Agents API: agents, environment templates, and sessions with what was said."""

import json
from collections.abc import Iterator

from asstctl.emulator.agents import items, sessions, settings
from asstctl.emulator.page import layout
from asstctl.emulator.page.layout import code, many, moment, row
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


def overview(database: Database) -> Iterator[Child]:
    """List agents, templates and sessions, newest first; nothing where there is none."""
    listed: tuple[tuple[Collection, str], ...] = (
        (AGENTS, "Agents"),
        (TEMPLATES, "Environment templates"),
        (SESSIONS, "Sessions"),
    )
    for collection, title in listed:
        page = collection.page(database, layout.NEWEST)
        shown = (_row(database, collection, body) for body in page.bodies)
        yield layout.listed(title, page, shown)


def _row(database: Database, collection: Collection, body: Body) -> Html:
    if collection is AGENTS:
        tools = ", ".join(layout.tool_names(body.get("tools") or ())) or "no tools"
        return row(layout.named(body, "agent"), code(body["id"]), body["model"], tools)
    if collection is TEMPLATES:
        files = many(len(body["files"]), "file")
        return row(
            layout.named(body, "template"), code(body["id"]), files, body["network"]["access"]
        )
    shown = sessions.show(database, body)
    title = link(_opening(database, body["id"]), "session", body["id"])
    return row(title, code(body["id"]), shown["status"], moment(body["created_at"]))


def _opening(database: Database, session_id: str) -> str:
    """Give the first words of a session."""
    page = SESSION_ITEMS.page(database, Cursor(limit=1, descending=False), session_id=session_id)
    return layout.opening(map(items.text_of, page.bodies), "(nothing said)")


def agent_page(database: Database, agent_id: str) -> str:
    """Show an agent's whole configuration."""
    body = AGENTS.get(database, agent_id)
    return layout.document(
        body.get("name") or layout.NO_NAME,
        layout.talk_to("agent", agent_id, "Talk to it"),
        layout.facts({"Id": code(body["id"])} | _configuration(body)),
        layout.functions(body.get("tools") or ()),
    )


def _configuration(agent: Body) -> dict[str, Child]:
    shown = settings.resolved(agent)
    return {
        "Model": shown["model"],
        "Instructions": shown["instructions"],
        "Tools": layout.chips(layout.tool_names(agent.get("tools") or ())),
        "Reasoning effort": shown["reasoning"]["effort"],
        "Text": f"{shown['text']['format']['type']}, {shown['text']['verbosity']}",
        "Service tier": shown["service_tier"],
        "Metadata": layout.pairs(agent.get("metadata")),
        "Created": moment(agent.get("created_at")),
    }


def template_page(database: Database, template_id: str) -> str:
    """Show a template as it reads back: without what is confidential."""
    body = TEMPLATES.get(database, template_id)
    packages = [f"{kind}: {name}" for kind in body["packages"] for name in body["packages"][kind]]
    described = layout.facts(
        {
            "Id": code(body["id"]),
            "Network": body["network"]["access"],
            "Allowed domains": layout.chips(body["network"]["allowed_domains"]),
            "Packages": layout.chips(packages),
            "Created": moment(body["created_at"]),
        }
    )
    files = [row(file["path"], code(file.get("file_id") or "inline")) for file in body["files"]]
    title = body["name"] or layout.NO_NAME
    listed = layout.section("Files", layout.rows(files, "No files."))
    return layout.document(title, described, listed)


def session_page(database: Database, session_id: str) -> str:
    """Show a session: the agent that it runs, its files, and what was said and done in it."""
    session = SESSIONS.get(database, session_id)
    shown = sessions.show(database, session)
    environment_id = session["environment"].get("id", "")
    files = environments.files(database, environment_id)
    described = layout.facts(
        {
            "Id": code(session_id),
            "Status": shown["status"],
            "Error": session["error"] and tag("span", session["error"], class_="bad"),
            "Agent": code(session["agent"]["id"]),
            **_configuration(session["agent"] | {"metadata": session["metadata"]}),
            "Environment": code(environment_id) if environment_id else "none",
            "Files": layout.chips(
                f"{file['path']} ({layout.size(file['size_bytes'])})" for file in files
            ),
            "Created": moment(session["created_at"]),
        }
    )
    return layout.document(
        _opening(database, session_id),
        layout.talk_to("session", session_id, "Go on with it"),
        described,
        layout.section("Transcript", _transcript(database, session_id)),
    )


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
