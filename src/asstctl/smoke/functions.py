"""Answers to the functions that an assistant calls: fixed, chosen by arguments, or a program's."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from asstctl.model.json import JsonValue, canonical_json
from asstctl.model.sensitive import NOTHING, Sensitive
from asstctl.model.smoke import CommandOutput, FixedOutput, FunctionOutput
from asstctl.smoke.ports import FunctionCall, FunctionResult
from asstctl.smoke.programs import MOST, ProgramError, run_program
from asstctl.smoke.text import all_quoted, quoted
from asstctl.text.words import abridged


class UnansweredCallError(Exception):
    """A call that the case has no output for; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Functions:
    """What a case declares under ``functions``, and whether its programs may run.

    ``directory`` is where programs run; None is the current one. They get the environment without
    the variables that are ``withheld``. No message shows what is ``sensitive``.
    """

    outputs: Mapping[str, tuple[FunctionOutput, ...]] = field(default_factory=dict)
    allow_commands: bool = False
    directory: Path | None = None
    withheld: frozenset[str] = frozenset()
    sensitive: Sensitive = NOTHING

    async def answer(self, calls: Sequence[FunctionCall]) -> tuple[FunctionResult, ...]:
        """Answer all calls of one step, concurrently; the results are in the order of the calls.

        Raises UnansweredCallError for a call without a declared output, for a program that may not
        run, fails or takes too long. By then no program is running any more.
        """
        chosen = [(call, self._choose(call)) for call in calls]
        # Every program is waited for, also when another one fails: none outlives its step.
        answers = await asyncio.gather(
            *(self._output(call, output) for call, output in chosen), return_exceptions=True
        )
        results: list[FunctionResult] = []
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            results.append(FunctionResult(call.id, answer))
        return tuple(results)

    def _choose(self, call: FunctionCall) -> FunctionOutput:
        declared = self.outputs.get(call.name)
        if not declared:
            known = all_quoted(sorted(self.outputs)) or "none"
            raise UnansweredCallError(
                f"the assistant called {self._shown(call)}, and the case declares no output for it "
                f"(`functions` has: {known})"
            )
        for output in declared:
            match output:
                case FixedOutput():
                    if includes(parsed_arguments(call.arguments), output.arguments):
                        return output
                case CommandOutput():
                    if not self.allow_commands:
                        raise UnansweredCallError(
                            f"the assistant called {self._shown(call)}, whose output comes from "
                            f"the program {output.command[0]!r}: --allow-commands lets it run"
                        )
                    return output
                case _:
                    assert_never(output)
        raise UnansweredCallError(
            f"the assistant called {self._shown(call)}, "
            "and no declared output is for these arguments"
        )

    async def _output(self, call: FunctionCall, output: FunctionOutput) -> str:
        match output:
            case FixedOutput(output=value):
                if isinstance(value, str):
                    return value
                return json.dumps(value, ensure_ascii=False, default=dict)
            case CommandOutput():
                return await self._run(call, output)
            case _:
                assert_never(output)

    async def _run(self, call: FunctionCall, output: CommandOutput) -> str:
        """The program's stdout without its last newline; it reads the arguments on stdin."""
        program = f"the program {output.command[0]!r} that answers {call.name}"
        try:
            done = await run_program(
                output.command,
                call.arguments,
                directory=self.directory,
                withheld=self.withheld,
                timeout=output.timeout,
            )
        except ProgramError as error:
            raise UnansweredCallError(f"{program} {error}") from error
        if done.code:
            said = done.stderr.shown(self.sensitive).strip()
            raise UnansweredCallError(f"{program} {done}" + (f": {quoted(said)}" if said else ""))
        if done.stdout.is_cut:
            raise UnansweredCallError(f"{program} printed more than {MOST // 2**20} MB")
        return done.stdout.text.removesuffix("\n")

    def _shown(self, call: FunctionCall) -> str:
        name, arguments = self.sensitive.text(call.name), self.sensitive.text(call.arguments)
        return f"{name}({abridged(arguments)})"


def parsed_arguments(text: str) -> JsonValue:
    """The arguments that a model wrote, an empty text as ``{}``; None when they are no JSON."""
    try:
        value: JsonValue = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return value


def includes(actual: JsonValue, expected: JsonValue) -> bool:
    """Whether ``actual`` has everything that ``expected`` names. Objects may hold more.

    ``{"city": "Lisbon", "days": 2}`` includes ``{"city": "Lisbon"}``, and everything includes
    ``{}``. Lists have to be equal.
    """
    if isinstance(expected, Mapping):
        if not expected:
            return True
        return isinstance(actual, Mapping) and all(
            key in actual and includes(actual[key], value) for key, value in expected.items()
        )
    return canonical_json(actual) == canonical_json(expected)
