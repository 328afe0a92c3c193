"""A conversation over Responses as it is known here, whatever the server keeps of it."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from asstctl.model.json import JsonObject, JsonValue
from asstctl.remote.responses.decode_runs import as_input, id_of_response, status_of
from asstctl.remote.responses.encode_runs import ExtraFiles
from asstctl.remote.storage import values


@dataclass(slots=True)
class Exchange:
    """One response: what was new in its input, the whole request, and the response as last read."""

    sent: tuple[JsonObject, ...]
    request: JsonObject
    response: JsonObject

    @property
    def id(self) -> str:
        """The id of the response."""
        return id_of_response(self.response)

    @property
    def stored(self) -> bool:
        """Whether the server may have kept it."""
        return self.request.get("store") is not False

    @property
    def include(self) -> list[str]:
        """The evidence that has to be asked for."""
        return values.texts(self.request.get("include"))


@dataclass(slots=True, kw_only=True)
class Held:
    """One conversation.

    ``conversation`` is the server's id of it; None where the server has no such objects. It holds
    ``opening`` from its beginning. ``pending`` is input that was not sent yet. ``body`` is what
    every response of the present run is asked with. ``scratch`` are vector stores made for its
    attachments, ``searched`` the uploads in them.
    """

    label: str
    conversation: str | None = None
    opening: tuple[JsonObject, ...] = ()
    pending: list[JsonObject] = field(default_factory=list)
    extra: ExtraFiles = field(default_factory=ExtraFiles)
    scratch: list[str] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    body: JsonObject = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)
    began: int = 0
    """How many exchanges there were when the present run began."""

    def begin(self, body: JsonObject) -> None:
        """A new run begins."""
        self.began, self.body = len(self.exchanges), body

    def note(self, request: JsonObject, response: JsonObject) -> Exchange:
        """The server has taken what was pending, and this is the response to it."""
        exchange = Exchange(tuple(self.pending), request, response)
        self.exchanges.append(exchange)
        self.pending.clear()
        return exchange

    @property
    def run(self) -> list[JsonObject]:
        """The responses of the present run."""
        return [exchange.response for exchange in self.exchanges[self.began :]]

    @property
    def outputs(self) -> dict[str, str]:
        """What functions were answered in the present run, by the id of the call."""
        sent = (item for exchange in self.exchanges[self.began :] for item in exchange.sent)
        return {
            str(item["call_id"]): str(item["output"])
            for item in sent
            if item.get("type") == "function_call_output"
        }

    @property
    def previous(self) -> str | None:
        """The response that the next one follows: the last that came to its end."""
        ended = (e.id for e in self.exchanges[::-1] if status_of(e.response) in _WITH_SEQUEL)
        return next(ended, None)

    @property
    def history(self) -> list[JsonObject]:
        """All that was said, as input."""
        said = [*self.opening]
        for exchange in self.exchanges:
            said += [*exchange.sent, *as_input(exchange.response)]
        return said

    def has_arrived(self, items: Iterable[JsonObject]) -> bool:
        """Whether the server's conversation, whose items these are, shows what is pending."""
        sent = (item for exchange in self.exchanges for item in exchange.sent)
        known = Counter(map(_identity, (*self.opening, *sent)))
        there = Counter(map(_identity, items))
        return any(there[key] > known[key] for key in map(_identity, self.pending))


_WITH_SEQUEL = frozenset({"completed", "incomplete"})


def _identity(item: JsonObject) -> Hashable:
    """What tells an item of input from others, in whatever shape the server gives it back."""
    if item.get("type") == "function_call_output":
        return "output", str(item.get("call_id"))
    return str(item.get("role")), _content(item.get("content"))


def _content(value: JsonValue) -> str:
    parts = (values.text(part.get("text")) or "" for part in values.mappings(value))
    return value if isinstance(value, str) else "\n\n".join(parts)
