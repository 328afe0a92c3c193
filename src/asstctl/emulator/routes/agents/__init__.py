"""The endpoints of the Agents API, a module per resource."""

from asstctl.emulator.routes.agents import agents, templates

# Fixed paths such as `/agents/environments` must be known before `/agents/{agent_id}`.
MODULES = (templates, agents)
