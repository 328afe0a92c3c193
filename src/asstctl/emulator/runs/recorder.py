"""Writing down what a run does, and publishing it to those who stream it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from asstctl.emulator.conversation import message_body, text_block
from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import ArgumentsDelta, Call, CodeCall, CodeFile, Usage
from asstctl.emulator.resources import Writer
from asstctl.emulator.runs import calls as tool_calls
from asstctl.emulator.store.collections import MESSAGES, RUNS, STEPS, Body, encode
from asstctl.emulator.text.tokens import count_tokens
from asstctl.emulator.work.bus import Bus, Event
from asstctl.emulator.work.calls import to_store, unanswered
from asstctl.emulator.work.citations import CitationScanner, Source
from asstctl.emulator.work.made import is_image, link
from asstctl.emulator.work.work import MovedError

# How many pieces of text may pass before a run notices that another process cancelled it.
_CHECK_EVERY = 64
_GAP = "\n\n"


class RunRecorder:
    """Records one turn of a run as messages and steps (`asstctl.emulator.work.work.Recorder`).

    Each method is one committed transaction and its events.
    """

    def __init__(
        self,
        run: Body,
        write: Callable[[], AbstractContextManager[Writer]],
        bus: Bus,
        sources: Mapping[str, Source],
        made: tuple[CodeFile, ...],
        ranking: Body,
    ) -> None:
        self._run = run
        self._ranking = ranking
        self._write = write
        self._bus = bus
        self._scanner = CitationScanner(sources)
        self._images = [_image_block(file) for file in made if is_image(file)]
        self._unnamed = [file for file in made if not is_image(file)]
        self._text = ""
        self._length = 0
        self._annotations: list[Body] = []
        self._pieces = 0
        self._message: Body | None = None
        self._step: Body | None = None
        self._calls: Body | None = None
        self._told: set[int] = set()
        self._first = True

    @property
    def completion_tokens(self) -> int:
        """Count the tokens of the text so far."""
        return count_tokens(self._text)

    def text(self, piece: str) -> None:
        """Add text to the answer and publish it."""
        if self._message is None:
            self._begin_message()
        self._text += piece
        self._pieces += 1
        if self._pieces % _CHECK_EVERY == 0:
            with self._writing():
                pass
        for text, source in self._scanner.feed(piece):
            self._publish_text(text, source)

    def keep_partial(self) -> None:
        """Keep the text so far of an answer that is broken off, whatever state the run is in."""
        if self._message is None or not self._text:
            return
        with self._write() as writer:
            MESSAGES.save(writer.connection, self._message | {"content": self._content()})

    def finish_message(self, usage: Usage | None, *, cut: bool) -> None:
        """End the answer of this turn; a cut one is left for the run's end to mark."""
        if usage is not None and not cut:
            self._name_files()
        if self._message is None or self._step is None:
            return
        for text, source in self._scanner.finish():
            self._publish_text(text, source)
        message = self._message | {"content": self._content()}
        step = self._step | {"usage": usage.wire if usage else None}
        events: list[Event] = []
        with self._writing() as writer:
            if not cut:
                message |= {"status": "completed", "completed_at": writer.now}
                step |= {"status": "completed", "completed_at": writer.now}
                events = [
                    ("thread.message.completed", message),
                    ("thread.run.step.completed", step),
                ]
            STEPS.save(writer.connection, step, inner=encode({"text": self._text}))
            MESSAGES.save(writer.connection, message)
        self._publish(*events)
        self._message = self._step = None

    def _name_files(self) -> None:
        """Name the files that code made and the last answer does not: nobody would find them."""
        if self._message is None and self._images:
            self._begin_message()
        # Nothing is put behind an answer that is to be JSON.
        is_text = self._run["response_format"] in ("auto", {"type": "text"})
        for file in self._unnamed if is_text else ():
            if link(file) not in self._text:
                self.text(f"{_GAP if self._text else ''}[{file.name}]({link(file)})")

    def _content(self) -> list[Body]:
        text = [text_block(self._text, self._annotations)] if self._text else []
        return [*self._images, *text]

    def arguments(self, piece: ArgumentsDelta) -> None:
        """Publish what a function is going to be called with, in the step of the calls."""
        self.finish_message(None, cut=False)
        self._begin_calls()
        if piece.place not in self._told:
            self._told.add(piece.place)
            self._publish_call(tool_calls.function_delta(piece.place, piece.id, piece.name))
        self._publish_call(tool_calls.arguments_delta(piece.place, piece.text))

    def begin_calls(self, calls: tuple[Call, ...]) -> None:
        """Open a step for tool calls and publish it, and each call that is not told of yet."""
        self._begin_calls()
        for index, call in enumerate(calls):
            for delta in tool_calls.to_deltas(call, index) if index not in self._told else ():
                self._publish_call(delta)

    def _begin_calls(self) -> None:
        if self._calls is not None:
            return
        with self._writing() as writer:
            step = self._calls = self._new_step(writer, "tool_calls", {"tool_calls": []})
        self._publish(("thread.run.step.created", step), ("thread.run.step.in_progress", step))

    def log(self, place: int, text: str) -> None:
        """Publish what code prints."""
        self._publish_call(tool_calls.output_delta(place, 0, {"type": "logs", "logs": text}))

    def _publish_call(self, delta: Body) -> None:
        if self._calls is None:
            return
        details = {"type": "tool_calls", "tool_calls": [delta]}
        body = {
            "id": self._calls["id"],
            "object": "thread.run.step.delta",
            "delta": {"step_details": details},
        }
        self._publish(("thread.run.step.delta", body))

    def keep_calls(self, calls: tuple[Call, ...], usage: Usage) -> None:
        """Store calls with their results so far; complete the step when every call has one."""
        if self._calls is None:
            return
        self._publish_images(calls)
        wire = [tool_calls.to_wire(call, self._ranking) for call in calls]
        done = not unanswered(calls)
        step = self._calls | {"step_details": {"type": "tool_calls", "tool_calls": wire}}
        with self._writing() as writer:
            if done:
                step |= {"status": "completed", "completed_at": writer.now, "usage": usage.wire}
            inner = to_store(calls) | {"usage": usage.wire}
            STEPS.save(writer.connection, step, inner=encode(inner))
        if done:
            self._publish(("thread.run.step.completed", tool_calls.show([step], ())[0]))

    def _publish_images(self, calls: tuple[Call, ...]) -> None:
        for index, call in enumerate(calls):
            outputs = tool_calls.outputs(call) if isinstance(call, CodeCall) else []
            for place, output in enumerate(outputs):
                if output["type"] == "image":
                    self._publish_call(tool_calls.output_delta(index, place, output))

    def _begin_message(self) -> None:
        self._text, self._length, self._annotations, self._first = "", 0, [], True
        with self._writing() as writer:
            message = message_body(
                self._run["thread_id"],
                writer.now,
                role="assistant",
                content=[],
                status="in_progress",
            )
            message |= {"assistant_id": self._run["assistant_id"], "run_id": self._run["id"]}
            MESSAGES.insert(
                writer.connection,
                message,
                thread_id=self._run["thread_id"],
                run_id=self._run["id"],
            )
            creation = {"message_creation": {"message_id": message["id"]}}
            step = self._new_step(writer, "message_creation", creation)
        self._message, self._step = message, step
        self._publish(
            ("thread.run.step.created", step),
            ("thread.run.step.in_progress", step),
            ("thread.message.created", message),
            ("thread.message.in_progress", message),
        )
        for index, image in enumerate(self._images):
            self._publish_content({"index": index} | image)

    def _new_step(self, writer: Writer, kind: str, details: Body) -> Body:
        step = {
            "id": new_id("step_"),
            "object": "thread.run.step",
            "created_at": writer.now,
            "run_id": self._run["id"],
            "assistant_id": self._run["assistant_id"],
            "thread_id": self._run["thread_id"],
            "type": kind,
            "status": "in_progress",
            "cancelled_at": None,
            "completed_at": None,
            "expired_at": None,
            "failed_at": None,
            "last_error": None,
            "metadata": {},
            "step_details": {"type": kind} | details,
            "usage": None,
        }
        STEPS.insert(writer.connection, step, run_id=self._run["id"], inner="{}")
        return step

    def _annotate(self, text: str, source: Source | None) -> list[Body]:
        """Count text in; give the annotation of a marker as a delta carries it."""
        start, self._length = self._length, self._length + len(text)
        if source is None:
            return []
        annotation = _annotation(text, source)
        annotation |= {"start_index": start, "end_index": self._length}
        self._annotations.append(annotation)
        return [annotation | {"index": len(self._annotations) - 1}]

    def _publish_text(self, text: str, source: Source | None) -> None:
        annotations = self._annotate(text, source)
        if self._message is None:
            return
        value: Body = {"value": text}
        if annotations or self._first:
            value["annotations"] = annotations
        self._first = False
        self._publish_content({"index": len(self._images), "type": "text", "text": value})

    def _publish_content(self, delta: Body) -> None:
        if self._message is None:
            return
        body = {
            "id": self._message["id"],
            "object": "thread.message.delta",
            "delta": {"content": [delta]},
        }
        self._publish(("thread.message.delta", body))

    def _publish(self, *events: Event) -> None:
        self._bus.publish(self._run["id"], *events)

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        """Hold a transaction. Raises MovedError when the run is not in progress any more."""
        with self._write() as writer:
            if RUNS.find_row(writer.database, self._run["id"], status="in_progress") is None:
                raise MovedError(self._run["id"])
            yield writer


def _image_block(file: CodeFile) -> Body:
    return {"type": "image_file", "image_file": {"file_id": file.id, "detail": "auto"}}


def _annotation(text: str, source: Source) -> Body:
    if isinstance(source, CodeFile):
        return {"type": "file_path", "text": text, "file_path": {"file_id": source.id}}
    return {"type": "file_citation", "text": text, "file_citation": {"file_id": source.file_id}}
