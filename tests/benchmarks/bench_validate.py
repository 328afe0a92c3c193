"""``validate`` beside PyYAML's C loader, on a thousand typical assistants."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from asstctl.manifest.load import load

from .rows import Row, best_of

BUDGET = 3.0
NAME = "asstctl validate"

_MANIFEST = """\
# yaml-language-server: $schema=../schemas/assistant.schema.json
kind: assistant
name: Support for product {i}
description: Answers what customers ask about product {i}, in {language}.
model: gpt-4o
instructions: |
  You are the support assistant for product {i}. Answer in {language}, briefly,
  and cite the document that the answer comes from. Say so when you do not know.
temperature: 0.2
tools:
  - type: file_search
    vector_store: handbook
    max_num_results: 8
  - type: function
    function:
      name: get_order
      description: Looks an order up.
      parameters: {{type: object, properties: {{id: {{type: string}}}}, required: [id]}}
metadata: {{team: support, product: "{i}"}}
lifecycle: {{protect: true}}
"""
_FILES = {
    "asstctl.yaml": "project: bench\ndefaults: {metadata: {owner: support}}\n",
    "assistants/handbook.yaml": "kind: vector_store\nname: Handbook\nfiles: [docs/**/*.md]\n",
    "docs/handbook.md": "Everything about every product.\n",
}
_PARSE = """\
import sys, yaml
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        list(yaml.load_all(file, Loader=yaml.CSafeLoader))
"""


def run(assistants: int = 1000, repeat: int = 5) -> Iterator[Row]:
    """Measure reading a project whole, in this process and as a command."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_project(root, assistants)
        paths = sorted(root.glob("assistants/*.yaml"))

        def parse() -> None:
            for path in paths:
                with path.open("rb") as file:
                    list(yaml.load_all(file, Loader=yaml.CSafeLoader))

        def read() -> None:
            loaded = load(root, environ={})
            assert loaded.desired is not None, loaded.diagnostics[:3]
            assert len(loaded.desired.assistants) == assistants

        seconds, parsed = best_of(repeat, read, parse)
        name = f"validate {assistants} assistants"
        yield Row(f"{name}, in process", seconds, "yaml.CSafeLoader", parsed, BUDGET)
        yield _as_command(root, paths, name, repeat)


def _as_command(root: Path, paths: list[Path], name: str, repeat: int) -> Row:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    # An installed package is compiled already: keep byte code, and not in the checkout.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    environ["PYTHONPYCACHEPREFIX"] = str(root / ".bytecode")

    def validate() -> None:
        command = [sys.executable, "-m", "asstctl", "-C", str(root), "validate"]
        subprocess.run(command, check=True, capture_output=True, env=environ)

    def parse() -> None:
        command = [sys.executable, "-c", _PARSE, *map(str, paths)]
        subprocess.run(command, check=True, capture_output=True, env=environ)

    seconds, parsed = best_of(repeat, validate, parse)
    return Row(f"{name}, as a command", seconds, "a script with it", parsed, BUDGET)


def write_project(root: Path, assistants: int) -> None:
    """A project of that many typical assistants and a store that they share."""
    for i in range(assistants):
        text = _MANIFEST.format(i=i, language=("English", "Portuguese", "German")[i % 3])
        path = root / f"assistants/product-{i:04}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
