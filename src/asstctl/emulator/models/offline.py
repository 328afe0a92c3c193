"""The offline model: no network, no intelligence, the same answer every time, to the byte.

It quotes the lines of the files that have the words of the question, calls a function when the
prompt or ``tool_choice`` names one, and says plainly what it is. So it proves that files were
uploaded, indexed, attached and found; it never computes anything.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from asstctl.emulator.ids import new_id
from asstctl.emulator.models.base import (
    Call,
    Calls,
    CodeCall,
    CutOff,
    FileSearchCall,
    Found,
    FunctionCall,
    Piece,
    Prompt,
    TextDelta,
    Turn,
)
from asstctl.emulator.models.endpoint import CONTEXT_TOKENS
from asstctl.emulator.models.instance import Instances
from asstctl.emulator.text import grams
from asstctl.emulator.text.tokens import clip_tokens

LABEL = "[offline model]"
_MAX_QUOTES = 6
_MAX_QUOTE_LENGTH = 400
_PIECE = re.compile(r"\S+\s*|\s+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_WORDS_PER_PIECE = 4


class OfflineModel:
    """Answers from the files and the prompt alone."""

    # Smoke looks for this owner: it skips the cases that need a real model.
    owner = "asstctl-offline"
    context = CONTEXT_TOKENS
    names = ()
    sees = False
    forward = None

    def served(self, name: str) -> str:
        """Answer for any model, in its name."""
        return name

    async def generate(self, prompt: Prompt) -> AsyncIterator[Piece]:
        """Call the tools that the prompt asks for, then report what they gave."""
        if not prompt.rounds or prompt.tool_choice != "auto":
            calls = _calls(prompt)
            if calls:
                yield Calls(calls)
                return
        answer = _answer(prompt)
        limit = prompt.max_completion_tokens
        given = answer if limit is None else clip_tokens(answer, limit)
        words = _PIECE.findall(given)
        for start in range(0, len(words), _WORDS_PER_PIECE):
            yield TextDelta("".join(words[start : start + _WORDS_PER_PIECE]))
        if given != answer:
            yield CutOff()

    async def close(self) -> None:
        """Do nothing: there is no connection to close."""


def _calls(prompt: Prompt) -> tuple[Call, ...]:
    chosen = _chosen_tools(prompt)
    calls: list[Call] = []
    if chosen.search:
        calls.append(FileSearchCall(new_id("call_"), prompt.question))
    if chosen.code:
        calls.append(CodeCall(new_id("call_"), "# The offline model writes no code.\n"))
    if chosen.shell:
        command = "# The offline model writes no commands."
        calls.append(CodeCall(new_id("call_"), command, tool="shell"))
    for function in chosen.functions:
        schema = function.get("parameters") or {"type": "object", "properties": {}}
        arguments = Instances(schema, _without_name(prompt.question, function["name"])).build()
        text = json.dumps(arguments if isinstance(arguments, dict) else {}, ensure_ascii=False)
        calls.append(FunctionCall(new_id("call_"), function["name"], text))
    return tuple(calls)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Whether to search, to write code or a command, and the functions to call."""

    search: bool = False
    code: bool = False
    shell: bool = False
    functions: tuple[Any, ...] = ()


def _chosen_tools(prompt: Prompt) -> _Chosen:
    choice = prompt.tool_choice
    if choice == "none":
        return _Chosen()
    if not isinstance(choice, str):
        name = (choice.get("function") or {}).get("name")
        return _Chosen(
            search=choice["type"] == "file_search",
            code=choice["type"] == "code_interpreter",
            functions=tuple(item for item in prompt.functions if item["name"] == name),
        )
    search = prompt.has_tool("file_search") and prompt.has_stores
    shell = prompt.has_tool("shell") and _names("shell", prompt.question)
    chosen = _Chosen(search=search, shell=shell, functions=_named(prompt))
    return chosen if choice == "auto" else _at_least_one(prompt, chosen)


def _at_least_one(prompt: Prompt, chosen: _Chosen) -> _Chosen:
    """Meet ``tool_choice: required``: the first tool of the assistant when nothing else is."""
    if chosen.functions or prompt.functions:
        return replace(chosen, functions=chosen.functions or prompt.functions[:1])
    if prompt.has_tool("file_search"):
        return _Chosen(search=True)
    return _Chosen(code=prompt.has_tool("code_interpreter"))


def _named(prompt: Prompt) -> tuple[Any, ...]:
    """Give the functions whose names the user wrote, also with spaces: "get weather"."""
    return tuple(item for item in prompt.functions if _names(item["name"], prompt.question))


def _names(name: str, question: str) -> bool:
    """Tell whether a question has a tool's name."""
    words = re.sub(r"[_-]+", " ", name.casefold())
    asked = re.sub(r"[\s_-]+", " ", question.casefold())
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", asked) is not None


def _without_name(question: str, name: str) -> str:
    """Take the function's name out, so that it does not become one of its own arguments."""
    return re.sub(re.escape(name), "it", question, flags=re.IGNORECASE)


def _answer(prompt: Prompt) -> str:
    shape = prompt.response_format
    kind = shape if isinstance(shape, str) else shape["type"]
    if kind == "json_object":
        return json.dumps(_report(prompt), ensure_ascii=False)
    if kind == "json_schema" and not isinstance(shape, str):
        return json.dumps(
            _fit(shape["json_schema"].get("schema") or {}, prompt), ensure_ascii=False
        )
    return "\n\n".join([f"{LABEL} {_remark(prompt)}", *_sections(prompt)])


def _remark(prompt: Prompt) -> str:
    """Say in one sentence what was and was not done."""
    if _quotes(prompt):
        return "I do not think or calculate; these lines of the files match your message."
    if any(True for _ in _functions(prompt)):
        return "I do not think or calculate; this is what the functions gave."
    if _searched(prompt):
        return "I do not think or calculate, and nothing in the files matches your message."
    if prompt.has_stores:
        return "I do not think or calculate, and the files were not searched."
    if any(isinstance(turn, Turn) and turn.file for turn in prompt.history):
        return "I do not think or calculate; I read the files of the messages, and quote none."
    return "I do not think or calculate, and no files are attached that I could quote."


def _sections(prompt: Prompt) -> Iterator[str]:
    name = None
    lines: list[str] = []
    for found, line in _quotes(prompt):
        if found.file_name != name and lines:
            yield "\n".join(lines)
            lines = []
        if not lines:
            name = found.file_name
            lines.append(f"{name}:")
        lines.append(f"> {line} {found.marker}".rstrip())
    if lines:
        yield "\n".join(lines)
    outputs = [f"{call.name}({call.arguments}) gave: {call.output}" for call in _functions(prompt)]
    if outputs:
        yield "\n".join(outputs)
    if told := list(_absent(prompt)):
        yield "\n\n".join(told)


def _absent(prompt: Prompt) -> Iterator[str]:
    """Say which tools of the prompt do nothing here."""
    if prompt.has_tool("code_interpreter"):
        names = ", ".join(file.name for file in prompt.code_files)
        files = f" Its files were not read: {names}." if names else ""
        why = "I write no code" if prompt.runs_code else "The code interpreter does not run here"
        yield f"{why}, so nothing was calculated.{files}"
    if prompt.has_tool("shell"):
        yield "No command runs here, so nothing was installed or executed."
    yield from prompt.absent


def _searched(prompt: Prompt) -> bool:
    return any(isinstance(call, FileSearchCall) for turn in prompt.rounds for call in turn.calls)


def _functions(prompt: Prompt) -> Iterator[FunctionCall]:
    for turn in prompt.rounds:
        for call in turn.calls:
            if isinstance(call, FunctionCall):
                yield call


def _quotes(prompt: Prompt) -> list[tuple[Found, str]]:
    """Choose the lines with the most words of the question, in the order of the files."""
    lines: dict[str, tuple[int, int, Found]] = {}
    for turn in prompt.rounds:
        for call in turn.calls:
            if isinstance(call, FileSearchCall):
                for rank, found in enumerate(call.results):
                    for line, hits in _weighed(found):
                        if hits and line not in lines:
                            lines[line] = (hits, rank, found)
    best = sorted(lines, key=lambda line: (-lines[line][0], lines[line][1]))[:_MAX_QUOTES]
    most = lines[best[0]][0] if best else 0
    return [
        (found, line)
        for line, (hits, _, found) in lines.items()
        if line in best and hits * 2 >= most
    ]


def _weighed(found: Found) -> Iterator[tuple[str, int]]:
    """Give the lines of a passage, and how many words of the question each has.

    Of one that was found by its meaning alone, the first line stands for the rest.
    """
    for number, line in enumerate(_lines(found.text)):
        yield line, _hits(line, found.matched) if found.matched else int(number == 0)


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        pieces = [line] if len(line) <= _MAX_QUOTE_LENGTH else _SENTENCE.split(line)
        for piece in pieces:
            if stripped := " ".join(piece.split()):
                yield stripped[:_MAX_QUOTE_LENGTH]


def _hits(line: str, words: tuple[str, ...]) -> int:
    folded = line.casefold()
    plain = grams.plain(line)
    return sum(
        word in plain
        if grams.is_gram(word)
        else re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded) is not None
        for word in words
    )


def _report(prompt: Prompt) -> dict[str, Any]:
    """Answer as a JSON object."""
    report: dict[str, Any] = {"note": f"{LABEL} {_remark(prompt)}"}
    if quotes := _quotes(prompt):
        report["quotes"] = [
            {"file": found.file_name, "text": line, "citation": found.marker}
            for found, line in quotes
        ]
    if outputs := [{"function": call.name, "output": call.output} for call in _functions(prompt)]:
        report["outputs"] = outputs
    return report


def _fit(schema: dict[str, Any], prompt: Prompt) -> Any:
    """Answer with an instance of a schema, and the note wherever the schema leaves room for it."""
    value = Instances(schema, placeholder=f"{LABEL} no value").build()
    if isinstance(value, dict) and schema.get("additionalProperties") is not False:
        value.setdefault("note", f"{LABEL} {_remark(prompt)}")
    return value
