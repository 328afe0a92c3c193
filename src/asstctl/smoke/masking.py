"""What smoke shows of a conversation: everything but what is sensitive."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from asstctl.model.sensitive import Sensitive
from asstctl.smoke.ports import Citation, ToolCall
from asstctl.smoke.result import TurnResult, Verdict


@dataclass(slots=True)
class MaskedStream:
    """Passes a reply on as it is written. What may be the beginning of a secret waits."""

    sensitive: Sensitive
    on_text: Callable[[str], None]
    held: str = ""

    def add(self, text: str) -> None:
        """A piece came in."""
        self.held += text
        self._pass_on(self.sensitive.settled(self.held))

    def finish(self) -> None:
        """The reply is complete."""
        self._pass_on(len(self.held))

    def _pass_on(self, length: int) -> None:
        ready, self.held = self.held[:length], self.held[length:]
        if ready:
            self.on_text(self.sensitive.text(ready))


def masked_turn(turn: TurnResult, sensitive: Sensitive) -> TurnResult:
    """The turn as it may be shown."""
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
