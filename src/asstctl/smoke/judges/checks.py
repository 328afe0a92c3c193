"""Answers judged by a program of the manifest: what its end means."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asstctl.model.json import JsonObject
from asstctl.model.smoke import Expectation, ExpectationKind
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.programs import Finished, Printed, ProgramError, run_program
from asstctl.text.words import abridged

TIMEOUT: Final = 30.0
"""Seconds that a program may take."""

ASKING_PROGRAM: Final = "having a program judge"
"""What was being done, for errors."""

_DETAIL: Final = 300
_ERROR: Final = 600
"""Characters that are shown of its line, and of what it says on stderr."""


class CheckError(Exception):
    """A program gave no verdict; the message says what it did instead."""


@dataclass(frozen=True, slots=True)
class Check:
    """A program's verdict, and the line in which it says why."""

    passed: bool
    detail: str


async def check_all(
    expectations: Sequence[Expectation], document: JsonObject, options: SmokeOptions
) -> Mapping[tuple[str, ...], Check]:
    """Have every program judge that is expected to, once. Raises CheckError."""
    programs = {
        command_of(item): item for item in expectations if item.kind is ExpectationKind.COMMAND
    }
    return {command: await check(item, document, options) for command, item in programs.items()}


def command_of(expectation: Expectation) -> tuple[str, ...]:
    """The program and its arguments."""
    assert isinstance(expectation.expected, Sequence)
    return tuple(map(str, expectation.expected))


async def check(expectation: Expectation, document: JsonObject, options: SmokeOptions) -> Check:
    """Have the program of a ``command`` judge a turn. Raises CheckError when it does not.

    It runs in the folder of the file that names it, and is found from there when its name has a
    ``/`` in it. Its exit code 0 says that the answer passes, 1 that it fails; the first line that
    it prints says why, or the last of its stderr where it prints none.
    """
    command = command_of(expectation)
    folder = (options.directory or Path()).resolve() / expectation.folder
    program = folder / command[0] if "/" in command[0] else Path(command[0])
    try:
        done = await run_program(
            (str(program), *command[1:]),
            json.dumps(document, ensure_ascii=False),
            directory=folder,
            withheld=options.withheld,
            timeout=TIMEOUT,
        )
    except ProgramError as error:
        beside = " (there is one beside the manifest: write ./ before its name)"
        hint = beside if program.name == command[0] and (folder / program).is_file() else ""
        raise CheckError(f"the program {command[0]!r} {error}{hint}") from error
    if done.code not in (0, 1):
        raise CheckError(f"the program {command[0]!r} {_trouble(done, options)}")
    said = _lines(done.stdout, options)[:1] or _lines(done.stderr, options)[-1:]
    line = next(iter(said), f"the program {done}")
    return Check(done.code == 0, abridged(line, _DETAIL))


def _lines(printed: Printed, options: SmokeOptions) -> list[str]:
    """What a program printed, line by line, as it may be shown."""
    return [line for line in printed.shown(options.sensitive).splitlines() if line.strip()]


def _trouble(done: Finished, options: SmokeOptions) -> str:
    said = done.stderr.shown(options.sensitive).strip()[-_ERROR:]
    return f"{done}, which is no verdict" + (f": {said}" if said else "")
