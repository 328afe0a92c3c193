"""What an account makes of uploads besides keeping them: other names, wrong sizes.

Neither is a failure, and a second upload would end the same: each kind is said once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from asstctl.model.actual import AttachedFile, Upload
from asstctl.model.desired import Contents
from asstctl.model.file import Content, content_in, is_named
from asstctl.plan.warnings import NAMES_CHANGED, SIZES_MISCOUNTED, AccountWarning
from asstctl.text.words import some


@dataclass(slots=True)
class Differences:
    """Collects what the account says otherwise of the uploads of one apply.

    ``miscounts`` tells that uploads of earlier applies show the wrong sizes: that was said then.
    """

    miscounts: bool = False
    _renamed: list[str] = field(default_factory=list)
    _unnamed: list[str] = field(default_factory=list)
    _miscounted: list[str] = field(default_factory=list)

    @classmethod
    def seen(
        cls, uploads: Iterable[Upload], held: Iterable[AttachedFile], contents: Contents
    ) -> "Differences":
        """Start from what the account shows of files that the project holds already."""
        sizes = {content.sha256: content.bytes for content in contents.values()}
        counted = {upload.id: upload.bytes for upload in uploads}
        return cls(any(_differ(counted.get(f.id, 0), sizes.get(f.sha256 or "")) for f in held))

    def note(self, content: Content, name: str, upload: Upload) -> None:
        """Compare an upload with what was sent under this ``name``."""
        if content_in(name) and content_in(upload.filename) != content.sha256:
            self._unnamed.append(content.path)
        elif (shown := PurePosixPath(upload.filename).name) != name:
            self._renamed.append(f"{content.path} is {_as_shown(shown, name)} there")
        if _differ(upload.bytes, content.bytes):
            self._miscounted.append(f"{upload.bytes} for the {content.bytes} of {content.path}")

    def warnings(self) -> tuple[AccountWarning, ...]:
        """What is to be said, once for each kind."""
        told = []
        if self._renamed:
            renamed = some(sorted(self._renamed))
            told.append(
                AccountWarning(
                    NAMES_CHANGED,
                    f"the account changes the names of uploads: {renamed}",
                    "Citations show these names; asstctl knows the files by the names that it "
                    "sent.",
                )
            )
        if self._unnamed:
            told.append(
                AccountWarning(
                    NAMES_CHANGED,
                    "the account does not keep the names of uploads: "
                    f"{some(sorted(self._unnamed))}",
                    "The names tell what is in the files of an environment. Without them nothing "
                    "does, so such files are sent again when their environment changes.",
                )
            )
        if self._miscounted and not self.miscounts:
            wrong = some(sorted(self._miscounted))
            told.append(
                AccountWarning(
                    SIZES_MISCOUNTED,
                    f"the account counts the bytes of uploads wrongly: {wrong}",
                    "The files on disk were read again and had not changed.",
                )
            )
        return tuple(told)


def _as_shown(shown: str, name: str) -> str:
    if is_named(shown, name):
        return "in another Unicode form"
    return shown or "without a name"


def _differ(counted: int, sent: int | None) -> bool:
    """Whether an account's count is wrong; 0 stands for no count at all."""
    return bool(counted) and sent is not None and counted != sent
