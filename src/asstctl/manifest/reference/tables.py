"""One table of fields for each kind of thing. Which API has a field is said by the dialects."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from asstctl.manifest.reference.rows import Row, node_of, root_of, rows_below, rows_of
from asstctl.manifest.spellings import names_of
from asstctl.model.dialect import DIALECTS, Dialect, Support


def _settings(file: str) -> list[Row]:
    return rows_of(node_of(file, "settings"), "", required=("kind",))


def _assistant() -> list[Row]:
    rows = _settings("assistant")
    for row in rows:
        row.apis = _on(_has_field, row.field)
    return rows


def _environment() -> list[Row]:
    """What a document says beside the fields that an assistant's own environment has too."""
    inside = {row.field.partition(".")[2] for row in _settings("assistant")} - {"key"}
    return [row for row in _settings("environment") if row.field not in inside]


def _on(has: Callable[[Dialect, str], bool], name: str) -> str:
    """The APIs that have something, in words."""
    having = [str(api) for api, dialect in DIALECTS.items() if has(dialect, name)]
    return "all" if len(having) == len(DIALECTS) else ", ".join(having)


def _has_field(dialect: Dialect, field: str) -> bool:
    for name in names_of(field.partition("[")[0]):
        top, _, below = name.partition(".json_schema.")
        if below and top == "response_format":
            return below.partition(".")[0] in dialect.json_schema.names
        steps = name.split(".")
        paths = (".".join(steps[:end]) for end in range(1, len(steps) + 1))
        if any(dialect.support(path) is Support.KEPT for path in paths):
            return True
    return field == "text"


def _tools() -> list[Row]:
    kinds = tuple(
        part["$ref"].rpartition("/")[2] for part in node_of("assistant", "tool").schema["anyOf"]
    )
    rows = _variants("assistant", kinds, "type")
    kind = ""
    for row in rows:
        if row.field.startswith("type: "):
            kind = row.field.removeprefix("type: ")
            row.apis = _on(lambda dialect, name: name in dialect.tools, kind)
        else:
            path = row.field.removeprefix("… ").replace("[]", "").removeprefix("function.")
            row.apis = _on(partial(_has_option, kind), path)
    return rows


def _has_option(kind: str, dialect: Dialect, path: str) -> bool:
    options = dialect.tools.get(kind)
    if options is None:
        return False
    some_value = next(iter(options.values.get(path, ())), None)
    return path == "function" or options.support(path, some_value) is Support.KEPT


def _project() -> list[Row]:
    return rows_of(root_of("project"), "")


def _variants(file: str, names: tuple[str, ...], tag: str) -> list[Row]:
    """Mappings that a field tells apart, each under a line of its own."""
    found: list[Row] = []
    for name in names:
        node = node_of(file, name)
        value = node.schema["properties"][tag]["const"]
        found.append(Row(f"{tag}: {value}", [], "", str(node.schema["description"])))
        found += [row for row in rows_of(node, "… ") if row.field != f"… {tag}"]
    return found


def _chunking() -> list[Row]:
    return list(rows_below(node_of("vector-store", "chunking_strategy"), ""))


def _smoke() -> list[Row]:
    rows = rows_of(node_of("assistant", "smoke_case"), "")
    attached = node_of("assistant", "attachments")
    below = rows_of(attached.at(attached.schema["items"]), "attachments[].")
    after = 1 + next(i for i, row in enumerate(rows) if row.field == "attachments")
    for row in rows:
        run, _, option = row.field.partition("run.")
        if not run and option:
            row.apis = _on(_has_run_option, option.partition(".")[0])
    return [*rows[:after], *below, *rows[after:]]


def _has_run_option(dialect: Dialect, option: str) -> bool:
    return any(name.partition(".")[0] == option for name in dialect.run_options)


def _expect() -> list[Row]:
    rows = rows_of(node_of("assistant", "expect"), "")
    for row in rows:
        cites = row.field == "cites"
        row.apis = _on(lambda dialect, _: dialect.has_citations, "") if cites else "all"
    return [row for row in rows if not row.field.startswith("not_")]


TABLES: Final[Mapping[str, Callable[[], list[Row]]]] = {
    "project": _project,
    "targets": lambda: _variants(
        "project",
        ("local_target", "assistants_target", "responses_target", "agents_target"),
        "api",
    ),
    "assistant": _assistant,
    "tools": _tools,
    "store": lambda: _settings("vector-store"),
    "environment": _environment,
    "chunking": _chunking,
    "prices": lambda: rows_of(root_of("prices"), ""),
    "smoke": _smoke,
    "expect": _expect,
}
