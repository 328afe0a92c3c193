"""A smoke result as JUnit XML, the way CI systems read it: an assistant is a suite."""

from collections.abc import Mapping
from itertools import groupby
from typing import Final, TypeAlias
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from asstctl.smoke.recorded.comparison import Change, ComparedCase, Comparison
from asstctl.smoke.result import CaseResult, CaseStatus, SmokeResult
from asstctl.text.printable import printable, printable_lines
from asstctl.views.smoke.comparison.junit import BASELINE, add_properties, by_case, told_of
from asstctl.views.smoke.comparison.words import became
from asstctl.views.smoke.words import repetitions, transcript, verdict_text

_Compared: TypeAlias = Mapping[tuple[str, str], ComparedCase]

_COUNTED: Final = {
    "failures": CaseStatus.FAILED,
    "errors": CaseStatus.ERROR,
    "skipped": CaseStatus.SKIPPED,
}


def render_junit(result: SmokeResult, comparison: Comparison | None = None) -> str:
    """The whole document. Times are in seconds.

    What the comparison tells of a case is a property of it, and what is new a part of the message.
    """
    told = by_case(comparison)
    about = {"target": result.target} | ({BASELINE: comparison.file} if comparison else {})
    root = Element("testsuites", {"name": "asstctl smoke"} | _counts(result.cases))
    root.set("time", f"{result.seconds:.3f}")
    for key, group in groupby(result.cases, key=lambda case: case.key):
        root.append(_suite(key, tuple(group), about, told))
    for element in root.iter():
        element.attrib.update({name: printable(value) for name, value in element.items()})
        element.text = printable_lines(element.text) if element.text else None
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(
    key: str, cases: tuple[CaseResult, ...], about: Mapping[str, str], told: _Compared
) -> Element:
    suite = Element("testsuite", {"name": key} | _counts(cases))
    suite.set("time", f"{sum(case.seconds for case in cases):.3f}")
    add_properties(suite, about.items())
    for case in cases:
        suite.append(_case(case, told.get((case.key, case.name))))
    return suite


def _counts(cases: tuple[CaseResult, ...]) -> dict[str, str]:
    counts = {
        name: str(sum(case.status is status for case in cases)) for name, status in _COUNTED.items()
    }
    return {"tests": str(len(cases))} | counts


def _case(case: CaseResult, compared: ComparedCase | None) -> Element:
    element = Element(
        "testcase",
        {
            "classname": f"{case.target}.{case.key}",
            "name": case.name,
            "time": f"{case.seconds:.3f}",
        },
    )
    if case.location:
        element.attrib |= {"file": case.location.path, "line": str(case.location.line)}
    message = {"message": case.reason}
    if compared is not None:
        add_properties(element, [(BASELINE, told_of(compared))])
        if compared.change is not Change.SAME:
            message["message"] = f"{became(compared)}: {case.reason}"
    _add_outcome(element, case, message)
    said = "\n\n".join(transcript(item) for item in case.conversations if item.turns)
    if said:
        SubElement(element, "system-out").text = said
    return element


def _add_outcome(element: Element, case: CaseResult, message: dict[str, str]) -> None:
    """Say what became of a case, where it did not pass."""
    match case.status:
        case CaseStatus.SKIPPED:
            SubElement(element, "skipped", message)
        case CaseStatus.FAILED:
            status = case.turns[-1].status if case.turns else "failed"
            kind = "expectation" if status == "completed" else status
            SubElement(element, "failure", message | {"type": kind}).text = _failures(case)
        case CaseStatus.ERROR:
            SubElement(element, "error", message | {"type": "request"}).text = case.reason
        case CaseStatus.PASSED:
            pass


def _failures(case: CaseResult) -> str:
    """Every expectation that was not met, below the prompt that it is about."""
    lines = [repetitions(case)] if repetitions(case) else []
    for turn in case.turns:
        if turn.failures:
            lines.append(f"> {turn.prompt.strip()}")
            lines += [verdict_text(verdict) for verdict in turn.failures]
    return "\n".join(lines)
