"""What a schema's verdicts mean for the person who wrote the manifest.

The schemas decide; this module only puts their verdicts into words. Where a verdict says "none of
these shapes", the shape that was meant is found by its type and its discriminator.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jsonschema_rs import ValidationError, Validator
from jsonschema_rs import ValidationErrorKind as Kind

from asstctl.manifest import codes
from asstctl.manifest.codes import Code
from asstctl.manifest.schema import schemas
from asstctl.manifest.values import Path, Plain
from asstctl.manifest.wording import TYPES, did_you_mean, kind_of, named, shown
from asstctl.text.words import listed, shortened


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict in words. ``remove`` is what has to go for the rest to be looked at."""

    code: Code
    path: Path
    remove: Path
    subject: str = ""
    detail: str = ""
    fix: str = ""
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class _Verdict:
    """A validator's error, its path as it is in the value, and those of each shape it tried."""

    kind: Kind
    path: Path
    instance: Plain
    location: str
    message: str
    branches: tuple[tuple["_Verdict", ...], ...] = ()


def findings(validator: Validator, value: Plain) -> list[Finding]:
    """Everything that is wrong with ``value``, in words; empty when it is as it should be."""
    if validator.is_valid(value):
        return []
    verdicts = [_verdict(error, value) for error in validator.iter_errors(value)]
    return list(dict.fromkeys(item for verdict in verdicts for item in _explain(verdict, value)))


def true_path(value: Plain, steps: Iterable[str | int]) -> Path:
    """A validator's path in ``value``: it gives a field named "1" as the number 1."""
    path: list[str | int] = []
    for step in steps:
        if isinstance(value, dict):
            name = str(step)
            if name not in value and isinstance(step, int):
                name = next((k for k in value if k.lstrip("+0") == name.lstrip("0")), name)
            path.append(name)
            value = value.get(name)
        else:
            path.append(step)
            inside = isinstance(value, list) and isinstance(step, int) and step < len(value)
            value = value[step] if inside else None
    return tuple(path)


def _verdict(error: ValidationError, value: Plain) -> _Verdict:
    context: Sequence[Sequence[ValidationError]] = ()
    if isinstance(error.kind, Kind.AnyOf | Kind.OneOfNotValid):
        context = error.kind.context
    return _Verdict(
        kind=error.kind,
        path=true_path(value, error.instance_path),
        instance=error.instance,
        location=error.absolute_keyword_location or "",
        message=error.message,
        branches=tuple(tuple(_verdict(e, value) for e in branch) for branch in context),
    )


def _explain(error: _Verdict, value: Plain) -> Iterator[Finding]:
    path = error.path
    match error.kind:
        case Kind.AnyOf() | Kind.OneOfNotValid():
            form = _written_out(error)
            for finding in _closest(error, value):
                yield replace(finding, fix=form) if form and finding.path == path else finding
        case Kind.AdditionalProperties(names) | Kind.UnevaluatedProperties(names):
            holder = _holder(error)
            for name in names:
                yield _unknown(path, name, holder, _at(value, path))
        case Kind.Required(name):
            detail = f"It is needed here. {_purpose(error, str(name))}".strip()
            yield Finding(codes.MISSING_FIELD, path, path, str(name), detail, at_key=True)
        case Kind.PropertyNames(inner):
            yield _bad_property_name(path, _verdict(inner, None))
        case _:
            yield _about_value(error)


# --- none of several shapes ---------------------------------------------------------------------


def _closest(error: _Verdict, value: Plain) -> Iterator[Finding]:
    path, context = error.path, error.branches
    branches = [branch for branch in context if not _of_other_type(branch, path)]
    if not branches:
        types = [t for branch in context for t in _types_at(branch, path)]
        yield _wrong_type(path, types, error)
        return
    if all(_only_requires(branch, path) for branch in branches):
        wanted = [f'"{_required_name(branch)}"' for branch in branches]
        detail = f"One of {listed(wanted, 'and')} is needed."
        yield Finding(codes.MISSING_FIELD, path, path, _required_name(branches[0]), detail)
        return
    fitting = [branch for branch in branches if _refused_choice(branch, path) is None]
    if fitting:
        for inner in min(fitting, key=len):
            yield from _explain(inner, value)
        return
    refused = [choice for branch in branches if (choice := _refused_choice(branch, path))]
    options = [option for choice in refused for option in _options(choice)]
    others = {t for branch in context if branch not in branches for t in _types_at(branch, path)}
    here = refused[0].path == path
    yield _not_a_choice(refused[0], options, sorted(others - {"null"}) if here else ())


def _written_out(error: _Verdict) -> str:
    """The right form of a ``type`` that stands alone, where a mapping with that type belongs."""
    for option in _holder(error).get("anyOf", ()):
        for shape in schemas.resolved(option, error.location):
            of_type = shape.get("properties", {}).get("type", {})
            if error.instance in (of_type.get("enum") or [of_type.get("const")]):
                rest = [f", {name}: …" for name in shape.get("required", ()) if name != "type"]
                return f"Write {{type: {error.instance}{''.join(rest)}}}."
    return ""


def _of_other_type(branch: Sequence[_Verdict], path: Path) -> bool:
    return any(isinstance(e.kind, Kind.Type) and e.path == path for e in branch)


def _types_at(branch: Sequence[_Verdict], path: Path) -> list[str]:
    kinds = [e.kind for e in branch if e.path == path]
    return [t for kind in kinds if isinstance(kind, Kind.Type) for t in kind.types]


def _only_requires(branch: Sequence[_Verdict], path: Path) -> bool:
    return len(branch) == 1 and isinstance(branch[0].kind, Kind.Required)


def _required_name(branch: Sequence[_Verdict]) -> str:
    kind = branch[0].kind
    return str(kind.property) if isinstance(kind, Kind.Required) else ""


def _refused_choice(branch: Sequence[_Verdict], path: Path) -> _Verdict | None:
    """The verdict that says: this value, or this mapping's ``type``, belongs to another shape."""
    for error in branch:
        if isinstance(error.kind, Kind.Constant | Kind.Enum):
            at = error.path
            if at == path or (at[:-1] == path and at[-1] in {"type", "api"}):
                return error
    return None


def _options(error: _Verdict) -> list[Plain]:
    match error.kind:
        case Kind.Constant(expected):
            return [expected]
        case Kind.Enum(options):
            return list(options)
    return []


# --- single verdicts ----------------------------------------------------------------------------


def _unknown(path: Path, name: str, holder: Mapping[str, Any], value: Plain) -> Finding:
    where = (*path, name)
    advice = _advice(where, name, holder, value)
    if advice:
        code, detail, fix = advice
    else:
        known = list(holder.get("properties", {}))
        what = holder.get("x-noun") or _holder_name(path)
        code, detail = codes.UNKNOWN_FIELD, f"{what} has no such field."
        fix = did_you_mean(name, known)
        if not fix and known:
            fix = f"Its fields are {listed(sorted(known), 'and')}."
    return Finding(code, where, where, shortened(name), detail, fix, at_key=True)


def _holder_name(path: Path) -> str:
    names = [step for step in path if isinstance(step, str)]
    return f'"{names[-1]}"' if names else "The document"


_V1 = "Version 2 of the API keeps files with the tool that reads them."


def _advice(
    where: Path, name: str, holder: Mapping[str, Any], value: Plain
) -> tuple[Code, str, str] | None:
    if name in {"functions", "function"} and "tools" in holder.get("properties", {}):
        detail = "A function is one of an assistant's tools."
        fix = 'Did you mean "tools"? Write `- {type: function, function: {name: …}}` there.'
        return codes.UNKNOWN_FIELD, detail, fix
    if name == "file_ids":
        fix = "Write `files:` with paths under a code_interpreter or file_search tool."
        return codes.V1_SPELLING, _V1, fix
    if name == "tool_resources" and where[-2:-1] != ("thread",):
        detail = "Manifests name files and stores where they are used; asstctl makes the ids."
        fix = "Write `files:` or `vector_store:` under the tool."
        return codes.UNKNOWN_FIELD, detail, fix
    if name == "description" and isinstance(value, dict) and value.get("kind") == "vector_store":
        detail = "The API never gives a store's description back, so it could not be kept true."
        return codes.UNKNOWN_FIELD, detail, "Say it in `name` or `metadata`."
    if name in {"assistant_id", "id", "object", "created_at"}:
        detail = "The account gives ids and dates; manifests have a `key`."
        return codes.UNKNOWN_FIELD, detail, "Remove it."
    return None


def _bad_property_name(path: Path, inner: _Verdict) -> Finding:
    name = str(inner.instance)
    where = (*path, name)
    holder = _holder(inner)
    match inner.kind:
        case Kind.MaxLength(limit):
            detail = f"The name has {len(name)} characters; {limit} are allowed."
            return Finding(codes.TOO_LONG, where, where, "the name", detail, at_key=True)
        case Kind.MinLength():
            return Finding(codes.EMPTY_VALUE, where, where, "the name", at_key=True)
    code = codes.BY_NAME.get(str(holder.get("x-code")), codes.BAD_NAME)
    detail = str(holder.get("patternErrorMessage", ""))
    return Finding(code, where, where, shortened(name), detail, at_key=True)


def _about_value(error: _Verdict) -> Finding:
    path = error.path
    holder = _holder(error)
    name = named(path)
    match error.kind:
        case Kind.Type(types):
            return _wrong_type(path, types, error)
        case Kind.Constant() | Kind.Enum():
            return _not_a_choice(error, _options(error))
        case Kind.Pattern() | Kind.Not() | Kind.FalseSchema():
            return _own_rule(error, path, holder)
        case Kind.Minimum(limit) | Kind.ExclusiveMinimum(limit):
            more = "more than" if isinstance(error.kind, Kind.ExclusiveMinimum) else "at least"
            detail = f"It is {shown(error.instance)}; it has to be {more} {limit}."
            return Finding(codes.OUT_OF_RANGE, path, path, name, detail)
        case Kind.Maximum(limit) | Kind.ExclusiveMaximum(limit):
            detail = f"It is {shown(error.instance)}; it has to be at most {limit}."
            return Finding(codes.OUT_OF_RANGE, path, path, name, detail)
        case Kind.MaxLength(limit):
            length = len(error.instance) if isinstance(error.instance, str) else 0
            detail = f"It has {length:,} characters; {limit:,} are allowed."
            return Finding(codes.TOO_LONG, path, path, name, detail)
        case Kind.MinLength():
            return Finding(codes.EMPTY_VALUE, path, path, name)
        case Kind.MaxItems(limit) | Kind.MaxProperties(limit):
            return _too_many(error, path, limit, holder)
        case Kind.MinItems() | Kind.MinProperties():
            detail = "It has to have at least one entry."
            return Finding(codes.TOO_FEW, path, path, name, detail, at_key=True)
        case Kind.UniqueItems():
            return Finding(codes.DUPLICATE_ITEM, path, path, name, at_key=True)
    return Finding(codes.UNKNOWN_VALUE, path, path, name, f"{shortened(error.message, 200)}.")


def _own_rule(error: _Verdict, path: Path, holder: Mapping[str, Any]) -> Finding:
    """A rule that the schema names itself: its code and its message stand beside it."""
    code = codes.BY_NAME.get(str(holder.get("x-code")), codes.UNKNOWN_VALUE)
    detail = str(holder.get("patternErrorMessage") or holder.get("description") or "")
    at_key = isinstance(error.kind, Kind.Not | Kind.FalseSchema)
    subject = str(path[-1]) if at_key and path else shortened(str(error.instance))
    fix = ""
    if code in (codes.LITERAL_SECRET, codes.BAD_URL):
        subject, detail = named(path), ""  # the code's own cure says the rule
    elif code in (codes.BAD_KEY, codes.BAD_FUNCTION_NAME):
        detail, fix = "", detail
    return Finding(code, path, path, subject, detail, fix, at_key=at_key)


def _too_many(error: _Verdict, path: Path, limit: int, holder: Mapping[str, Any]) -> Finding:
    count = len(error.instance) if isinstance(error.instance, list | dict) else 0
    detail = f"It has {count}; {limit} are allowed."
    if path[-1:] == ("metadata",):
        detail = f"{detail} The API has 16 pairs, and asstctl writes up to 9 of them."
    return Finding(codes.TOO_MANY, path, path, named(path), detail, at_key=True)


def _not_a_choice(error: _Verdict, options: Sequence[Plain], types: Sequence[str] = ()) -> Finding:
    path = error.path
    texts = [option for option in options if isinstance(option, str)]
    shown_options = [shown(option) for option in dict.fromkeys(options) if option is not None]
    shown_options += [TYPES[t] for t in types]
    found = error.instance
    if found == "retrieval" and "file_search" in texts:
        detail = "Version 2 of the API calls this tool file_search."
        return Finding(
            codes.V1_SPELLING, path, path, "retrieval", detail, "Write `type: file_search`."
        )
    detail = f"It is {shown(found)}; it can be {listed(shown_options, 'or')}."
    fix = did_you_mean(found, texts) if isinstance(found, str) else ""
    return Finding(codes.UNKNOWN_VALUE, path, path, named(path), detail, fix)


# --- types --------------------------------------------------------------------------------------

_YAML_1_1_BOOLEANS = frozenset({"yes", "no", "on", "off", "y", "n"})


def _wrong_type(path: Path, types: Iterable[str], error: _Verdict) -> Finding:
    found = error.instance
    wanted = [t for t in dict.fromkeys(types) if t != "null" or found is None]
    if _holder(error).get("writeOnly"):
        detail = f"It has to be {listed([TYPES[t] for t in wanted], 'or')}."
        return Finding(codes.LITERAL_SECRET, path, path, named(path), detail)
    names = [TYPES.get(t, t) for t in wanted if t != "null"]
    detail = f"It is {kind_of(found)}; it has to be {listed(names, 'or')}."
    return Finding(
        codes.WRONG_TYPE, path, path, named(path), detail, _type_fix(found, wanted, _holder(error))
    )


def _type_fix(found: Plain, wanted: Sequence[str], holder: Mapping[str, Any]) -> str:
    if isinstance(found, str):
        if "boolean" in wanted and found.lower() in _YAML_1_1_BOOLEANS:
            return "Write true or false: nothing else is a boolean."
        if {"number", "integer"} & set(wanted):
            return "Write a plain decimal number without quotes; per target, in `overrides`."
        if "array" in wanted:
            return "Write a list: a line with `- ` for each entry."
        if holder.get("x-file"):
            return f"Write {{file: {shortened(found)}}} for what a file holds."
    if "string" in wanted and isinstance(found, bool | int | float):
        return "Put it in quotes to make it text."
    return ""


def _purpose(error: _Verdict, name: str) -> str:
    field = _holder(error).get("properties", {}).get(name, {})
    for part in schemas.resolved(field, error.location):
        if "description" in part:
            return str(part["description"])
    return ""


def _holder(error: _Verdict) -> Mapping[str, Any]:
    return schemas.part(error.location) if error.location else {}


def _at(value: Plain, path: Path) -> Plain:
    for step in path:
        value = value[step]
    return value
