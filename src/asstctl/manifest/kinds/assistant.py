"""An assistant's manifest, checked by its schema already, turned into what should exist."""

from typing import cast

from asstctl.manifest import codes
from asstctl.manifest.document import Document
from asstctl.manifest.files.finder import FileFinder
from asstctl.manifest.kinds.common import as_float, lifecycle_of, text_in_file
from asstctl.manifest.kinds.environment import environment_key
from asstctl.manifest.kinds.projection.needs import check_needs
from asstctl.manifest.kinds.projection.project import projected
from asstctl.manifest.kinds.smoke import smoke_cases
from asstctl.manifest.kinds.tools import Tools, tools_of
from asstctl.manifest.merge_layers import Variant
from asstctl.manifest.schema import types
from asstctl.manifest.schema.json_schemas import read_schema
from asstctl.manifest.spellings import place_of, report_doubled
from asstctl.manifest.values import Fields, Path
from asstctl.model.assistant import AssistantSpec, CodeInterpreter, Function
from asstctl.model.canonical import ASSISTANT_FIELDS
from asstctl.model.desired import DesiredAssistant, DesiredStore
from asstctl.model.dialect import ASSISTANTS
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.vector_store import VectorStoreSpec


def assistant_of(
    variant: Variant, value: types.Assistant, document: Document, key: str
) -> tuple[DesiredAssistant, DesiredStore | None]:
    """The assistant, and the store of its own when its file_search names files.

    ``value`` is what the document is for the target of the ``variant``.
    """
    finder, reporter = variant.finder, variant.reporter
    tools = tools_of(finder, value.get("tools") or [])
    report_doubled(reporter, cast(Fields, value))
    if value.get("model") is None and document.value.get("model") is None:
        reporter.report(
            codes.MISSING_FIELD,
            (),
            "model",
            detail="An assistant needs a model, here or in the project's `defaults`.",
            fix="Write a line such as `model: gpt-4o`.",
        )
    previously = tuple(value.get("previously") or ())
    whole = _spec_of(variant, value, tools, key)
    spec = projected(variant, value, whole)
    lifecycle = lifecycle_of(reporter, value.get("lifecycle"), ASSISTANT_FIELDS)
    assistant = DesiredAssistant(
        key=key,
        spec=spec,
        code_files=tools.code_files if CodeInterpreter() in spec.tools else (),
        credentials=tools.credentials,
        lifecycle=lifecycle,
        previously=previously,
        smoke=smoke_cases(variant, value.get("smoke") or [], _function_names(whole)),
        location=document.location,
    )
    check_needs(variant, value.get("smoke") or [], assistant)
    if tools.own_files is None:
        return assistant, None
    store = DesiredStore(
        key=key,
        spec=VectorStoreSpec(name=spec.name or key),
        store_files=tools.own_files,
        lifecycle=type(lifecycle)(protect=lifecycle.protect),
        previously=previously,
        location=document.location,
    )
    return assistant, store


def _spec_of(variant: Variant, value: types.Assistant, tools: Tools, key: str) -> AssistantSpec:
    finder = variant.finder
    limit = (variant.dialect or ASSISTANTS).limits["instructions"]
    reasoning, text = value.get("reasoning") or {}, value.get("text") or {}
    return AssistantSpec(
        model=value.get("model") or "",
        name=value.get("name"),
        description=value.get("description"),
        instructions=_instructions_of(finder, value.get("instructions"), limit),
        tools=tuple(tools.tools),
        vector_store=key if tools.own_files is not None else tools.vector_store,
        environment=environment_key(value, key),
        temperature=as_float(value.get("temperature")),
        top_p=as_float(value.get("top_p")),
        response_format=_response_format_of(finder, value),
        reasoning_effort=value.get("reasoning_effort") or reasoning.get("effort"),
        reasoning_summary=reasoning.get("summary"),
        verbosity=text.get("verbosity"),
        service_tier=value.get("service_tier"),
        multi_agent=cast(JsonObject | None, value.get("multi_agent")),
        compaction=cast(JsonObject | None, value.get("compaction")),
        experimental=cast(JsonObject | None, value.get("experimental")),
        metadata=value.get("metadata") or {},
    )


def _function_names(spec: AssistantSpec) -> tuple[str, ...]:
    return tuple(tool.name for tool in spec.tools if isinstance(tool, Function))


def _instructions_of(
    finder: FileFinder, value: str | types.FileReference | None, limit: int
) -> str | None:
    if isinstance(value, str):
        finder.warn_of_path(value, ("instructions",))
    if not isinstance(value, dict):
        return value
    return text_in_file(finder, value, ("instructions",), limit)


def _response_format_of(finder: FileFinder, value: types.Assistant) -> JsonValue:
    """The form of the answers as Assistants spells it, whichever spelling the document uses."""
    where = place_of(cast(Fields, value), "response_format")
    if where[0] == "response_format":
        form = value.get("response_format")
        if not isinstance(form, dict) or form["type"] != "json_schema":
            return cast(JsonValue, form)
        return _json_schema_of(
            finder, cast(JsonObject, form["json_schema"]), (*where, "json_schema")
        )
    flat = cast(JsonObject, (value.get("text") or {}).get("format"))
    if flat["type"] != "json_schema":
        return flat
    return _json_schema_of(finder, {n: v for n, v in flat.items() if n != "type"}, where)


def _json_schema_of(finder: FileFinder, answer: JsonObject, path: Path) -> JsonObject:
    if "schema" in answer:
        strict = answer.get("strict") is True
        schema = read_schema(
            finder, cast(Fields, answer["schema"]), (*path, "schema"), strict=strict
        )
        answer = {**answer, "schema": schema}
    return {"type": "json_schema", "json_schema": answer}
