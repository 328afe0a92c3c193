"""Projects for the Agents API: what manifests would give that say this."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from asstctl.model.assistant import Function, HostedTool
from asstctl.model.desired import Desired, DesiredAssistant
from asstctl.model.dialect import AGENTS
from asstctl.model.environment import SetupCommand
from support.agent_strategies import (
    agent_fields,
    fullest_tools,
    maybe,
    template_specs,
    tool_lists,
)
from support.projects import Folder, assistant, project
from support.strategies import CONTENTS, KEYS, PATHS

SANDBOXES = ("desk", "shed")


def agent(key: str, **said: Any) -> DesiredAssistant:
    """An assistant that is an agent."""
    return assistant(key, **{"model": "gpt-5", "dialect": AGENTS, **said})


def crew(folder: Folder) -> Desired:
    """Four agents with some of everything, three of them in one sandbox."""
    folder.write("docs/lisbon.md", "Lisbon lies on seven hills.")
    folder.write("docs/porto.md", "Porto lies on the Douro.")
    folder.write("docs/oporto.md", "Porto lies on the Douro.")
    return project(
        folder.environment(
            "desk",
            "docs/lisbon.md docs/porto.md docs/oporto.md",
            name="Desk",
            env={"TOKEN": "x"},
            setup_commands=(SetupCommand("make"),),
            network={"access": "restricted", "allowed_domains": ["a.example"]},
        ),
        folder.environment("shed", packages={"python": ["rich"]}, desktop=True),
        agent(
            "guide",
            name="Guide",
            instructions="Guide.",
            tools=fullest_tools(),
            environment="desk",
        ),
        agent(
            "clerk",
            reasoning_effort="low",
            reasoning_summary="auto",
            verbosity="low",
            response_format={"type": "json_schema", "json_schema": {"schema": {"type": "object"}}},
            multi_agent={"enabled": True},
            compaction={"async": True},
            experimental={"time_awareness": True},
            service_tier="flex",
            environment="desk",
        ),
        agent("plain", metadata={"team": "support", "tier": "1"}, environment="shed"),
        agent("porter", environment="desk"),
    )


def crew_edited(folder: Folder) -> Desired:
    """The crew with one of every kind of change: two are gone, one is renamed, one is new."""
    folder.write("docs/lisbon.md", "Lisbon lies on seven hills, they say.")
    folder.write("docs/faro.md", "Faro lies on the sea.")
    lookup = Function("lookup", "Look it up.", {"type": "object", "properties": {"at": {}}})
    return project(
        folder.environment(
            "office",
            "docs/lisbon.md docs/faro.md",
            previously=("desk",),
            env={"TOKEN": "y"},
            network={"access": "restricted", "blocked_domains": ["b.example"]},
        ),
        folder.environment("attic", "docs/faro.md"),
        agent(
            "leader",
            previously=("guide",),
            name="Leader",
            tools=(lookup, HostedTool("web_search", {"mode": "cached"})),
            reasoning_summary="detailed",
            environment="office",
        ),
        agent("clerk", reasoning_effort="high", multi_agent={"enabled": False}),
        agent("new", tools=(HostedTool("tool_search"),), verbosity="high", environment="attic"),
    )


def without_sandboxes(desired: Desired) -> Desired:
    """The same agents, for a server without environment templates."""
    bare = (replace(item, spec=replace(item.spec, environment=None)) for item in desired.assistants)
    return replace(desired, assistants=tuple(bare), environments=())


@dataclass(frozen=True)
class AgentBlueprint:
    """A project of agents over a few keys, and the sandboxes that they work in."""

    files: Mapping[str, bytes]
    agents: Mapping[str, Mapping[str, Any]]
    environments: Mapping[str, Mapping[str, Any]]

    def build(self, root: Path) -> Desired:
        """Write the files and name them."""
        folder = Folder(root)
        for path, content in self.files.items():
            folder.write(path, content)
        sandboxes = (folder.environment(key, **fields) for key, fields in self.environments.items())
        return project(*sandboxes, *(agent(key, **fields) for key, fields in self.agents.items()))


@st.composite
def agent_blueprints(draw: st.DrawFn) -> AgentBlueprint:
    """Any project of agents over a few keys and files, so that two have much in common."""
    files = draw(st.dictionaries(st.sampled_from(PATHS), st.sampled_from(CONTENTS), max_size=4))
    some = st.lists(st.sampled_from(sorted(files)), unique=True) if files else st.just([])
    environments = {}
    for key in sorted(draw(st.sets(st.sampled_from(SANDBOXES)))):
        spec = draw(template_specs)
        said = {field.name: getattr(spec, field.name) for field in fields(spec)}
        environments[key] = {**said, "files": draw(some), "protect": draw(st.booleans())}
    linked = maybe(tuple(environments)) if environments else st.none()
    one = st.fixed_dictionaries(
        {**agent_fields, "tools": tool_lists, "protect": st.booleans(), "environment": linked}
    )
    agents = {key: draw(one) for key in sorted(draw(st.sets(st.sampled_from(KEYS))))}
    return AgentBlueprint(files, agents, environments)
