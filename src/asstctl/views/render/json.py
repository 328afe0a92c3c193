"""Requests as JSON; the schema is ``schemas/render.schema.json``."""

from collections.abc import Mapping

from asstctl.model.json import JsonObject
from asstctl.views.documents import FORMAT_VERSION


def render_document(
    assistants: Mapping[str, JsonObject], environments: Mapping[str, JsonObject]
) -> JsonObject:
    """The document that ``render`` prints: requests by the key of what they make."""
    document: JsonObject = {"format_version": FORMAT_VERSION, "assistants": dict(assistants)}
    return {**document, "environments": dict(environments)} if environments else document
