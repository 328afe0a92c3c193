"""What smoke shows of a conversation: everything but what is sensitive."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from asstctl.model.sensitive import Sensitive
from asstctl.smoke.ports import Citation, ToolCall
from asstctl.smoke.result import TurnResult, Verdict


@dataclass(slots=True)
class MaskedStream:
    """Passes a reply on to ``on_text`` as it is written, with secrets masked.

    What may be the beginning of a secret is held back until more text decides it.
    """

    sensitive: Sensitive
    on_text: Callable[[str], None]
    pending: str = ""

    def add(self, text: str) -> None:
        """Pass on what can no longer be part of a secret; hold the rest back."""
        self.pending += text
        self._pass_on(self.sensitive.settled(self.pending))

    def finish(self) -> None:
        """Pass on what was held back: the reply is complete."""
        self._pass_on(len(self.pending))

    def _pass_on(self, length: int) -> None:
        ready, self.pending = self.pending[:length], self.pending[length:]
        if ready:
            self.on_text(self.sensitive.text(ready))


def masked_turn(turn: TurnResult, sensitive: Sensitive) -> TurnResult:
    """The turn with every text masked that comes from the account or the manifest."""
    return replace(
        turn,
        prompt=sensitive.text(turn.prompt),
        reason=sensitive.text(turn.reason),
        reply=sensitive.text(turn.reply),
        citations=tuple(_citation(item, sensitive) for item in turn.citations),
        tool_calls=tuple(_tool(tool, sensitive) for tool in turn.tool_calls),
        verdicts=tuple(_verdict(verdict, sensitive) for verdict in turn.verdicts),
    )


def _citation(citation: Citation, sensitive: Sensitive) -> Citation:
    return replace(
        citation, marker=sensitive.text(citation.marker), quote=sensitive.text(citation.quote)
    )


def _tool(tool: ToolCall, sensitive: Sensitive) -> ToolCall:
    return replace(
        tool,
        name=tool.name and sensitive.text(tool.name),
        input=tool.input and sensitive.text(tool.input),
        output=tool.output and sensitive.text(tool.output),
    )


def _verdict(verdict: Verdict, sensitive: Sensitive) -> Verdict:
    return replace(
        verdict,
        expected=sensitive.value(verdict.expected),
        detail=sensitive.text(verdict.detail),
    )
