"""What is written reads back equal, and looks as if a person had written it."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from asstctl.manifest.problems import Problems
from asstctl.manifest.values import Fields
from asstctl.manifest.yaml.nodes import compose, read_value
from asstctl.manifest.yaml.source import SourceFile
from asstctl.manifest.yaml.text import LONGEST_KEY, to_yaml
from support.examples import tries

Json = Any

texts = st.text(st.characters(exclude_categories=["Cs"]))
awkward = st.sampled_from(
    [
        *("", " ", "\n", "\n\n", "a\n", "a\n\n", "a\n ", " a", "a ", "\ta", "a\tb", "\r", "a\rb"),
        *("- a", "a: b", "a #b", "#a", "'", '"', "\\", "[a", "a]", "{a", "a}", "a, b", "a:", "? a"),
        *("*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "?", "<<", "=", "---", "--- a", "...", "-"),
        *("yes", "no", "on", "null", "~", "true", "1", "1e5", "0x1", "1:30", "2020-01-01", ".inf"),
        *("\x00", "\x7f", "\x85", "\u2028", "\ufeff", "\ufeffa", "\ufffe", "\U0001f600", "\xa0"),
        *("a\n  b\n\n    c\n", "  a\nb", "\n a\nb", "\n\na", "\ta\nb", "a\n\tb", "a \nb", "a\n-\n"),
        *("${var.x}", "x" * 300, "word " * 80, "word  " * 80, "a\n---\nb", "a\n# b", "\xa0a\nb"),
        *("a\r\nb", "a\n\n\nb", "1_000", "a\n\xa0", " \n a\n", "\n\n a", "a\n\x85b", "x: y: z"),
    ]
)
names = (texts | awkward).filter(lambda name: len(name) <= LONGEST_KEY)
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts | awkward,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
documents = st.dictionaries(names, values, min_size=1)


def read(text: str) -> Json:
    problems = Problems()
    source = SourceFile("x.yaml", text)
    (root,) = compose(source, problems)
    value = read_value(source, root, problems)
    assert problems.found == []
    return value


@tries(2)
@given(documents)
def test_any_document_reads_back_equal(document: dict[str, Json]) -> None:
    text = to_yaml(document)

    assert read(text) == document
    assert not any(line != line.rstrip() for line in text.split("\n") if line.lstrip()[:1] == "#")


@given(documents)
def test_other_readers_agree(document: dict[str, Json]) -> None:
    """A YAML 1.1 reader sees the same texts and structure; it has fewer forms of floats."""

    def same(one: Json, other: Json) -> bool:
        if isinstance(one, dict):
            return set(one) == set(other) and all(same(one[k], other[k]) for k in one)
        if isinstance(one, list):
            return len(one) == len(other) and all(map(same, one, other))
        if isinstance(one, float):
            return float(other) == one
        return bool(one == other) and type(one) is type(other)

    assert same(document, yaml.safe_load(to_yaml(document)))


@pytest.mark.parametrize(
    "text", ["a\nb", "a\nb\n", "  a\nb", "\na\nb", "a\n\n\nb\n", "a\n  b  \nc", "a\n\tb"]
)
def test_text_of_several_lines_is_block_text(text: str) -> None:
    written = to_yaml({"instructions": text, "model": "m"})

    assert written.startswith("instructions: |")
    assert "\\n" not in written
    assert read(written) == {"instructions": text, "model": "m"}


def test_it_looks_handwritten() -> None:
    document: Fields = {
        "kind": "assistant",
        "key": "guide",
        "name": "Travel Guide: all of it",
        "instructions": {"file": "prompts/guide.md"},
        "tools": [
            {"type": "code_interpreter", "files": ["a.csv", "b.csv"]},
            {
                "type": "function",
                "function": {
                    "name": "get_weather",
                    "description": "The weather of one day.\nIn Celsius.",
                    "parameters": {
                        "type": "object",
                        "properties": {"city": {"type": "string"}, "day": {"type": "string"}},
                        "required": ["city"],
                    },
                },
            },
        ],
        "temperature": 0.2,
        "metadata": {"team": "support", "since": "2024"},
    }
    comments = {
        (): ["yaml-language-server: $schema=x"],
        ("tools", 0): ["not downloaded: c.csv"],
    }

    assert (
        to_yaml(document, comments)
        == """\
# yaml-language-server: $schema=x
kind: assistant
key: guide
name: "Travel Guide: all of it"
instructions: {file: prompts/guide.md}

tools:
  # not downloaded: c.csv
  - type: code_interpreter
    files: [a.csv, b.csv]
  - type: function
    function:
      name: get_weather
      description: |-
        The weather of one day.
        In Celsius.
      parameters:
        type: object
        properties:
          city: {type: string}
          day: {type: string}
        required: [city]

temperature: 0.2
metadata: {team: support, since: "2024"}
"""
    )


def test_long_prose_is_folded() -> None:
    text = "You are a guide who answers briefly. " * 6 + "Thank you."

    written = to_yaml({"instructions": text})

    assert written.startswith("instructions: >-\n  You are")
    assert max(map(len, written.split("\n"))) <= 96
    assert read(written) == {"instructions": text}


def test_comments_stay_comments() -> None:
    comments = {("a",): ["one", ""], ("b", 0): ["two"], ("b", 0, "c"): ["three"]}
    document: Fields = {"a": 1, "b": [{"c": 1, "d": [1]}]}

    written = to_yaml(document, comments)

    assert read(written) == document
    assert [line.strip() for line in written.split("\n") if "#" in line] == [
        "# one",
        "#",
        "# two",
        "# three",
    ]
