"""Documents as they are for a target, merged from up to four layers, their references replaced.

The project's ``defaults`` lie below, then the document itself, then the target's ``overrides`` for
all assistants, and the document's own ``overrides`` for the target on top. A vector store has the
document and its own overrides only.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import cast

from asstctl.manifest.cases.making import Making, interpolate_rest
from asstctl.manifest.cases.origin import SMOKE, CaseOrigin
from asstctl.manifest.credentials import is_credential
from asstctl.manifest.deep_merge import deep_merge
from asstctl.manifest.document import Document
from asstctl.manifest.files.finder import FileFinder
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.interpolate import (
    Replaced,
    Replacements,
    environment_names,
    interpolate,
)
from asstctl.manifest.problems import Problems, Rejected
from asstctl.manifest.project import Settings, Shared
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.schema.validate import validate
from asstctl.manifest.spellings import without_other_spellings
from asstctl.manifest.values import Fields, Path, at
from asstctl.manifest.yaml.provenance import Layer, Provenance
from asstctl.model.diagnostics import Location
from asstctl.model.dialect import Dialect
from asstctl.model.prices import Prices
from asstctl.model.project import Target, dialect_of
from asstctl.model.sensitive import Sensitive

SCHEMAS = {
    "assistant": "assistant",
    "vector_store": "vector-store",
    "environment": "environment",
}
"""The schema of each kind of document."""


_IDENTITY = frozenset({"kind", "key", "previously", "overrides"})


@dataclass(frozen=True, slots=True)
class Variant:
    """What a document is for one ``target``. Only the ``chosen`` one is what should exist.

    ``targets`` are the names of all targets of the project, ``accounts`` those without errors by
    name; ``prices`` and ``names_prices`` are the project's. ``cases`` says where each smoke case
    comes from, ``entry_locations`` where the entries start that are the document's own. ``broken``
    are the paths that had to go since something is wrong with them, which has been said.
    """

    value: types.Assistant | types.VectorStore | types.Environment
    target: str
    chosen: bool
    reporter: Reporter
    finder: FileFinder
    targets: tuple[str, ...]
    accounts: Mapping[str, Target]
    prices: Prices | None = None
    names_prices: bool = False
    cases: tuple[CaseOrigin, ...] = ()
    entry_locations: tuple[Location, ...] = ()
    broken: frozenset[Path] = frozenset()

    @property
    def account(self) -> Target | None:
        """The target itself, where it has no errors."""
        return self.accounts.get(self.target)

    @property
    def dialect(self) -> Dialect | None:
        """The target's, None where that cannot be told."""
        return dialect_of(self.account) if self.account else None

    def others(self, can: Callable[[Target], bool]) -> tuple[str, ...]:
        """The targets that can do what this one cannot."""
        return tuple(name for name, account in self.accounts.items() if can(account))

    @property
    def sensitive(self) -> Sensitive:
        """What the environment gave to this variant."""
        return self.reporter.replacements.sensitive

    def case_location(self, index: int) -> Location:
        """Where a smoke case starts: its row, or what is written in the manifest."""
        origin = self.cases[index]
        if origin.row:
            return origin.row.span.location
        if self.entry_locations:
            return self.entry_locations[origin.entry]
        return self.reporter.provenance.key_span(("smoke", index)).location


def variants(
    document: Document, settings: Settings, files: Files, problems: Problems
) -> Iterator[Variant]:
    """The document for the chosen target; then for each that has overrides for it.

    All of them are validated, so that a mistake is found before its target is ever used.
    """
    overrides = document.value.get("overrides")
    names = list(overrides) if isinstance(overrides, dict) else []
    names += _shared_layers(document, settings)
    for target in dict.fromkeys((settings.target_name, *names)):
        if target is not None and target not in settings.targets:
            continue  # reported where overrides are looked at
        merged, provenance = _merge(document, target, settings)
        reporter = Reporter(provenance, problems, Replacements(settings.scopes[target]))
        replaced = _replaced(reporter, FileFinder(files, reporter), document, merged, settings)
        value, unknown, cases = replaced
        reporter = _of_cases(reporter, cases)
        accepted = validate(reporter, value, SCHEMAS[document.kind], unknown)
        if accepted.value is None:
            continue
        has_own_cases = merged.get("smoke") is document.value.get("smoke")
        yield Variant(
            cast(types.Assistant | types.VectorStore | types.Environment, accepted.value),
            target=target or "",
            chosen=target == settings.target_name,
            reporter=reporter,
            finder=FileFinder(files, reporter),
            targets=settings.targets,
            accounts=settings.accounts,
            prices=settings.prices,
            names_prices=settings.names_prices,
            cases=cases,
            entry_locations=document.entry_locations if has_own_cases else (),
            broken=accepted.broken,
        )


def _merge(document: Document, target: str | None, settings: Settings) -> tuple[Fields, Provenance]:
    """The layers of a document merged, and where each part of the result came from."""
    layers, values = [document.layer], [document.value]
    if settings.defaults and document.kind == "assistant":
        layers.insert(0, settings.defaults.layer)
        values.insert(0, settings.defaults.value)
    override = at(document.value, "overrides", target) if target is not None else None
    if target is not None and (shared := _shared_layers(document, settings).get(target)):
        layers.append(shared.layer)
        values.append(shared.value)
    if target is not None and isinstance(override, dict):
        layers.append(Layer(document.source, document.layer.index, ("overrides", target)))
        values.append({name: item for name, item in override.items() if name not in _IDENTITY})
    return reduce(_laid_over, values), Provenance(document.layer, reversed(layers))


def _laid_over(base: Fields, over: Fields) -> Fields:
    """``over`` on ``base``, also where the two spell one field in different ways."""
    return deep_merge(without_other_spellings(base, over), over)


def _shared_layers(document: Document, settings: Settings) -> Mapping[str, Shared]:
    """What targets lay over the document, by target."""
    return settings.overrides if document.kind == "assistant" else {}


def _replaced(
    reporter: Reporter, finder: FileFinder, document: Document, value: Fields, settings: Settings
) -> tuple[Fields, set[Path], tuple[CaseOrigin, ...]]:
    """The value with its references replaced, and the paths where that could not be done.

    Its smoke cases are those that its entries make; the last says where each comes from. Entries
    of overrides that make other cases are left out: they are looked at where they are merged in.
    """
    unknown: set[Path] = set()

    def report(path: Path, rejected: Rejected | None) -> None:
        unknown.add(path)
        if rejected:
            reporter.reject(rejected, path)
        elif environment_names(str(at(value, *path))):
            reporter.replacements.from_environment.append((path, None))

    def note(path: Path, raw: str, replaced: Replaced) -> None:
        reporter.replacements.note(raw, replaced)
        if not _is_name(path):
            reporter.replacements.note_secrets(replaced, path)

    scope = reporter.replacements.scope
    result, cases = dict(value), tuple[CaseOrigin, ...]()
    entries, overrides = value.get(SMOKE), value.get("overrides")
    if isinstance(entries, list):
        result[SMOKE], cases = Making(finder, unknown, note).cases(entries)
    if isinstance(overrides, dict):
        result["overrides"] = {
            target: interpolate_rest(
                item, settings.scopes.get(target, scope), report, ("overrides", target), note
            )
            for target, item in overrides.items()
        }
    if _has_references(document, settings):
        done = {SMOKE} if isinstance(entries, list) else set()
        for name, item in value.items():
            if name not in {"overrides", *done}:
                result[name] = interpolate(item, scope, report, (name,), note, but=is_credential)
    return result, unknown, cases


def _of_cases(reporter: Reporter, cases: tuple[CaseOrigin, ...]) -> Reporter:
    """A reporter that knows where each smoke case comes from."""
    return reporter.of_parts({(SMOKE, i): origin for i, origin in enumerate(cases)})


def _has_references(document: Document, settings: Settings) -> bool:
    """Whether any of the layers may hold a reference: nearly no document pays for looking."""
    shared = (settings.defaults, *settings.overrides.values())
    if document.kind == "assistant" and any(layer.refers for layer in shared if layer):
        return True
    return "${" in document.source.text


def _is_name(path: Path) -> bool:
    """Whether what stands there is a name: of a resource, a target or a file, never a secret."""
    match path:
        case ("tools", int(), "vector_store" | "files", *_) | ("instructions", "file"):
            return True
        case ("environment", "key" | "files", *_):
            return True
        case (str(field), *_):
            return field in _IDENTITY or field == "files"
        case _:
            return False
