"""Stamps: the ownership metadata that asstctl writes on what it manages.

A stamp is a handful of metadata pairs, each key 64 and each value 512 characters at most. It is
all the state there is: who owns the object, what was last applied field by field, from which
commit, and which content stands behind the file ids of an assistant.
"""

import base64
import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from asstctl.model.canonical import PROTECT, Canonical, field_digest, spec_digest
from asstctl.model.file import packed_hash, unpacked_hash

PREFIX: Final = "asstctl_"
PROJECT: Final = "asstctl_project"
KEY: Final = "asstctl_key"
DIGEST: Final = "asstctl_digest"
FIELDS: Final = "asstctl_fields"
COMMIT: Final = "asstctl_commit"
FILES: Final = "asstctl_files"
ENVIRONMENT: Final = "asstctl_environment"
"""On an agent: the id of the environment template that its sessions run in."""
PROBE: Final = "asstctl_probe"
"""On an object that only finds out what the account keeps; belongs to no project."""

FILE_SHA256: Final = "asstctl_sha256"
"""File attribute: the content's hash, in hexadecimal."""
FILE_PATH: Final = "asstctl_path"
"""File attribute: the file's path inside the project."""
FILE_NAME: Final = "asstctl_name"
"""File attribute: ``name_mark`` of the name that was sent, where it is not that of the path."""

USER_PAIRS: Final = 7
"""How many of the API's 16 metadata pairs stay the user's."""

UNKNOWN: Final = "?"
"""In a stamp, in the place of the digest of what was kept: nobody has seen it yet."""

_VALUE_LIMIT: Final = 512
_RUN: Final = "@"
"""Among the fields of a stamp, the name of the token of its run. No field is called so."""
_ID_CHARS: Final = 6
_HASH_CHARS: Final = 43
_MARK_CHARS: Final = 2
_NO_MARK: Final = "." * _MARK_CHARS
_MAX_PARTS: Final = 4
_RECORD: Final = _ID_CHARS + _HASH_CHARS
_PER_PAIR: Final = (_VALUE_LIMIT - 1) // (_RECORD + _MARK_CHARS)

MOST_FILES: Final = _PER_PAIR * _MAX_PARTS
"""How many files' hashes a stamp has room for."""


@dataclass(frozen=True, slots=True)
class FieldStamp:
    """One field of the last apply: the digest of what was applied, and of what was then kept.

    The two differ when the server does not keep the field as it was written. An empty digest
    stands for an absent field.
    """

    applied: str
    kept: str

    def holds(self, digest: str) -> bool:
        """Whether a field with this digest can be as the last apply left it."""
        return self.kept in (UNKNOWN, digest)

    @classmethod
    def parse(cls, text: str) -> "FieldStamp":
        """The inverse of ``str``."""
        applied, slash, kept = text.partition("/")
        return cls(applied, kept if slash else applied)

    def __str__(self) -> str:
        return self.applied if self.applied == self.kept else f"{self.applied}/{self.kept}"


@dataclass(frozen=True, slots=True)
class FileStamp:
    """An upload: the hash of its content, and ``name_mark`` of the name under which it was sent.

    ``sent`` is empty when it is not known: the upload is not asstctl's, or the stamp is an old one.
    """

    sha256: str
    sent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What asstctl wrote on an object. ``fields`` is None when that pair is missing or damaged."""

    project: str
    key: str
    digest: str = ""
    fields: Mapping[str, FieldStamp] | None = None
    commit: str | None = None
    files: Mapping[str, FileStamp] = field(default_factory=dict)
    """What is known of uploads, by ``short_id``."""
    run: str = ""
    """A token of the apply that created the object; a copy of the object carries it too."""

    @classmethod
    def of(
        cls,
        canonical: Canonical,
        *,
        project: str,
        key: str,
        commit: str | None,
        files: Mapping[str, FileStamp],
        kept: Mapping[str, str],
        run: str = "",
    ) -> "Stamp":
        """The stamp of a spec. ``files`` are uploads by id, ``kept`` maps fields to digests."""
        applied = {name: field_digest(value) for name, value in canonical.items()}
        fields = {
            name: FieldStamp(applied.get(name, ""), kept.get(name, applied.get(name, "")))
            for name in (*applied, *(name for name in kept if name not in applied))
        }
        return cls(
            project=project,
            key=key,
            digest=spec_digest(canonical),
            fields=fields,
            commit=commit,
            files=by_short_id(files),
            run=run,
        )

    def base(self, name: str) -> FieldStamp | None:
        """What the last apply knew of a field; None when this stamp does not say."""
        if self.fields is None:
            return None
        return self.fields.get(name, FieldStamp("", ""))

    @property
    def protects(self) -> bool:
        """Whether the last apply marked the object ``protect: true``."""
        base = self.base(PROTECT)
        return base is not None and base.applied != ""

    def file(self, file_id: str) -> FileStamp | None:
        """What this stamp knows of an upload."""
        return self.files.get(short_id(file_id))

    def to_metadata(self) -> dict[str, str]:
        """The metadata pairs of this stamp."""
        pairs = {PROJECT: self.project, KEY: self.key, DIGEST: self.digest}
        if self.fields is not None:
            pairs[FIELDS] = _pack_fields(self.fields, self.run)
        if self.commit:
            pairs[COMMIT] = self.commit
        pairs.update(_pack_files(self.files))
        return pairs

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> "Stamp | None":
        """The stamp in an object's metadata; None when it carries none."""
        project, key = metadata.get(PROJECT), metadata.get(KEY)
        if not project or not key:
            return None
        fields, run = _unpack_fields(metadata.get(FIELDS))
        return cls(
            project=project,
            key=key,
            digest=metadata.get(DIGEST, ""),
            fields=fields,
            commit=metadata.get(COMMIT) or None,
            files=_unpack_files(metadata),
            run=run,
        )


def without_stamp(metadata: Mapping[str, str]) -> dict[str, str]:
    """The user's own pairs."""
    return {name: value for name, value in metadata.items() if not name.startswith(PREFIX)}


def short_id(file_id: str) -> str:
    """Six characters that stand for an upload's id inside one object's stamp."""
    hashed = hashlib.sha256(file_id.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(hashed)[:_ID_CHARS].decode()


def by_short_id(files: Mapping[str, FileStamp]) -> dict[str, FileStamp]:
    """Uploads by ``short_id``, from uploads by id."""
    return {short_id(file_id): file for file_id, file in files.items()}


def name_mark(name: str) -> str:
    """Two characters that stand for the name of an upload, in whichever Unicode form.

    They only have to tell names of one content apart, and only where the account gives back
    another name than it was sent: one rename in 4,096 goes unnoticed there.
    """
    hashed = hashlib.sha256(unicodedata.normalize("NFC", name).encode(errors="replace")).digest()
    return base64.urlsafe_b64encode(hashed)[:_MARK_CHARS].decode()


def _pack_fields(fields: Mapping[str, FieldStamp], run: str) -> str:
    tokens = [f"{name}={stamp}" for name, stamp in fields.items()]
    return " ".join((*tokens, f"{_RUN}={run}") if run else tokens)


def _unpack_fields(text: str | None) -> tuple[Mapping[str, FieldStamp] | None, str]:
    """The digests per field, None when they are missing or damaged, and the token of the run."""
    if text is None:
        return None, ""
    fields: dict[str, FieldStamp] = {}
    for token in text.split():
        name, equals, digests = token.partition("=")
        if not equals:
            return None, ""
        fields[name] = FieldStamp.parse(digests)
    run = fields.pop(_RUN, None)
    return fields, run.applied if run else ""


def _pack_files(files: Mapping[str, FileStamp]) -> dict[str, str]:
    """Fixed-width records over as many pairs as needed; the first starts with their number.

    Each pair ends with the marks of its records' names, in the same order: a reader that knows
    no marks takes them for the beginning of one more record and leaves it. The number lets a
    reader ignore pairs that an earlier, longer stamp left behind on a server that merges metadata.
    """
    records = sorted(files.items())
    if not records:
        return {}
    if len(records) > MOST_FILES:
        raise ValueError(f"a stamp holds the hashes of {MOST_FILES} files at most")
    starts = range(0, len(records), _PER_PAIR)
    parts = [_pack_records(records[at : at + _PER_PAIR]) for at in starts]
    names = [FILES, *(f"{FILES}_{n}" for n in range(1, len(parts)))]
    return dict(zip(names, [f"{len(parts)}{parts[0]}", *parts[1:]], strict=True))


def _pack_records(records: Iterable[tuple[str, FileStamp]]) -> str:
    records = list(records)
    hashes = (name + packed_hash(file.sha256) for name, file in records)
    return "".join((*hashes, *(file.sent or _NO_MARK for _, file in records)))


def _unpack_files(metadata: Mapping[str, str]) -> dict[str, FileStamp]:
    first = metadata.get(FILES, "")
    if not "1" <= first[:1] <= "9":
        return {}
    parts = [first[1:], *(metadata.get(f"{FILES}_{n}", "") for n in range(1, int(first[0])))]
    return dict(record for part in parts for record in _unpack_records(part))


def _unpack_records(part: str) -> Iterable[tuple[str, FileStamp]]:
    """The records of one pair; one that is damaged is left out."""
    count = len(part) // _RECORD
    marks = part[count * _RECORD :]
    for number in range(count):
        record = part[number * _RECORD : (number + 1) * _RECORD]
        mark = marks[number * _MARK_CHARS : (number + 1) * _MARK_CHARS]
        sha256 = unpacked_hash(record[_ID_CHARS:])
        if sha256 is None:
            continue
        yield record[:_ID_CHARS], FileStamp(sha256, "" if mark == _NO_MARK else mark)
