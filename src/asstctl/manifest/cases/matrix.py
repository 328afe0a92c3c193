"""The ``matrix`` of a smoke case: lists of which every combination makes a case of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final, TypeAlias

from asstctl.manifest import codes
from asstctl.manifest.cases.origin import PUT_INTO, Choice
from asstctl.manifest.interpolate import Data, as_text
from asstctl.manifest.schema.file_reference import is_file_reference
from asstctl.manifest.values import Fields, Path, Plain
from asstctl.text.words import listed, shortened

_LONGEST_LABEL: Final = 40

Choices: TypeAlias = Mapping[str, Choice]
"""What a case has of a matrix, by name."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Lists of values by name: as they are ``written``, and with their references ``replaced``.

    Prompts are not replaced here: they may refer to the rest of the case.
    """

    written: Mapping[str, list[Plain]]
    replaced: Mapping[str, list[Plain]]

    @property
    def size(self) -> int:
        """How many combinations there are; one, which is empty, of no lists."""
        return prod(map(len, self.written.values()))

    def combinations(self) -> Iterator[Choices]:
        """Each combination, the last list fastest."""
        lists = [
            [Choice(i, label) for i, label in enumerate(_labels(values))]
            for values in self.replaced.values()
        ]
        for choices in product(*lists):
            yield dict(zip(self.replaced, choices, strict=True))

    def put_into(self, fields: Fields, choices: Choices) -> Fields:
        """The fields of a case with the chosen values in place of their own."""
        result: Plain = fields
        for name, place in PUT_INTO.items():
            if name in choices:
                result = _with(result, place, self.written[name][choices[name].index])
        assert isinstance(result, dict)
        return result

    def data(self, choices: Choices) -> Data:
        """What ``${matrix.NAME}`` stands for. A prompt cannot name a prompt."""
        chosen = {
            name: self.replaced[name][choice.index]
            for name, choice in choices.items()
            if name != "prompt"
        }
        detail = f"The matrix has {listed(chosen, 'and') or 'nothing'} to refer to."
        cure = "Add the list to `matrix`, or correct the name."
        return Data(chosen, codes.UNKNOWN_VARIABLE, detail, cure)


def _with(fields: Plain, place: Path, value: Plain) -> Plain:
    """``fields`` with a value at a place in it. What is no mapping stays, and is reported later."""
    if not place:
        return value
    step, *rest = place
    if fields is None:
        fields = {}
    if not isinstance(fields, dict) or not isinstance(step, str):
        return fields
    return {**fields, step: _with(fields.get(step), tuple(rest), value)}


def _labels(values: list[Plain]) -> Iterator[str]:
    """What reports call each value of a list; those that look alike are counted."""
    seen: dict[str, int] = {}
    for value in values:
        written = value["file"] if is_file_reference(value) else as_text(value)
        label = shortened(" ".join(written.split()), _LONGEST_LABEL)
        seen[label] = seen.get(label, 0) + 1
        yield f"{label} ({seen[label]})" if seen[label] > 1 else label
