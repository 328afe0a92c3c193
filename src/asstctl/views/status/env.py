"""What is managed as environment variables, for the applications that use it."""

import re
from typing import Final

from asstctl.errors import UsageError
from asstctl.model.address import Address, Kind
from asstctl.plan.plan import Plan
from asstctl.sync.ports import AccountError, Failure

_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_.:@/-]+")


def render_env(plan: Plan) -> str:
    """``ASSTCTL_TRAVEL_GUIDE_ID=asst_…``, one line per object that exists.

    These lines become a shell's environment, so nothing but an id may stand in them. Raises
    AccountError for an id with any other character, UsageError for two objects of one variable.
    """
    found: dict[str, tuple[Address, str]] = {}
    for change in plan.changes:
        if change.id and change.desired is not None:
            name = variable(change.address)
            if name in found:
                raise _ambiguous(name, found[name][0], change.address)
            found[name] = change.address, _plain_id(change.address, change.id)
    return "".join(f"{name}={object_id}\n" for name, (_, object_id) in found.items())


def variable(address: Address) -> str:
    """The name of the environment variable that holds an object's id."""
    key = re.sub(r"[^A-Z0-9]", "_", address.key.upper())
    suffix = "VECTOR_STORE_ID" if address.kind is Kind.VECTOR_STORE else "ID"
    return f"ASSTCTL_{key}_{suffix}"


def _plain_id(address: Address, object_id: str) -> str:
    if _PLAIN_ID.fullmatch(object_id):
        return object_id
    raise AccountError(
        f"{address}: the account's id for it is none that can be printed as a variable",
        failure=Failure.GARBAGE,
        why=f"An id has letters, digits and _ . : @ / - only, and this is {object_id!r}.",
        fix="Do not use this account before you know who answers at its address.",
    )


def _ambiguous(name: str, one: Address, other: Address) -> UsageError:
    return UsageError(
        f"{one} and {other} would both be {name}",
        fix="Read the ids from `asstctl status --format json`, or rename one of the two keys.",
    )
