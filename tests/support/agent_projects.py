"""Projects for the Agents API: what manifests would give that say this."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from asstctl.model.assistant import Function, HostedTool
from asstctl.model.desired import Desired, DesiredAssistant
from asstctl.model.dialect import AGENTS
from support.agent_strategies import agent_fields, fullest_tools, tool_lists
from support.projects import assistant, project
from support.strategies import KEYS


def agent(key: str, **fields: Any) -> DesiredAssistant:
    """An assistant that is an agent."""
    return assistant(key, **{"model": "gpt-5", "dialect": AGENTS, **fields})


def crew(_: object) -> Desired:
    """Three agents with some of everything."""
    return project(
        agent("guide", name="Guide", instructions="Guide.", tools=fullest_tools()),
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
        ),
        agent("plain", metadata={"team": "support", "tier": "1"}),
    )


def crew_edited(_: object) -> Desired:
    """The crew with one of every kind of change: one is gone, one renamed, one new."""
    lookup = Function("lookup", "Look it up.", {"type": "object", "properties": {"at": {}}})
    return project(
        agent(
            "leader",
            previously=("guide",),
            name="Leader",
            tools=(lookup, HostedTool("web_search", {"mode": "cached"})),
            reasoning_summary="detailed",
        ),
        agent("clerk", reasoning_effort="high", multi_agent={"enabled": False}),
        agent("new", tools=(HostedTool("tool_search"),), verbosity="high"),
    )


@dataclass(frozen=True)
class AgentBlueprint:
    """A project of agents over a few keys."""

    agents: Mapping[str, Mapping[str, Any]]

    def build(self, _: Path) -> Desired:
        """The project."""
        return project(*(agent(key, **fields) for key, fields in self.agents.items()))


@st.composite
def agent_blueprints(draw: st.DrawFn) -> AgentBlueprint:
    """Any project of agents over a few keys, so that two of them have much in common."""
    fields = st.fixed_dictionaries({**agent_fields, "tools": tool_lists, "protect": st.booleans()})
    return AgentBlueprint(
        {key: draw(fields) for key in sorted(draw(st.sets(st.sampled_from(KEYS))))}
    )
