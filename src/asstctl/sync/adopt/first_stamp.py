"""The first stamp of an adopted object: it is ours now, and it was applied as it was found.

The stamp records the object's own fields as what was last applied, so the next plan shows every
difference from the manifest as the manifest's wish, not as somebody's edit.

Example: the object's name is "Guide", the manifest's is "Travel Guide". The stamp says that "Guide"
was applied; the account still has it, the manifest has not: an update, and no drift.
"""

from dataclasses import replace

from asstctl.model.actual import Actual
from asstctl.model.canonical import (
    CODE_FILES,
    STORE_FILES,
    Canonical,
    canonical_assistant,
    canonical_files,
    canonical_store,
    field_digest,
    spec_digest,
)
from asstctl.model.desired import DesiredResource
from asstctl.model.json import JsonValue
from asstctl.model.stamp import UNKNOWN, FieldStamp, FileStamp, Stamp, by_short_id, without_stamp
from asstctl.model.template_name import TemplateName, mark_digest, project_mark, title_of
from asstctl.sync.ports import RemoteAssistant, RemoteEnvironment, RemoteStore
from asstctl.sync.uploads.identify import ProvenFiles
from asstctl.sync.uploads.proofs import proven


def first_stamp(
    remote: RemoteAssistant | RemoteStore,
    project: str,
    key: str,
    commit: str | None,
    actual: Actual,
) -> Stamp:
    """The stamp that says of every field: applied as it was found. ``commit`` is a git commit."""
    canonical = _as_found(remote, actual)
    fields = {
        name: FieldStamp(field_digest(value), field_digest(value))
        for name, value in canonical.items()
    }
    return Stamp(
        project=project, key=key, digest=spec_digest(canonical), fields=fields, commit=commit
    )


def first_name(remote: RemoteEnvironment, project: str, resource: DesiredResource) -> str:
    """The name that makes an environment the project's: under its title, nothing was applied yet.

    A digest of nothing is none that a manifest has, so the next plan shows every difference.
    """
    name = TemplateName(
        title=title_of(remote.spec.name),
        project=project_mark(project),
        key=resource.key,
        digest=mark_digest(spec_digest({})),
        protect=resource.lifecycle.protect,
    )
    return str(name)


def with_code_files(stamp: Stamp, files: ProvenFiles) -> Stamp:
    """The stamp with what was found in a code interpreter's files."""
    refs: JsonValue = sorted({file.ref for file in files.refs})
    stamp = _with_files(stamp, CODE_FILES, refs, proven=files.complete)
    return replace(stamp, files=by_short_id(_as_stamped(files)))


def with_store_files(stamp: Stamp, files: ProvenFiles) -> Stamp:
    """The stamp with what was found in a vector store's files."""
    refs = canonical_files(files.refs)
    stamp = _with_files(stamp, STORE_FILES, refs, proven=files.complete)
    return proven(stamp, _as_stamped(files)) if files.hashes else stamp


def _as_stamped(files: ProvenFiles) -> dict[str, FileStamp]:
    """What the stamp can say of them: nobody knows under which names they were sent."""
    return {file_id: FileStamp(sha256) for file_id, sha256 in files.hashes.items()}


def _with_files(stamp: Stamp, name: str, refs: JsonValue, *, proven: bool) -> Stamp:
    """The stamp with the files as they were found; those that nothing proves are no drift."""
    if not refs:
        return stamp
    applied = field_digest(refs)
    field = FieldStamp(applied, applied if proven else UNKNOWN)
    return replace(stamp, fields={**(stamp.fields or {}), name: field})


def _as_found(remote: RemoteAssistant | RemoteStore, actual: Actual) -> Canonical:
    """The object in the manifests' terms, as far as it can be told."""
    metadata = without_stamp(remote.spec.metadata)
    match remote:
        case RemoteAssistant(spec=spec):
            keys = {store.id: store.stamp.key for store in actual.stores}
            keys |= {item.id: item.stamp.key for item in actual.environments}
            store = spec.vector_store and keys.get(spec.vector_store, spec.vector_store)
            environment = spec.environment and keys.get(spec.environment, spec.environment)
            spec = replace(spec, vector_store=store, environment=environment, metadata=metadata)
            return canonical_assistant(spec)
        case RemoteStore(spec=store_spec):
            return canonical_store(replace(store_spec, metadata=metadata))
