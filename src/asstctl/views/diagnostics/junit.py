"""Diagnostics as JUnit XML: each error a failed case of its file."""

from collections.abc import Iterable
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from asstctl.model.diagnostics import Diagnostic
from asstctl.text.printable import printable


def render_junit(diagnostics: Iterable[Diagnostic]) -> str:
    """The whole document. Warnings pass; without diagnostics there is one good case."""
    diagnostics = tuple(diagnostics)
    root = Element("testsuites", {"name": "asstctl validate"} | _counts(diagnostics))
    for path, group in groupby(diagnostics, key=lambda item: item.location.path):
        root.append(_suite(path, tuple(group)))
    if not diagnostics:
        suite = SubElement(root, "testsuite", {"name": "manifests"} | _counts(()))
        SubElement(suite, "testcase", {"classname": "manifests", "name": "valid"})
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(path: str, diagnostics: tuple[Diagnostic, ...]) -> Element:
    suite = Element("testsuite", {"name": printable(path)} | _counts(diagnostics))
    for diagnostic in diagnostics:
        suite.append(_case(diagnostic))
    return suite


def _counts(diagnostics: tuple[Diagnostic, ...]) -> dict[str, str]:
    failures = sum(diagnostic.is_error for diagnostic in diagnostics)
    return {"tests": str(max(len(diagnostics), 1)), "failures": str(failures), "errors": "0"}


def _case(diagnostic: Diagnostic) -> Element:
    place = printable(str(diagnostic.location))
    case = Element("testcase", {"classname": diagnostic.code, "name": place})
    more = printable(" ".join(filter(None, (diagnostic.detail, diagnostic.fix))))
    if diagnostic.is_error:
        about = {"type": diagnostic.code, "message": printable(diagnostic.summary)}
        SubElement(case, "failure", about).text = more
    else:
        SubElement(case, "system-out").text = f"{printable(diagnostic.summary)}: {more}"
    return case
