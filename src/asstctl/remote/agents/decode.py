"""Wire → model for agents: tolerant of everything that servers of this protocol get wrong."""

from asstctl.model.assistant import AssistantSpec, Function, HostedTool, Tool
from asstctl.model.dialect import AGENTS
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.stamp import ENVIRONMENT
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object, read_id, read_metadata
from asstctl.sync.ports import RemoteAssistant


def read_agent(value: JsonValue) -> RemoteAssistant:
    """An agent, as a spec with its id. Raises AccountError without an id.

    Fields of a wrong type are read as absent, and tools of an unknown type are left out.
    """
    body = as_object(value)
    reasoning, text = values.mapping(body.get("reasoning")), values.mapping(body.get("text"))
    metadata = read_metadata(body.get("metadata"))
    spec = AssistantSpec(
        model=values.text(body.get("model")) or "",
        name=values.text(body.get("name")),
        instructions=values.text(body.get("instructions")),
        tools=tuple(tool for item in values.mappings(body.get("tools")) for tool in _tools(item)),
        response_format=_format(values.mapping(text.get("format"))),
        reasoning_effort=values.text(reasoning.get("effort")),
        reasoning_summary=values.text(reasoning.get("summary")),
        verbosity=values.text(text.get("verbosity")),
        service_tier=values.text(body.get("service_tier")),
        multi_agent=_settings(body.get("multi_agent")),
        compaction=_settings(body.get("compaction")),
        experimental=_settings(body.get("experimental")),
        environment=metadata.get(ENVIRONMENT) or None,
        metadata=metadata,
        dialect=AGENTS,
    )
    return RemoteAssistant(
        id=read_id(body), spec=spec, created_at=values.seconds(body.get("created_at"))
    )


def _format(body: JsonObject) -> JsonValue:
    """A response format as manifests spell it, with the schema in an object of its own."""
    if body.get("type") == "json_schema":
        return {"type": "json_schema", "json_schema": {"schema": body.get("schema")}}
    return body or None


def _settings(value: JsonValue) -> JsonObject | None:
    """An object without the members that are null, which an update would not take back."""
    found = {name: member for name, member in values.mapping(value).items() if member is not None}
    return found or None


def _tools(body: JsonObject) -> tuple[Tool, ...]:
    """One tool; none for a kind that asstctl does not know, such as a server's own."""
    kind = values.text(body.get("type")) or ""
    known = AGENTS.tools.get(kind)
    if known is None:
        return ()
    if kind != "function":
        options = {name: value for name, value in body.items() if name in known.names}
        return (HostedTool(kind, _settings(options) or {}),)
    deferred = body.get("defer_loading")
    function = Function(
        name=values.text(body.get("name")) or "",
        description=values.text(body.get("description")),
        parameters=values.mapping(body.get("parameters")) or None,
        defer_loading=deferred if isinstance(deferred, bool) else None,
    )
    return (function,)
