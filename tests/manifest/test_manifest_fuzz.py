"""Whatever stands in the files, reading them gives diagnostics and never a traceback."""

import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from manifest_folder import MANIFEST, Folder

from asstctl.manifest.codes import BY_NAME
from asstctl.manifest.load import Loaded
from support.examples import tries

PROJECT = """\
project: acme
manifests: ["assistants/*.yaml"]
defaults: {model: m, metadata: {team: "${var.city}"}}
vars: {city: Lisbon, n: 3}
target: local
targets:
  local: {api: local, path: .asstctl/a.db, model: {base_url: "http://x/v1", name: y}}
  prod: {api: assistants, base_url: "https://x/v1", api_key: "${env.KEY}", headers: {a: "${env.H}"}}
safety: {max_deletes: 0.5}
"""
ASSISTANT = """\
kind: assistant
key: guide
name: Guide ${var.city}
model: m
instructions: {file: docs/one.md}
temperature: 0.2
tools:
  - type: code_interpreter
    files: [docs/*.md]
  - type: file_search
    files: [{path: docs/one.md, chunking_strategy: {type: static, static:
      {max_chunk_size_tokens: 200, chunk_overlap_tokens: 100}}}]
    ranking_options: {score_threshold: 0.1}
  - type: function
    function: {name: f, parameters: {file: tools/f.json}}
response_format: {type: json_schema, json_schema: {name: x, schema: {type: object}}}
metadata: &labels {a: b}
lifecycle: {protect: true, ignore_changes: [name, metadata.a]}
previously: [old]
overrides: {prod: {temperature: 1, metadata: *labels}}
smoke:
  - prompt: hi
    expect: {contains: [a, b], matches: "a+", calls: f, json: {schema: {type: object}}}
    functions: {f: {when: [{arguments: {a: 1}, output: 2}], output: x}}
    thread: {tool_resources: {file_search: {vector_store: shelf}}}
    run: {tool_choice: {type: function, function: {name: f}}}
    targets: [prod]
  - cases: {file: docs/rows.csv}
    prompt: ${case.a} ${matrix.b}
    matrix: {model: [x, y], b: [1, "${var.city}"]}
---
kind: vector_store
key: shelf
files: ["docs/**/*.md"]
expires_after: {anchor: last_active_at, days: 3}
"""
FILES: dict[str, str | bytes] = {
    "asstctl.yaml": PROJECT,
    MANIFEST: ASSISTANT,
    "docs/one.md": "One.",
    "docs/deep/two.md": "Two.",
    "docs/rows.csv": 'a,b\n"x, ""y""\nz",1\nw,2\n',
    "tools/f.json": json.dumps({"type": "object", "properties": {"a": {"type": "integer"}}}),
}
SPICE = [
    *(
        "[",
        "]",
        "{",
        "}",
        ":",
        "- ",
        "\n",
        "  ",
        "\t",
        "'",
        '"',
        "|",
        ">",
        "&a ",
        "*a",
        "!!x ",
        "#",
    ),
    *(
        "${",
        "${var.x}",
        "${env.Y}",
        "${case.a}",
        "$${",
        "..",
        "/",
        "**",
        "*",
        "\\",
        "\x00",
        "\x1b[31m",
        "\ufeff",
    ),
    *("null", "true", "yes", "012", ".nan", "1e999", "9" * 400, "<<: *a", "---\n", "? ", "~", "🙂"),
    *("é", "\u2028", "\x85", "\r", "%", "@", "`", "kind: assistant\n"),
]
EVERYTHING_FOUND_OUT = tries(0.6, suppress_health_check=[HealthCheck.too_slow])

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@contextmanager
def project(changes: dict[str, str | bytes]) -> Iterator[Folder]:
    with tempfile.TemporaryDirectory() as folder:
        made = Folder(Path(folder))
        made.write({**FILES, **changes})
        yield made


def read(changes: dict[str, str | bytes]) -> Loaded:
    with project(changes) as folder:
        folder.environ = {"KEY": "topsecretkey", "H": "h"}
        for target in ("prod", None):
            loaded = folder.load(target)
            check(loaded, folder)
    return loaded


def check(loaded: Loaded, folder: Folder) -> None:
    assert (loaded.desired is not None) == (loaded.ok and loaded.project is not None)
    assert loaded.ok or any(d.is_error for d in loaded.diagnostics)
    for diagnostic in loaded.diagnostics:
        assert diagnostic.code in BY_NAME
        assert diagnostic.summary
        assert diagnostic.fix
        shown = f"{diagnostic.summary}{diagnostic.detail}{diagnostic.fix}{diagnostic.excerpt}"
        assert "topsecretkey" not in shown
        assert "\x1b" not in shown
        if diagnostic.excerpt:
            line, column = diagnostic.location.line, diagnostic.location.column
            assert line >= 1
            assert column >= 1
            assert diagnostic.excerpt.width >= 1
            # One past the end is where something is missing.
            assert column - 1 + diagnostic.excerpt.width <= len(diagnostic.excerpt.text) + 1
    assert folder.load().diagnostics is not None


def test_the_project_that_is_broken_below_is_whole() -> None:
    assert read({}).diagnostics == ()


@EVERYTHING_FOUND_OUT
@given(st.sampled_from(sorted(FILES)), st.text(max_size=200))
def test_any_text(path: str, text: str) -> None:
    read({path: text.encode("utf-8", "surrogatepass")})


@EVERYTHING_FOUND_OUT
@given(st.sampled_from(sorted(FILES)), st.binary(max_size=200))
def test_any_bytes(path: str, data: bytes) -> None:
    read({path: data})


@EVERYTHING_FOUND_OUT
@given(st.sampled_from(sorted(FILES)), st.data())
def test_any_slip_of_the_hand(path: str, data: st.DataObject) -> None:
    text = str(FILES[path])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 6))
        spice = data.draw(st.sampled_from([*SPICE, ""]))
        text = text[:at] + spice + text[at + gone :]
    read({path: text})


@EVERYTHING_FOUND_OUT
@given(st.sampled_from(["asstctl.yaml", MANIFEST]), st.randoms(use_true_random=False), anything)
def test_any_value_anywhere(path: str, chance: random.Random, value: object) -> None:
    documents = list(yaml.safe_load_all(str(FILES[path])))
    holder: object = chance.choice(documents)
    while True:
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))  # type: ignore[arg-type]
        key = chance.choice(list(keys))
        inner = holder[key]  # type: ignore[index]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.8:
            holder = inner
            continue
        holder[key] = value  # type: ignore[index]
        break
    read({path: yaml.safe_dump_all(documents, allow_unicode=True)})


@EVERYTHING_FOUND_OUT
@given(anything)
def test_any_document(value: object) -> None:
    read({MANIFEST: yaml.safe_dump({"kind": "assistant", "model": value, "smoke": [value]})})
    read({"asstctl.yaml": yaml.safe_dump({"project": "a", "targets": value, "vars": value})})
    read({"tools/f.json": json.dumps(value)})
