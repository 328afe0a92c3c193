"""Writing down what a response puts out, and publishing it to those who stream it."""

from collections.abc import Callable, Mapping

from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import (
    ArgumentsDelta,
    Call,
    CodeFile,
    Found,
    FunctionCall,
    Round,
    Usage,
)
from asstctl.emulator.requests.items import PREFIXES
from asstctl.emulator.responses.calls import (
    CallItem,
    Told,
    arguments_delta,
    begun_function,
    container_of,
    function_told,
    open_call,
)
from asstctl.emulator.responses.outputs import Outputs
from asstctl.emulator.store.collections import Body
from asstctl.emulator.text.tokens import count_tokens
from asstctl.emulator.work.citations import CitationScanner, Source
from asstctl.emulator.work.made import link

# How many pieces of text may pass before a response notices that it was cancelled elsewhere.
_CHECK_EVERY = 64
_GAP = "\n\n"


class ResponseRecorder:
    """Records one turn of a response as output items (`asstctl.emulator.work.work.Recorder`).

    Citation markers do not stay in the text: an annotation says where they stood. ``done`` takes
    the calls of the turn once they were carried out.
    """

    def __init__(
        self,
        outputs: Outputs,
        sources: Mapping[str, Source],
        made: tuple[CodeFile, ...],
        done: Callable[[Round], None],
    ) -> None:
        self._outputs = outputs
        self._scanner = CitationScanner(sources)
        self._made = made
        self._done = done
        self._heard = ""
        self._text = ""
        self._space = ""
        self._annotations: list[Body] = []
        self._pieces = 0
        self._message: Body | None = None
        self._index = 0
        self._calls: list[tuple[int, CallItem]] = []
        self._told: dict[int, tuple[int, Body]] = {}

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
        if usage is not None and not cut:
            self._name_files()
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

    def _name_files(self) -> None:
        """Name the files that code made and the last answer does not: nobody would find them."""
        for file in self._made:
            if link(file) not in self._heard:
                self.text(f"{_GAP if self._heard else ''}[{file.name}]({link(file)})")

    def _begin_message(self) -> None:
        self._text, self._space, self._annotations = "", "", []
        head = {"id": new_id(PREFIXES["message"]), "type": "message", "role": "assistant"}
        message: Body = {**head, "status": "in_progress", "content": []}
        self._index = self._outputs.open(message)
        self._message = message
        self._tell("content_part.added", content_index=0, part=self._part())

    def _take(self, text: str, source: Source | None) -> None:
        """Add text and what it refers to.

        The marker of a passage goes, and the space before it; the address of a file stays.
        """
        if not isinstance(source, Found):
            text = self._space + text
            kept = text.rstrip(" ")
            self._space = text[len(kept) :]
            self._add(kept)
        else:
            self._space = ""
        if source is not None:
            self._annotate(self._annotation(source))

    def _annotation(self, source: Source) -> Body:
        end = len(self._text)
        if isinstance(source, Found):
            head = {"type": "file_citation", "file_id": source.file_id}
            return {**head, "filename": source.file_name, "index": end}
        return {
            "type": "container_file_citation",
            "container_id": container_of(self._outputs.response_id),
            "file_id": source.id,
            "filename": source.name,
            "start_index": end - len(link(source)),
            "end_index": end,
        }

    def _annotate(self, annotation: Body) -> None:
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

    def arguments(self, piece: ArgumentsDelta) -> None:
        """Publish what a function is going to be called with, in the item of the call."""
        self.finish_message(None, cut=False)
        if piece.place not in self._told:
            begun = begun_function(piece.id, piece.name)
            self._told[piece.place] = self._outputs.open(begun), begun
        index, begun = self._told[piece.place]
        self._follow(index, begun["id"], (arguments_delta(piece.text),))

    def begin_calls(self, calls: tuple[Call, ...]) -> None:
        """Open an item for each call, unless it is there already, and publish it."""
        for place, call in enumerate(calls):
            if place in self._told and isinstance(call, FunctionCall):
                index, begun = self._told[place]
                opened = function_told(begun, call)
            else:
                opened = open_call(call, self._outputs.response_id)
                index = self._outputs.open(opened.begun)
            self._calls.append((index, opened))
            self._follow(index, opened.begun["id"], opened.before)

    def log(self, place: int, text: str) -> None:
        """Do nothing: responses have no event for it. The item has it at its end."""

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
