"""An embeddings endpoint that knows a few synonyms, and nothing else about language."""

import json
import math
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from asstctl.emulator.models.embedding import EmbeddingModel
from asstctl.emulator.models.upstream import Embeddings

URL = "http://embed.test/v1"
KEY = "sk-embed"

_CONCEPTS = (
    {"refund", "refunds", "returned", "money", "credited"},
    {"delivery", "parcel", "parcels", "dispatched", "warehouse"},
    {"policy", "rules", "may"},
    {"buy", "purchases", "order"},
)
_OTHER = 64


def meaning(text: str, model: str = "small") -> list[float]:
    """Count the concepts of a text; each word of none has a direction of its own, nearly."""
    found = [0.0] * (len(_CONCEPTS) + _OTHER)
    for word in re.findall(r"\w+", text.casefold()):
        concepts = [place for place, words in enumerate(_CONCEPTS) if word in words]
        for place in concepts or [len(_CONCEPTS) + sum(map(ord, word)) % _OTHER]:
            found[place] += 1.0 if concepts else 0.3
    # Another model has other directions for the same.
    return found[::-1] if model == "large" else found


class Meanings:
    """Embeds what it is asked to, and keeps it. ``answers`` come first, what has more
    characters than ``longest`` is refused, and vectors have ``extra`` numbers more than they need.
    """

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.headers: list[httpx2.Headers] = []
        self.waited: list[float] = []
        self.answers: list[httpx2.Response | Exception] = []
        self.longest = 100_000
        self.extra = 0
        self.hold: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert request.method == "POST"
        assert request.url.path == "/v1/embeddings"
        self.headers.append(request.headers)
        body = json.loads(request.content)
        assert body.keys() == {"model", "input"}
        self.asked.append(body["input"])
        if self.hold is not None:
            await self.hold()
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if any(len(text) > self.longest for text in body["input"]):
            error = {"message": "input must have less than 512 tokens", "type": "Validation"}
            return httpx2.Response(413, json={"error": error})
        return httpx2.Response(200, json=embedded(body["input"], body["model"], self.extra))

    @property
    def texts(self) -> list[str]:
        """Everything that was embedded, in that order."""
        return [text for texts in self.asked for text in texts]

    async def wait(self, seconds: float) -> None:
        self.waited.append(seconds)

    def named(self, name: str = "small", patience: float = 30.0) -> Embeddings:
        """Give a model of it in the form in which an account takes one."""
        return _Wired(self, name, patience)


class _Wired(Embeddings):
    def __init__(self, endpoint: Meanings, name: str, patience: float) -> None:
        super().__init__(URL, name, KEY, patience)
        object.__setattr__(self, "_endpoint", endpoint)

    def connect(self) -> EmbeddingModel:
        endpoint: Meanings = object.__getattribute__(self, "_endpoint")
        return EmbeddingModel(self, httpx2.MockTransport(endpoint), endpoint.wait)


def embedded(texts: list[str], model: str, extra: int = 0) -> dict[str, Any]:
    """Give the answer to a request, in an order of its own."""
    vectors = [
        {"object": "embedding", "index": index, "embedding": meaning(text, model) + [0.0] * extra}
        for index, text in enumerate(texts)
    ]
    return {"object": "list", "data": vectors[::-1], "model": model}


def cosine(one: str, other: str) -> float:
    """Give how near two texts are to each other."""
    a, b = meaning(one), meaning(other)
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / math.hypot(*a) / math.hypot(*b)
