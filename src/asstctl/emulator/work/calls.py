"""Tool calls as values that are kept between two turns of the model."""

from collections.abc import Iterable
from dataclasses import asdict

from asstctl.emulator.models.base import (
    Call,
    CodeCall,
    CodeFile,
    FileSearchCall,
    Found,
    FunctionCall,
)
from asstctl.emulator.store.collections import Body


def to_store(calls: Iterable[Call]) -> Body:
    """Give calls as they are kept."""
    return {"calls": [{"kind": type(call).__name__} | asdict(call) for call in calls]}


def from_store(inner: Body) -> tuple[Call, ...]:
    """Read what `to_store` gave."""
    calls: list[Call] = []
    for item in inner.get("calls", ()):
        fields = {name: value for name, value in item.items() if name != "kind"}
        match item["kind"]:
            case "FileSearchCall":
                found = [
                    Found(**result | {"matched": tuple(result["matched"])})
                    for result in fields["results"]
                ]
                calls.append(FileSearchCall(**fields | {"results": tuple(found)}))
            case "CodeCall":
                made = tuple(CodeFile(**file) for file in fields.get("files", ()))
                calls.append(CodeCall(**fields | {"files": made}))
            case _:
                calls.append(FunctionCall(**fields))
    return tuple(calls)


def with_outputs(calls: Iterable[Call], outputs: dict[str, str]) -> tuple[Call, ...]:
    """Fill in what the client's functions gave."""
    return tuple(
        FunctionCall(call.id, call.name, call.arguments, outputs[call.id])
        if isinstance(call, FunctionCall)
        else call
        for call in calls
    )


def unanswered(calls: Iterable[Call]) -> tuple[FunctionCall, ...]:
    """Give the function calls that have no output yet."""
    return tuple(call for call in calls if isinstance(call, FunctionCall) and call.output is None)
