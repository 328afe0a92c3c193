"""What an agent was told, and how that reads back.

An agent is kept as it was given, so that what was left out follows the model when that changes.
It reads back resolved: with the API's defaults in the place of everything that is unset.
"""

import re

from asstctl.emulator.store.collections import Body

_DEFAULT_SUBAGENTS = 6
_THINKS_UNASKED = re.compile(r"(gpt-5|o[134])(-|$)")
_THINKS_WHEN_ASKED = re.compile(r"gpt-5\.\d")


def merged(settings: Body, given: Body) -> Body:
    """Give settings after an update: an object replaces the whole, ``experimental`` merges."""
    changed = settings | given
    if "experimental" in given:
        changed["experimental"] = settings.get("experimental", {}) | given["experimental"]
    return changed


def resolved(settings: Body) -> Body:
    """Give the settings that agents and sessions share as they read back, tools apart."""
    model = settings["model"]
    return {
        "model": model,
        "instructions": settings.get("instructions"),
        "reasoning": _reasoning(settings.get("reasoning") or {}, model),
        "text": _text(settings.get("text") or {}),
        "service_tier": settings.get("service_tier") or "auto",
        "multi_agent": _multi_agent(settings.get("multi_agent") or {"enabled": False}),
        "compaction": {"async": bool((settings.get("compaction") or {}).get("async"))},
        "experimental": {"time_awareness": False} | settings.get("experimental", {}),
    }


def _reasoning(given: Body, model: str) -> Body:
    effort = given.get("effort") or default_effort(model)
    return {"effort": effort, "summary": given.get("summary")}


def default_effort(model: str) -> str | None:
    """Give the effort that a model takes by itself; None for one that does not reason."""
    if _THINKS_WHEN_ASKED.match(model):
        return "none"
    return "medium" if _THINKS_UNASKED.match(model) else None


def _text(given: Body) -> Body:
    return {
        "format": given.get("format") or {"type": "text"},
        "verbosity": given.get("verbosity") or "medium",
    }


def _multi_agent(given: Body) -> Body:
    if not given["enabled"]:
        return {"enabled": False, "max_concurrent_subagents": None}
    return {"max_concurrent_subagents": _DEFAULT_SUBAGENTS} | given


def tools(settings: Body) -> list[Body]:
    """Give an agent's tools as they read back, with their defaults filled in."""
    return [tool(item) for item in settings.get("tools") or ()]


def session_tools(settings: Body) -> list[Body]:
    """Give a session's tools as they read back: no secrets, and no word on ``tool_search``."""
    shown = [item for item in tools(settings) if item["type"] != "tool_search"]
    return [
        item | {"transport": _public(item["transport"])} if item["type"] == "mcp" else item
        for item in shown
    ]


def _public(transport: Body) -> Body:
    names = ("headers", "authorization", "env")
    return {name: value for name, value in transport.items() if name not in names}


def tool(given: Body) -> Body:
    """Give one tool as it reads back."""
    match given["type"]:
        case "function":
            return {"defer_loading": False} | given
        case "programmatic_tool_calling":
            return {"enabled": True} | given
        case "computer_use":
            return {"include_screenshots": False} | given
        case "web_search":
            return _web_search(given)
        case "mcp":
            return _mcp(given)
    return given


def _web_search(given: Body) -> Body:
    location = given.get("location")
    places = ("city", "country", "region", "timezone")
    return {
        "type": "web_search",
        "mode": given.get("mode") or "live",
        "context_size": given.get("context_size") or "medium",
        "allowed_domains": given.get("allowed_domains"),
        "location": location and {place: location.get(place) for place in places},
    }


def _mcp(given: Body) -> Body:
    return {
        "type": "mcp",
        "server_label": given["server_label"],
        "transport": _transport(given["transport"]),
        "allowed_tools": given.get("allowed_tools"),
        "connection_origin": given.get("connection_origin") or "service",
        "credential_id": given.get("credential_id"),
        "request_metadata": given.get("request_metadata") or {},
        "required": bool(given.get("required")),
    }


def _transport(given: Body) -> Body:
    if given["type"] == "http":
        return given | {"headers": given.get("headers") or {}}
    lists = {name: given.get(name) or [] for name in ("args", "env_vars")}
    return given | lists
