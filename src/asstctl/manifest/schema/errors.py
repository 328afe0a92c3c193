"""What a schema's verdicts mean for the person who wrote the manifest.

The schemas decide; this module only puts their verdicts into words. Where a verdict says "none of
these shapes", the shape that was meant is found by its type and its discriminator.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jsonschema_rs import ValidationErrorKind as Kind
from jsonschema_rs import Validator

from asstctl.manifest import codes
from asstctl.manifest.codes import Code
from asstctl.manifest.schema import schemas
from asstctl.manifest.schema.file_reference import is_file_reference
from asstctl.manifest.schema.verdicts import (
    Branch,
    Verdict,
    of_other_type,
    only_requires,
    refused_choice,
    required_name,
    types_of,
    verdict_of,
)
from asstctl.manifest.values import Path, Plain, at
from asstctl.manifest.wording import TYPES, kind_of, named, shown
from asstctl.model.suggestions import did_you_mean
from asstctl.text.words import listed, shortened


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict in words, on the value at ``path``, or with ``at_key`` on its name.

    ``remove`` is what has to be pruned so that the rest can be validated: the value itself, or,
    where a field is missing, the mapping that lacks it.
    """

    code: Code
    path: Path
    remove: Path
    subject: str = ""
    detail: str = ""
    fix: str = ""
    at_key: bool = False


def findings(validator: Validator, value: Plain) -> list[Finding]:
    """Everything that is wrong with ``value``, in words; empty when it is as it should be."""
    if validator.is_valid(value):
        return []
    verdicts = [verdict_of(error, value) for error in validator.iter_errors(value)]
    return list(dict.fromkeys(item for verdict in verdicts for item in _explain(verdict, value)))


def _explain(error: Verdict, value: Plain) -> Iterator[Finding]:
    path = error.path
    match error.kind:
        case Kind.AnyOf() | Kind.OneOfNotValid():
            form = _written_out(error)
            for finding in _closest(error, value):
                yield replace(finding, fix=form) if form and finding.path == path else finding
        case Kind.AdditionalProperties(names) | Kind.UnevaluatedProperties(names):
            holder = error.holder
            for name in names:
                yield _unknown(path, name, holder, at(value, *path))
        case Kind.Required(name):
            detail = f"It is needed here. {_purpose(error, str(name))}".strip()
            yield Finding(codes.MISSING_FIELD, path, path, str(name), detail, at_key=True)
        case Kind.PropertyNames(inner):
            yield _bad_property_name(path, verdict_of(inner, None))
        case _:
            yield _about_value(error)


# --- none of several shapes ---------------------------------------------------------------------


def _closest(error: Verdict, value: Plain) -> Iterator[Finding]:
    """Why none of several shapes fits, told of the one that was meant.

    That is one of the value's own type; among those, one that its ``type`` or constant belongs to;
    and among those, the one with the fewest faults. For example ``{type: function}`` among an
    assistant's tools lacks the function, whatever the shapes of the other tools ask for.
    """
    path = error.path
    of_its_type = [branch for branch in error.branches if not of_other_type(branch, path)]
    meant = [branch for branch in of_its_type if refused_choice(branch, path) is None]
    if not of_its_type:
        yield _wrong_type(path, types_of(error.branches, path), error)
    elif all(map(only_requires, of_its_type)):
        yield _needs_one_of(of_its_type, path)
    elif meant:
        for inner in min(meant, key=len):
            yield from _explain(inner, value)
    else:
        yield _no_choice_fits(error, of_its_type)


def _needs_one_of(branches: Sequence[Branch], path: Path) -> Finding:
    """Shapes that differ only in the field that each of them requires."""
    names = [required_name(branch) for branch in branches]
    wanted = [f'"{name}"' for name in names]
    detail = f"One of {listed(wanted, 'and')} is needed."
    return Finding(codes.MISSING_FIELD, path, path, names[0], detail)


def _no_choice_fits(error: Verdict, of_its_type: Sequence[Branch]) -> Finding:
    """A value, or the ``type`` of a mapping, that no shape has: all that it can be."""
    path = error.path
    refused: list[Verdict] = []
    options: list[Plain] = []
    for branch in of_its_type:
        choice = refused_choice(branch, path)
        if choice is not None:
            refused.append(choice)
            options += choice.options
    if (
        refused[0].path != path
    ):  # only the mapping's `type` is wrong: it need not be told that a text would do too
        return _not_a_choice(refused[0], options)
    others = [branch for branch in error.branches if branch not in of_its_type]
    return _not_a_choice(refused[0], options, sorted({*types_of(others, path)} - {"null"}))


def _written_out(error: Verdict) -> str:
    """The right form of a ``type`` that stands alone, where a mapping with that type belongs."""
    for option in error.holder.get("anyOf", ()):
        for shape in schemas.resolved(option, error.location):
            of_type = shape.get("properties", {}).get("type", {})
            types = of_type.get("enum") or ([of_type["const"]] if "const" in of_type else [])
            if error.instance in types:
                one_of = [*shape.get("anyOf", ()), {}][0]
                needed = [*shape.get("required", ()), *one_of.get("required", ())]
                rest = [f", {name}: …" for name in needed if name != "type"]
                return f"Write {{type: {error.instance}{''.join(rest)}}}."
    return ""


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


def _bad_property_name(path: Path, inner: Verdict) -> Finding:
    name = str(inner.instance)
    where = (*path, name)
    holder = inner.holder
    match inner.kind:
        case Kind.MaxLength(limit):
            detail = f"The name has {len(name)} characters; {limit} are allowed."
            return Finding(codes.TOO_LONG, where, where, "the name", detail, at_key=True)
        case Kind.MinLength():
            return Finding(codes.EMPTY_VALUE, where, where, "the name", at_key=True)
    code = codes.BY_NAME.get(str(holder.get("x-code")), codes.BAD_NAME)
    detail = str(holder.get("patternErrorMessage", ""))
    return Finding(code, where, where, shortened(name), detail, at_key=True)


def _about_value(error: Verdict) -> Finding:
    path = error.path
    match error.kind:
        case Kind.Type(types):
            return _wrong_type(path, types, error)
        case Kind.Constant() | Kind.Enum():
            return _not_a_choice(error, error.options)
        case Kind.Pattern() | Kind.Not() | Kind.FalseSchema():
            return _own_rule(error, path, error.holder)
        case Kind.MaxItems(limit) | Kind.MaxProperties(limit):
            return _too_many(error, path, limit)
        case Kind.MinItems() | Kind.MinProperties():
            detail = "It has to have at least one entry."
            return Finding(codes.TOO_FEW, path, path, named(path), detail, at_key=True)
        case Kind.UniqueItems():
            return Finding(codes.DUPLICATE_ITEM, path, path, named(path), at_key=True)
    return _out_of_bounds(error, path)


def _out_of_bounds(error: Verdict, path: Path) -> Finding:
    """A number or a text beyond its limit; for a verdict of any other kind its own words."""
    name = named(path)
    found = f"It is {shown(error.instance)}; it has to be"
    match error.kind:
        case Kind.Minimum(limit):
            return Finding(codes.OUT_OF_RANGE, path, path, name, f"{found} at least {limit}.")
        case Kind.ExclusiveMinimum(limit):
            return Finding(codes.OUT_OF_RANGE, path, path, name, f"{found} more than {limit}.")
        case Kind.Maximum(limit) | Kind.ExclusiveMaximum(limit):
            return Finding(codes.OUT_OF_RANGE, path, path, name, f"{found} at most {limit}.")
        case Kind.MaxLength(limit):
            length = len(error.instance) if isinstance(error.instance, str) else 0
            detail = f"It has {length:,} characters; {limit:,} are allowed."
            return Finding(codes.TOO_LONG, path, path, name, detail)
        case Kind.MinLength():
            return Finding(codes.EMPTY_VALUE, path, path, name)
    return Finding(codes.UNKNOWN_VALUE, path, path, name, f"{shortened(error.message, 200)}.")


def _own_rule(error: Verdict, path: Path, holder: Mapping[str, Any]) -> Finding:
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


def _too_many(error: Verdict, path: Path, limit: int) -> Finding:
    count = len(error.instance) if isinstance(error.instance, list | dict) else 0
    detail = f"It has {count}; {limit} are allowed."
    if path[-1:] == ("metadata",):
        detail = f"{detail} The API has 16 pairs, and asstctl writes up to 9 of them."
    return Finding(codes.TOO_MANY, path, path, named(path), detail, at_key=True)


def _not_a_choice(error: Verdict, options: Sequence[Plain], types: Sequence[str] = ()) -> Finding:
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


def _wrong_type(path: Path, types: Iterable[str], error: Verdict) -> Finding:
    found = error.instance
    wanted = [t for t in dict.fromkeys(types) if t != "null" or found is None]
    if error.holder.get("writeOnly"):
        detail = f"It has to be {listed([TYPES[t] for t in wanted], 'or')}."
        return Finding(codes.LITERAL_SECRET, path, path, named(path), detail)
    names = [TYPES.get(t, t) for t in wanted if t != "null"]
    detail = f"It is {kind_of(found)}; it has to be {listed(names, 'or')}."
    return Finding(
        codes.WRONG_TYPE, path, path, named(path), detail, _type_fix(found, wanted, error.holder)
    )


def _type_fix(found: Plain, wanted: Sequence[str], holder: Mapping[str, Any]) -> str:
    if isinstance(found, str):
        if "boolean" in wanted and found.lower() in _YAML_1_1_BOOLEANS:
            return "Write true or false: nothing else is a boolean."
        if {"number", "integer"} & set(wanted):
            return "Write a plain decimal number without quotes; per target, in `overrides`."
        if holder.get("x-file"):
            return f"Write {{file: {shortened(found)}}} for what a file holds."
        if "array" in wanted:
            return "Write a list: a line with `- ` for each entry."
    if "string" in wanted and isinstance(found, bool | int | float):
        return "Put it in quotes to make it text."
    if "string" in wanted and is_file_reference(found):
        return "No file is read here: write the text itself, under a `|` if it has several lines."
    return ""


def _purpose(error: Verdict, name: str) -> str:
    field = error.holder.get("properties", {}).get(name, {})
    for part in schemas.resolved(field, error.location):
        if "description" in part:
            return str(part["description"])
    return ""
