"""Writing down what a response puts out, and publishing it to those who stream it."""

from collections.abc import Callable

from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import Call, Found, Round, Usage
from asstctl.emulator.requests.items import PREFIXES
from asstctl.emulator.responses.calls import CallItem, Told, open_call
from asstctl.emulator.responses.outputs import Outputs
from asstctl.emulator.store.collections import Body
from asstctl.emulator.text.tokens import count_tokens
from asstctl.emulator.work.citations import CitationScanner

# How many pieces of text may pass before a response notices that it was cancelled elsewhere.
_CHECK_EVERY = 64


class ResponseRecorder:
    """Records one turn of a response as output items (`asstctl.emulator.work.work.Recorder`).

    Citation markers do not stay in the text: an annotation says where they stood. ``done`` takes
    the calls of the turn once they were carried out.
    """

    def __init__(
        self, outputs: Outputs, sources: dict[str, Found], done: Callable[[Round], None]
    ) -> None:
        self._outputs = outputs
        self._scanner = CitationScanner(sources)
        self._done = done
        self._heard = ""
        self._text = ""
        self._space = ""
        self._annotations: list[Body] = []
        self._pieces = 0
        self._message: Body | None = None
        self._index = 0
        self._calls: list[tuple[int, CallItem]] = []

    @property
    def completion_tokens(self) -> int:
        """Count the tokens of what the model said so far."""
        return count_tokens(self._heard)

    # --- text ---

    def text(self, piece: str) -> None:
        """Add text to the answer and publish it."""
        if self._message is None:
            self._begin_message()
        self._heard += piece
        self._pieces += 1
        if self._pieces % _CHECK_EVERY == 0:
            with self._outputs.in_progress():
                pass
        for text, source in self._scanner.feed(piece):
            self._take(text, source)

    def keep_partial(self) -> None:
        """Keep the text so far of an answer that is broken off, whatever state it is in."""
        if self._message is not None:
            self._outputs.keep(self._now("incomplete"))

    def finish_message(self, usage: Usage | None, *, cut: bool) -> None:
        """End the answer of this turn; the response counts the usage."""
        if self._message is None:
            return
        for text, source in self._scanner.finish():
            self._take(text, source)
        self._add(self._space)
        item = self._now("incomplete" if cut else "completed")
        self._outputs.replace(item)
        (part,) = item["content"]
        self._tell("output_text.done", content_index=0, text=self._text, logprobs=[])
        self._tell("content_part.done", content_index=0, part=part)
        self._outputs.done(self._index, item)
        self._message = None

    def _begin_message(self) -> None:
        head = {"id": new_id(PREFIXES["message"]), "type": "message", "role": "assistant"}
        message: Body = {**head, "status": "in_progress", "content": []}
        self._index = self._outputs.open(message)
        self._message = message
        self._tell("content_part.added", content_index=0, part=self._part())

    def _take(self, text: str, source: Found | None) -> None:
        """Add text, or the annotation in whose place a marker stood, and the space before it."""
        if source is None:
            text = self._space + text
            kept = text.rstrip(" ")
            self._space = text[len(kept) :]
            self._add(kept)
            return
        self._space = ""
        annotation: Body = {
            "type": "file_citation",
            "file_id": source.file_id,
            "filename": source.file_name,
            "index": len(self._text),
        }
        self._annotations.append(annotation)
        place = len(self._annotations) - 1
        self._tell(
            "output_text.annotation.added",
            content_index=0,
            annotation_index=place,
            annotation=annotation,
        )

    def _add(self, text: str) -> None:
        if text:
            self._text += text
            self._tell("output_text.delta", content_index=0, delta=text, logprobs=[])

    def _part(self) -> Body:
        head: Body = {"type": "output_text", "text": self._text}
        return head | {"annotations": list(self._annotations), "logprobs": []}

    def _now(self, status: str) -> Body:
        return {**(self._message or {}), "status": status, "content": [self._part()]}

    def _tell(self, kind: str, **fields: object) -> None:
        item_id = (self._message or {})["id"]
        self._outputs.tell(kind, self._index, item_id, **fields)

    # --- calls ---

    def begin_calls(self, calls: tuple[Call, ...]) -> None:
        """Open an item for each call and publish it."""
        for call in calls:
            opened = open_call(call)
            index = self._outputs.open(opened.begun)
            self._calls.append((index, opened))
            self._follow(index, opened.begun["id"], opened.before)

    def keep_calls(self, calls: tuple[Call, ...], usage: Usage) -> None:
        """Store calls with their results; the response counts the usage."""
        for (index, opened), call in zip(self._calls, calls, strict=True):
            item = opened.finish(call)
            self._outputs.replace(item)
            self._follow(index, item["id"], opened.after)
            self._outputs.done(index, item)
        self._done(Round(self._heard, calls))

    def _follow(self, index: int, item_id: str, events: Told) -> None:
        for kind, fields in events:
            self._outputs.tell(kind, index, item_id, **fields)
