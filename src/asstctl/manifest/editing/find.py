"""The document that a resource comes from."""

import pathlib
from collections.abc import Iterator, Mapping
from typing import cast

from asstctl.manifest.document_reader import DocumentReader
from asstctl.manifest.editing.edits import Edit, edits
from asstctl.manifest.editing.place import place_of
from asstctl.manifest.files.project_files import NO_TEXTS, Files
from asstctl.manifest.kinds.common import key_of
from asstctl.manifest.merge_layers import Variant, variants
from asstctl.manifest.problems import Problems
from asstctl.manifest.project import read_project
from asstctl.manifest.values import Fields, Path, at
from asstctl.model.address import Address, Kind
from asstctl.model.canonical import ENVIRONMENT
from asstctl.model.json import JsonValue
from asstctl.model.project import NO_VARIABLES


class Manifests:
    """The manifests of a project for one target. ``texts`` stand for what some files hold."""

    def __init__(
        self,
        root: pathlib.Path,
        target: str | None,
        environ: Mapping[str, str],
        texts: Mapping[str, str] = NO_TEXTS,
        variables: Mapping[str, str] = NO_VARIABLES,
    ) -> None:
        self._root = root
        self._target = target
        self._environ = environ
        self._texts = texts
        self._variables = variables

    def edits(self, address: Address, field: str, value: JsonValue) -> Iterator[Edit]:
        """Ways to say that a field of a resource has this value; none where it has no place."""
        variant = self._variant(address)
        within: Path = ()
        if variant is None and address.kind is Kind.ENVIRONMENT:
            # An assistant may have one of its own, in its document and under its key.
            variant, within = self._variant(Address(Kind.ASSISTANT, address.key)), (ENVIRONMENT,)
        holder = at(cast(Fields, variant.value), *within) if variant else None
        path = place_of(holder, field) if isinstance(holder, dict) else None
        if variant and path:
            yield from edits(variant, (*within, *path), value)

    def _variant(self, address: Address) -> Variant | None:
        """The document of a resource, as it is for the target."""
        problems, files = Problems(), Files(self._root, texts=self._texts)
        settings = read_project(files, problems, self._target, self._environ, self._variables)
        for document in DocumentReader(settings, files, problems).documents() if settings else ():
            if settings is None or document.kind != address.kind:
                continue
            for variant in variants(document, settings, files, problems):
                found = key_of(variant.reporter, variant.value, document)
                if variant.chosen and found == address.key:
                    return variant
        return None
