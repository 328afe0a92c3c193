from xml.etree import ElementTree

import pytest
from smoke_samples import EMPTY, EVERYTHING, NOTHING_PROVEN
from syrupy.assertion import SnapshotAssertion

from asstctl.smoke.result import SmokeResult
from asstctl.views.smoke.junit import render_junit


def test_document(snapshot: SnapshotAssertion) -> None:
    assert render_junit(EVERYTHING) == snapshot


@pytest.mark.parametrize("result", [EVERYTHING, NOTHING_PROVEN, EMPTY])
def test_it_is_xml_whose_counts_are_true(result: SmokeResult) -> None:
    root = ElementTree.fromstring(render_junit(result).encode("utf-8"))

    assert root.tag == "testsuites"
    cases = root.findall(".//testcase")
    assert len(cases) == int(root.get("tests", "")) == result.summary.total
    for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        marked = [case for case in cases if case.find(tag) is not None]
        assert len(marked) == int(root.get(attribute, ""))
        assert len(marked) == sum(int(suite.get(attribute, "")) for suite in root)
