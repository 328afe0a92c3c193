"""JSON Schemas that a manifest carries: for a function's parameters, or the form of an answer."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import starmap

import jsonschema_rs

from asstctl.manifest import codes
from asstctl.manifest.files.finder import FileFinder
from asstctl.manifest.problems import Span
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema.file_reference import is_file_reference
from asstctl.manifest.schema.strict import looseness
from asstctl.manifest.schema.strict_json import BadJson, strict_loads
from asstctl.manifest.schema.verdicts import true_path
from asstctl.manifest.values import Fields, Path
from asstctl.manifest.wording import named
from asstctl.manifest.yaml.hidden import HIDDEN_NAME, hidden_names
from asstctl.manifest.yaml.nodes import nodes_of
from asstctl.manifest.yaml.provenance import Layer, Provenance
from asstctl.manifest.yaml.source import SourceFile
from asstctl.model.json import JsonObject
from asstctl.text.words import shortened

_DRAFTS = {
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-04/schema",
}


_NOT_OF_OBJECT = "A function takes named arguments: write `type: object` and `properties`."


@dataclass(frozen=True, slots=True)
class _Fault:
    """What is wrong with a schema, and where in it."""

    path: Path
    detail: str


def flaw_of(schema: JsonObject, *, of_object: bool = False) -> str:
    """What a manifest would refuse a schema for, in a sentence; nothing when it would not."""
    loaded = strict_loads(json.dumps(schema, default=dict))
    if isinstance(loaded, BadJson):
        return loaded.detail
    assert isinstance(loaded, dict)  # what was a mapping comes back as one
    faults = _faults(json.dumps(loaded, sort_keys=True))
    if faults:
        return faults[0].detail
    if path := next(hidden_names(loaded), None):
        return f"{named(path)}: {HIDDEN_NAME}"
    return _NOT_OF_OBJECT if of_object and loaded.get("type") != "object" else ""


def read_schema(
    finder: FileFinder,
    value: Fields,
    path: Path,
    *,
    of_object: bool = False,
    strict: bool = False,
) -> JsonObject | None:
    """The schema at ``path``, inline or from its file; None when something is wrong with it.

    ``of_object`` asks for ``type: object``, as function parameters need it. With ``strict`` there
    is a warning wherever the schema is not closed enough for the API's ``strict: true``.
    """
    source = None
    if is_file_reference(value):
        source = finder.text(value["file"], (*path, "file"), render=value.get("render", False))
        loaded = (
            _in_file(finder, source, path, render=value.get("render", False)) if source else None
        )
        if loaded is None:
            return None
        value = loaded
    faults = _faults(json.dumps(value, sort_keys=True))
    if of_object and not faults and value.get("type") != "object":
        faults = (_Fault(("type",) if "type" in value else (), _NOT_OF_OBJECT),)
    _report(finder.reporter, codes.INVALID_SCHEMA, faults, path, source)
    if faults:
        return None
    if strict:
        _report(
            finder.reporter, codes.LOOSE_SCHEMA, starmap(_Fault, looseness(value)), path, source
        )
    return value


def _in_file(finder: FileFinder, source: SourceFile, field: Path, *, render: bool) -> Fields | None:
    """The schema that a file holds, rendered if that is asked; None when that was reported."""
    loaded = strict_loads(source.text)
    if isinstance(loaded, BadJson):
        span = source.at_offset(loaded.offset) if loaded.offset is not None else source.whole
        finder.reporter.report_at(codes.INVALID_JSON, span, source.path, detail=loaded.detail)
        return None
    if not isinstance(loaded, dict):
        detail = "A schema is a JSON object: { … }."
        finder.reporter.report_at(codes.INVALID_SCHEMA, source.at(0, 0), source.path, detail=detail)
        return None
    for path in hidden_names(loaded):
        span, name = _span_in(source, path), shortened(str(path[-1]))
        finder.reporter.report_at(codes.HIDDEN_IN_NAME, span, name, detail=HIDDEN_NAME)
    return finder.rendered_json(loaded, field, partial(_span_in, source)) if render else loaded


def _report(
    reporter: Reporter,
    code: codes.Code,
    faults: Iterable[_Fault],
    path: Path,
    source: SourceFile | None,
) -> None:
    for fault in faults:
        span = _span_in(source, fault.path) if source else None
        span = span or reporter.provenance.value_span((*path, *fault.path))
        subject = source.path if source else str(path[-1])
        reporter.report_at(code, span, subject, detail=fault.detail)


def _span_in(source: SourceFile, path: Path) -> Span:
    """The place of a value in a JSON file: read as YAML, whose parser knows positions."""
    if len(nodes_of(source)) != 1:
        return source.whole
    return Provenance(Layer(source)).value_span(path)


@lru_cache(maxsize=4096)
def _faults(text: str) -> tuple[_Fault, ...]:
    schema = json.loads(text)
    draft = schema.get("$schema")
    if draft is not None and str(draft).rstrip("#") not in _DRAFTS:
        return (_Fault(("$schema",), f"{shortened(str(draft))} is not a draft that is known."),)
    try:
        jsonschema_rs.validator_for(schema, offline=True)
    except jsonschema_rs.ValidationError as error:
        path = true_path(schema, error.instance_path)
        if not isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Referencing):
            return _metaschema_faults(schema) or (_fault(schema, error),)
        return (_Fault(path, _sentence(error.message)),)
    except (jsonschema_rs.ReferencingError, ValueError) as error:
        return (_Fault((), _sentence(str(error))),)
    return ()


def _metaschema_faults(schema: Fields) -> tuple[_Fault, ...]:
    draft = str(schema.get("$schema") or "https://json-schema.org/draft/2020-12/schema")
    meta = jsonschema_rs.validator_for({"$schema": draft, "$ref": draft}, offline=True)
    return tuple(dict.fromkeys(_fault(schema, error) for error in meta.iter_errors(schema)))


def _fault(schema: Fields, error: jsonschema_rs.ValidationError) -> _Fault:
    path = true_path(schema, error.instance_path)
    if path[-1:] == ("type",):
        known = "string, number, integer, boolean, array, object and null"
        return _Fault(path, f"{shortened(str(error.instance))} is not a type: there are {known}.")
    return _Fault(path, _sentence(error.message))


def _sentence(message: str) -> str:
    return f"{shortened(message.partition(chr(10))[0], 200).rstrip('.')}."
