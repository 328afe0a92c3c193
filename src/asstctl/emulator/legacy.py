"""The first version's spellings, which tutorials still teach.

The second version renamed ``retrieval`` to ``file_search`` and moved ``file_ids`` into tool
resources and attachments. A program written from such a tutorial should run here unchanged, so
these two are translated before a body is validated; every other unknown field stays an error.
"""

from typing import Any

from asstctl.emulator.text.extract import SUPPORTED, extension

Body = dict[str, Any]


def tools(body: Body) -> Body:
    """Rename the tool ``retrieval``."""
    listed = body.get("tools")
    if not isinstance(listed, list):
        return body
    renamed = [
        tool | {"type": "file_search"}
        if isinstance(tool, dict) and tool.get("type") == "retrieval"
        else tool
        for tool in listed
    ]
    return body | {"tools": renamed}


def takes_file_ids(body: Body) -> list[str] | None:
    """Give the ``file_ids`` of a body if they have the old form."""
    listed = body.get("file_ids")
    if isinstance(listed, list) and all(isinstance(item, str) for item in listed):
        return listed
    return None


def assistant(body: Body, filenames: dict[str, str]) -> Body:
    """Move an assistant's ``file_ids`` to the tools that it has."""
    body = tools(body)
    file_ids = takes_file_ids(body)
    if file_ids is None:
        return body
    body = {name: value for name, value in body.items() if name != "file_ids"}
    if not file_ids:
        return body
    return {"tool_resources": _resources(body, file_ids, filenames)} | body


def _resources(body: Body, file_ids: list[str], filenames: dict[str, str]) -> Body:
    kinds = {tool.get("type") for tool in body.get("tools") or [] if isinstance(tool, dict)}
    searchable = [item for item in file_ids if extension(filenames.get(item, "")) in SUPPORTED]
    resources: Body = {}
    if "file_search" in kinds and searchable:
        resources["file_search"] = {"vector_stores": [{"file_ids": searchable}]}
    if "code_interpreter" in kinds or not resources:
        resources["code_interpreter"] = {"file_ids": file_ids}
    return resources


def message(body: Body, filenames: dict[str, str]) -> Body:
    """Turn a message's ``file_ids`` into attachments for every tool that can read them."""
    file_ids = takes_file_ids(body)
    if file_ids is None:
        return body
    body = {name: value for name, value in body.items() if name != "file_ids"}
    attachments = []
    for file_id in file_ids:
        kinds = ["code_interpreter"]
        if extension(filenames.get(file_id, "")) in SUPPORTED:
            kinds.insert(0, "file_search")
        attachments.append({"file_id": file_id, "tools": [{"type": kind} for kind in kinds]})
    return {"attachments": attachments} | body if attachments else body
