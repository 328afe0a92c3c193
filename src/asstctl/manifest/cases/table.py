"""Files of cases: CSV below a header line, or JSON objects one a line; each value has its place.

CSV is RFC 4180's: commas, and quotes round what holds a comma, a quote (which is doubled) or a line
break. All of its values are texts. JSON lines keep numbers, lists and whatever else JSON has.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from asstctl.manifest import codes
from asstctl.manifest.cases.row import Table
from asstctl.manifest.codes import Code
from asstctl.manifest.problems import Span
from asstctl.manifest.schema.strict_json import BadJson, strict_loads
from asstctl.manifest.values import Fields
from asstctl.manifest.yaml.source import SourceFile
from asstctl.text.words import count, shortened

_CELL: Final = re.compile(r'"([^"]*(?:""[^"]*)*)"|([^,\r\n]*)')
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_LINES: Final = frozenset({".jsonl", ".ndjson"})
_NAMES: Final = "Give every column a name of its own."
_QUOTES: Final = 'Close the quotes, and double those inside a cell: "a ""b"" c".'
_OTHER_DELIMITERS: Final = {";": "semicolons", "\t": "tabs"}


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of a file. ``places`` has offset and width of its cells; JSON has none."""

    source: SourceFile
    offset: int
    values: Fields
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def is_text(self) -> bool:
        """Whether all of its values are texts, whatever they say."""
        return bool(self.places)

    @property
    def span(self) -> Span:
        """The place of the row."""
        return self.source.at_offset(self.offset, 0)

    def span_of(self, column: str) -> Span:
        """The place of one of its values."""
        if column in self.places:
            return self.source.at_offset(*self.places[column])
        name = json.dumps(column, ensure_ascii=False)
        end = _LINE_END.search(self.source.text, self.offset)
        found = self.source.text.find(name, self.offset, end.start() if end else None)
        return self.span if found < 0 else self.source.at_offset(found, len(name))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file, and where: offset and width in its text."""

    code: Code
    offset: int
    width: int
    detail: str
    fix: str = ""


@dataclass(slots=True)
class FileTable:
    """The rows of a file and its ``columns``; and everything that is wrong with it."""

    source: SourceFile
    columns: tuple[str, ...] = ()
    rows: list[FileRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def whole(self) -> Table:
        """The table, once nothing is wrong with it."""
        return Table(self.source.path, self.columns, tuple(self.rows))

    def refuse(self, offset: int, detail: str, *, width: int = 1, fix: str = "") -> None:
        """Note a fault."""
        self.faults.append(Fault(codes.BAD_CASES, offset, width, detail, fix))


def read_table(source: SourceFile) -> FileTable:
    """The cases in a file; what its ending says is how they are written."""
    table, ending = FileTable(source), PurePosixPath(source.path).suffix.lower()
    if ending == ".csv":
        _read_csv(table)
    elif ending in _LINES:
        _read_lines(table)
    else:
        table.refuse(0, "The ending of its name is neither .csv nor .jsonl.", width=0)
    if not table.rows and not table.faults:
        header = " below its header line" if table.columns else ""
        table.faults.append(Fault(codes.EMPTY_FILE, 0, 0, f"It has no cases{header}."))
    return table


# --- JSON lines ---------------------------------------------------------------------------------


def _read_lines(table: FileTable) -> None:
    columns: dict[str, None] = {}
    for offset, line in _lines(table.source.text):
        found = strict_loads(line)
        if isinstance(found, BadJson):
            at = offset + min(found.offset or 0, len(line) - 1)
            table.faults.append(Fault(codes.INVALID_JSON, at, 1, found.detail))
        elif isinstance(found, dict):
            columns |= dict.fromkeys(found)
            table.rows.append(FileRow(table.source, offset, found))
        else:
            detail = "A line is one case: a JSON object, { … }."
            table.refuse(offset, detail, width=len(line))
    table.columns = tuple(columns)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Offset and text of each line that is not blank."""
    start = 0
    for end in (*(match.span() for match in _LINE_END.finditer(text)), (len(text), len(text))):
        if text[start : end[0]].strip():
            yield start, text[start : end[0]]
        start = end[1]


# --- CSV ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    offset: int
    width: int


class _BrokenError(Exception):
    """The text cannot be taken apart any further. Never leaves this module."""

    def __init__(self, offset: int, detail: str) -> None:
        super().__init__(detail)
        self.offset = offset
        self.detail = detail


def _read_csv(table: FileTable) -> None:
    try:
        records = _records(table.source.text)
        header = next(records, None)
        if header is None or not _read_header(table, header):
            return
        for record in records:
            _read_record(table, record)
    except _BrokenError as error:
        table.refuse(error.offset, error.detail, fix=_QUOTES)


def _read_header(table: FileTable, header: list[_Cell]) -> bool:
    """Whether each column has a name of its own; what is wrong is noted."""
    table.columns = tuple(cell.text.strip() for cell in header)
    for number, (name, cell) in enumerate(zip(table.columns, header, strict=True), 1):
        if not name:
            detail = f"Column {number} of the header line has no name."
            table.refuse(cell.offset, detail, fix=_NAMES)
        elif name in table.columns[: number - 1]:
            detail = f'The header line has a column "{shortened(name)}" already.'
            table.refuse(cell.offset, detail, width=cell.width, fix=_NAMES)
    if len(header) == 1:
        for delimiter, words in _OTHER_DELIMITERS.items():
            if delimiter in header[0].text:
                fix = f"Save it with commas between its cells instead of {words}."
                detail = "Its header line has no comma, so it would be one column."
                table.refuse(header[0].offset, detail, width=header[0].width, fix=fix)
    return not table.faults


def _read_record(table: FileTable, record: list[_Cell]) -> None:
    wanted = len(table.columns)
    if len(record) != wanted:
        extra = record[wanted] if len(record) > wanted else record[-1]
        detail = f"The row has {count(len(record), 'cell')}; the header line has {wanted}."
        fix = 'Put quotes round a cell with a comma in it: "Lisbon, Portugal".'
        table.refuse(extra.offset, detail, width=max(1, extra.width), fix=fix)
        return
    cells = dict(zip(table.columns, record, strict=True))
    table.rows.append(
        FileRow(
            table.source,
            record[0].offset,
            {name: cell.text for name, cell in cells.items()},
            {name: (cell.offset, max(1, cell.width)) for name, cell in cells.items()},
        )
    )


def _records(text: str) -> Iterator[list[_Cell]]:
    """The cells of each line that is not blank. Raises _BrokenError."""
    position, record = 0, list[_Cell]()
    while position < len(text) or record:
        cell, position = _cell(text, position)
        record.append(cell)
        if text.startswith(",", position):
            position += 1
            continue
        end = _LINE_END.match(text, position)
        position = end.end() if end else position
        if len(record) > 1 or record[0].width:
            yield record
        record = []


def _cell(text: str, start: int) -> tuple[_Cell, int]:
    """The cell that starts there, and where it ends. Raises _BrokenError."""
    match = _CELL.match(text, start)
    assert match is not None  # a cell may be empty, so there always is one
    end = match.end()
    if match[1] is None:
        if text.startswith('"', start):
            raise _BrokenError(start, "The quotes that open here are closed nowhere.")
        return _Cell(match[2], start, end - start), end
    if end < len(text) and text[end] not in ",\r\n":
        raise _BrokenError(end, "Behind closing quotes there is a comma, or the line ends.")
    return _Cell(match[1].replace('""', '"'), start, end - start), end
