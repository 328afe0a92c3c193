"""Validation: what is wrong is reported, and the valid remainder goes on."""

import pytest

from asstctl.manifest.problems import Problems
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema.prune import indexed, original, prune
from asstctl.manifest.schema.validate import Validated, validate
from asstctl.manifest.values import Fields, Path, Plain
from asstctl.manifest.yaml.nodes import compose, read_value
from asstctl.manifest.yaml.provenance import Layer, Provenance
from asstctl.manifest.yaml.source import SourceFile


def validated(text: str, unknown: frozenset[Path] = frozenset()) -> tuple[Validated, list[str]]:
    source, problems = SourceFile("a.yaml", text), Problems()
    value = read_value(source, compose(source, problems)[0], problems)
    assert isinstance(value, dict)
    result = validate(Reporter(Provenance(Layer(source)), problems), value, "assistant", unknown)
    return result, [f"{d.code} {d.location.line}:{d.location.column}" for d in problems.found]


@pytest.mark.parametrize(
    ("body", "reported", "remainder"),
    [
        ("model: m", [], {"model": "m"}),
        ("model: m\nnme: x", ["unknown-field 3:1"], {"model": "m"}),
        (
            "tools: [{type: 1}, {type: code_interpreter}]",
            ["unknown-value 2:16"],
            {"tools": [{"type": "code_interpreter"}]},
        ),
        # What has to go takes along what cannot be without it, and no more than that.
        (
            "smoke: [{prompt: p, attachments: [{path: 1, tools: [file_search]}]}]",
            ["wrong-type 2:42"],
            {"smoke": [{"prompt": "p", "attachments": []}]},
        ),
        (
            "smoke: [{prompt: p, attachments: [{path: a.md, tools: [x]}]}]",
            ["unknown-value 2:56"],
            {"smoke": [{"prompt": "p", "attachments": []}]},
        ),
    ],
)
def test_the_valid_remainder_goes_on(body: str, reported: list[str], remainder: Fields) -> None:
    result, found = validated(f"kind: assistant\n{body}")

    assert found == reported
    assert result.value == {"kind": "assistant", **remainder}


def test_nothing_is_left_of_a_document_that_itself_lacks_a_field() -> None:
    result, found = validated("model: m")

    assert result.value is None
    assert found == ["missing-field 1:1"]


def test_what_is_unknown_is_left_out_in_silence() -> None:
    result, found = validated("kind: assistant\nmodel: [1]", frozenset({("model",)}))

    assert result.value == {"kind": "assistant"}
    assert found == []


# --- pruned values ------------------------------------------------------------------------------

VALUE: Fields = {"a": 1, "b": [{"c": 1}, 2, {"c": 3, "d": 4}]}


@pytest.mark.parametrize(
    ("paths", "rest"),
    [
        (set(), VALUE),
        ({("a",)}, {"b": [{"c": 1}, 2, {"c": 3, "d": 4}]}),
        ({("b", 0), ("b", 2, "c")}, {"a": 1, "b": [2, {"d": 4}]}),
        ({("b",), ("b", 0)}, {"a": 1}),
        ({("x",), ("b", 9), ("a", "x")}, VALUE),
    ],
)
def test_what_is_pruned_is_gone(paths: set[Path], rest: Plain) -> None:
    assert prune(VALUE, paths) == rest


def test_places_are_those_before_pruning() -> None:
    pruned = prune(VALUE, {("b", 0)})
    items = pruned["b"]
    assert isinstance(items, list)

    assert original(pruned, ("b", 1, "d")) == ("b", 2, "d")
    assert [place for place, _ in indexed(items)] == [1, 2]
    assert list(indexed(["x", "y"])) == [(0, "x"), (1, "y")]
