from xml.etree import ElementTree

import pytest
from smoke_samples import COMPARISON, EMPTY, EVERYTHING, NOTHING_PROVEN
from syrupy.assertion import SnapshotAssertion

from asstctl.smoke.result import SmokeResult
from asstctl.views.smoke.junit import render_junit


def test_document(snapshot: SnapshotAssertion) -> None:
    assert render_junit(EVERYTHING) == snapshot


def test_what_differs_from_an_earlier_run_is_said_of_each_case() -> None:
    root = ElementTree.fromstring(render_junit(EVERYTHING, COMPARISON).encode("utf-8"))

    assert {item.get("value") for item in root.findall("testsuite/properties/property")} == {
        "staging",
        "base.json",
    }
    told = {
        case.get("name"): (
            [item.get("value") for item in case.findall("properties/property")],
            next((item.get("message") for item in case if item.get("message")), None),
        )
        for case in root.iter("testcase")
    }
    weather = "passed → failed; seconds −3.7 s ×0.47 ▼; tokens −336 ×0.79 ▼"
    called = 'turn 2: calls: called: get_weather({"city":"Lisbon"})'
    assert told["knows the weather"] == ([weather], f"newly failed: {called}")
    assert told["is not fooled"] == (["new: failed"], "new: equals: no")


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
