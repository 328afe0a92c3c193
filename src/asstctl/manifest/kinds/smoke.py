"""Smoke cases of an assistant's manifest, checked by its schema already."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from asstctl.manifest import codes
from asstctl.manifest.document import Context
from asstctl.manifest.kinds.common import join
from asstctl.manifest.kinds.vector_store import check_searchable
from asstctl.manifest.schema.json_schemas import read_schema
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Path, Plain
from asstctl.manifest.wording import did_you_mean
from asstctl.model.file import LocalFile
from asstctl.model.json import JsonValue
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
)
from asstctl.text.words import shortened

MAX_CODE_FILES = 20
_NAME_FROM_PROMPT = 60
_DEFAULT_COMMAND_TIMEOUT = 30.0


def smoke_cases(
    ctx: Context, items: list[dict[str, Any]], functions: Sequence[str]
) -> tuple[SmokeCase, ...]:
    """The cases of one assistant, whose tools have the ``functions`` named."""
    names: set[str] = set()
    return tuple(_case(ctx, item, ("smoke", i), functions, names) for i, item in indexed(items))


def _case(
    ctx: Context, item: dict[str, Any], path: Path, functions: Sequence[str], names: set[str]
) -> SmokeCase:
    turns = tuple(_turns(ctx, item, path, functions))
    return SmokeCase(
        name=_name(ctx, item, path, turns, names),
        turns=turns,
        thread=_thread(ctx, item.get("thread") or {}, join(path, "thread")),
        run=_run(ctx, item.get("run") or {}, join(path, "run"), functions),
        functions=_functions(ctx, item.get("functions") or {}, path, functions),
        targets=_targets(ctx, item.get("targets") or [], join(path, "targets")),
        repeat=int(item.get("repeat", 1)),
        require=Require(item.get("require", "all")),
        needs_model=bool(item.get("needs_model", False)),
        location=ctx.case_location(int(path[-1])),
    )


def _name(
    ctx: Context, item: dict[str, Any], path: Path, turns: tuple[Turn, ...], names: set[str]
) -> str:
    name = item.get("name")
    if name is None:
        prompt = " ".join(turns[0].prompt.split()) if turns else f"case {path[-1]}"
        stem = shortened(prompt, _NAME_FROM_PROMPT)
        name, count = stem, 1
        while name in names:
            count += 1
            name = f"{stem} ({count})"
    elif name in names:
        detail = "Reports tell the cases of an assistant apart by their names."
        ctx.report(codes.DUPLICATE_CASE, join(path, "name"), shortened(name), detail=detail)
    names.add(name)
    return str(name)


def _turns(
    ctx: Context, item: dict[str, Any], path: Path, functions: Sequence[str]
) -> Iterator[Turn]:
    if "turns" not in item:
        yield _turn(ctx, item, path, functions)
        return
    for i, turn in indexed(item["turns"]):
        yield _turn(ctx, turn, join(path, "turns", i), functions)


def _turn(ctx: Context, item: dict[str, Any], path: Path, functions: Sequence[str]) -> Turn:
    expect = item.get("expect") or {}
    return Turn(
        prompt=item["prompt"],
        attachments=_attachments(ctx, item, path),
        expect=tuple(
            _expectation(ctx, label, value, join(path, "expect", label), functions)
            for label, value in expect.items()
        ),
    )


# --- expectations -------------------------------------------------------------------------------


def _expectation(
    ctx: Context, label: str, value: Plain, path: Path, functions: Sequence[str]
) -> Expectation:
    negated = label.startswith("not_")
    kind = ExpectationKind(label.removeprefix("not_"))
    expected: JsonValue = value
    match kind:
        case ExpectationKind.MATCHES:
            _check_regex(ctx, value, path)
        case ExpectationKind.JSON if isinstance(value, dict):
            expected = {"schema": read_schema(ctx, value["schema"], join(path, "schema"))}
        case ExpectationKind.CALLS:
            for where, call in _calls(value, path):
                name, at = (
                    (call["name"], join(where, "name")) if isinstance(call, dict) else (call, where)
                )
                _check_function(ctx, name, at, functions)
    return Expectation(kind, expected, negated)


def _check_regex(ctx: Context, pattern: str, path: Path) -> None:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        ctx.report(codes.BAD_REGEX, path, detail=f"{str(error).capitalize()}.")


def _calls(value: Plain, path: Path) -> Iterator[tuple[Path, Plain]]:
    if isinstance(value, list):
        for i, call in indexed(value):
            yield join(path, i), call
    else:
        yield path, value


def _check_function(
    ctx: Context, name: str, path: Path, functions: Sequence[str], *, at_key: bool = False
) -> None:
    if name not in functions:
        ctx.report(
            codes.UNKNOWN_FUNCTION,
            path,
            shortened(name),
            detail="The assistant has no function of this name.",
            fix=did_you_mean(name, list(functions)),
            at_key=at_key,
        )


# --- what the conversation needs ----------------------------------------------------------------


def _attachments(ctx: Context, holder: dict[str, Any], path: Path) -> tuple[Attachment, ...]:
    found: list[Attachment] = []
    for i, item in indexed(holder.get("attachments") or []):
        where = join(path, "attachments", i, "path")
        file = ctx.upload(item["path"], where)
        if file is None:
            continue
        if "file_search" in item["tools"]:
            check_searchable(ctx, file, where)
        found.append(Attachment(file, tuple(item["tools"])))
    return tuple(found)


def _thread(ctx: Context, value: dict[str, Any], path: Path) -> OpeningThread:
    messages = tuple(
        Message(
            role=item["role"],
            content=item["content"],
            attachments=_attachments(ctx, item, join(path, "messages", i)),
        )
        for i, item in indexed(value.get("messages") or [])
    )
    resources = value.get("tool_resources") or {}
    code = resources.get("code_interpreter") or {}
    files = _code_files(ctx, code, join(path, "tool_resources", "code_interpreter"))
    store = (resources.get("file_search") or {}).get("vector_store")
    return OpeningThread(messages=messages, code_files=files, vector_store=store)


def _code_files(ctx: Context, value: dict[str, Any], path: Path) -> tuple[LocalFile, ...]:
    files: dict[str, LocalFile] = {}
    for i, pattern in indexed(value.get("files") or []):
        for file in ctx.uploads(pattern, join(path, "files", i)):
            files[file.path] = file
    if len(files) > MAX_CODE_FILES:
        detail = f"They name {len(files)} files; {MAX_CODE_FILES} are allowed."
        ctx.report(codes.TOO_MANY, join(path, "files"), "files", detail=detail, at_key=True)
    return tuple(files[name] for name in sorted(files))


def _run(
    ctx: Context, value: dict[str, Any], path: Path, functions: Sequence[str]
) -> dict[str, Any]:
    choice = value.get("tool_choice")
    if isinstance(choice, dict) and "function" in choice:
        where = join(path, "tool_choice", "function", "name")
        _check_function(ctx, choice["function"]["name"], where, functions)
    return value


def _targets(ctx: Context, names: list[str], path: Path) -> tuple[str, ...]:
    for i, name in indexed(names):
        if name not in ctx.targets:
            ctx.report(
                codes.UNKNOWN_TARGET,
                join(path, i),
                shortened(name),
                detail=f"asstctl.yaml has {', '.join(ctx.targets)}.",
                fix=did_you_mean(name, ctx.targets),
            )
    return tuple(names)


def _functions(
    ctx: Context, value: dict[str, Any], path: Path, functions: Sequence[str]
) -> dict[str, tuple[FunctionOutput, ...]]:
    outputs: dict[str, tuple[FunctionOutput, ...]] = {}
    for name, item in value.items():
        _check_function(ctx, name, join(path, "functions", name), functions, at_key=True)
        outputs[name] = tuple(_outputs(item))
    return outputs


def _outputs(item: dict[str, Any]) -> Iterator[FunctionOutput]:
    if "command" in item:
        timeout = float(item.get("timeout", _DEFAULT_COMMAND_TIMEOUT))
        yield CommandOutput(tuple(item["command"]), timeout)
        return
    for case in item.get("when") or []:
        yield FixedOutput(case["output"], case["arguments"])
    if "output" in item:
        yield FixedOutput(item["output"])
