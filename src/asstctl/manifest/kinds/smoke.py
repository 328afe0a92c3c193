"""Smoke cases of an assistant's manifest, checked by its schema already."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from posixpath import normpath
from typing import cast

from asstctl.manifest import codes
from asstctl.manifest.files.finder import FileFinder
from asstctl.manifest.interpolate import Data
from asstctl.manifest.kinds.common import code_files, join, text_in_file
from asstctl.manifest.kinds.vector_store import check_searchable
from asstctl.manifest.merge_layers import Variant
from asstctl.manifest.problems import Rejected
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.schema.json_schemas import read_schema
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Fields, Path, Plain
from asstctl.model.diagnostics import Location
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.smoke import (
    Attachment,
    CommandOutput,
    Expectation,
    ExpectationKind,
    FixedOutput,
    FunctionOutput,
    Message,
    OpeningThread,
    Require,
    SmokeCase,
    Turn,
    chosen_of,
)
from asstctl.model.suggestions import did_you_mean
from asstctl.text.words import shortened

_NAME_FROM_PROMPT = 60
_LONGEST_PROMPT = 256_000
_DEFAULT_COMMAND_TIMEOUT = 30.0


def smoke_cases(
    variant: Variant, items: list[types.SmokeCase], functions: Sequence[str]
) -> tuple[SmokeCase, ...]:
    """The cases of one assistant, whose tools have the ``functions`` named."""
    names: dict[str, Location] = {}
    return tuple(_case(variant, item, ("smoke", i), functions, names) for i, item in indexed(items))


def _case(
    variant: Variant,
    item: types.SmokeCase,
    path: Path,
    functions: Sequence[str],
    names: dict[str, Location],
) -> SmokeCase:
    finder, reporter = variant.finder, variant.reporter
    index = int(path[-1])
    turns = tuple(_turns(finder, item, path, functions, variant.cases[index].data))
    return SmokeCase(
        name=_name(variant, item, index, turns, names),
        turns=turns,
        thread=_thread(finder, item.get("thread", {}), join(path, "thread")),
        run=_run(reporter, item.get("run", {}), join(path, "run"), functions),
        functions=_functions(reporter, item.get("functions", {}), path, functions),
        targets=_targets(
            reporter, item.get("targets") or [], join(path, "targets"), variant.targets
        ),
        repeat=int(item.get("repeat", 1)),
        require=Require(item.get("require", "all")),
        needs_model=bool(item.get("needs_model", False)),
        location=variant.case_location(index),
        matrix={name: choice.label for name, choice in variant.cases[index].choices.items()},
    )


def _name(
    variant: Variant,
    item: types.SmokeCase,
    index: int,
    turns: tuple[Turn, ...],
    names: dict[str, Location],
) -> str:
    """The case's name, or one made from its prompt; behind it what was chosen of a matrix."""
    origin, given = variant.cases[index], item.get("name")
    prompt = " ".join(turns[0].prompt.split()) if turns else f"case {index}"
    stem = shortened(prompt, _NAME_FROM_PROMPT) if given is None else given
    told = frozenset({"prompt"} if given is None else ())  # by the name, which is made from it
    suffix = chosen_of({n: c.label for n, c in origin.choices.items() if n not in told})
    name, count = f"{stem}{suffix}", 1
    while given is None and name in names:
        count += 1
        name = f"{stem} ({count}){suffix}"
    if name in names:
        _report_duplicate(variant, index, name, names[name])
    names[name] = variant.case_location(index)
    return name


def _report_duplicate(variant: Variant, index: int, name: str, first: Location) -> None:
    origin = variant.cases[index]
    fix = ""
    if origin.row and not origin.columns_of(("name",)):
        fix = "Put a column into the name, as in `name: about ${case.NAME}`, or leave it out."
    detail = "Reports tell the cases of an assistant apart by their names"
    detail = f"{detail}, and that of {first} has it already."
    path: Path = ("smoke", index, "name")
    variant.reporter.report(codes.DUPLICATE_CASE, path, shortened(name), detail=detail, fix=fix)


def _turns(
    finder: FileFinder,
    item: types.SmokeCase,
    path: Path,
    functions: Sequence[str],
    data: Mapping[str, Data],
) -> Iterator[Turn]:
    if "turns" not in item:
        yield _turn(finder, item, path, functions, data)
        return
    for i, turn in indexed(item["turns"]):
        yield _turn(finder, turn, join(path, "turns", i), functions, data)


def _turn(
    finder: FileFinder,
    item: types.SmokeCase | types.SmokeCaseTurn,
    path: Path,
    functions: Sequence[str],
    data: Mapping[str, Data],
) -> Turn:
    # Each expectation has a shape of its own, which goes by its label.
    expect = cast(Fields, item.get("expect", {}))
    return Turn(
        prompt=_prompt(finder, item["prompt"], join(path, "prompt"), data),
        attachments=_attachments(finder, item, path),
        expect=tuple(
            _expectation(finder, label, value, join(path, "expect", label), functions)
            for label, value in expect.items()
        ),
    )


def _prompt(
    finder: FileFinder, value: str | types.FileReference, path: Path, data: Mapping[str, Data]
) -> str:
    """What the user says; nothing when that was reported."""
    if isinstance(value, str):
        return value
    return text_in_file(finder, value, path, _LONGEST_PROMPT, data) or ""


# --- expectations -------------------------------------------------------------------------------


def _expectation(
    finder: FileFinder, label: str, value: Plain, path: Path, functions: Sequence[str]
) -> Expectation:
    negated = label.startswith("not_")
    kind = ExpectationKind(label.removeprefix("not_"))
    expected: JsonValue = value
    match kind:
        case ExpectationKind.MATCHES:
            for pattern, where in _each(value, path):
                _check_regex(finder.reporter, pattern, where)
        case ExpectationKind.JSON if isinstance(value, dict):
            schema = cast(types.ExpectedJsonMapping, value)["schema"]
            expected = {"schema": read_schema(finder, schema, join(path, "schema"))}
        case ExpectationKind.CALLS:
            _check_calls(finder.reporter, value, path, functions)
        case ExpectationKind.COMMAND:
            folder = _folder(finder.reporter, path)
            _check_program(finder, str(cast(list[str], value)[0]), folder, join(path, 0))
            return Expectation(kind, expected, negated, folder)
    return Expectation(kind, expected, negated)


def _folder(reporter: Reporter, path: Path) -> str:
    """The folder of the file in which something is written, relative to the project."""
    written_in = PurePosixPath(reporter.provenance.value_span(path).location.path)
    return "" if written_in.parent == PurePosixPath() else str(written_in.parent)


def _check_program(finder: FileFinder, program: str, folder: str, path: Path) -> None:
    """A program with a ``/`` in its name is a file that is found from the manifest."""
    if "/" not in program or program.startswith("/"):
        return
    try:
        finder.files.file(normpath(f"{folder}/{program}" if folder else program))
    except Rejected as rejected:
        fix = "Create it, or correct the path: it counts from the manifest's folder."
        finder.reporter.report(
            rejected.code,
            path,
            rejected.subject,
            detail=rejected.detail,
            fix=fix if rejected.code is codes.MISSING_FILE else rejected.fix,
        )


def _each(value: Plain, path: Path) -> Iterator[tuple[str, Path]]:
    """Each of a list of texts with its place, or the one that there is."""
    if not isinstance(value, list):
        yield str(value), path
        return
    yield from ((str(item), join(path, i)) for i, item in indexed(value))


def _check_regex(reporter: Reporter, pattern: str, path: Path) -> None:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        reporter.report(codes.BAD_REGEX, path, detail=f"{str(error).capitalize()}.")


def _check_calls(reporter: Reporter, value: Plain, path: Path, functions: Sequence[str]) -> None:
    """Check the name of each function that is to be called, and how often."""
    match value:
        case str(name):
            _check_function(reporter, name, path, functions)
        case list(calls):
            for i, call in indexed(calls):
                _check_calls(reporter, call, join(path, i), functions)
        case dict(call) if "name" in call:
            _check_function(reporter, str(call["name"]), join(path, "name"), functions)
            _check_times(reporter, call.get("times"), join(path, "times"))
        case dict(forms):
            for form, ordered in forms.items():
                _check_calls(reporter, ordered, join(path, form), functions)


def _check_times(reporter: Reporter, value: Plain, path: Path) -> None:
    match value:
        case {"min": int(least), "max": int(most)} if least > most:
            detail = f"It is {most}; it has to be at least {least}, which is min."
            where = join(path, "max")
            reporter.report(codes.OUT_OF_RANGE, where, "times.max", detail=detail)


def _check_function(
    reporter: Reporter, name: str, path: Path, functions: Sequence[str], *, at_key: bool = False
) -> None:
    if name not in functions:
        reporter.report(
            codes.UNKNOWN_FUNCTION,
            path,
            shortened(name),
            detail="The assistant has no function of this name.",
            fix=did_you_mean(name, list(functions)),
            at_key=at_key,
        )


# --- what the conversation needs ----------------------------------------------------------------


def _attachments(
    finder: FileFinder,
    holder: types.SmokeCase | types.SmokeCaseTurn | types.ThreadMessage,
    path: Path,
) -> tuple[Attachment, ...]:
    found: list[Attachment] = []
    for i, item in indexed(holder.get("attachments") or []):
        where = join(path, "attachments", i, "path")
        file = finder.upload(item["path"], where)
        if file is None:
            continue
        if "file_search" in item["tools"]:
            check_searchable(finder.reporter, file, where)
        found.append(Attachment(file, tuple(item["tools"])))
    return tuple(found)


def _thread(finder: FileFinder, value: types.Thread, path: Path) -> OpeningThread:
    messages = tuple(
        Message(
            role=item["role"],
            content=item["content"],
            attachments=_attachments(finder, item, join(path, "messages", i)),
        )
        for i, item in indexed(value.get("messages") or [])
    )
    resources = value.get("tool_resources", {})
    code, search = resources.get("code_interpreter"), resources.get("file_search")
    where = join(path, "tool_resources", "code_interpreter", "files")
    return OpeningThread(
        messages=messages,
        code_files=code_files(finder, code["files"], where) if code else (),
        vector_store=search["vector_store"] if search else None,
    )


def _run(reporter: Reporter, value: types.Run, path: Path, functions: Sequence[str]) -> JsonObject:
    choice = value.get("tool_choice")
    if isinstance(choice, dict) and choice["type"] == "function":
        where = join(path, "tool_choice", "function", "name")
        _check_function(reporter, choice["function"]["name"], where, functions)
    return cast(JsonObject, value)


def _targets(
    reporter: Reporter, names: list[str], path: Path, known: tuple[str, ...]
) -> tuple[str, ...]:
    for i, name in indexed(names):
        if name not in known:
            reporter.report(
                codes.UNKNOWN_TARGET,
                join(path, i),
                shortened(name),
                detail=f"asstctl.yaml has {', '.join(known)}.",
                fix=did_you_mean(name, known),
            )
    return tuple(names)


def _functions(
    reporter: Reporter, value: dict[str, types.FunctionOutput], path: Path, functions: Sequence[str]
) -> dict[str, tuple[FunctionOutput, ...]]:
    outputs: dict[str, tuple[FunctionOutput, ...]] = {}
    for name, item in value.items():
        _check_function(reporter, name, join(path, "functions", name), functions, at_key=True)
        outputs[name] = tuple(_outputs(item))
    return outputs


def _outputs(item: types.FunctionOutput) -> Iterator[FunctionOutput]:
    if "command" in item:
        timeout = float(item.get("timeout", _DEFAULT_COMMAND_TIMEOUT))
        yield CommandOutput(tuple(item["command"]), timeout)
        return
    for case in item.get("when") or []:
        yield FixedOutput(case["output"], case["arguments"])
    if "output" in item:
        yield FixedOutput(item["output"])
