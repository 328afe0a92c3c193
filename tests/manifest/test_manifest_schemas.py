"""The schemas are what validates, what editors complete by, and what a manual is made from."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml
from manifest_folder import ASSISTANT
from test_manifest_fuzz import ASSISTANT as WHOLE_MANIFEST
from test_manifest_fuzz import PROJECT as WHOLE_PROJECT

from asstctl.manifest import codes
from asstctl.manifest.schema.schemas import SCHEMA_NAMES, schema, validator
from asstctl.manifest.schema.written import schema_text
from asstctl.manifest.targets import DEFAULT_TARGETS
from asstctl.model.address import KEY_PATTERN
from asstctl.model.canonical import ASSISTANT_FIELDS, ENVIRONMENT_FIELDS, STORE_FIELDS
from asstctl.model.project import DEFAULT_PARALLELISM, DEFAULT_TIMEOUT, Safety
from asstctl.model.smoke import ExpectationKind, Require

OURS = ("assistant", "environment", "project", "vector-store")


def nodes(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, item in items:
        if isinstance(item, dict | list):
            yield from nodes(item, f"{path}/{key}")


def target(reference: str, home: str) -> dict[str, Any]:
    file, _, pointer = reference.partition("#")
    node: Any = schema(file.removesuffix(".schema.json") or home)
    for step in pointer.split("/")[1:]:
        node = node[step]
    assert isinstance(node, dict)
    return node


def described(node: dict[str, Any], home: str) -> bool:
    if "description" in node:
        return True
    return "$ref" in node and "description" in target(node["$ref"], home)


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_every_schema_is_one(name: str) -> None:
    value = json.loads(schema_text(name))

    assert value["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(value)
    jsonschema.Draft202012Validator.check_schema(value)


@pytest.mark.parametrize("name", OURS)
def test_editors_get_names_for_people(name: str) -> None:
    """They offer a shape under its title, or else under its name in ``$defs``."""
    shapes = schema(name)["$defs"].values()
    needy = [node for node in shapes if "required" in node and "properties" in node]

    assert all(node.get("title") for node in needy)


@pytest.mark.parametrize(
    ("name", "shape", "field"), [("assistant", "tool", "type"), ("project", "target", "api")]
)
def test_editors_complete_every_shape(name: str, shape: str, field: str) -> None:
    """They pass over a shape that asks for more than its type; examples name them all."""
    node = schema(name)["$defs"][shape]
    shapes = [target(option["$ref"], name) for option in node["anyOf"]]

    offered = node["properties"][field]["examples"]

    assert offered == [option["properties"][field]["const"] for option in shapes]


@pytest.mark.parametrize("name", OURS)
def test_every_field_is_described(name: str) -> None:
    bare = [
        f"{path}/properties/{field}"
        for path, node in nodes(schema(name))
        if isinstance(node.get("properties"), dict)
        and not {"if", "then", "else"} & {*path.split("/")}
        for field, part in node["properties"].items()
        if not described(part, name)
    ]

    assert bare == []


@pytest.mark.parametrize("name", OURS)
def test_codes_in_schemas_are_known(name: str) -> None:
    named = {node["x-code"] for _, node in nodes(schema(name)) if "x-code" in node}

    assert named <= codes.BY_NAME.keys()


@pytest.mark.parametrize("name", OURS)
def test_a_printed_schema_stands_alone(name: str) -> None:
    value = json.loads(schema_text(name))

    references = [node["$ref"] for _, node in nodes(value) if "$ref" in node]

    assert all(reference.startswith("#/$defs/") for reference in references)
    jsonschema_rs.validator_for(value, offline=True)


@pytest.mark.parametrize(
    ("name", "document", "valid"),
    [
        ("assistant", f"{ASSISTANT}instruction: x", False),
        ("assistant", f"{ASSISTANT}instructions: x", True),
        ("assistant", f"{ASSISTANT}tools: [{{type: file_search, files: [{{pth: x}}]}}]", False),
        ("assistant", f"{ASSISTANT}overrides: {{x: {{key: y}}}}", False),
        ("assistant", next(iter(WHOLE_MANIFEST.split("---"))), True),
        ("vector-store", WHOLE_MANIFEST.split("---")[1], True),
        ("vector-store", "kind: vector_store\nmetadata: {asstctl_x: y}", False),
        ("project", WHOLE_PROJECT, True),
        ("project", "project: a\ntargets: {x: {api: assistants}}", False),
    ],
)
def test_other_validators_agree(name: str, document: str, valid: bool) -> None:
    value = yaml.safe_load(document)

    assert validator(name).is_valid(value) is valid
    assert jsonschema_rs.is_valid(json.loads(schema_text(name)), value) is valid
    assert jsonschema.Draft202012Validator(json.loads(schema_text(name))).is_valid(value) is valid


def test_an_unknown_schema_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        schema_text("../pyproject")


# --- the schemas and the model say the same -----------------------------------------------------


def test_expectations_are_those_of_the_model_each_with_its_negation() -> None:
    kinds = [str(kind) for kind in ExpectationKind]
    fields = schema("assistant")["$defs"]["expect"]["properties"]

    assert set(fields) == {*kinds, *(f"not_{kind}" for kind in kinds)}
    assert all(fields[kind] == fields[f"not_{kind}"] for kind in kinds)


def test_requirements_are_those_of_the_model() -> None:
    case = schema("assistant")["$defs"]["smoke_case"]["properties"]

    assert case["require"]["enum"] == [str(requirement) for requirement in Require]


def test_keys_are_those_of_the_model() -> None:
    assert schema("assistant")["$defs"]["key"]["pattern"] == f"^{KEY_PATTERN.pattern}$".replace(
        "(?:", "("
    )


def test_fields_that_plans_compare_are_fields_of_manifests() -> None:
    read_only = {"plugins"}
    for name, fields in (
        ("assistant", ASSISTANT_FIELDS),
        ("vector-store", STORE_FIELDS),
        ("environment", set(ENVIRONMENT_FIELDS) - read_only),
    ):
        known = schema(name)["$defs"]["settings"]["properties"]
        assert {field.split(".")[0] for field in fields} <= set(known)


def test_defaults_are_those_of_the_model() -> None:
    project = schema("project")
    target = project["$defs"]

    assert target["parallelism"]["default"] == DEFAULT_PARALLELISM
    assert target["timeout"]["default"] == DEFAULT_TIMEOUT
    assert target["local_target"]["properties"]["path"]["default"] == ".asstctl/account.db"
    assert project["properties"]["safety"]["properties"]["max_deletes"]["default"] == (
        Safety().max_deletes
    )
    assert validator("project").is_valid({"project": "a", "targets": DEFAULT_TARGETS})


# --- codes --------------------------------------------------------------------------------------


def test_codes_are_stable_names_with_a_cure() -> None:
    names = [code.name for code in codes.ALL]

    assert names == sorted(set(names))
    for code in codes.ALL:
        assert code.name.replace("-", "").isalnum()
        assert code.cure.endswith(".")
        assert not code.summary.endswith(".")
        assert code.summarise("x").count('"') % 2 == 0
        assert "{}" not in code.summarise("x")
