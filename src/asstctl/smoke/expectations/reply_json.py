"""Whether a reply is JSON, and JSON that a schema accepts. Nothing is ever fetched."""

import json
from typing import TYPE_CHECKING

from asstctl.model.json import JsonValue, canonical_json
from asstctl.smoke.text import quoted

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


class UnusableSchemaError(Exception):
    """The schema can accept or reject nothing; the message says why."""


def check_json(reply: str, schema: JsonValue = None, *, shown: str | None = None) -> str:
    """What is wrong with the reply, in words; empty when nothing is.

    Strict JSON: no code fence around it, no ``NaN``, nothing before or after. ``shown`` is what
    may be quoted of the reply, by default all of it. Raises UnusableSchemaError.
    """
    try:
        value = json.loads(reply, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        fenced = reply.lstrip().startswith("```")
        why = "it is wrapped in a Markdown code fence" if fenced else str(error)
        return f"not valid JSON: {why}; the reply is {quoted(reply if shown is None else shown)}"
    return "" if schema is None else _violation(value, schema)


def _violation(value: JsonValue, schema: JsonValue) -> str:
    # Few cases have a schema, and these are heavy.
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    plain = json.loads(canonical_json(schema))  # the validator takes only dicts and lists as such
    if not isinstance(plain, bool | dict):
        raise UnusableSchemaError("the schema is neither an object nor true or false")
    validator = validator_for(plain, default=Draft202012Validator)
    try:
        if isinstance(plain, dict):
            validator.check_schema(plain)
        # An empty registry of its own: the default one would look references up on the network.
        errors = list(validator(plain, registry=Registry()).iter_errors(value))
    except SchemaError as error:
        raise UnusableSchemaError(f"the schema itself is not valid: {error.message}") from error
    except Unresolvable as error:
        raise UnusableSchemaError(f"the schema refers to what is not in it: {error}") from error
    except RecursionError as error:
        raise UnusableSchemaError("the schema refers to itself without end") from error
    if not errors:
        return ""
    first = min(errors, key=lambda error: (len(error.path), str(error.path)))
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{_place(first)}: {first.message}{more}"


def _place(error: "ValidationError") -> str:
    return "$" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.path)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
