"""The resources of a project as they are found, and what must hold between them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar

from asstctl.manifest import codes
from asstctl.manifest.document import Document
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.interpolate import environment_names
from asstctl.manifest.kinds.assistant import assistant_of
from asstctl.manifest.kinds.common import key_of
from asstctl.manifest.kinds.environment import environment_of, own_environment_of
from asstctl.manifest.kinds.vector_store import store_of
from asstctl.manifest.merge_layers import SCHEMAS, Variant, variants
from asstctl.manifest.problems import Problems
from asstctl.manifest.project import Settings
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Path
from asstctl.manifest.yaml.provenance import Provenance
from asstctl.model.address import Kind
from asstctl.model.canonical import ENVIRONMENT
from asstctl.model.desired import (
    DesiredAssistant,
    DesiredEnvironment,
    DesiredResource,
    DesiredStore,
)
from asstctl.model.dialect import Support
from asstctl.model.paths import is_path, path_matches
from asstctl.model.sensitive import NOTHING
from asstctl.model.smoke import SmokeCase
from asstctl.model.suggestions import did_you_mean
from asstctl.text.words import shortened

_Resource = TypeVar("_Resource", DesiredAssistant, DesiredStore, DesiredEnvironment)

_UNKNOWN: Final = {
    Kind.VECTOR_STORE: codes.UNKNOWN_VECTOR_STORE,
    Kind.ENVIRONMENT: codes.UNKNOWN_ENVIRONMENT,
}


@dataclass(frozen=True, slots=True)
class _Reference:
    """A place that names a vector store or an environment."""

    kind: Kind
    key: str
    reporter: Reporter
    path: Path


@dataclass(frozen=True, slots=True)
class _Cited:
    """A place that names a file which an answer of the assistant is to cite."""

    wanted: str
    reporter: Reporter
    path: Path
    assistant: DesiredAssistant
    case: SmokeCase


class Resources:
    """Collects documents; ``check`` validates them against each other once all are there.

    ``sensitive`` is what the environment gave to the documents of the chosen target;
    ``credentials`` names the environment variables that its tools need as secrets.
    """

    def __init__(self, settings: Settings, files: Files, problems: Problems) -> None:
        self._settings = settings
        self._files = files
        self._problems = problems
        self._places: dict[tuple[str, str], Document] = {}
        self._keys: dict[str, set[str]] = {kind: set() for kind in SCHEMAS}
        self._references: list[_Reference] = []
        self._cited: list[_Cited] = []
        self._assistants: list[DesiredAssistant] = []
        self._stores: list[DesiredStore] = []
        self._own_stores: list[tuple[DesiredStore, Document]] = []
        self._environments: list[DesiredEnvironment] = []
        self._own_environments: list[tuple[DesiredEnvironment, Document]] = []
        self.sensitive = NOTHING
        self.credentials: frozenset[str] = frozenset()

    @property
    def assistants(self) -> tuple[DesiredAssistant, ...]:
        """Every assistant, by key."""
        return tuple(sorted(self._assistants, key=lambda item: item.key))

    @property
    def stores(self) -> tuple[DesiredStore, ...]:
        """Every store, those that belong to one assistant included, by key."""
        own = (store for store, _ in self._own_stores)
        return tuple(sorted((*self._stores, *own), key=lambda item: item.key))

    @property
    def environments(self) -> tuple[DesiredEnvironment, ...]:
        """Every environment, those that belong to one assistant included, by key.

        An assistant may have had the key that an environment of others has now.
        """
        taken = self._keys[Kind.ENVIRONMENT]
        own = (
            replace(item, previously=tuple(key for key in item.previously if key not in taken))
            for item, _ in self._own_environments
        )
        return tuple(sorted((*self._environments, *own), key=lambda item: item.key))

    def add(self, document: Document) -> None:
        """Read one document for the chosen target, and for every target that it has overrides for.

        All variants are validated; the one for the chosen target is kept as what should exist.
        """
        self._check_overrides(document)
        self._keys[document.kind].add(str(document.value.get("key", document.stem)))
        keys: set[str | None] = set()
        for variant in variants(document, self._settings, self._files, self._problems):
            key = key_of(variant.reporter, variant.value, document)
            if not keys and key is not None:
                self._claim(variant.reporter, document, key)
            keys.add(key)
            self._read(variant, document, key or "", keep=variant.chosen and key is not None)
            if variant.chosen:
                self.sensitive |= variant.sensitive  # what its files gave is among it by now

    def _read(self, variant: Variant, document: Document, key: str, *, keep: bool) -> None:
        value = variant.value
        match value["kind"]:
            case "assistant":
                self._read_assistant(variant, value, document, key, keep=keep)
            case "vector_store":
                store = store_of(variant.finder, value, document, key)
                self._stores += [store] if keep else []
            case "environment":
                environment = environment_of(variant, value, document, key)
                self._environments += [environment] if keep and _has_environments(variant) else []

    def _read_assistant(
        self,
        variant: Variant,
        value: types.Assistant,
        document: Document,
        key: str,
        *,
        keep: bool,
    ) -> None:
        assistant, store = assistant_of(variant, value, document, key)
        environment = own_environment_of(variant, value, assistant)
        self._note_references(variant.reporter, value)
        if keep:
            self._note_citations(variant.reporter, value, assistant)
            self._assistants.append(assistant)
            self.credentials |= set(_credentials(value))
            self._own_stores += [(store, document)] if store else []
            self._own_environments += [(environment, document)] if environment else []

    def _claim(self, reporter: Reporter, document: Document, key: str) -> None:
        kind = document.kind
        self._keys[kind].add(key)
        first = self._places.setdefault((kind, key), document)
        if first is not document:
            detail = f"{first.location} has it already; a key names one {kind}."
            path: Path = ("key",) if "key" in document.value else ()
            reporter.report(codes.DUPLICATE_KEY, path, key, detail=detail)

    def _check_overrides(self, document: Document) -> None:
        overrides = document.value.get("overrides")
        provenance = Provenance(document.layer)
        for name in overrides if isinstance(overrides, dict) else ():
            if name not in self._settings.targets:
                self._problems.add(
                    codes.UNKNOWN_TARGET,
                    provenance.key_span(("overrides", name)),
                    shortened(name),
                    detail=f"asstctl.yaml has {', '.join(self._settings.targets)}.",
                    fix=did_you_mean(name, self._settings.targets),
                )

    # --- references between resources -----------------------------------------------------------

    def _note_references(self, reporter: Reporter, value: types.Assistant) -> None:
        environment = value.get("environment") or {}
        if "key" in environment:
            path: Path = (ENVIRONMENT, "key")
            self._references.append(
                _Reference(Kind.ENVIRONMENT, environment["key"], reporter, path)
            )
        for i, tool in indexed(value.get("tools") or []):
            if tool["type"] == "file_search" and "vector_store" in tool:
                path = ("tools", i, "vector_store")
                self._references.append(
                    _Reference(Kind.VECTOR_STORE, tool["vector_store"], reporter, path)
                )
        for i, case in indexed(value.get("smoke") or []):
            search = case.get("thread", {}).get("tool_resources", {}).get("file_search")
            if search is not None:
                path = ("smoke", i, "thread", "tool_resources", "file_search", "vector_store")
                self._references.append(
                    _Reference(Kind.VECTOR_STORE, search["vector_store"], reporter, path)
                )

    def _note_citations(
        self, reporter: Reporter, value: types.Assistant, assistant: DesiredAssistant
    ) -> None:
        items = indexed(value.get("smoke") or [])
        for (i, item), case in zip(items, assistant.smoke, strict=True):
            for path, wanted in _citations(item, ("smoke", i)):
                if is_path(wanted):
                    self._cited.append(_Cited(wanted, reporter, path, assistant, case))

    def check(self, *, complete: bool) -> None:
        """Report what is wrong between resources.

        Unless the project is ``complete``, references to what is unknown and citations of unknown
        files are not reported: the manifest may be among those that could not be read.
        """
        self._check_own_stores()
        self._check_own_environments()
        if complete:
            self._check_references()
            self._check_citations()
        self._check_previously(self._assistants)
        self._check_previously(self._stores)
        self._check_previously(self._environments)

    def _check_own_stores(self) -> None:
        for store, document in self._own_stores:
            if store.key in self._keys[Kind.VECTOR_STORE]:
                explicit = self._places["vector_store", store.key]
                provenance = Provenance(document.layer)
                self._problems.add(
                    codes.DUPLICATE_KEY,
                    provenance.key_span(("tools",)),
                    store.key,
                    detail=(
                        "file_search with `files` makes a vector store with the assistant's key, "
                        f"and {explicit.location} has one of that key already."
                    ),
                    fix=f"Write `vector_store: {store.key}` to use that one, or change a key.",
                )

    def _check_own_environments(self) -> None:
        for environment, document in self._own_environments:
            if environment.key in self._keys[Kind.ENVIRONMENT]:
                explicit = self._places[Kind.ENVIRONMENT, environment.key]
                self._problems.add(
                    codes.DUPLICATE_KEY,
                    Provenance(document.layer).key_span((ENVIRONMENT,)),
                    environment.key,
                    detail=(
                        "An assistant's own environment has the assistant's key, and "
                        f"{explicit.location} has one of that key already."
                    ),
                    fix=f"Write `environment: {{key: {environment.key}}}` to use that one, or "
                    "change a key.",
                )

    def _check_references(self) -> None:
        own = {
            Kind.VECTOR_STORE: {store.key for store, _ in self._own_stores},
            Kind.ENVIRONMENT: {environment.key for environment, _ in self._own_environments},
        }
        for reference in self._references:
            known = self._keys[reference.kind] | own[reference.kind]
            if reference.key not in known:
                there = ", ".join(sorted(known)[:10]) or "none"
                reference.reporter.report(
                    _UNKNOWN[reference.kind],
                    reference.path,
                    shortened(reference.key),
                    detail=f"No manifest describes it; there are: {there}.",
                    fix=did_you_mean(reference.key, sorted(known)),
                )

    def _check_citations(self) -> None:
        stores = {store.key: store for store in self.stores}
        for cited in self._cited:
            keys = (cited.assistant.spec.vector_store, cited.case.thread.vector_store)
            holders: list[DesiredResource] = [cited.assistant]
            holders += (stores[key] for key in keys if key in stores)
            if any(holder.leaves_files_to_others for holder in holders):
                continue
            files = [file.path for holder in holders for file in holder.files]
            files += [file.path for file in cited.case.files]
            if not any(path_matches(cited.wanted, path) for path in files):
                cited.reporter.report(
                    codes.UNKNOWN_CITATION,
                    cited.path,
                    shortened(cited.wanted),
                    detail="Neither the assistant nor the case has such a file.",
                    fix=did_you_mean(cited.wanted, files),
                )

    def _check_previously(self, resources: list[_Resource]) -> None:
        live = {resource.key: resource for resource in resources}
        claimed: dict[str, _Resource] = {}
        for resource in resources:
            for i, key in enumerate(resource.previously):
                other = live.get(key) or claimed.setdefault(key, resource)
                if other is resource and key != resource.key:
                    continue
                document = self._places[_kind(resource), resource.key]
                verb = "is" if key in live else "was also"
                self._problems.add(
                    codes.CLASHING_PREVIOUSLY,
                    Provenance(document.layer).value_span(("previously", i)),
                    key,
                    detail=f"It {verb} the key of {other.address}, at {other.location}.",
                )


def _credentials(value: types.Assistant) -> Iterator[str]:
    for tool in value.get("tools") or []:
        if tool["type"] == "mcp":
            yield from environment_names(tool.get("authorization", ""))


def _has_environments(variant: Variant) -> bool:
    """Whether the target has environments: elsewhere a manifest of one is passed over."""
    dialect = variant.dialect
    return dialect is None or dialect.support(ENVIRONMENT) is Support.KEPT


def _kind(resource: DesiredResource) -> str:
    return str(resource.address.kind)


_CITATIONS: Final[tuple[Literal["cites", "not_cites"], ...]] = ("cites", "not_cites")


def _citations(case: types.SmokeCase, path: Path) -> Iterator[tuple[Path, str]]:
    """Every name of a file in the ``cites`` and ``not_cites`` of a case."""
    yield from _citations_in(case.get("expect", {}), (*path, "expect"))
    for i, turn in indexed(case.get("turns", [])):
        yield from _citations_in(turn.get("expect", {}), (*path, "turns", i, "expect"))


def _citations_in(expect: types.Expect, path: Path) -> Iterator[tuple[Path, str]]:
    for label in _CITATIONS:
        names = expect.get(label, [])
        if isinstance(names, str):
            yield (*path, label), names
            continue
        for i, name in indexed(names):
            yield (*path, label, i), name
