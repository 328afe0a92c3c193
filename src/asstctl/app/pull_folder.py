"""Where ``pull`` writes: beside what is there, all or nothing, and never over it."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from asstctl.errors import UsageError
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.load import Loaded, load
from asstctl.manifest.problems import Rejected
from asstctl.manifest.project import PROJECT_FILE
from asstctl.manifest.writing.authoring import TextFile, write_up
from asstctl.manifest.writing.headers import MANIFEST_SCHEMA, home_of_schemas, with_headers
from asstctl.manifest.writing.new_project import defaults_of, project_text
from asstctl.model.address import Address
from asstctl.model.diagnostics import Diagnostic
from asstctl.model.project import NO_VARIABLES, Project
from asstctl.model.pulled import Pulled
from asstctl.text.words import some

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Destination:
    """A folder that manifests are pulled into, with or without a project in it."""

    folder: Path
    project: Project
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_project(self) -> bool:
        """Whether there is an ``asstctl.yaml`` already."""
        return (self.folder / PROJECT_FILE).exists()

    def described(self) -> dict[Address, str]:
        """What the manifests in the folder describe, and where."""
        desired = self._load().desired if self.has_project else None
        resources = desired.resources if desired else ()
        return {item.address: item.location.path for item in resources if item.location}

    def raise_if_there(self, paths: Iterable[str]) -> None:
        """Nothing is ever overwritten. Raises UsageError, naming what is in the way."""
        files = Files(self.folder)
        there: list[str] = []
        for path in paths:
            try:
                there += [path] if os.path.lexists(files.place(path)) else []
            except Rejected as rejected:
                raise UsageError(
                    f"{path} leads out of {self.folder}", why=rejected.detail
                ) from rejected
        if there:
            raise UsageError(
                f"these files are there already: {some(there, _MOST_NAMED)}",
                why="pull writes new files and overwrites none. Nothing was written.",
                fix="Choose another folder with --out DIR, or move them away.",
            )

    def texts(self, pulled: Pulled) -> tuple[TextFile, ...]:
        """Everything that is written beside the files: manifests, prompts, schemas."""
        defaults = defaults_of(self.folder, self._target()) if self.has_project else {}
        written = write_up(
            pulled, defaults=defaults, is_new=lambda path: not (self.folder / path).exists()
        )
        if self.has_project:
            return tuple(map(self._leading_to_schemas, written))
        return (*written, TextFile(PROJECT_FILE, project_text(self.project)))

    def _leading_to_schemas(self, file: TextFile) -> TextFile:
        """The file with the schemas that the project's own file leads to."""
        if not file.path.endswith(".yaml"):
            return file
        home = home_of_schemas(self.folder, file.path)
        return TextFile(file.path, with_headers(file.text, home, MANIFEST_SCHEMA))

    def problems(self, paths: Iterable[str]) -> tuple[Diagnostic, ...]:
        """What the project now says against files that were just written."""
        mine = set(paths)
        return tuple(item for item in self._load().diagnostics if item.location.path in mine)

    def unread(self, pulled: Pulled) -> tuple[Address, ...]:
        """What was pulled and the project does not read, since its ``manifests`` pass it over."""
        desired = self._load().desired
        known = {item.address for item in desired.resources} if desired else set()
        return () if desired is None else tuple(a for a in addresses(pulled) if a not in known)

    def _load(self) -> Loaded:
        variables = self.variables if self._is_the_project else NO_VARIABLES
        return load(self.folder, target=self._target(), environ=os.environ, variables=variables)

    @property
    def _is_the_project(self) -> bool:
        """Whether the folder is that of the project that is pulled for."""
        return self.folder.resolve() == self.project.root.resolve()

    def _target(self) -> str | None:
        mine = self._is_the_project or not self.has_project
        return self.project.target.name if mine else None


def addresses(pulled: Pulled) -> tuple[Address, ...]:
    """The addresses that were given to what was pulled."""
    return tuple(item.address for item in pulled.resources)


@contextmanager
def staging(destination: Destination) -> Iterator[Path]:
    """A folder beside the files to come. It is gone afterwards, whatever happens."""
    created = not destination.folder.exists()
    try:
        destination.folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".asstctl-pull-", dir=destination.folder))
    except OSError as error:
        raise UsageError(
            f"{destination.folder}: nothing can be written there", why=error.strerror or str(error)
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if created and not any(destination.folder.iterdir()):
            destination.folder.rmdir()


def move_into_place(
    staged: Path, destination: Destination, pulled: Pulled, texts: Iterable[TextFile]
) -> tuple[str, ...]:
    """Put everything where it belongs; the paths, sorted. Raises UsageError."""
    texts = tuple(texts)
    files = [file.path for file in pulled.files.values() if file.path]
    paths = (*(text.path for text in texts), *files)
    destination.raise_if_there(paths)
    for text in texts:
        (staged / text.path).parent.mkdir(parents=True, exist_ok=True)
        (staged / text.path).write_text(text.text, encoding="utf-8", newline="")
    for path in paths:
        target = destination.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (staged / path).rename(target)
    return tuple(sorted(paths))
