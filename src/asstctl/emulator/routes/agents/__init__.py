"""The endpoints of the Agents API, a module per resource."""

from asstctl.emulator.routes.agents import (
    agents,
    environments,
    events,
    sessions,
    templates,
    turns,
)

# Fixed paths must be known before `/agents/environments/{id}` and `/agents/{id}`.
MODULES = (templates, environments, sessions, events, turns, agents)
