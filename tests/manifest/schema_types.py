"""Makes the types of validated documents, ``manifest/schema/types.py``, from the JSON Schemas.

``python tests/manifest/schema_types.py`` writes the file; a test keeps it in step.
"""

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

TARGET = Path("src/asstctl/manifest/schema/types.py")
ROOTS = {
    "assistant": "Assistant",
    "vector-store": "VectorStore",
    "environment": "Environment",
    "project": "Project",
    "prices": "Prices",
}
OVERRIDE = "Override"
HEAD = '''\
"""What a document is once its schema accepts it.

Made from schemas/ by `python tests/manifest/schema_types.py`; do not edit. A field that a schema
allows to be null may be None here; one that it does not require may be missing.
"""

from typing import Literal, NotRequired, TypeAlias, TypedDict

from asstctl.manifest.values import Plain
'''
SCALARS = {
    "string": "str",
    "number": "float",
    "integer": "int",
    "boolean": "bool",
    "null": "None",
}


def generated(project: Path) -> str:
    """The module as it should be."""
    return formatted("\n\n".join([HEAD, *Types(project).parts()]))


def formatted(text: str) -> str:
    """A module's text as the formatter leaves it."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(TARGET), "-"]
    return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout


class Types:
    """Walks the schemas; what a class refers to is written before it."""

    def __init__(self, project: Path) -> None:
        texts = {name: (project / f"schemas/{name}.schema.json").read_text() for name in ROOTS}
        self._schemas: dict[str, Schema] = {name: json.loads(texts[name]) for name in ROOTS}
        self._written: dict[str, str] = {}
        self._shared: dict[tuple[str, str], str] = {}

    def parts(self) -> Iterator[str]:
        """Each class and alias of the module."""
        for home, name in ROOTS.items():
            root = self._schemas[home]
            settings = root["$defs"]["settings"] if "$ref" in root else root
            self._class({**settings, **root}, home, name)
        yield from self._written.values()

    def _type(self, node: Schema, home: str, name: str) -> str:
        """The type of what a schema accepts; what is written out for it is called ``name``."""
        if "$ref" in node:
            return self._definition(node["$ref"], home)
        if "const" in node or "enum" in node:
            return self._literal(node.get("enum") or [node["const"]])
        if any("type" in shape or "$ref" in shape for shape in node.get("anyOf", ())):
            return self._union(node, home, name)
        if "type" not in node:
            return "Plain"
        types = node["type"] if isinstance(node["type"], list) else [node["type"]]
        return " | ".join(self._of_type(kind, node, home, name) for kind in types)

    def _of_type(self, kind: str, node: Schema, home: str, name: str) -> str:
        if kind == "array":
            items = _described(node["items"], node)
            return f"list[{self._type(items, home, name.removesuffix('s'))}]"
        if kind != "object":
            return SCALARS[kind]
        if "properties" in node:
            return self._class(node, home, name)
        values = node.get("additionalProperties")
        return (
            f"dict[str, {self._type(values, home, name) if isinstance(values, dict) else 'Plain'}]"
        )

    def _union(self, node: Schema, home: str, name: str) -> str:
        types = [
            self._type(_described(shape, node), home, f"{name}{variant(shape)}")
            for shape in node["anyOf"]
        ]
        return " | ".join(dict.fromkeys(types))

    def _literal(self, options: list[object]) -> str:
        values = ", ".join(repr(option) for option in options if option is not None)
        return f"Literal[{values}]" + (" | None" if None in options else "")

    def _definition(self, reference: str, home: str) -> str:
        """What a ``$ref`` means: written once, and called by its name wherever it is used."""
        file, _, pointer = reference.partition("#/$defs/")
        home = file.removesuffix(".schema.json") or home
        if (home, pointer) not in self._shared:
            node = self._schemas[home]["$defs"][pointer]
            name = camel(pointer)
            if pointer == "override":
                name, node = f"{ROOTS[home]}{OVERRIDE}", self._override(home)
            meaning = self._type(node, home, name)
            if name not in self._written and ("|" in meaning or "Literal" in meaning):
                self._written[name] = f"{name}: TypeAlias = {meaning}\n{docstring(node)}"
                meaning = name
            self._shared[home, pointer] = meaning
        return self._shared[home, pointer]

    def _override(self, home: str) -> Schema:
        """The fields of a document that may differ per target: all that are not forbidden there."""
        definitions = self._schemas[home]["$defs"]
        settings, fixed = definitions["settings"], definitions["override"]["properties"]
        fields = {name: node for name, node in settings["properties"].items() if name not in fixed}
        about = "What an override may say, and a project's defaults."
        return {**settings, "description": about, "properties": fields}

    def _class(self, node: Schema, home: str, name: str) -> str:
        required = set(node.get("required", ()))
        fields: dict[str, str] = {}
        for field, about in node["properties"].items():
            kind = self._type(about, home, f"{name.removesuffix(OVERRIDE)}{camel(field)}")
            fields[field] = kind if field in required else f"NotRequired[{kind}]"
        self._written[name] = written_out(name, docstring(node), fields)
        return name


def written_out(name: str, about: str, fields: Mapping[str, str]) -> str:
    """A class for a mapping; a call where a field's name is a word of Python's own."""
    if any(map(iskeyword, fields)):
        inside = ", ".join(f"{field!r}: {kind}" for field, kind in fields.items())
        return f"{name} = TypedDict({name!r}, {{{inside}}})\n{about}"
    lines = [f"    {field}: {kind}" for field, kind in fields.items()]
    return "\n".join([f"class {name}(TypedDict):", textwrap.indent(about, "    "), "", *lines])


def _described(node: Schema, holder: Schema) -> Schema:
    return {"description": holder["description"], **node}


def variant(shape: Schema) -> str:
    """What tells one of several mappings from the others."""
    if "properties" not in shape:
        return ""
    kind = shape["properties"].get("type", {})
    if "const" in kind:
        return camel(str(kind["const"]))
    return "Type" if kind else "Mapping"


def camel(name: str) -> str:
    """``file_search`` → ``FileSearch``."""
    return "".join(word.capitalize() for word in name.split("_"))


def docstring(node: Schema) -> str:
    """What the schema says of itself: its first sentence."""
    text = str(node["description"]).replace("\\", "\\\\")
    first = text.partition(". ")[0].removesuffix(".") + "."
    lines = textwrap.wrap(first, 88)
    return "\n".join([f'"""{lines[0]}', *lines[1:]]) + ('\n"""' if lines[1:] else '"""')


if __name__ == "__main__":
    here = Path(__file__).parents[2]
    (here / TARGET).write_text(generated(here), encoding="utf-8")
