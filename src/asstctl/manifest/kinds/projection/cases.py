"""Smoke cases on a target whose API cannot be asked, or does not tell, what they are about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from asstctl.manifest.kinds.projection.judge import Judge
from asstctl.manifest.merge_layers import Variant
from asstctl.manifest.schema import types
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Path
from asstctl.model.assistant import AssistantSpec
from asstctl.model.json import JsonObject

_CITATIONS = ("cites", "not_cites")
_Finding: TypeAlias = tuple[str, Path, str]
"""What cannot be: words for it, its place, and why."""


def check_cases(
    judge: Judge, variant: Variant, items: list[types.SmokeCase], spec: AssistantSpec
) -> None:
    """Report what cases that run on the target ask of the assistant in vain."""
    others = variant.others(lambda account: account.api is not judge.dialect.api)
    fix = applies(others) or "Take it out of the case."
    for i, case in indexed(items):
        if variant.target not in (case.get("targets") or [variant.target]):
            continue
        for what, path, detail in _Case(judge, spec, case, ("smoke", i)).findings():
            judge.impossible(what, path, detail, fix=fix)


def applies(targets: Sequence[str]) -> str:
    """The cure of what cannot be on one target and can on these; none where there are none."""
    return f"Say where the case applies: `targets: [{', '.join(targets)}]`." if targets else ""


@dataclass(frozen=True, slots=True)
class _Case:
    """One case, which stands at ``path``, about the assistant of this ``spec``."""

    judge: Judge
    spec: AssistantSpec
    case: types.SmokeCase
    path: Path

    def findings(self) -> Iterator[_Finding]:
        """Everything in the case that cannot be."""
        yield from self._of_run()
        yield from self._of_answers()
        yield from self._of_tools()
        yield from self._of_opening()
        yield from self._of_files()

    def _of_run(self) -> Iterator[_Finding]:
        run = cast(JsonObject, self.case.get("run", {}))
        for option in self.judge.dialect.inexpressible(run):
            detail = f"A run has no such {option} in {self.judge.api}."
            yield f"run.{option}", (*self.path, "run", option), detail

    def _of_answers(self) -> Iterator[_Finding]:
        if not self.judge.dialect.has_citations:
            for where in _citations(self.case, self.path):
                detail = f"Answers of {self.judge.api} say nothing of what they are based on."
                yield str(where[-1]), where, detail

    def _of_tools(self) -> Iterator[_Finding]:
        dialect = self.judge.dialect
        for tool, where in _used(self.case, self.path):
            if tool not in dialect.tools and tool not in dialect.undeclared_tools:
                others = " and ".join(f"`{name}`" for name in sorted(dialect.undeclared_tools))
                instead = f" What its work is done by there is {others}." if others else ""
                in_place = tool in dialect.replaced
                detail = f"There is no {tool} in {self.judge.api}.{instead if in_place else ''}"
                yield f"uses {tool}", where, detail

    def _of_opening(self) -> Iterator[_Finding]:
        known = self.judge.dialect.opening_roles
        for i, message in indexed(self.case.get("thread", {}).get("messages") or []):
            if message["role"] not in known:
                where = (*self.path, "thread", "messages", i, "role")
                detail = f"In {self.judge.api} nothing can be put into the assistant's mouth."
                yield f"a message of the {message['role']}", where, detail

    def _of_files(self) -> Iterator[_Finding]:
        dialect, field = self.judge.dialect, self.judge.dialect.attaches_into
        for tool, where in _resources(self.case, self.path):
            if tool not in dialect.tools and (field is None or tool not in dialect.replaced):
                detail = f"There is no {tool} in {self.judge.api}."
                yield f"what {tool} is given", where, detail
            elif field is not None:
                yield from self._without(field, where)
        for where, tools in _attachments(self.case, self.path):
            if field is not None:
                yield from self._without(field, where)
                continue
            for i, tool in indexed(tools):
                if tool not in dialect.tools:
                    detail = f"There is no {tool} in {self.judge.api}."
                    yield f"what {tool} is given", (*where, "tools", i), detail

    def _without(self, field: str, where: Path) -> Iterator[_Finding]:
        """What takes files has to be there."""
        if getattr(self.spec, field) is None:
            detail = f"In {self.judge.api} files go into the {field}, and this assistant has none."
            yield "a file of the case", where, detail


def turns_of(
    case: types.SmokeCase, path: Path
) -> Iterator[tuple[types.SmokeCase | types.SmokeCaseTurn, Path]]:
    """Whatever has a prompt: the case itself, or each of its turns."""
    yield case, path
    for i, turn in indexed(case.get("turns") or []):
        yield turn, (*path, "turns", i)


def _citations(case: types.SmokeCase, path: Path) -> Iterator[Path]:
    for turn, where in turns_of(case, path):
        expect = turn.get("expect") or {}
        yield from ((*where, "expect", label) for label in _CITATIONS if label in expect)


def _used(case: types.SmokeCase, path: Path) -> Iterator[tuple[str, Path]]:
    """The tools that are expected to run."""
    for turn, where in turns_of(case, path):
        uses = (turn.get("expect") or types.Expect()).get("uses", [])
        label = (*where, "expect", "uses")
        yield from (
            ((uses, label),)
            if isinstance(uses, str)
            else ((tool, (*label, i)) for i, tool in indexed(uses))
        )


def _resources(case: types.SmokeCase, path: Path) -> Iterator[tuple[str, Path]]:
    """The tools that the thread brings something along for."""
    for tool in case.get("thread", {}).get("tool_resources", {}):
        yield tool, (*path, "thread", "tool_resources", tool)


def _attachments(case: types.SmokeCase, path: Path) -> Iterator[tuple[Path, list[str]]]:
    """Each file that comes with a message: its place, and the tools that it is for."""
    holders: list[tuple[types.SmokeCase | types.SmokeCaseTurn | types.ThreadMessage, Path]] = [
        *turns_of(case, path)
    ]
    for i, message in indexed(case.get("thread", {}).get("messages") or []):
        holders.append((message, (*path, "thread", "messages", i)))
    for holder, where in holders:
        for i, item in indexed(holder.get("attachments") or []):
            yield (*where, "attachments", i), list(item["tools"])
