"""A model that does what a test tells it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from asstctl.emulator.models.base import Model, Piece, Prompt, TextDelta
from asstctl.emulator.models.upstream import Upstream


class Hang:
    """The model says nothing more, for ever."""


Step = Piece | Exception | Hang | str


@dataclass
class Script:
    """The turns that a model will give; it keeps the prompts that it was given."""

    turns: list[Sequence[Step]]
    prompts: list[Prompt] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    owner: str = "scripted"
    context: int = 128_000
    names: tuple[str, ...] = ()
    sees: bool = True
    forward: None = None

    def served(self, name: str) -> str:
        return name

    async def generate(self, prompt: Prompt) -> AsyncIterator[Piece]:
        self.prompts.append(prompt)
        for step in self.turns.pop(0):
            match step:
                case Hang():
                    self.reached.set()
                    await asyncio.Event().wait()
                case Exception():
                    raise step
                case str():
                    yield TextDelta(step)
                case _:
                    yield step

    async def close(self) -> None:
        pass

    @property
    def upstream(self) -> "_Upstream":
        """Give it in the form in which an account takes a model."""
        return _Upstream(self)


class _Upstream(Upstream):
    def __init__(self, script: Script) -> None:
        super().__init__("http://nowhere/v1", "key", "scripted")
        object.__setattr__(self, "_script", script)

    def connect(self) -> Model:
        script: Script = object.__getattribute__(self, "_script")
        return script
