"""An assistant for one target: what its API does not have is reported, and left out if it may be.

Everything is computed from the target's dialect. What comes of it needs no second look: a field
that is lost is None, and so is what is at a default that only another API has.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from asstctl.manifest.kinds.projection.bundle import report_environment
from asstctl.manifest.kinds.projection.cases import check_cases
from asstctl.manifest.kinds.projection.judge import Judge
from asstctl.manifest.kinds.projection.tools import projected_tools
from asstctl.manifest.merge_layers import Variant
from asstctl.manifest.schema import types
from asstctl.manifest.spellings import place_of
from asstctl.manifest.values import Fields, Path
from asstctl.model.assistant import AssistantSpec
from asstctl.model.canonical import canonical_assistant
from asstctl.model.dialect import DIALECTS, Support
from asstctl.model.json import JsonObject, JsonValue, canonical_json

_ATTRIBUTES: Final[Mapping[str, str]] = {
    "description": "description",
    "temperature": "temperature",
    "top_p": "top_p",
    "reasoning.summary": "reasoning_summary",
    "text.verbosity": "verbosity",
    "service_tier": "service_tier",
    "multi_agent": "multi_agent",
    "compaction": "compaction",
    "experimental": "experimental",
    "environment": "environment",
}
"""Fields that not every API has, and the attributes of a spec that hold them."""
_FORMAT: Final = "response_format"
_REASONING: Final = re.compile(r"(?:o[134]|gpt-5)(?![0-9])")
"""Models that think before they answer, by how their names begin."""


def projected(variant: Variant, value: types.Assistant, spec: AssistantSpec) -> AssistantSpec:
    """The spec as the variant's target can have it; what is wrong with that is reported.

    ``value`` is the document that the ``spec`` was made of.
    """
    if variant.dialect is None:
        return spec
    fields = cast(Fields, value)
    judge = Judge(variant.reporter, variant.target, variant.dialect, variant.broken)
    left_out = dict.fromkeys(_left_out(judge, fields, spec), None)
    _check_values(judge, spec)
    _warn_of_reasoning(judge, fields, spec)
    form = _projected_form(judge, fields, spec.response_format)
    tools = projected_tools(judge, value, spec.tools)
    check_cases(judge, variant, value.get("smoke") or [], spec)
    if not variant.dialect.has_assistants:
        report_environment(judge)
    changes: dict[str, Any] = {**left_out, "tools": tools, _FORMAT: form}
    found = replace(spec, **changes, dialect=variant.dialect)
    _check_size(judge, found)
    return found


def _left_out(judge: Judge, value: Fields, spec: AssistantSpec) -> Iterable[str]:
    """The attributes of fields that the API does not have, which are reported if they matter."""
    for name, attribute in _ATTRIBUTES.items():
        support = judge.dialect.support(name)
        if support is Support.KEPT or not getattr(spec, attribute):
            continue
        if _matters(spec, name):
            report = judge.lost if support is Support.LOST else judge.impossible
            report(name, place_of(value, name), f"There is no {name} in {judge.api}.")
        yield attribute


def _matters(spec: AssistantSpec, name: str) -> bool:
    """Whether a field is not at a default of the APIs that have it."""
    knowing = (d for d in DIALECTS.values() if d.support(name) is Support.KEPT)
    return any(name in canonical_assistant(replace(spec, dialect=d)) for d in knowing)


def _check_values(judge: Judge, spec: AssistantSpec) -> None:
    """Report values that the API does not know, and texts that are too long for it."""
    for name, options in judge.dialect.values.items():
        found = getattr(spec, _ATTRIBUTES[name])
        if found is not None and found not in options:
            detail = f"In {judge.api} it can be {', '.join(sorted(options))}."
            judge.impossible(f"{name} {found}", (name,), detail, fix=judge.cure((name,), "..."))
    if spec.name is not None and len(spec.name) > judge.dialect.limits["name"]:
        limit = judge.dialect.limits["name"]
        detail = f"It has {len(spec.name)} characters; {judge.api} allows {limit}."
        judge.impossible("name", ("name",), detail, fix=judge.cure(("name",), "..."))


def _check_size(judge: Judge, spec: AssistantSpec) -> None:
    """Report tools that are too large together."""
    limit = judge.dialect.limits.get("tools")
    size = len(canonical_json(canonical_assistant(spec).get("tools")).encode()) if limit else 0
    if limit and size > limit:
        detail = f"Together they have {size:,} bytes; {judge.api} allows {limit:,}."
        judge.impossible("tools", ("tools",), detail)


def _warn_of_reasoning(judge: Judge, value: Fields, spec: AssistantSpec) -> None:
    """A model that reasons refuses some fields, unless it is told not to."""
    if not _REASONING.match(spec.model) or spec.reasoning_effort == "none":
        return
    for name in sorted(judge.dialect.refused_by_reasoning):
        if getattr(spec, name) is not None:
            judge.refused(name, place_of(value, name), spec.model)


# --- the form of the answers --------------------------------------------------------------------


def _projected_form(judge: Judge, value: Fields, form: JsonValue) -> JsonValue:
    place = place_of(value, _FORMAT)
    kind = form.get("type") if isinstance(form, Mapping) else form
    if kind is not None and kind not in judge.dialect.formats:
        fix = judge.cure(place, "{type: json_schema, ...}")
        judge.impossible(str(kind), place, f"There is no {kind} in {judge.api}.", fix=fix)
    if not isinstance(form, Mapping) or kind != "json_schema":
        return form
    where = place if place[0] == "text" else (*place, "json_schema")
    answer = _projected_schema(judge, cast(JsonObject, form["json_schema"]), where)
    return {"type": "json_schema", "json_schema": answer}


def _projected_schema(judge: Judge, answer: JsonObject, where: Path) -> JsonObject:
    options = judge.dialect.json_schema
    for group in judge.missing(options, answer, where):
        detail = f"It needs a `{group[0]}` in {judge.api}."
        fix = judge.addition((*where, group[0]), "...")
        judge.impossible(f"json_schema without {group[0]}", where, detail, fix=fix)
    kept: dict[str, JsonValue] = {}
    for name, item in answer.items():
        if options.support(name, item) is Support.KEPT:
            kept[name] = item
        elif item and not _is_needed_elsewhere(name):
            detail = f"A json_schema has no {name} in {judge.api}."
            judge.lost(f"{name} of json_schema", (*where, name), detail)
    return kept


def _is_needed_elsewhere(name: str) -> bool:
    """Whether other APIs take no JSON Schema without this: it cannot be left out of a manifest."""
    return any((name,) in dialect.json_schema.requires for dialect in DIALECTS.values())
