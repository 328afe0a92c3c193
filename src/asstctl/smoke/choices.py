"""A result by what its cases have of a matrix: which model, or prompt, did how well."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from asstctl.model.smoke import chosen_of
from asstctl.smoke.result import CaseResult, CaseStatus, SmokeResult

MODEL: Final = "model"


def tallies(result: SmokeResult) -> Mapping[str, Mapping[str, SmokeResult]]:
    """What came of the cases with each value of a list that has several: by list, then by value.

    Skipped cases do not count. A part's ``seconds`` are those that its runs took together.
    """
    found: dict[str, dict[str, list[CaseResult]]] = {}
    for case in _ran(result):
        for name, label in case.matrix.items():
            found.setdefault(name, {}).setdefault(label, []).append(case)
    return {
        name: {label: _part(result, tuple(cases)) for label, cases in labels.items()}
        for name, labels in found.items()
        if len(labels) > 1
    }


def _part(result: SmokeResult, cases: tuple[CaseResult, ...]) -> SmokeResult:
    return replace(result, cases=cases, seconds=sum(case.seconds for case in cases))


@dataclass(frozen=True, slots=True)
class Row:
    """One case, however many models ran it: what each of them made of it."""

    key: str
    name: str
    by_model: Mapping[str, CaseResult]

    @property
    def is_disputed(self) -> bool:
        """Whether it came out in different ways."""
        return len({case.status for case in self.by_model.values()}) > 1


def rows_of_models(result: SmokeResult) -> tuple[Row, ...]:
    """The cases that were to be run by several models."""
    found: dict[tuple[str, str], dict[str, CaseResult]] = {}
    for case in _ran(result):
        if MODEL in case.matrix:
            found.setdefault((case.key, _name_without_model(case)), {})[case.matrix[MODEL]] = case
    return tuple(Row(key, name, cases) for (key, name), cases in found.items())


def _ran(result: SmokeResult) -> Iterator[CaseResult]:
    return (case for case in result.cases if case.status is not CaseStatus.SKIPPED)


def _name_without_model(case: CaseResult) -> str:
    """The name of a case as it would be if no model had been chosen for it."""
    others = {name: label for name, label in case.matrix.items() if name != MODEL}
    for told in ((), ("prompt",)):  # a name that is made from the prompt does not repeat it
        chosen = {name: label for name, label in case.matrix.items() if name not in told}
        if case.name.endswith(ending := chosen_of(chosen)):
            rest = {name: label for name, label in others.items() if name not in told}
            return f"{case.name.removesuffix(ending)}{chosen_of(rest)}"
    return case.name
