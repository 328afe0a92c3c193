"""A conversation over a thread, as it is known here."""

from dataclasses import dataclass, field

from asstctl.model.json import JsonObject
from asstctl.remote.storage.smoke import stamp
from asstctl.smoke.ports import ConversationMessage, ConversationStart, Run


@dataclass(slots=True, kw_only=True)
class Held:
    """One conversation; ``id`` is what smoke calls it.

    ``thread`` is None until the first run, with which it is made. ``pending`` was not sent yet.
    ``runs`` are the ids of those that are known. ``unanswered`` says that the thread may have been
    made although nobody said so.
    """

    id: str
    project: str
    mark: str
    start: ConversationStart
    thread: str | None = None
    pending: list[ConversationMessage] = field(default_factory=list)
    runs: set[str] = field(default_factory=set)
    unanswered: bool = False

    @property
    def metadata(self) -> JsonObject:
        """What the thread says about itself."""
        return stamp(self.project, self.start.label, self.mark)

    def opened(self, thread: str) -> None:
        """The thread exists."""
        self.thread, self.unanswered = thread, False

    def begun(self, thread: str) -> None:
        """The thread exists, with all that was to be said."""
        self.opened(thread)
        self.pending.clear()

    def noted(self, run: Run) -> Run:
        """The run, which is known from now on."""
        self.runs.add(run.id)
        return run
