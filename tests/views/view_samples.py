"""One value of each kind that a view shows, with a text in every place that can hold one."""

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from asstctl.errors import AsstctlError
from asstctl.model.actual import ActualAssistant, Upload
from asstctl.model.address import Address, Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import Desired, DesiredAssistant, DesiredFile, DesiredStore
from asstctl.model.diagnostics import Diagnostic, Excerpt, Location, Severity
from asstctl.model.dialect import Api
from asstctl.model.file import LocalFile
from asstctl.model.pulled import Pulled, PulledAssistant, PulledFile
from asstctl.model.stamp import Stamp
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block, Change, Drift, FieldChange, FileChange
from asstctl.plan.plan import Plan
from asstctl.plan.warnings import AccountWarning
from asstctl.smoke.leftovers import Leftover, Removal
from asstctl.smoke.ports import Place
from asstctl.sync.doctor.check import Check, Checkup, Server, Spoken, Verdict
from asstctl.sync.result import ApplyResult, ChangeResult, Status
from asstctl.sync.uploads.garbage import Deletion, Garbage
from asstctl.sync.uploads.recognise import Orphan, Proof

LONG = "a word and another, " * 8
ADDRESS = Address(Kind.ASSISTANT, "guide")
ERROR = AsstctlError("what", why="why", fix="fix")
WARNING = AccountWarning("cut-list", "what", "why", "fix")
STAMP = Stamp(project="p", key="guide", digest="d" * 64, commit="c" * 40)
SPEC = AssistantSpec(model="m", name="n", vector_store="docs", metadata={"k": "v"})
ACTUAL = ActualAssistant(id="asst_1", spec=SPEC, stamp=STAMP, raw=SPEC)
FIELDS = (
    FieldChange("name", "one", "two"),
    FieldChange("instructions", f"{LONG}\none\n", f"{LONG}\ntwo"),
    FieldChange("metadata.k", None, "v"),
    FieldChange("tools.f", {"a": ["b"]}, {"a": ["c", 1, None]}),
)
DRIFT = (
    Drift("name", "one", "two", "three"),
    Drift("description", LONG, f"{LONG}!", None),
    Drift("instructions", None, "two", "three", conflict=True, base="b"),
)
FILES = tuple(
    FileChange(action=action, path="docs/a.md", sha256="a" * 64, bytes=1, note="note")
    for action in FileAction
)
DESIRED = Desired(
    project="p",
    stores=(
        DesiredStore(
            key="docs",
            spec=VectorStoreSpec(name="n"),
            store_files=(DesiredFile(LocalFile("docs/a.md", Path("a"), 1)),),
        ),
    ),
    assistants=(DesiredAssistant(key="guide", spec=SPEC),),
)
PLAN = Plan(
    project="p",
    target="t",
    account="a",
    commit="c" * 40,
    managed=1,
    changes=(
        *(
            Change(
                address=ADDRESS,
                action=action,
                reason="reason",
                actual=None if action is Action.CREATE else ACTUAL,
                desired=DESIRED.assistants[0],
                fields=FIELDS,
                files=FILES,
                drift=DRIFT,
                moved_from=ADDRESS,
            )
            for action in Action
        ),
        *(
            Change(
                address=ADDRESS,
                action=Action.BLOCKED,
                reason="reason",
                actual=ACTUAL,
                drift=DRIFT,
                block=block,
            )
            for block in Block
        ),
    ),
    warnings=(WARNING,),
)
RESULT = ApplyResult(
    changes=tuple(
        ChangeResult(
            address=ADDRESS,
            action=Action.UPDATE,
            status=status,
            id="asst_1",
            error=ERROR,
            not_kept=("metadata",),
            extra=("metadata.k",),
        )
        for status in Status
    ),
    seconds=1.0,
    warnings=(WARNING,),
)
DIAGNOSTICS = (
    Diagnostic(
        Severity.ERROR,
        "code",
        "summary",
        Location("a.yaml", 1, 2),
        "detail",
        "fix",
        Excerpt("line of the file", 3),
    ),
)
CHECKS = tuple(Check("name", verdict, "found", "fix") for verdict in Verdict)
SERVED = Server(
    (
        Spoken(Api.ASSISTANTS, False, "HTTP 404"),
        Spoken(Api.RESPONSES, True),
        Spoken(Api.AGENTS, None, "forbidden, HTTP 403"),
    )
)
CHECKUP = Checkup("prod", CHECKS, Api.RESPONSES, SERVED)
UPLOAD = Upload(id="file_1", filename="a.md", bytes=1)
GARBAGE = Garbage(
    account="a", examined=1, ours=(Orphan(upload=UPLOAD, proof=Proof.STAMP),), unowned=(UPLOAD,)
)
LEFTOVERS = (Leftover(place=Place("session", "sess_1"), case="guide", created_at=1, is_busy=True),)
REMOVALS = (Removal(LEFTOVERS[0], ERROR), Removal(LEFTOVERS[0]))
DELETIONS = (Deletion(GARBAGE.ours[0], ERROR), Deletion(GARBAGE.ours[0]))
PULLED = Pulled(
    assistants=(PulledAssistant(id="asst_1", key="guide", spec=SPEC, owner="other"),),
    files={"f": PulledFile(id="f", name="a.md", bytes=1, problem="gone", failed=True)},
    cut=True,
)


def tainted(value: Any, taint: str) -> Any:
    """``value`` with ``taint`` in the middle of every text in it that is free."""
    match value:
        case Enum() | bytes() | None:
            return value
        case str():
            return value[: len(value) // 2] + taint + value[len(value) // 2 :]
        case Path():
            return Path(tainted(value.name, taint.replace("\0", "").replace("/", "")))
        case dict():
            return {tainted(key, taint): tainted(item, taint) for key, item in value.items()}
        case list() | tuple():
            return type(value)(tainted(item, taint) for item in value)
        case AsstctlError():
            return AsstctlError(
                tainted(value.what, taint),
                why=tainted(value.why, taint),
                fix=tainted(value.fix, taint),
            )
    if is_dataclass(value) and not isinstance(value, type):
        made = {field.name: tainted(getattr(value, field.name), taint) for field in fields(value)}
        return replace(value, **made)
    return value
