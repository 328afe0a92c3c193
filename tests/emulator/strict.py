"""Validation without mercy: responses against the SDK's models and against the OpenAPI document."""

import json
import re
import types
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import jsonschema
import yaml
from pydantic import BaseModel

OPENAPI = Path(__file__).parents[2].parent / "shared" / "openapi-assistants.yaml"


def problems(expected: Any, value: Any, at: str = "$") -> Iterator[str]:
    """Give what keeps a JSON value from being exactly an SDK type: no field more, none less."""
    origin = get_origin(expected)
    if origin is Annotated:
        yield from problems(get_args(expected)[0], value, at)
    elif origin in {Union, types.UnionType}:
        attempts = [list(problems(choice, value, at)) for choice in get_args(expected)]
        if all(attempts):
            yield min(attempts, key=len)[0]
    elif origin is Literal:
        if value not in get_args(expected):
            yield f"{at}: {value!r} is none of {get_args(expected)}"
    elif origin in {list, dict}:
        yield from _container_problems(expected, value, at)
    elif isinstance(expected, type) and issubclass(expected, BaseModel):
        yield from _model_problems(expected, value, at)
    else:
        yield from _plain_problems(expected, value, at)


def _container_problems(expected: Any, value: Any, at: str) -> Iterator[str]:
    if type(value) is not get_origin(expected):
        yield f"{at}: {value!r} is no {expected}"
        return
    items: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield from problems(get_args(expected)[-1], item, f"{at}[{key!r}]")


def _model_problems(model: type[BaseModel], value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: not an object but {value!r}"
        return
    known = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        known[key] = field.annotation
        if key not in value and field.is_required():
            yield f"{at}.{key}: missing"
    for key, item in value.items():
        if key not in known:
            yield f"{at}.{key}: unknown"
        else:
            yield from problems(known[key], item, f"{at}.{key}")


def _plain_problems(expected: Any, value: Any, at: str) -> Iterator[str]:
    if expected in {Any, object}:
        return
    if expected is type(None):
        fits = value is None
    elif expected is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    elif expected is int:
        fits = isinstance(value, int) and not isinstance(value, bool)
    else:
        fits = isinstance(value, expected)
    if not fits:
        yield f"{at}: {value!r} is no {expected}"


class Contract:
    """The OpenAPI document, as far as responses go."""

    def __init__(self) -> None:
        document = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
        self._document = _nullable(document)
        self._paths: Mapping[str, Any] = document["paths"]
        self.operations = {
            (method.upper(), path) for path, item in self._paths.items() for method in item
        }

    def operation(self, method: str, path: str) -> tuple[str, str] | None:
        """Find the operation that a request was for; fixed paths go before patterns."""
        for template in sorted(self._paths, key=lambda item: item.count("{")):
            pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path) and method.lower() in self._paths[template]:
                return method, template
        return None

    def check(self, operation: tuple[str, str], body: Any) -> None:
        """Validate a response body; raises ``jsonschema.ValidationError``."""
        method, path = operation
        response = self._document["paths"][path][method.lower()]["responses"]["200"]
        content = response.get("content", {}).get("application/json")
        if content is None or content["schema"] == {"type": "string"}:
            return
        schema = content["schema"] | {"components": self._document["components"]}
        jsonschema.Draft202012Validator(schema).validate(body)


def _nullable(schema: Any) -> Any:
    """Rewrite OpenAPI 3.0's ``nullable``, which the document still uses, as JSON Schema."""
    if isinstance(schema, list):
        return [_nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _nullable(item) for key, item in schema.items() if key != "nullable"}
    marked = schema.get("nullable") is True
    for part in schema.get("allOf", ()):
        if isinstance(part, dict) and part.get("nullable") is True:
            marked = True
            inner["allOf"] = [item for item in inner["allOf"] if item and "anyOf" not in item]
    return {"anyOf": [inner, {"type": "null"}]} if marked else inner


@cache
def contract() -> Contract | None:
    """Give the contract when its file lies beside the repository."""
    return Contract() if OPENAPI.exists() else None


def events(stream: str) -> list[tuple[str, Any]]:
    """Read server-sent events; the last one's data is the text ``[DONE]``."""
    found = []
    for block in stream.strip().split("\n\n"):
        head, data = block.split("\n", 1)
        text = data.removeprefix("data: ")
        found.append((head.removeprefix("event: "), text if text == "[DONE]" else json.loads(text)))
    return found
