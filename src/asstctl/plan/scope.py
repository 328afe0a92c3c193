"""Which resources a plan is about: all of them, or those that ``--only`` names and their needs."""

from collections.abc import Iterable
from dataclasses import dataclass

from asstctl.errors import UsageError
from asstctl.model.actual import Actual
from asstctl.model.address import Address, Kind
from asstctl.model.desired import Desired, DesiredAssistant, DesiredResource
from asstctl.model.suggestions import address_meant


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What the user asked for and allowed.

    ``destroy`` says that nothing is desired, on purpose. ``only`` are addresses with optional
    globs; empty means everything. ``within`` are addresses outside of which nothing is planned;
    None means no such limit. ``remembered`` are the addresses that the last apply on this machine
    left in the account, as far as is known.
    """

    prune: bool = False
    destroy: bool = False
    overwrite_drift: bool = False
    only: tuple[str, ...] = ()
    within: frozenset[Address] | None = None
    remembered: frozenset[Address] = frozenset()


def selected(desired: Desired, actual: Actual, options: PlanOptions) -> frozenset[Address]:
    """The addresses in scope. Raises UsageError when a pattern matches nothing."""
    by_address = {resource.address: resource for resource in desired.resources}
    known = frozenset([*by_address, *(resource.address for resource in actual.resources)])
    if not options.only and options.within is None:
        return known
    chosen = known if options.within is None else known & options.within
    if options.only:
        chosen &= _matching(known, options.only)
    return chosen.union(_needs(by_address[item] for item in chosen if item in by_address))


def _matching(known: frozenset[Address], only: tuple[str, ...]) -> frozenset[Address]:
    chosen: set[Address] = set()
    for pattern in only:
        matching = {address for address in known if address.matches(pattern)}
        if not matching:
            meant = address_meant(pattern, known)
            raise UsageError(
                f"--only {pattern} matches nothing",
                why=f"Neither the manifests nor the account have such an address. {meant}".strip(),
                fix="Write KIND.KEY, as in `assistant.travel-guide`; globs such as "
                "'assistant.*' work too.",
            )
        chosen |= matching
    return frozenset(chosen)


def references(resource: DesiredResource | None) -> tuple[Address, ...]:
    """The addresses that must be in place before a resource can be made."""
    match resource:
        case DesiredAssistant(spec=spec):
            keys = {Kind.VECTOR_STORE: spec.vector_store, Kind.ENVIRONMENT: spec.environment}
            return tuple(Address(kind, key) for kind, key in keys.items() if key)
        case _:
            return ()


def _needs(resources: Iterable[DesiredResource]) -> Iterable[Address]:
    for resource in resources:
        yield from references(resource)
