"""Environments: made of a template or of what a session says, then filled with their files.

No sandbox stands behind one. Its files can be read; nothing is installed and no command runs.
"""

from asstctl.emulator.agents import hosting
from asstctl.emulator.agents.reading import GoneError, put
from asstctl.emulator.errors import bad_request, conflict
from asstctl.emulator.ids import new_id
from asstctl.emulator.requests.sessions import HostedEnvironment, SelfHostedEnvironment
from asstctl.emulator.storage import Storage
from asstctl.emulator.store import files
from asstctl.emulator.store.collections import ENVIRONMENTS, SESSIONS, TEMPLATES, Body, decode
from asstctl.emulator.store.database import Row

_ACCESS = ("disabled", "restricted", "enabled")


async def of_request(storage: Storage, asked: HostedEnvironment | SelfHostedEnvironment) -> Row:
    """Give the environment that a request asks for, made if it is not there.

    Its status is ``connected``, or ``failed`` when an upload that it names is gone. Raises ApiError
    for what does not exist, and for what does not go together.
    """
    if isinstance(asked, SelfHostedEnvironment):
        raise bad_request(
            "The local account runs no self-hosted environments: no executor can connect to it.",
            "environment.type",
            "unsupported_value",
        )
    given = {name: value for name, value in asked.given().items() if value is not None}
    environment_id = given.pop("environment_id", None)
    if environment_id is None:
        return await _make(storage, _configuration(storage, given))
    if set(given) != {"type"}:
        raise bad_request(
            "environment_id cannot be combined with a template or other settings.",
            "environment.environment_id",
            "invalid_value",
        )
    if SESSIONS.all(storage.database, environment_id=environment_id):
        raise conflict(f"The environment '{environment_id}' belongs to another session.")
    return ENVIRONMENTS.get_row(storage.database, environment_id)


def _configuration(storage: Storage, given: Body) -> Body:
    """Put what a request says on top of its template."""
    files.expire(storage.database, storage.clock())
    hosting.check_uploads(storage.database, given.get("files") or (), "environment.files")
    template_id = given.pop("environment_template_id", None)
    if template_id is None:
        return given
    template = decode(TEMPLATES.get_row(storage.database, template_id)["inner"])
    _check_network(hosting.shown(template)["network"], given.get("network"))
    return template | given


def _check_network(template: Body, given: Body | None) -> None:
    if given and _ACCESS.index(given["access"]) > _ACCESS.index(template["access"]):
        raise bad_request(
            "A session cannot broaden the network policy of its template, which is "
            f"'{template['access']}'.",
            "environment.network",
            "invalid_value",
        )


async def _make(storage: Storage, config: Body) -> Row:
    environment: Body = {
        "type": "openai_hosted",
        "id": new_id("env_"),
        **hosting.shown(config),
        "skills": [_skill(item) for item in hosting.shown(config)["skills"]],
        "files": [],
        "container_size": config.get("container_size"),
    }
    with storage.write() as writer:
        ENVIRONMENTS.insert(writer.connection, environment, status="pending")
    error, status = None, "connected"
    try:
        for file in config.get("files") or ():
            environment["files"].append(await put(storage, environment["id"], file))
    except GoneError as gone:
        error, status = f"The environment could not be prepared: {gone}", "failed"
    with storage.write() as writer:
        ENVIRONMENTS.save(writer.connection, environment, status=status, error=error)
    return ENVIRONMENTS.get_row(storage.database, environment["id"])


def _skill(shown: Body) -> Body:
    if shown["type"] == "inline":
        return shown
    return shown | {
        "name": shown["skill_id"],
        "description": "Not installed: the local account has no skills.",
        "version": shown["version"] or "unknown",
    }


def info(row: Row) -> Body:
    """Give an environment as ``/agents/environments`` shows it."""
    body = decode(row["body"])
    shown = {name: body[name] for name in ("id", "files", "plugins", "skills", "type")}
    return {"object": "agent.environment", **shown, "status": row["status"]}


def state(row: Row) -> Body:
    """Give an environment as events show it."""
    error = row["error"] and {
        "type": "environment_error",
        "code": "file_not_found",
        "message": row["error"],
    }
    return {"id": row["id"], "type": "openai_hosted", "status": row["status"], "error": error}


def check_connected(row: Row) -> None:
    """Raise ApiError (409) for an environment that nothing can be put into."""
    if row["status"] != "connected":
        raise conflict(f"The environment '{row['id']}' is {row['status']}.")
