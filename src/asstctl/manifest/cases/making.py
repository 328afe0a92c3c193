"""Makes the cases of ``smoke``: one for each row of an entry's file and each choice of its matrix.

That happens while references are replaced, so that values are never looked into for references.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, cast

from asstctl.manifest import codes
from asstctl.manifest.cases.factors import Factors
from asstctl.manifest.cases.matrix import Matrix
from asstctl.manifest.cases.origin import CASES, MATRIX, SMOKE, CaseOrigin
from asstctl.manifest.cases.row import Row, Table, listed_table
from asstctl.manifest.cases.table import read_table
from asstctl.manifest.credentials import is_credential
from asstctl.manifest.files.finder import FileFinder
from asstctl.manifest.interpolate import Note, Replaced, Report, Scope, interpolate, names_in
from asstctl.manifest.problems import Rejected
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.schema.errors import findings
from asstctl.manifest.schema.prune import prune
from asstctl.manifest.schema.schemas import validator
from asstctl.manifest.values import Fields, Path, Plain, at
from asstctl.text.words import shortened

MAX_CASES: Final = 1000
"""How many cases one entry may make: each is a conversation."""


def interpolate_rest(
    fields: Plain, scope: Scope, report: Report, path: Path, note: Note | None = None
) -> Plain:
    """As ``interpolate`` for fields that are merged into documents later; ``path`` is theirs.

    Entries of ``smoke`` that make other cases are left out: they are looked at where they are
    merged in.
    """
    entries = at(fields, SMOKE)
    numbered = enumerate(entries) if isinstance(entries, list) else ()
    left_out = {(*path, SMOKE, i) for i, entry in numbered if _multiplies(entry)}

    def stays(where: Path) -> bool:
        return is_credential(where) or where[: len(path) + 2] in left_out

    return prune(interpolate(fields, scope, report, path, note, but=stays), left_out, path)


def _multiplies(entry: Plain) -> bool:
    return isinstance(entry, dict) and not {CASES, MATRIX}.isdisjoint(entry)


@dataclass(frozen=True, slots=True)
class Making:
    """Makes the cases of one document, whose files are found by ``finder``.

    ``unknown`` gets the place of each text whose references cannot be replaced; ``note`` is called
    for each text that was replaced.
    """

    finder: FileFinder
    unknown: set[Path]
    note: Note

    @property
    def _reporter(self) -> Reporter:
        return self.finder.reporter

    @property
    def _scope(self) -> Scope:
        return self._reporter.replacements.scope

    def cases(self, entries: list[Plain]) -> tuple[list[Plain], tuple[CaseOrigin, ...]]:
        """The cases, their references replaced, and where each comes from."""
        made: list[Plain] = []
        origins: list[CaseOrigin] = []
        for index, entry in enumerate(entries):
            for origin, scope in self._made_of(index, entry):
                made.append(self._case(origin, scope, (SMOKE, len(made))))
                origins.append(origin)
        return made, tuple(origins)

    def _case(self, origin: CaseOrigin, scope: Scope, path: Path) -> Plain:
        def report(where: Path, rejected: Rejected | None) -> None:
            self.unknown.add(where)
            if rejected:
                self._reporter.reject(rejected, origin.written(where[len(path) :]))

        def note(where: Path, raw: str, replaced: Replaced) -> None:
            # What a row says may be shown: messages need the reference only in place of a secret.
            if replaced.secrets or not scope.data:
                self.note(where, raw, replaced)

        return interpolate(origin.fields, scope, report, path, note)

    def _made_of(self, index: int, entry: Plain) -> Iterator[tuple[CaseOrigin, Scope]]:
        """Where each case of an entry comes from, and what references in it stand for."""
        if not isinstance(entry, dict) or not _multiplies(entry):
            yield CaseOrigin(index, entry), self._scope
            return
        factors = self._factors(entry, (SMOKE, index))
        if factors is None:
            return
        fields = {name: item for name, item in entry.items() if name not in {CASES, MATRIX}}
        for row, choices in factors.combinations():
            own = factors.matrix.put_into(fields, choices)
            data = factors.data(row, choices)
            yield CaseOrigin(index, own, row, choices, data), replace(self._scope, data=data)

    # --- what an entry is multiplied by ---------------------------------------------------------

    def _factors(self, entry: Fields, path: Path) -> Factors | None:
        """What multiplies an entry; None when something is wrong with it, which is reported."""
        table: Table | None = None
        rows: tuple[Row | None, ...] = (None,)
        if CASES in entry:
            table = self._table(entry, path)
            rows = self._usable(table, entry) if table else ()
        matrix = self._matrix(entry, path)
        if matrix is None or not rows:
            return None
        factors = Factors(table, rows, matrix)
        if factors.size <= MAX_CASES:
            return factors
        detail = f"They make {factors.size:,} cases: {factors}. {MAX_CASES:,} are allowed."
        fix = "Write several entries with a part of them each, or take values out."
        self._reporter.report(
            codes.TOO_MANY,
            (*path, factors.main),
            factors.main,
            detail=detail,
            fix=fix,
            at_key=True,
        )
        return None

    def _matrix(self, entry: Fields, path: Path) -> Matrix | None:
        """The matrix of an entry, empty when it has none; None when that was reported."""
        where = (*path, MATRIX)
        if MATRIX not in entry:
            return Matrix({}, {})
        if not self._is_valid(entry[MATRIX], where):
            return None
        written = cast("dict[str, list[Plain]]", entry[MATRIX])
        prompts = {name: values for name, values in written.items() if name == "prompt"}
        others = {name: values for name, values in written.items() if name != "prompt"}
        replaced = self._replaced(cast(Fields, others), where)
        if replaced is None:
            return None
        found = {**cast("dict[str, list[Plain]]", replaced), **prompts}
        return Matrix(written, {name: found[name] for name in written})

    def _table(self, entry: Fields, path: Path) -> Table | None:
        """The rows of an entry; None when something is wrong with them, which is reported."""
        where = (*path, CASES)
        value = self._replaced(entry[CASES], where)
        if value is None or not self._is_valid(value, where):
            return None
        if isinstance(value, list):
            return listed_table(self._reporter.provenance, where, cast("list[Fields]", value))
        return self._table_in_file(cast(types.SmokeCaseCasesMapping, value)["file"], where)

    def _table_in_file(self, name: str, path: Path) -> Table | None:
        source = self.finder.data(name, (*path, "file"))
        if source is None:
            return None
        table = read_table(source)
        for fault in table.faults:
            span = source.at_offset(fault.offset, fault.width)
            self._reporter.report_at(
                fault.code, span, source.path, detail=fault.detail, fix=fault.fix
            )
        return None if table.faults else table.whole

    def _usable(self, table: Table, entry: Fields) -> tuple[Row, ...]:
        """The rows that have each column that the entry refers to; others are reported."""
        wanted = set(names_in(entry, "case")) & set(table.columns)
        usable: list[Row] = []
        for row in table.rows:
            missing = sorted(wanted - row.values.keys())
            usable += [] if missing else [row]
            for name in missing:
                detail = f"Others have it, and the case refers to ${{case.{shortened(name)}}}."
                self._reporter.report_at(
                    codes.MISSING_FIELD, row.span, shortened(name), detail=detail
                )
        return tuple(usable)

    def _replaced(self, value: Plain, path: Path) -> Plain:
        """``value`` with its references replaced; None where that cannot be done."""
        left: list[Path] = []

        def report(where: Path, rejected: Rejected | None) -> None:
            left.append(where)
            if rejected:
                self._reporter.reject(rejected, where)

        result = interpolate(value, self._scope, report, path, self.note)
        return None if left else result

    def _is_valid(self, value: Plain, path: Path) -> bool:
        """Whether the schema accepts a field of an entry; what it finds wrong is reported."""
        *entry, name = path
        judge = validator("assistant", "/$defs/smoke_case")
        found = findings(judge, {"prompt": "any", str(name): value})
        for finding in found:
            self._reporter.report(
                finding.code,
                (*entry, *finding.path),
                finding.subject,
                detail=finding.detail,
                fix=finding.fix,
                at_key=finding.at_key,
            )
        return not found
