"""The first lines of a project and of a manifest, for people to go on from."""

import re
from typing import Final

from asstctl.manifest.writing.headers import MANIFEST_SCHEMA, PROJECT_SCHEMA, header
from asstctl.manifest.yaml.text import inline_text
from asstctl.model.dialect import Api

_REMOTE: Final = {
    Api.ASSISTANTS: """\
  # Any service that speaks Assistants v2. The key stays in the environment.
  assistants:
    api: assistants
    base_url: https://api.example.com/v1
    api_key: ${env.ASSISTANTS_API_KEY}
""",
    Api.RESPONSES: """\
  # OpenAI's Responses API. The key stays in the environment; the assistants are kept in
  # assistants.responses.json, which you commit or ship.
  responses:
    api: responses
    api_key: ${env.OPENAI_API_KEY}
""",
    Api.AGENTS: """\
  # OpenAI's Agents API. The key stays in the environment.
  agents:
    api: agents
    api_key: ${env.OPENAI_API_KEY}
""",
}

_ASSISTANT: Final = """\
kind: assistant
name: {name}
model: gpt-4o-mini
instructions: You are a helpful assistant. Be brief.

smoke:
  - name: answers
    prompt: What can you do for me?
    expect: {{max_seconds: 60}}
"""
_STORE: Final = """\
kind: vector_store
name: {name}
# files: ["docs/**/*.md"]
"""
_ENVIRONMENT: Final = """\
kind: environment
network: {access: disabled}
# files: ["data/**/*.csv"]
"""


def project_name(folder: str) -> str:
    """A project's name made of that of its folder."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")[:64].rstrip("-")
    return name or "assistants"


def new_project_text(name: str, api: Api | None, home: str) -> str:
    """``asstctl.yaml`` with a local account, and with a target for an ``api`` where one is given.

    ``home`` is where the schemas are.
    """
    like = "" if api in (None, Api.ASSISTANTS) else f"\n    like: {api}"
    return (
        f"# {header(home, PROJECT_SCHEMA)}\n"
        f"project: {name}\n"
        "target: local\n\n"
        "targets:\n"
        "  # The local account: one SQLite file, no key, no network.\n"
        f"  local:\n    api: local{like}\n" + (f"\n{_REMOTE[api]}" if api else "")
    )


def new_assistant_text(key: str, home: str) -> str:
    """The least that is an assistant, with a test of it."""
    return f"# {header(home, MANIFEST_SCHEMA)}\n{_ASSISTANT.format(name=_title(key))}"


def new_store_text(key: str, home: str) -> str:
    """A vector store without files yet."""
    return f"# {header(home, MANIFEST_SCHEMA)}\n{_STORE.format(name=_title(key))}"


def new_environment_text(key: str, home: str) -> str:
    """The sandbox of an agent, without files and without a network."""
    return f"# {header(home, MANIFEST_SCHEMA)}\n{_ENVIRONMENT}"


def _title(key: str) -> str:
    """``travel-guide`` → ``Travel guide``, in quotes where it could be a number."""
    words = key.replace("-", " ").replace("_", " ")
    return inline_text(f"{words[:1].upper()}{words[1:]}")
