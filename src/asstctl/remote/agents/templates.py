"""Environment templates, model ↔ wire: what is written, and the part of it that reads back."""

from asstctl.model.environment import CLOSED, EnvironmentFile, EnvironmentSpec, SetupCommand
from asstctl.model.json import JsonObject, JsonValue
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object, read_id
from asstctl.sync.ports import RemoteEnvironment


def template_body(spec: EnvironmentSpec, *, creates: bool) -> JsonObject:
    """The body that creates a template, or that makes one equal to ``spec``.

    The network is always said: what it means to leave it out changed between versions of the API.
    An update says every field, since nobody knows what a template holds of what never reads back.
    Only lists with content that came inside a request, and which nobody can send again, stay as
    they are.
    """
    fields: dict[str, JsonValue] = {
        "name": spec.name,
        "packages": dict(spec.packages) or None,
        "env": dict(spec.env) or None,
        "desktop": {"enabled": True} if spec.desktop else None,
        "files": [_file(file) for file in spec.files],
        "setup_commands": [_command(item) for item in spec.setup_commands],
        "skills": list(spec.skills),
        "plugins": list(spec.plugins),
        "capability_directories": list(spec.capability_directories),
    }
    said = {
        name: value
        for name, value in fields.items()
        if not _is_inline(value) and (value or not creates)
    }
    return said | {"network": dict(spec.network or CLOSED)}


def read_template(value: JsonValue) -> RemoteEnvironment:
    """A template, as a spec with its id. Raises AccountError without an id."""
    body = as_object(value)
    spec = EnvironmentSpec(
        name=values.text(body.get("name")),
        files=tuple(
            EnvironmentFile(values.text(file.get("file_id")), values.text(file.get("path")) or "")
            for file in values.mappings(body.get("files"))
        ),
        packages=_known(body.get("packages")),
        network=_known(body.get("network")),
        skills=tuple(values.mappings(body.get("skills"))),
        plugins=tuple(values.mappings(body.get("plugins"))),
        desktop=values.mapping(body.get("desktop")).get("enabled") is True,
        capability_directories=tuple(values.texts(body.get("capability_directories"))),
    )
    return RemoteEnvironment(
        id=read_id(body), spec=spec, created_at=values.seconds(body.get("created_at"))
    )


def _file(file: EnvironmentFile) -> JsonObject:
    if file.ref is None:
        return {"type": "inline", "path": file.path}
    return {"type": "file_id", "file_id": file.ref, "path": file.path}


def _command(item: SetupCommand) -> JsonObject:
    return {"command": item.command} | ({"cwd": item.cwd} if item.cwd else {})


def _is_inline(value: JsonValue) -> bool:
    """Whether a list has a member whose content is not known here."""
    return any(item.get("type") == "inline" for item in values.mappings(value))


def _known(value: JsonValue) -> JsonObject:
    """The members of an object that say something."""
    return {name: member for name, member in values.mapping(value).items() if member}
