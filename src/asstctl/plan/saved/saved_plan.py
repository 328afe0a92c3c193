"""A saved plan as a value: what was shown, how it was asked for, and what it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass

from asstctl.model.actual import Actual, ActualResource
from asstctl.model.canonical import spec_digest
from asstctl.model.desired import Contents
from asstctl.plan.comparable import canonical_desired
from asstctl.plan.plan import Plan
from asstctl.plan.scope import PlanOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Digests of everything that a plan was computed from.

    ``manifests`` are those of the desired resources and ``objects`` those of the account's, by
    address; ``files`` are the SHA-256 of their content, by path.
    """

    manifests: Mapping[str, str]
    files: Mapping[str, str]
    objects: Mapping[str, str]

    @classmethod
    def of(cls, plan: Plan, contents: Contents, actual: Actual) -> "Binding":
        """The binding of a plan that was computed just now."""
        return cls(
            manifests={
                str(change.address): spec_digest(canonical_desired(change.desired, contents))
                for change in plan.changes
                if change.desired is not None
            },
            files={path: content.sha256 for path, content in contents.items()},
            objects={str(resource.address): _state(resource) for resource in actual.resources},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A plan that can be applied later, once, if nothing moves.

    Read from a file, its ``plan`` holds as much as a view shows of it, and nothing more: resources
    have a name, files and a vector store, and no other field of theirs. It is never executed.
    """

    plan: Plan
    options: PlanOptions
    binding: Binding


def _state(resource: ActualResource) -> str:
    return f"{resource.id} {resource.fingerprint}"
