"""The output of a response: items are added, replaced and finished, and each is published."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager

from asstctl.emulator.resources import Writer
from asstctl.emulator.responses import state
from asstctl.emulator.responses.events import EventLog
from asstctl.emulator.responses.items import show
from asstctl.emulator.store.collections import RESPONSES, Body
from asstctl.emulator.work.work import MovedError


class Outputs:
    """Writes output items down and tells of them; ``include`` is what the client wants to see."""

    def __init__(
        self,
        response_id: str,
        write: Callable[[], AbstractContextManager[Writer]],
        log: EventLog,
        include: Collection[str],
    ) -> None:
        self.response_id = response_id
        self._write = write
        self._log = log
        self._include = include

    def open(self, item: Body) -> int:
        """Add an item, and give its place in the output. Raises MovedError."""
        with self.in_progress() as writer:
            index = len(state.output(writer.database, self.response_id))
            state.add_item(writer, self.response_id, item)
        self._tell("added", index, item)
        return index

    def replace(self, item: Body) -> None:
        """Replace an item by what came of it. Raises MovedError."""
        with self.in_progress() as writer:
            state.save_item(writer, self.response_id, item)

    def done(self, index: int, item: Body) -> None:
        """Publish that an item is finished."""
        self._tell("done", index, item)

    def keep(self, item: Body) -> None:
        """Replace an item, whatever state the response is in."""
        with self._write() as writer:
            state.save_item(writer, self.response_id, item)

    def tell(self, kind: str, index: int, item_id: str, **fields: object) -> None:
        """Publish something about an item: ``response.<kind>``."""
        self._log.publish(f"response.{kind}", item_id=item_id, output_index=index, **fields)

    @contextmanager
    def in_progress(self) -> Iterator[Writer]:
        """Hold a transaction. Raises MovedError when the response is not in progress any more."""
        with self._write() as writer:
            if RESPONSES.find_row(writer.database, self.response_id, status="in_progress") is None:
                raise MovedError(self.response_id)
            yield writer

    def _tell(self, kind: str, index: int, item: Body) -> None:
        (shown,) = show([item], self._include)
        self._log.publish(f"response.output_item.{kind}", output_index=index, item=shown)
