"""How a change is made, as data: what ``plan -v`` prints and what apply carries out, in order.

New before old. Content is uploaded, attached and indexed before anything is switched over to it;
the stamp, which says that the work is done, comes after what it speaks of; what is old goes last.
What only the account can tell on the way is a step of its own whose outcome picks the rest.

For a new store with one file::

    Upload → CreateStore → Attach → AwaitIndex

Its stamp speaks of the file from the first moment, which saves a write: should the apply die
before the file is there, the store's own count tells the next plan that it is missing.

and for one whose file was replaced::

    Upload → CheckUnmoved → AnnounceFiles → Attach → AwaitIndex → CheckAttributes
        kept: WriteStamp → Detach          lost: Detach → WriteStamp

An environment names its files itself, so it is complete in one write::

    Upload → CreateEnvironment             Upload → CheckUnmoved → UpdateEnvironment
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from asstctl.model.actual import (
    ActualAssistant,
    ActualEnvironment,
    ActualStore,
    AttachedFile,
)
from asstctl.model.desired import DesiredAssistant, DesiredEnvironment, DesiredStore
from asstctl.model.stamp import MOST_FILES
from asstctl.plan.action import FileAction
from asstctl.plan.change import Change, FileChange

Files: TypeAlias = tuple[FileChange, ...]

COMING: Final = (FileAction.UPLOAD, FileAction.REUSE, FileAction.ATTACH)
"""What a store holds afterwards and did not hold, or not so, before."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Send the bytes of files. Equal content is sent once per plan, whoever needs it first."""

    files: Files

    def __str__(self) -> str:
        return f"upload {_names(self.files)}, once for all who need it"


@dataclass(frozen=True, slots=True)
class CheckUnmoved:
    """Read the object once more: it must still be what the plan was computed from."""

    def __str__(self) -> str:
        return "check that nobody has changed it since"


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """Ask once more what the store holds, which could not be seen: the change ends with that."""

    def __str__(self) -> str:
        return "ask once more what it holds"


@dataclass(frozen=True, slots=True)
class CheckStore:
    """Before an assistant is pointed at a store that this apply made: is it the only one?"""

    def __str__(self) -> str:
        return "if its store was just made, check that no other apply made one too"


@dataclass(frozen=True, slots=True)
class CheckEnvironment:
    """Before an agent is pointed at an environment that this apply made: is it the only one?"""

    def __str__(self) -> str:
        return "if its environment was just made, check that no other apply made one too"


@dataclass(frozen=True, slots=True)
class CreateStore:
    """Make an empty store. Its stamp says what it is going to hold, as far as it has room."""

    def __str__(self) -> str:
        return "create the store"


@dataclass(frozen=True, slots=True)
class CreateEnvironment:
    """Make an environment, complete with its files and the mark in its name."""

    def __str__(self) -> str:
        return "create the environment"


@dataclass(frozen=True, slots=True)
class CreateAssistant:
    """Make an assistant, complete with its files, its references and its stamp."""

    def __str__(self) -> str:
        return "create the assistant"


@dataclass(frozen=True, slots=True)
class AnnounceFiles:
    """Stamp which uploads are about to be attached, where attributes are known to be lost.

    An apply that is killed after attaching them then leaves nothing that the next one cannot
    identify.
    """

    files: Files

    def __str__(self) -> str:
        return f"if attributes are lost, stamp what is coming: {_names(self.files)}"


@dataclass(frozen=True, slots=True)
class Attach:
    """Put uploads into the store."""

    files: Files

    def __str__(self) -> str:
        return f"attach {_names(self.files)}"


@dataclass(frozen=True, slots=True)
class AwaitIndex:
    """Wait until the store has indexed these files. One that fails to index fails the change.

    ``earlier`` are files that an apply attached which did not live to see them indexed.
    """

    files: Files
    earlier: tuple[AttachedFile, ...] = ()

    def __str__(self) -> str:
        earlier = [file.path or file.id for file in self.earlier]
        names = ", ".join((*earlier, *(file.path for file in self.files)))
        return f"wait until {names} can be searched"


@dataclass(frozen=True, slots=True)
class CheckAttributes:
    """See whether the store gives file attributes back, and go on with ``kept`` or ``lost``."""

    kept: tuple["Step", ...]
    lost: tuple["Step", ...]

    def __str__(self) -> str:
        return f"if attributes are kept, {_in_turn(self.kept)}; else {_in_turn(self.lost)}"


@dataclass(frozen=True, slots=True)
class CheckStamp:
    """See whether the stamp of a new store had to leave its files ``open``, and go on with that.

    It had to, where they are more than it has room for, and nobody knew yet whether the server
    keeps attributes.
    """

    open: tuple["Step", ...]

    def __str__(self) -> str:
        return f"if the stamp could not tell all files yet, {_in_turn(self.open)}"


@dataclass(frozen=True, slots=True)
class WriteStamp:
    """Set the store's own fields, and the stamp that says what it holds."""

    def __str__(self) -> str:
        return "write fields and stamp"


@dataclass(frozen=True, slots=True)
class UpdateEnvironment:
    """Switch the environment over: fields, files and name in one write."""

    def __str__(self) -> str:
        return "switch the environment over"


@dataclass(frozen=True, slots=True)
class UpdateAssistant:
    """Switch the assistant over: fields, files, references and stamp in one write."""

    def __str__(self) -> str:
        return "switch the assistant over"


@dataclass(frozen=True, slots=True)
class Detach:
    """Take files out of the store. Their uploads stay."""

    files: Files

    def __str__(self) -> str:
        return f"detach {_names(self.files)}"


@dataclass(frozen=True, slots=True)
class DeleteObject:
    """Delete the assistant, the environment or the store."""

    def __str__(self) -> str:
        return "delete it"


@dataclass(frozen=True, slots=True)
class DeleteUpload:
    """Delete uploads that nothing of the project needs any more, after all changes."""

    files: Files

    def __str__(self) -> str:
        return f"delete the uploads of {_names(self.files)}"


Step: TypeAlias = (
    Upload
    | CheckUnmoved
    | ReadFiles
    | CheckStore
    | CheckEnvironment
    | CreateStore
    | CreateEnvironment
    | CreateAssistant
    | AnnounceFiles
    | Attach
    | AwaitIndex
    | CheckAttributes
    | CheckStamp
    | WriteStamp
    | UpdateEnvironment
    | UpdateAssistant
    | Detach
    | DeleteObject
    | DeleteUpload
)


def steps_of(change: Change) -> tuple[Step, ...]:
    """The steps of one change that writes, but for the uploads that it leaves behind.

    Those are shared between changes, so they go when all changes are made: ``last_steps``.
    """
    match change.desired, change.actual:
        case DesiredAssistant(), None:
            return (*_uploads(change), CreateAssistant())
        case DesiredAssistant() as desired, ActualAssistant():
            return (*_uploads(change), *_checks(desired), CheckUnmoved(), UpdateAssistant())
        case DesiredStore(), None:
            return (*_uploads(change), *_new_store_steps(change))
        case DesiredStore(), ActualStore() if change.has_unread_files:
            return (CheckUnmoved(), ReadFiles())
        case DesiredStore() as store, ActualStore() as actual:
            return (*_uploads(change), *_store_steps(change, store, actual))
        case DesiredEnvironment(), None:
            return (*_uploads(change), CreateEnvironment())
        case DesiredEnvironment(), ActualEnvironment():
            return (*_uploads(change), CheckUnmoved(), UpdateEnvironment())
        case None, ActualAssistant() | ActualEnvironment():
            return (CheckUnmoved(), DeleteObject())
        case None, ActualStore():
            return (DeleteObject(),)
        case _:
            raise AssertionError(f"{change.address} pairs two kinds")


def last_steps(change: Change, needed: Collection[str | None] = ()) -> tuple[DeleteUpload, ...]:
    """What is left to do for a change once all are made. ``needed`` uploads stay all the same."""
    doomed = _files(change, FileAction.DELETE)
    doomed = tuple(file for file in doomed if file.file_id not in needed)
    return (DeleteUpload(doomed),) if doomed else ()


def _uploads(change: Change) -> tuple[Upload, ...]:
    """What has to be sent: also what another change sends, should this one come first."""
    missing = tuple(file for file in change.files if file.action in COMING and file.file_id is None)
    return (Upload(missing),) if missing else ()


def _checks(desired: DesiredAssistant) -> Iterable[Step]:
    if desired.spec.vector_store:
        yield CheckStore()
    if desired.spec.environment:
        yield CheckEnvironment()


def _new_store_steps(change: Change) -> tuple[Step, ...]:
    coming = _files(change, *COMING)
    if not coming:
        return (CreateStore(),)
    large = len({file.sha256 for file in coming}) > MOST_FILES
    rest = (CheckStamp((WriteStamp(),)),) if large else ()
    return (CreateStore(), Attach(coming), AwaitIndex(coming), *rest)


def _store_steps(change: Change, desired: DesiredStore, actual: ActualStore) -> tuple[Step, ...]:
    coming = _files(change, *COMING)
    again = _files(change, FileAction.ATTACH)
    going = _files(change, FileAction.DETACH)
    leaving = {file.file_id for file in (*again, *going)}
    unfinished = tuple(
        file for file in actual.held_files if file.is_unfinished and file.id not in leaving
    )
    steps: list[Step] = [CheckUnmoved()]
    if coming:
        steps.append(AnnounceFiles(coming))
    if again:
        steps.append(Detach(again))
    if coming:
        steps.append(Attach(coming))
    if coming or unfinished:
        steps.append(AwaitIndex(coming, unfinished))
    steps += _switch_over(desired, going) if going else [WriteStamp()]
    return tuple(steps)


def _switch_over(desired: DesiredStore, going: Files) -> list[Step]:
    """A detached file keeps no attributes: until it is deleted, the stamp has to remember it.

    Where files have no attributes in the first place, the stamp may have no room for both what
    stays and what goes. Then it is written when only what stays is left.
    """
    stamp, detach = WriteStamp(), Detach(going)
    if not desired.store_files:
        return [stamp, detach]
    return [CheckAttributes(kept=(stamp, detach), lost=(detach, stamp))]


def _files(change: Change, *actions: FileAction) -> Files:
    return tuple(file for file in change.files if file.action in actions)


def _names(files: Files) -> str:
    return ", ".join(file.path for file in files)


def _in_turn(steps: Iterable["Step"]) -> str:
    return ", then ".join(map(str, steps))
