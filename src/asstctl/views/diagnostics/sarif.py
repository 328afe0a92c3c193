"""Diagnostics as SARIF 2.1.0, for code scanning."""

from collections.abc import Iterable
from typing import Final

from asstctl.manifest.codes import BY_NAME
from asstctl.model.diagnostics import Diagnostic
from asstctl.model.json import JsonObject, JsonValue
from asstctl.text.printable import printable

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif_document(diagnostics: Iterable[Diagnostic], version: str) -> dict[str, JsonValue]:
    """One run of asstctl in this ``version``; paths count from the project's folder."""
    diagnostics = tuple(diagnostics)
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver: JsonObject = {"name": "asstctl", "version": version, "rules": list(map(_rule, codes))}
    ran: JsonObject = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(item) for item in diagnostics],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [ran]}


def _rule(name: str) -> JsonObject:
    code = BY_NAME[name]
    return {
        "id": name,
        "shortDescription": {"text": code.summarise("…")},
        "help": {"text": code.cure},
    }


def _result(diagnostic: Diagnostic) -> JsonObject:
    parts = (diagnostic.summary + ".", diagnostic.detail, diagnostic.fix)
    return {
        "ruleId": diagnostic.code,
        "level": str(diagnostic.severity),
        "message": {"text": printable(" ".join(filter(None, parts)))},
        "locations": [{"physicalLocation": _place(diagnostic)}],
    }


def _place(diagnostic: Diagnostic) -> JsonObject:
    location = diagnostic.location
    place: dict[str, JsonValue] = {"artifactLocation": {"uri": _uri(location.path)}}
    if location.line:
        place["region"] = {"startLine": location.line, "startColumn": location.column}
    return place


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path, errors="surrogateescape")
