"""One YAML document of a manifest, before anything is merged into it."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from asstctl.manifest.values import Fields
from asstctl.manifest.yaml.provenance import Layer
from asstctl.manifest.yaml.source import SourceFile
from asstctl.model.diagnostics import Location


def own_fields(value: Fields) -> Fields:
    """A document without its ``x-…`` fields, which hold what YAML aliases repeat."""
    return {name: item for name, item in value.items() if not name.startswith("x-")}


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping read from a manifest. ``alone``: it is the only one of its file.

    ``kind`` is a known one; nothing is known of the other fields yet. ``entry_locations`` are where
    the entries of its ``smoke`` start, in their order.
    """

    layer: Layer
    value: Fields
    location: Location
    alone: bool = True
    entry_locations: tuple[Location, ...] = ()

    @property
    def kind(self) -> str:
        """What it describes: ``assistant``, ``vector_store`` or ``environment``."""
        return str(self.value["kind"])

    @property
    def source(self) -> SourceFile:
        """The file that holds the document."""
        return self.layer.source

    @property
    def stem(self) -> str:
        """The file's name without its ending: the key, when the document gives none."""
        return PurePosixPath(self.source.path).stem
