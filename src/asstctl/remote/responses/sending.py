"""Sends a conversation's input, by whatever way the server has, and finds out which that is."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from asstctl.model.json import JsonObject, JsonValue
from asstctl.remote.responses.decode_runs import has_usage, is_over, read_response
from asstctl.remote.responses.held import Exchange, Held
from asstctl.remote.responses.streaming import ResponseEvent, response_events
from asstctl.remote.storage import values
from asstctl.remote.storage.decode import as_object
from asstctl.remote.wire.exactly_once import Attempts, found_after
from asstctl.remote.wire.failures import garbage
from asstctl.remote.wire.paths import path_to
from asstctl.remote.wire.wire import Query, Wire
from asstctl.smoke.cleanup import tracked
from asstctl.smoke.ports import Token
from asstctl.sync.ports import AccountError, Failure

RESPONSES: Final = "/responses"
_REFUSED: Final = (Failure.INVALID, Failure.UNSUPPORTED)
_NOT_STORED: Final = (*_REFUSED, Failure.MISSING, Failure.GARBAGE)
_NOT_STREAMED: Final = (*_REFUSED, Failure.GARBAGE)
_LONGEST: Final = 86_400.0
"""Seconds that a response may take before one's eyes. The run has a deadline of its own."""
_GRACE: Final = 2.0
"""Seconds that the start of a response in the background gets to tell its id, when interrupted."""
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Way:
    """What of the API is made use of; None: it is tried, and the server may not have it.

    ``background`` are responses that can be polled and cancelled, ``stored`` those that a later one
    can follow by their id.
    """

    background: bool | None = None
    stored: bool | None = None

    def lesser(self, error: AccountError, *, follows: bool) -> "Way | None":
        """What to try after a refusal; None when it has to do with none of this.

        ``follows`` says that the request named the response before it.
        """
        if self.background is None and error.failure in _REFUSED:
            return replace(self, background=False)
        if follows and error.failure in _NOT_STORED:
            return replace(self, stored=False)
        return None


class Sender:
    """Posts to ``/responses``. What the server can do is found out once, on the way.

    Nobody can look for a response whose id was lost with its answer. So after a lost answer the
    conversation, where there is one, is read before anything is sent again, and each lost answer
    leaves one response behind at worst.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.way = Way()
        self._streams = True
        """Whether a stream has not been refused yet."""

    async def create(self, held: Held) -> None:
        """Send what is pending; the response to it is noted."""
        attempts, way = Attempts(self._wire), await self._way(held)
        while True:
            try:
                exchange = await self._made(held, way)
            except AccountError as error:
                lesser = way.lesser(error, follows=_follows(held, way))
                if lesser is None:
                    if not error.outcome_unknown:
                        raise
                    await self._wait(held, error, attempts)
                way = lesser or way
            else:
                self._learn(way, exchange)
                await self._complete(exchange)
                return

    async def stream(self, held: Held) -> AsyncIterator[Token | None]:
        """Send what is pending; yields pieces of text, and None when the response was noted anew.

        A stream that breaks off is made good by the response that the server saved. Raises
        AccountError when it saved none.
        """
        attempts, way = Attempts(self._wire), await self._way(held)
        while True:
            before = len(held.exchanges)
            try:
                async with aclosing(self._listen(held, way)) as tokens:
                    async for token in tokens:
                        yield token
            except AccountError as error:
                if len(held.exchanges) > before:
                    await self._complete(held.exchanges[-1], broken=error)
                    break
                lesser = way.lesser(error, follows=_follows(held, way))
                if lesser is None:
                    await self._wait(held, error, attempts)
                way = lesser or way
            else:
                break
        yield None

    async def _listen(self, held: Held, way: Way) -> AsyncGenerator[Token | None, None]:
        """One stream. Raises AccountError also when it ends without the end of the response."""
        request = {**_request(held, way), "stream": True}
        note = partial(held.note, request)
        async with aclosing(response_events(self._wire, RESPONSES, request)) as events:
            await tracked(_first(events), note, grace=_GRACE)
            exchange = held.exchanges[-1]
            self._learn(way, exchange)
            yield None
            async for event in events:
                if isinstance(event, Token):
                    yield event
                else:
                    exchange.response = event
                    yield None
        await self._complete(exchange, broken=garbage("a stream without the end of the response"))

    async def look(self, exchange: Exchange) -> float | None:
        """Read a response again; seconds until the next look if the server names them."""
        # httpx knows nothing of brackets; they are how the API takes a list in a query.
        query: Query = {"include[]": exchange.include} if exchange.include else {}
        answer = await self._wire.get(path_to("responses", exchange.id), query)
        exchange.response = answer.read(read_response)
        return answer.poll_after

    async def _made(self, held: Held, way: Way) -> Exchange:
        """Make a response; in the foreground as a stream that nobody sees.

        A stream names the response before it is written: one whose deadline closes the stream can
        be deleted then.
        """
        if way.background is not False or not self._streams:
            return await self._create(held, way)
        before = len(held.exchanges)
        try:
            async with aclosing(self._listen(held, way)) as tokens:
                async for _ in tokens:
                    pass
        except AccountError as error:
            if len(held.exchanges) > before:
                await self._complete(held.exchanges[-1], broken=error)
            elif error.failure in _NOT_STREAMED:
                made = await self._create(held, way)
                self._streams = False
                return made
            else:
                raise
        return held.exchanges[-1]

    async def _create(self, held: Held, way: Way) -> Exchange:
        request = _request(held, way)

        seconds = 0.0 if way.background else _LONGEST

        async def send() -> JsonObject:
            answer = await self._wire.create(RESPONSES, request, seconds=seconds)
            return answer.read(read_response)

        grace = _GRACE if request.get("background") else 0.0
        note = partial(held.note, request)
        await tracked(send(), note, grace=grace)
        return held.exchanges[-1]

    async def _complete(self, exchange: Exchange, *, broken: AccountError | None = None) -> None:
        """Look once at a response that came without its end or its usage.

        Raises ``broken``, the reason for a missing end, when nothing more can be seen.
        """
        if is_over(exchange.response) and has_usage(exchange.response):
            return
        if broken is None and not (exchange.stored and is_over(exchange.response)):
            return
        try:
            await self.look(exchange)
        except AccountError:
            if broken is not None and not is_over(exchange.response):
                raise broken from None

    async def _way(self, held: Held) -> Way:
        """The way, once it is clear whether a response can be followed that is to be."""
        if self.way.stored is None and held.conversation is None and held.previous:
            try:
                await self.look(held.exchanges[-1])
            except AccountError as error:
                if error.failure not in _NOT_STORED:
                    raise
                self.way = replace(self.way, stored=False)
            else:
                self.way = replace(self.way, stored=True)
        return self.way

    def _learn(self, way: Way, exchange: Exchange) -> None:
        """What a request that was accepted shows; others may have found out more meanwhile.

        Some servers take any option and heed none: such a response is over at once.
        """
        heeded = exchange.response.get("background") is True or not is_over(exchange.response)
        stored = self.way.stored if way.stored is None else way.stored
        self.way = Way(background=way.background is not False and heeded, stored=stored)

    async def _wait(self, held: Held, error: AccountError, attempts: Attempts) -> None:
        """Wait before sending again; raises the error where that must not be done."""
        if error.outcome_unknown and held.conversation is not None:
            path = path_to("conversations", held.conversation, "items")
            query: Query = {"limit": _PAGE, "order": "desc"}
            page = await found_after(error, lambda: self._wire.get(path, query))
            if page is not None and held.has_arrived(page.read(_items)):
                raise error
        await attempts.wait(error)


async def _first(events: AsyncGenerator[ResponseEvent, None]) -> JsonObject:
    """The first event of a stream, which names the response."""
    async for event in events:
        if not isinstance(event, Token):
            return event
    raise garbage("a stream without a word about the response")


def _follows(held: Held, way: Way) -> bool:
    return held.conversation is None and way.stored is not False and held.previous is not None


def _request(held: Held, way: Way) -> JsonObject:
    body: dict[str, JsonValue] = {**held.body, "input": list(held.pending)}
    if held.conversation is not None:
        body["conversation"] = held.conversation
    elif _follows(held, way):
        body["previous_response_id"] = held.previous
    elif way.stored is False:
        body |= {"input": [*held.history, *held.pending], "store": False}
    if way.background is not False and "store" not in body:
        body["background"] = True
    return body


def _items(value: JsonValue) -> list[JsonObject]:
    return values.mappings(as_object(value).get("data"))
