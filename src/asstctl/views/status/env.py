"""What is managed as environment variables, for the applications that use it."""

import re
from typing import Final

from asstctl.errors import UsageError
from asstctl.model.actual import ActualAssistant
from asstctl.model.address import Address, Kind
from asstctl.plan.change import Change
from asstctl.plan.plan import Plan
from asstctl.sync.ports import AccountError, Failure

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:@/-]+")
_SUFFIXES: Final = {
    Kind.ASSISTANT: "ID",
    Kind.VECTOR_STORE: "VECTOR_STORE_ID",
    Kind.ENVIRONMENT: "ENVIRONMENT_ID",
}


def render_env(plan: Plan) -> str:
    """``ASSTCTL_TRAVEL_GUIDE_ID=asst_…``, one line per object that exists.

    An assistant that is no object of the server has no id: its line is
    ``ASSTCTL_TRAVEL_GUIDE_DIGEST``, by which a program sees that its bundle is the one applied.

    These lines become a shell's environment, so nothing but an id may stand in them. Raises
    AccountError for an id with any other character, UsageError for two objects of one variable.
    """
    found: dict[str, tuple[Address, str]] = {}
    for change in plan.changes:
        if change.desired is None or not (told := _told(change)):
            continue
        (what, value), address = told, change.address
        name = f"ASSTCTL_{re.sub(r'[^A-Z0-9]', '_', address.key.upper())}_{what}"
        if name in found:
            raise _ambiguous(name, found[name][0], address)
        found[name] = address, _plain(address, value)
    return "".join(f"{name}={value}\n" for name, (_, value) in found.items())


def _told(change: Change) -> tuple[str, str] | None:
    """What an application needs to know of an object, and the end of its variable's name."""
    actual = change.actual
    if isinstance(actual, ActualAssistant) and not actual.spec.dialect.has_assistants:
        return ("DIGEST", actual.stamp.digest) if actual.stamp.digest else None
    return (_SUFFIXES[change.address.kind], change.id) if change.id else None


def _plain(address: Address, value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    raise AccountError(
        f"{address}: the account's id for it is none that can be printed as a variable",
        failure=Failure.GARBAGE,
        why=f"An id has letters, digits and _ . : @ / - only, and this is {value!r}.",
        fix="Do not use this account before you know who answers at its address.",
    )


def _ambiguous(name: str, one: Address, other: Address) -> UsageError:
    return UsageError(
        f"{one} and {other} would both be {name}",
        fix="Read the ids from `asstctl status --format json`, or rename one of the two keys.",
    )
