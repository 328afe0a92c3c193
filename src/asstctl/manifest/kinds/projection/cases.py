"""Smoke cases on a target whose API cannot be asked, or does not tell, what they are about."""

from collections.abc import Iterator, Mapping
from typing import cast

from asstctl.manifest.kinds.projection.judge import Judge
from asstctl.manifest.merge_layers import Variant
from asstctl.manifest.schema import types
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Path
from asstctl.model.json import JsonObject

_CITATIONS = ("cites", "not_cites")


def check_cases(judge: Judge, variant: Variant, items: list[types.SmokeCase]) -> None:
    """Report what cases that run on the target ask for in vain."""
    others = [name for name in variant.targets if name != variant.target]
    fix = f"Say where the case applies: `targets: [{', '.join(others)}]`." if others else ""
    for i, case in indexed(items):
        if variant.target not in (case.get("targets") or [variant.target]):
            continue
        for what, path, detail in _of_case(judge, case, ("smoke", i)):
            judge.impossible(what, path, detail, fix=fix)


def _of_case(judge: Judge, case: types.SmokeCase, path: Path) -> Iterator[tuple[str, Path, str]]:
    """What of a case cannot be: words for it, its place, and why."""
    run = cast(JsonObject, case.get("run", {}))
    for option in judge.dialect.inexpressible(run):
        detail = f"A run has no such {option} in {judge.api}."
        yield f"run.{option}", (*path, "run", option), detail
    if not judge.dialect.has_citations:
        for where in _citations(case, path):
            detail = f"Answers of {judge.api} say nothing of what they are based on."
            yield str(where[-1]), where, detail
    for tool, where in _used(case, path):
        if tool not in {*judge.dialect.tools, *judge.dialect.replaced}:
            yield f"uses {tool}", where, f"There is no {tool} in {judge.api}."
    for tool, where in _brought(case, path):
        if tool not in judge.dialect.tools:
            yield f"what {tool} is given", where, f"There is no {tool} in {judge.api}."


def _turns(case: types.SmokeCase, path: Path) -> Iterator[tuple[Mapping[str, object], Path]]:
    """Whatever has a prompt: the case itself, or each of its turns."""
    yield cast(Mapping[str, object], case), path
    for i, turn in indexed(case.get("turns") or []):
        yield cast(Mapping[str, object], turn), (*path, "turns", i)


def _citations(case: types.SmokeCase, path: Path) -> Iterator[Path]:
    for turn, where in _turns(case, path):
        expect = cast(Mapping[str, object], turn.get("expect") or {})
        yield from ((*where, "expect", label) for label in _CITATIONS if label in expect)


def _used(case: types.SmokeCase, path: Path) -> Iterator[tuple[str, Path]]:
    """The tools that are expected to run."""
    for turn, where in _turns(case, path):
        uses = cast(types.Expect, turn.get("expect") or {}).get("uses", [])
        label = (*where, "expect", "uses")
        yield from (
            ((uses, label),)
            if isinstance(uses, str)
            else ((tool, (*label, i)) for i, tool in indexed(uses))
        )


def _brought(case: types.SmokeCase, path: Path) -> Iterator[tuple[str, Path]]:
    """The tools that what a case brings along is for, and where it says so."""
    thread = case.get("thread", {})
    for tool in thread.get("tool_resources", {}):
        yield tool, (*path, "thread", "tool_resources", tool)
    holders = list(_turns(case, path))
    for i, message in indexed(thread.get("messages") or []):
        holders.append((cast(Mapping[str, object], message), (*path, "thread", "messages", i)))
    for holder, where in holders:
        attached = cast("list[types.Attachment]", holder.get("attachments") or [])
        for i, item in indexed(attached):
            for j, tool in indexed(item["tools"]):
                yield tool, (*where, "attachments", i, "tools", j)
