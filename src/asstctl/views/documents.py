"""What all JSON documents have in common: their version, and the form of errors and warnings."""

from collections.abc import Iterable
from typing import Final

from asstctl.errors import AsstctlError
from asstctl.model.json import JsonObject, JsonValue
from asstctl.plan.warnings import AccountWarning

FORMAT_VERSION: Final = "1.0"
"""Of every document that a command prints. A new field leaves it as it is."""


def error_document(error: AsstctlError) -> JsonObject:
    """What happened, why, and what to do, under the error's stable code."""
    return {"code": error.code, "what": error.what, "why": error.why, "fix": error.fix}


def warning_documents(warnings: Iterable[AccountWarning]) -> list[JsonValue]:
    """The warnings about an account, each in the form of an error."""
    return [
        {"code": item.code, "what": item.what, "why": item.why, "fix": item.fix}
        for item in warnings
    ]
