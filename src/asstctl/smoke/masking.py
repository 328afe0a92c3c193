"""What smoke shows of a conversation: everything but what is sensitive."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from asstctl.model.sensitive import Sensitive
from asstctl.smoke.judges.judge import Rubric
from asstctl.smoke.ports import Citation, FunctionCall, ToolCall
from asstctl.smoke.result import Gap, TurnResult, Verdict
from asstctl.text.words import abridged

_LONGEST_QUOTE: Final = 400


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
    """The turn with every text masked that comes from the account or the manifest.

    What has lost something that an expectation may look at is one of its gaps.
    """
    reply, calls = sensitive.text(turn.reply), tuple(_call(item, sensitive) for item in turn.calls)
    lost = {Gap.REPLY: reply != turn.reply, Gap.CALLS: calls != turn.calls}
    return replace(
        turn,
        calls=calls,
        opinions={
            _rubric(rubric, sensitive): replace(opinion, reason=sensitive.text(opinion.reason))
            for rubric, opinion in turn.opinions.items()
        },
        similarities={
            replace(likeness, to=sensitive.text(likeness.to)): similarity
            for likeness, similarity in turn.similarities.items()
        },
        gaps=turn.gaps | {gap for gap, is_lost in lost.items() if is_lost},
        prompt=sensitive.text(turn.prompt),
        reason=sensitive.text(turn.reason),
        reply=reply,
        citations=tuple(_citation(item, sensitive) for item in turn.citations),
        tool_calls=tuple(_tool(tool, sensitive) for tool in turn.tool_calls),
        verdicts=tuple(_verdict(verdict, sensitive) for verdict in turn.verdicts),
    )


def _citation(citation: Citation, sensitive: Sensitive) -> Citation:
    return replace(
        citation, marker=sensitive.text(citation.marker), quote=_quote(citation.quote, sensitive)
    )


def _quote(text: str, sensitive: Sensitive) -> str:
    """As much of what was cited as says which passage it is."""
    shown = sensitive.text(text)
    return shown if len(shown) <= _LONGEST_QUOTE else abridged(shown, _LONGEST_QUOTE)


def _call(call: FunctionCall, sensitive: Sensitive) -> FunctionCall:
    return replace(call, name=sensitive.text(call.name), arguments=sensitive.text(call.arguments))


def _rubric(rubric: Rubric, sensitive: Sensitive) -> Rubric:
    return replace(rubric, text=sensitive.text(rubric.text))


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
