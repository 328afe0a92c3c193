"""Errors as the wire says them: ``{"error": {message, type, param, code}}`` and a status."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

INVALID = "invalid_request_error"


class ApiError(Exception):
    """A refusal that the client gets as a response, in the original's words where they are known.

    ``param`` is the path of the field in the body (``tools[0].type``), ``code`` is the API's word.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = INVALID,  # noqa: A002 - the wire's own word
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type
        self.param = param
        self.code = code

    def envelope(self) -> dict[str, Any]:
        """Give the response body."""
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "param": self.param,
                "code": self.code,
            }
        }


def bad_request(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """Build a 400 of type ``invalid_request_error``."""
    return ApiError(400, message, param=param, code=code)


def not_found(noun: str, object_id: str, param: str | None = None) -> ApiError:
    """Build the 404 for an object that the account does not hold."""
    return ApiError(404, f"No {noun} found with id '{object_id}'.", param=param)


def no_resource(noun: str, object_id: str, param: str | None = None) -> ApiError:
    """Build the Agents API's 404 for an object that the account does not hold."""
    told = f"No {noun} found with id '{object_id}'."
    kind = "not_found_error"
    return ApiError(404, told, type=kind, param=param, code=kind)


def conflict(message: str) -> ApiError:
    """Build the Agents API's 409."""
    return ApiError(409, message, type="conflict_error", code="conflict_error")


def rule(code: str, message: str, **context: Any) -> PydanticCustomError:
    """Build a validator's complaint; ``{param}`` in the message becomes the field's path."""
    return PydanticCustomError(
        "wire_rule", "{message}", {"code": code, "message": message} | context
    )


def from_validation(error: ValidationError, body: object) -> ApiError:
    """Tell the first problem of a request body the way the original did."""
    details = error.errors(include_url=False)
    # An unknown field often causes the other complaints (a misspelt required one): name it first.
    first = min(details, key=lambda item: item["type"] != "extra_forbidden")
    param = _param(first, body)
    message, code = _describe(first, param)
    return bad_request(message, param or None, code)


def _param(detail: ErrorDetails, body: object) -> str:
    """Write the location as ``tools[0].function.name``, without pydantic's union branches."""
    path = ""
    here = untagged = body
    location = detail["loc"]
    last = len(location)
    # What these two complain about need not be in the body, or is what should not be there.
    names_last = detail["type"] in {"missing", "extra_forbidden"}
    for position, key in enumerate(location, 1):
        # A variant's name may also be the name of a field in it: a function tool's "function".
        if here is not untagged and position < last and _type_of(here) == key:
            untagged = here
            continue
        step = _step(here, key, may_be_absent=names_last and position == last)
        if step is not None:
            part, here = step
            path += part
    if detail["type"].startswith("union_tag") and isinstance(detail["input"], Mapping):
        path += ".type"
    return path.removeprefix(".")


def _type_of(value: object) -> object:
    return value.get("type") if isinstance(value, Mapping) else None


def _step(here: object, key: int | str, *, may_be_absent: bool) -> tuple[str, object] | None:
    """Give the part of a path and what it leads to; None for the name of a union's branch."""
    if isinstance(key, int) and isinstance(here, Sequence) and not isinstance(here, str):
        return f"[{key}]", here[key] if key < len(here) else None
    if isinstance(here, Mapping) and (key in here or may_be_absent):
        return f".{key}", here.get(key)
    return None


_KINDS: dict[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    list: "an array",
    dict: "an object",
    type(None): "null",
}

_EXPECTED = {
    "string_type": "a string",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a decimal",
    "bool_type": "a boolean",
    "list_type": "an array of values",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "finite_number": "a finite number",
}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "something else")


def _describe(detail: ErrorDetails, param: str) -> tuple[str, str]:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    match kind:
        case "extra_forbidden":
            return f"Unknown parameter: '{param}'.", "unknown_parameter"
        case "missing":
            return f"Missing required parameter: '{param}'.", "missing_required_parameter"
        case "wire_rule":
            return str(context["message"]).replace("{param}", param), str(context["code"])
        case "string_too_long" | "string_too_short" | "too_long" | "too_short":
            return _length(kind, context, value, param)
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than":
            return _bound(kind, context, value, param)
        case "literal_error" | "union_tag_invalid":
            return _choice(context, value)
        case "union_tag_not_found":
            if isinstance(value, Mapping):
                return f"Missing required parameter: '{param}'.", "missing_required_parameter"
            return _wrong_type("an object", value, param)
        case _ if kind in _EXPECTED:
            return _wrong_type(_EXPECTED[kind], value, param)
    return f"Invalid '{param}': {detail['msg']}.", "invalid_value"


def _wrong_type(expected: str, value: object, param: str) -> tuple[str, str]:
    found = _kind(value)
    return (
        f"Invalid type for '{param}': expected {expected}, but got {found} instead.",
        "invalid_type",
    )


def _length(kind: str, context: Mapping[str, Any], value: object, param: str) -> tuple[str, str]:
    word = "string" if kind.startswith("string") else "array"
    long = kind.endswith("long")
    limit = context.get("max_length") if long else context.get("min_length")
    found = len(value) if isinstance(value, str | list | dict) else 0
    side, bound = ("long", "maximum") if long else ("short", "minimum")
    article = "a" if word == "string" else "an"
    message = (
        f"Invalid '{param}': {word} too {side}. Expected {article} {word} with {bound} length "
        f"{limit}, but got {article} {word} with length {found} instead."
    )
    return message, f"{word}_{'above_max' if long else 'below_min'}_length"


def _bound(kind: str, context: Mapping[str, Any], value: object, param: str) -> tuple[str, str]:
    word = "integer" if isinstance(value, int) else "decimal"
    above = kind.startswith("less")
    limit = context.get("le", context.get("lt", context.get("ge", context.get("gt"))))
    limit = int(limit) if isinstance(limit, float) and limit.is_integer() else limit
    sign = "<=" if above else ">="
    side = "above maximum" if above else "below minimum"
    message = (
        f"Invalid '{param}': {word} {side} value. Expected a value {sign} {limit}, "
        f"but got {value} instead."
    )
    return message, f"{word}_{'above_max' if above else 'below_min'}_value"


def _choice(context: Mapping[str, Any], value: object) -> tuple[str, str]:
    supported = str(context.get("expected") or context.get("expected_tags") or "")
    supported = supported.replace(" or ", ", ")
    found: object = context.get("tag", value)
    message = f"Invalid value: '{found}'. Supported values are: {supported}."
    return message, "invalid_value"
