"""An Agents server of its own: agents and environment templates, beside stores and files.

Written from the protocol and strict to the SDK's request types; its habits are ``Quirks``.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from openai.types.beta.agent_create_params import AgentCreateParams
from openai.types.beta.agent_update_params import AgentUpdateParams
from openai.types.beta.agents.environments.template_create_params import TemplateCreateParams
from openai.types.beta.agents.environments.template_update_params import TemplateUpdateParams
from starlette.requests import Request

from support.quirks import FileList, Metadata, Names, Quirks, Times
from support.server import Asked, Route, Server
from support.state import File, RefusedError, State, Thing
from support.typed_dicts import problems

Json = Any
_BETA: Final = "agents=v1"
_MOST_TEXT: Final = {"name": 128, "instructions": 1_048_576}
_NEVER_SHOWN: Final = ("env", "setup_commands")


class AgentsState(State):
    """Agents stand in the place of assistants; environment templates beside them."""

    # --- agents ---

    def create_assistant(self, body: Json) -> Json:
        self._check_agent(AgentCreateParams, body)
        thing = Thing(self.new_id("agent"), self.tick(), {}, self._metadata_of_new(body))
        self._set_agent(thing, body)
        self.assistants[thing.id] = thing
        return self.show_assistant(thing.id)

    def update_assistant(self, assistant_id: str, body: Json) -> Json:
        self._check_agent(AgentUpdateParams, body)
        thing = self.assistants[assistant_id]
        self._set_agent(thing, body)
        if "metadata" in body:
            self._set_metadata(thing, body["metadata"])
        return self.show_assistant(assistant_id)

    def show_assistant(self, assistant_id: str) -> Json:
        thing = self.assistants.get(assistant_id)
        if thing is None:
            return None
        shown = {
            "id": thing.id,
            "object": "agent",
            "created_at": self.time(thing.made),
            "updated_at": self.time(thing.made),
            **self.settled(thing),
            "metadata": self._show_metadata(thing),
        }
        if self.quirks.leaves_out_unset:
            return {name: value for name, value in shown.items() if value not in (None, {}, [])}
        return shown

    def settled(self, thing: Thing) -> dict[str, Any]:
        """An agent with the defaults in the place of what is unset."""
        if thing.id not in self.assistants:
            return thing.fields
        fields = thing.fields
        multi = fields.get("multi_agent", {"enabled": False})
        most = multi.get("max_concurrent_subagents", 6) if multi["enabled"] else None
        tools = [_filled(tool) for tool in fields.get("tools", ())]
        if self.quirks.reorders_tools:
            tools.sort(key=str, reverse=True)
        return {
            "model": fields["model"],
            "name": fields.get("name"),
            "instructions": fields.get("instructions"),
            "reasoning": self._reasoning(fields.get("reasoning", {})),
            "text": _over({"format": {"type": "text"}, "verbosity": "medium"}, fields.get("text")),
            "service_tier": fields.get("service_tier", "auto"),
            "multi_agent": {"enabled": multi["enabled"], "max_concurrent_subagents": most},
            "compaction": _over({"async": False}, fields.get("compaction")),
            "experimental": {"time_awareness": False} | fields.get("experimental", {}),
            "tools": tools,
        }

    def _reasoning(self, given: Json) -> Json:
        own = "medium" if self.quirks.fills_effort else None
        return {"effort": given.get("effort") or own, "summary": given.get("summary")}

    def _set_agent(self, thing: Thing, body: Json) -> None:
        for name, value in body.items():
            if name == "metadata" or name in self.quirks.drops:
                continue
            if name == "experimental":
                thing.fields[name] = thing.fields.get(name, {}) | value
            elif value is not None:
                thing.fields[name] = value
            elif not self.quirks.null_is_ignored:
                thing.fields.pop(name, None)

    def _check_agent(self, model: Any, body: Json) -> None:
        _refuse(model, body)
        self._check_metadata(body)
        for name, limit in _MOST_TEXT.items():
            if len(body.get(name) or "") > limit:
                raise RefusedError(400, f"{name} is longer than {limit}")
        tools = body.get("tools") or []
        named = [tool["name"] for tool in tools if tool["type"] == "function"]
        searches = [tool for tool in tools if tool["type"] == "web_search"]
        if len(set(named)) != len(named) or len(searches) > 1:
            raise RefusedError(400, "a tool is there twice")

    # --- environment templates ---

    def create_template(self, body: Json) -> Json:
        self._check_template(TemplateCreateParams, body)
        thing = Thing(self.new_id("envtmpl"), self.tick(), {}, {})
        self.templates[thing.id] = thing
        return self._set_template(thing, body)

    def update_template(self, template_id: str, body: Json) -> Json:
        self._check_template(TemplateUpdateParams, body)
        return self._set_template(self.templates[template_id], body)

    def delete_template(self, template_id: str) -> bool:
        return self.templates.pop(template_id, None) is not None

    def show_template(self, template_id: str) -> Json:
        thing = self.templates.get(template_id)
        if thing is None:
            return None
        fields = {name: v for name, v in thing.fields.items() if name not in _NEVER_SHOWN}
        network = fields.get("network", {"access": "enabled"})
        packages = {"npm": [], "python": [], "system": []} | (fields.get("packages") or {})
        return {
            "id": thing.id,
            "object": "agent.environment.template",
            "created_at": self.time(thing.made),
            "updated_at": self.time(thing.made),
            "name": None,
            "files": [],
            "skills": [],
            "plugins": [],
            "capability_directories": [],
            "desktop": {"enabled": False},
            **fields,
            "packages": packages,
            "network": {
                "access": network["access"],
                "allowed_domains": network.get("allowed_domains") or [],
            },
        }

    def templates_shown(self) -> list[Json]:
        return [self.show_template(template_id) for template_id in self.templates]

    def confided(self, template_id: str) -> Json:
        """What nobody ever sees of a template again."""
        fields = self.templates[template_id].fields
        return {
            "env": fields.get("env", {}),
            "setup_commands": fields.get("setup_commands", []),
            "blocked_domains": fields.get("network", {}).get("blocked_domains") or [],
        }

    def hold(self, file_id: str) -> None:
        """Have an upload of this id."""
        self.files[file_id] = File(file_id, f"{file_id}.md", b"", "user_data", self.tick())

    def _set_template(self, thing: Thing, body: Json) -> Json:
        for name, value in body.items():
            if value is None:
                thing.fields.pop(name, None)
            else:
                thing.fields[name] = value
        return self.show_template(thing.id)

    def _check_template(self, model: Any, body: Json) -> None:
        _refuse(model, body)
        if not 1 <= len(body.get("name") or "-") <= 256:
            raise RefusedError(400, "a name has 1 to 256 characters")
        files = body.get("files") or []
        for file in files:
            if file["file_id"] not in self.files:
                raise RefusedError(400, f"{file['file_id']} does not exist")
            if not file["path"].startswith("/workspace/"):
                raise RefusedError(400, f"{file['path']} is not below /workspace")
        if len(files) > 50 or len({file["path"] for file in files}) != len(files):
            raise RefusedError(400, "too many files, or one path twice")


class AgentsServer(Server):
    """The ASGI application."""

    collection: ClassVar[str] = "agents"
    unknown_cursor: ClassVar[int] = 404

    def new_state(self) -> AgentsState:
        return AgentsState(self.quirks)

    @property
    def agents(self) -> AgentsState:
        """The state, with what only agents have."""
        assert isinstance(self.state, AgentsState)
        return self.state

    def _refuse_what_is_not_there(self, asked: Asked, request: Request) -> None:
        super()._refuse_what_is_not_there(asked, request)
        betas = request.headers.getlist("openai-beta")
        if asked.path.startswith("/agents") and betas != [_BETA]:
            raise RefusedError(400, f"invalid beta: {betas}")
        if asked.path.startswith("/agents/environments") and self.quirks.no_templates:
            raise RefusedError(self.quirks.no_templates, "no such path")

    def _objects(self, asked: Asked) -> Iterable[Route]:
        state, every = self.agents, ("agents", "environments", "templates")
        one = (*every, "*")
        yield from (
            ("GET", every, lambda: self._list(asked, state.templates_shown())),
            ("POST", every, lambda: self._made(state.create_template(asked.body))),
            ("GET", one, lambda i: self._one(state.show_template(i))),
            ("POST", one, lambda i: self._update_template(i, asked.body)),
            ("DELETE", one, lambda i: self._deleted(state.delete_template, i)),
        )
        yield from super()._objects(asked)

    def _update_template(self, template_id: str, body: Json) -> Any:
        if template_id not in self.agents.templates:
            return self._not_found()
        return self._one(self.agents.update_template(template_id, body))


def _refuse(model: Any, body: Json) -> None:
    if wrong := next(problems(model, body), None):
        raise RefusedError(400, wrong)


def _over(defaults: Mapping[str, Any], given: Json) -> Json:
    """The defaults, and over them what is given and not null."""
    said = {name: value for name, value in (given or {}).items() if value is not None}
    return {**defaults, **said}


def _filled(tool: Json) -> Json:
    """A tool as it reads back."""
    match tool["type"]:
        case "function":
            return {"defer_loading": False} | tool
        case "programmatic_tool_calling":
            return {"enabled": True} | tool
        case "computer_use":
            return {"include_screenshots": False} | tool
        case "web_search":
            place = dict.fromkeys(("city", "country", "region", "timezone"))
            location = tool.get("location")
            defaults = {"mode": "live", "context_size": "medium", "allowed_domains": None}
            return defaults | tool | {"location": location and place | location}
        case "mcp":
            transport = tool["transport"]
            empty: Json = (
                {"headers": {}} if transport["type"] == "http" else {"args": [], "env_vars": []}
            )
            return {
                "allowed_tools": None,
                "connection_origin": "service",
                "credential_id": None,
                "request_metadata": {},
                "required": False,
                **tool,
                "transport": empty | transport,
            }
    return tool


SERVICE: Final = Quirks(created_is_201=True, fills_effort=True)
FIELD: Final[Mapping[str, Quirks]] = {
    "the API itself": SERVICE,
    "effort null": Quirks(created_is_201=True),
    "200 on create, UUIDs": Quirks(uuids=True, fills_effort=True),
    "metadata merged": Quirks(metadata=Metadata.MERGED),
    "metadata gains foreign keys": Quirks(foreign_metadata={"provider_id": "p-1"}),
    "items doubled": Quirks(doubles_items=True),
    "limit capped": Quirks(caps_limit=20),
    "has_more missing": Quirks(omits_has_more=True),
    "ties lost": Quirks(loses_ties=True, per_second=50, uuids=True),
    "unset left out": Quirks(leaves_out_unset=True),
    "tools reordered": Quirks(reorders_tools=True),
    "null ignored": Quirks(null_is_ignored=True),
    "multi_agent and tier dropped": Quirks(drops=frozenset({"multi_agent", "service_tier"})),
    "no templates": Quirks(no_templates=404),
    "file names lost": Quirks(renames_files=Names.LOST),
    "file names lost, content given out": Quirks(renames_files=Names.LOST, gives_content=True),
    "file names replaced": Quirks(renames_files=Names.REPLACED),
    "files not listed": Quirks(file_list=FileList.MISSING),
    "deletes again are 404, times are floats": Quirks(times=Times.FLOAT),
}
"""The service, and look-alikes that were met, each with its habit."""
