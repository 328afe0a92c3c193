"""Whether an account takes and keeps the fields that the manifests use, tried on probes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from asstctl.model.assistant import AssistantSpec
from asstctl.model.canonical import canonical_assistant
from asstctl.model.stamp import PROBE
from asstctl.sync.doctor.check import Check, Needs, Verdict, skipped
from asstctl.sync.ports import Account, AccountError
from asstctl.sync.probe import PROBE_NAME, Cleanup, assistant_probe

_MOST_PROBES: Final = 8
_NOT_TRIED: Final = frozenset({"model", "name", "metadata"})
"""What every probe has, whatever the manifests say."""


async def check_fields(account: Account, needs: Needs, cleanup: Cleanup) -> Check:
    """Make an assistant with the fields of each kind of assistant, and read it back."""
    samples = _samples(needs)
    used: set[str] = set()
    lost: set[str] = set()
    for address, spec in samples.items():
        used |= _fields(spec)
        try:
            lost |= await _lost(account, spec, cleanup)
        except AccountError as error:
            return Check(
                "fields",
                Verdict.FAILED,
                f"an assistant like {address} is refused: {error.one_line}",
                error.fix or "Change what is refused for this target with `overrides`.",
            )
    if not used:
        return skipped("fields", "no manifest uses any but model, name and metadata")
    if lost:
        return Check(
            "fields",
            Verdict.WARNING,
            f"not kept: {', '.join(sorted(lost))}",
            "Apply says so once and does not plan it again; null in `overrides` silences it.",
        )
    return Check("fields", Verdict.OK, f"kept: {', '.join(sorted(used))}")


def _samples(needs: Needs) -> Mapping[str, AssistantSpec]:
    """One assistant, by its address, of each kind: the same model and the same fields in use."""
    found: dict[tuple[str, frozenset[str]], tuple[str, AssistantSpec]] = {}
    for address, spec in needs.assistants:
        probe = replace(
            spec,
            name=PROBE_NAME,
            description=spec.description and "A probe.",
            instructions=spec.instructions and "Be a probe.",
            code_files=(),
            vector_store=None,
            environment=None,
            metadata={PROBE: needs.project},
        )
        found.setdefault((spec.model, _fields(probe)), (address, probe))
    return dict(_that_differ(found.values()))


def _that_differ(found: Iterable[tuple[str, AssistantSpec]]) -> list[tuple[str, AssistantSpec]]:
    """Those with the most fields first; what has none tells nothing that metadata has not told."""
    with_fields = [(address, spec) for address, spec in found if _fields(spec)]
    return sorted(with_fields, key=lambda item: -len(_fields(item[1])))[:_MOST_PROBES]


def _fields(spec: AssistantSpec) -> frozenset[str]:
    return frozenset(canonical_assistant(spec).keys() - _NOT_TRIED)


async def _lost(account: Account, spec: AssistantSpec, cleanup: Cleanup) -> set[str]:
    async with assistant_probe(account, spec, cleanup) as probe:
        found = await account.get_assistant(probe.id)
    wanted = canonical_assistant(spec)
    kept = canonical_assistant(found.spec) if found else {}
    return {name for name in _fields(spec) if kept.get(name) != wanted[name]}
