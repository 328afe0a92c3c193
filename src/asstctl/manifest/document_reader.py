"""The documents of a project: which files are manifests, and what each of them holds."""

import re
from collections.abc import Iterator, Mapping, Sequence

from asstctl.manifest import codes
from asstctl.manifest.document import Document, own_fields
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.files.tree import Found
from asstctl.manifest.merge_layers import SCHEMAS
from asstctl.manifest.problems import Problems, Rejected, Span
from asstctl.manifest.project import PROJECT_FILE, Settings
from asstctl.manifest.values import Fields, Plain
from asstctl.manifest.wording import kind_of, shown
from asstctl.manifest.yaml.cut_text import cut_texts
from asstctl.manifest.yaml.hidden import report_hidden
from asstctl.manifest.yaml.nodes import Node, SequenceNode, child, compose, read_value
from asstctl.manifest.yaml.provenance import Layer, Provenance
from asstctl.manifest.yaml.secret_scan import warn_of_secrets
from asstctl.manifest.yaml.source import SourceFile, read_text
from asstctl.model.diagnostics import Location
from asstctl.model.file import LocalFile
from asstctl.model.suggestions import did_you_mean
from asstctl.text.words import listed

_ANY_YAML = "[yY]*[mM][lL]"
_KIND = re.compile(rf"^kind:[ \t]*['\"]?({'|'.join(SCHEMAS)})\b", re.MULTILINE)


def _is_of_kind(file: LocalFile) -> bool:
    try:
        return bool(_KIND.search(read_text(file.source, file.path).text))
    except Rejected:
        return False


class DocumentReader:
    """Reads the documents of all manifests; ``complete`` tells whether each could be read."""

    def __init__(self, settings: Settings, files: Files, problems: Problems) -> None:
        self._settings = settings
        self._files = files
        self._problems = problems
        self.complete = True

    def documents(self) -> Iterator[Document]:
        """Every document of every manifest, by path."""
        found = self._manifests()
        for path in sorted(found):
            yield from self._documents_in(found[path])

    def _manifests(self) -> dict[str, LocalFile]:
        """Every manifest by its path; what no glob finds, and what is not read, is reported."""
        found: dict[str, LocalFile] = {}
        matches = {pattern: self._matches(*pattern) for pattern in self._settings.manifests}
        for matching in matches.values():
            for match in matching or ():
                if isinstance(match, Rejected):
                    self._reject(match, Span(Location(match.subject)))
                elif match.path != PROJECT_FILE:
                    found[match.path] = match
        if not found and not self._settings.names_manifests:
            patterns, spans = zip(*self._settings.manifests, strict=True)
            detail = f"Nothing matches {listed(patterns, 'or')}; hidden files are skipped."
            self._problems.add(codes.EMPTY_PROJECT, spans[0], detail=detail)
        self._warn_of_links()
        self._warn_of_unread([of for of in matches if matches[of] is not None], found)
        return found

    def _matches(self, pattern: str, span: Span) -> tuple[Found, ...] | None:
        """What a glob of ``manifests`` finds; None when it is no glob, which is reported."""
        try:
            matches = self._files.manifests(pattern)
        except Rejected as rejected:
            self._reject(rejected, span)
            return None
        if not matches and self._settings.names_manifests:
            detail = "No file of the project matches it; hidden ones are skipped."
            self._problems.add(codes.NO_MATCH, span, pattern, detail=detail)
        return matches

    def _warn_of_links(self) -> None:
        """Warn once of each linked folder, at the first glob that goes past it."""
        linked = {
            rejected.subject: (rejected, span)
            for pattern, span in reversed(self._settings.manifests)
            for rejected in self._files.linked_folders(pattern)
        }
        for rejected, span in linked.values():
            self._problems.reject(rejected, span)

    def _warn_of_unread(
        self, globs: Sequence[tuple[str, Span]], found: Mapping[str, LocalFile]
    ) -> None:
        """Warn once of each manifest that no glob finds, at the first that it lies beside."""
        unread = {path: of for of in reversed(globs) for path in self._unread(of[0], found)}
        for path, (pattern, span) in unread.items():
            detail = f"It is a manifest, and its name does not match {pattern}."
            self._problems.add(codes.UNREAD_MANIFEST, span, path, detail=detail)

    def _unread(self, pattern: str, found: Mapping[str, LocalFile]) -> Iterator[str]:
        """What is a manifest beside those that a glob finds, with another ending."""
        stem, _, ending = pattern.rpartition(".")
        if ending not in {"yaml", "yml"}:
            return
        for match in self._files.manifests(f"{stem}.{_ANY_YAML}"):
            if isinstance(match, LocalFile) and match.path not in found and _is_of_kind(match):
                yield match.path

    def _documents_in(self, file: LocalFile) -> Iterator[Document]:
        try:
            source = self._files.text(file.path)
        except Rejected as rejected:
            self._reject(rejected, rejected.span_in(file.path))
            return
        before = len(self._problems.found)
        roots = compose(source, self._problems)
        found = [
            (i, root, read_value(source, root, self._problems)) for i, root in enumerate(roots)
        ]
        filled = [item for item in found if item[2] is not None]
        if len(self._problems.found) > before:
            self.complete = False
        elif not filled:
            self._problems.add(codes.EMPTY_DOCUMENT, source.whole, source.path)
        warn_of_secrets(source, self._problems)
        report_hidden(source, roots, self._problems)
        for name, node in cut_texts(source):
            detail = "Without quotes, what comes after it is a comment."
            self._problems.add(codes.CUT_TEXT, source.span(node), name, detail=detail)
        for i, root, value in filled:
            layer = Layer(source, i)
            fields = self._manifest(value, layer)
            if fields is not None:
                yield Document(
                    layer,
                    own_fields(fields),
                    location=_start(source, root),
                    alone=len(filled) == 1,
                    entry_locations=_entry_locations(source, root),
                )

    def _reject(self, rejected: Rejected, span: Span) -> None:
        self.complete = False
        self._problems.reject(rejected, span)

    def _manifest(self, value: Plain, layer: Layer) -> Fields | None:
        """The fields of a document of a kind that is known; None, with a report, otherwise."""
        if not isinstance(value, dict):
            rejected = Rejected(codes.NOT_A_MAPPING, detail=f"It is {kind_of(value)}.")
            self._reject(rejected, layer.source.span(layer.node))
            return None
        kind = value.get("kind")
        if isinstance(kind, str) and kind in SCHEMAS:
            return value
        self._reject(*_bad_kind(kind, Provenance(layer)))
        return None


def _start(source: SourceFile, node: Node) -> Location:
    mark = node.start_mark
    return Location(source.path, mark.line + 1, mark.column + 1)


def _entry_locations(source: SourceFile, root: Node) -> tuple[Location, ...]:
    found = child(root, "smoke")
    if found is None or not isinstance(found[1], SequenceNode):
        return ()
    return tuple(_start(source, item) for item in found[1].value)


def _bad_kind(kind: Plain, provenance: Provenance) -> tuple[Rejected, Span]:
    known = " or ".join(f"`kind: {name}`" for name in SCHEMAS)
    if kind is None:
        detail = f"A manifest says what it describes: {known}."
        fix = f"Add {known}."
        rejected = Rejected(codes.MISSING_FIELD, "kind", detail=detail, fix=fix)
        return rejected, provenance.key_span(())
    hint = did_you_mean(kind, list(SCHEMAS)) if isinstance(kind, str) else ""
    detail = f"It is {shown(kind)}; it can be {known}."
    rejected = Rejected(codes.UNKNOWN_VALUE, "kind", detail=detail, fix=hint)
    return rejected, provenance.value_span(("kind",))
