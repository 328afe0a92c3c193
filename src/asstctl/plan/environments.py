"""Environments: what their names say of the last apply, what can be read, and their files.

A template keeps no digest per field, and part of it never reads back. Its name has one digest of
everything that was applied, so a change of the manifest is known, whatever part it is in; edits in
the account are known as far as they can be read.
"""

from collections.abc import Iterable, Mapping

from asstctl.model.actual import ActualEnvironment, AttachedFile
from asstctl.model.canonical import (
    ENVIRONMENT_FILES,
    UNREADABLE,
    Canonical,
    field_digest,
    readable,
    spec_digest,
)
from asstctl.model.desired import Contents, DesiredEnvironment
from asstctl.model.environment import WORKSPACE
from asstctl.model.file import Content
from asstctl.model.json import JsonValue
from asstctl.model.template_name import mark_digest
from asstctl.plan.change import Drift, FileChange
from asstctl.plan.compare import Comparison, compare_read
from asstctl.plan.files import DesiredContent, Uploads, detached, moved


def is_applied(desired: Canonical, found: ActualEnvironment) -> bool:
    """Whether the manifest still says what was last applied."""
    return found.stamp.digest == mark_digest(spec_digest(desired))


def is_settled(desired: Canonical, actual: Canonical, found: ActualEnvironment) -> bool:
    """Whether nothing is to be done: as applied, and as it read back then."""
    if any(file.gone for file in found.files):
        return False
    kept = found.kept or mark_digest(spec_digest(readable(desired)))
    return is_applied(desired, found) and kept == mark_digest(spec_digest(actual))


def compare_environment(
    desired: Canonical, actual: Canonical, found: ActualEnvironment
) -> Comparison:
    """Every readable difference: drift while the manifest is as applied, else a change.

    ``actual`` is what was read, without what the manifest ignores. Where the manifest changed,
    nobody can tell which side changed which field.
    """
    if is_settled(desired, actual, found):
        return Comparison()
    unchanged = is_applied(desired, found)
    read = compare_read(
        readable(desired), actual, leave_out=(ENVIRONMENT_FILES,), is_drift=unchanged
    )
    if not unchanged:
        confided = not _tells_all(desired, actual, found)
        return Comparison(fields=read.fields, restamp=True, confided=confided)
    files = _file_drift(desired.get(ENVIRONMENT_FILES), found)
    return Comparison(fields=read.fields, drift=(*read.drift, *files))


def _tells_all(desired: Canonical, actual: Canonical, found: ActualEnvironment) -> bool:
    """Whether what was read, with the manifest's unreadable parts, is what was last applied.

    Then those parts are as they were. Where it is not, they changed or somebody edited the rest.
    """
    unreadable = {name: desired[name] for name in UNREADABLE if name in desired}
    return is_applied({**readable(actual), **unreadable}, found)


def plan_environment_files(
    resource: DesiredEnvironment,
    contents: Contents,
    held: Iterable[AttachedFile],
    uploads: Uploads,
) -> tuple[FileChange, ...]:
    """The steps from what a template names to what it should: each place in the sandbox by itself.

    All of them are one write of the template; the actions tell what becomes of the uploads.
    """
    held = tuple(held)
    there = {file.path: file for file in held if not file.gone}
    wanted = {file.path: contents[file.path] for file in resource.files}
    staying = {
        path
        for path, present in there.items()
        if path in wanted and present.sha256 == wanted[path].sha256
    }
    coming = [_provide(wanted[path], there, uploads) for path in sorted(wanted.keys() - staying)]
    leaving = (file for file in held if file.gone or file.path not in staying)
    return (*coming, *(detached(file, uploads) for file in leaving))


def _provide(
    content: Content, there: Mapping[str | None, AttachedFile], uploads: Uploads
) -> FileChange:
    desired = DesiredContent(content)
    for elsewhere in there.values():
        if elsewhere.sha256 == content.sha256:
            return moved(desired, elsewhere, f"was {elsewhere.path}")
    present = there.get(content.path)
    unproven = present is not None and present.sha256 is None
    note = "nothing proves the content of the upload that is there" if unproven else ""
    return uploads.provide(desired, note=note)


def _file_drift(desired: JsonValue, found: ActualEnvironment) -> tuple[Drift, ...]:
    """What others put among the files, or in the place of one.

    What they only took away is put back, like anything that was deleted elsewhere. Where the
    account keeps no names of uploads, nothing proves an edit either.
    """
    wanted = desired if isinstance(desired, Mapping) else {}
    places = {path.removeprefix(f"{WORKSPACE}/"): sha256 for path, sha256 in wanted.items()}
    if not any(_is_foreign(file, places, found) for file in found.files):
        return ()
    shown = sorted(file.path or file.id for file in found.files)
    paths = sorted(places)
    return (Drift(ENVIRONMENT_FILES, paths, shown, paths, base=field_digest(wanted)),)


def _is_foreign(
    file: AttachedFile, places: Mapping[str, JsonValue], found: ActualEnvironment
) -> bool:
    """Whether somebody else put a file there."""
    if file.gone:
        return False
    if file.sha256 is None and found.kept:
        return file.path not in places
    return file.sha256 is None or places.get(file.path or "") != file.sha256
