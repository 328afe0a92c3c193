"""A comparison in JUnit: a property of each case that came out, or took, otherwise than before."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from asstctl.smoke.recorded.comparison import ComparedCase, Comparison
from asstctl.views.smoke.comparison.words import difference, outcome

BASELINE = "baseline"


def add_properties(element: Element, pairs: Iterable[tuple[str, str]]) -> None:
    """Give an element properties, where there are any."""
    found = [{"name": name, "value": value} for name, value in pairs]
    if found:
        properties = SubElement(element, "properties")
        for pair in found:
            SubElement(properties, "property", pair)


def by_case(comparison: Comparison | None) -> dict[tuple[str, str], ComparedCase]:
    """What there is to tell of the cases of this run, by key and name."""
    cases = comparison.cases if comparison else ()
    return {(case.key, case.name): case for case in cases if case.after and not case.is_as_before}


def told_of(case: ComparedCase) -> str:
    """``passed → failed; seconds +2.3 s ×2.04 ▲``: how it came out, and what is notable."""
    notable = (
        f"{measure} {difference(measure, found)}"
        for measure, found in case.differences.items()
        if found.is_notable
    )
    return "; ".join((outcome(case), *notable))
