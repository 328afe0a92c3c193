"""Expressions over replies: what they find, and that one without end is stopped."""

import pytest
from smoke_fakes import Script, ScriptedAccount, case, expect, smoke

from asstctl.smoke.expectations.search import SearchError, search
from asstctl.smoke.result import CaseStatus
from support.clock import run

WITHOUT_END = r"(x+x+)+y$"


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\$\d+", "It is $12.", "$12"),
        ("(?m)^b", "a\nb", "b"),
        ("^$", "", ""),
        ("é", "caf\u00e9 \U0001f600", "é"),
        ("\ud800", "half \ud800", "\ud800"),
        (r"\d", "none", None),
    ],
)
def test_it_finds_what_python_finds(pattern: str, text: str, found: str | None) -> None:
    assert search(pattern, text) == found


def test_an_expression_without_end_is_stopped() -> None:
    with pytest.raises(SearchError, match=r"stopped after 0\.5 s"):
        search(WITHOUT_END, "x" * 60, seconds=0.5)


def test_what_goes_wrong_is_told() -> None:
    with pytest.raises(SearchError, match="unterminated"):
        search("(", "x")


@pytest.mark.parametrize("kind", ["matches", "not_matches"])
def test_a_case_fails_that_nobody_can_judge(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asstctl.smoke.expectations.search.PATIENCE", 0.5)
    account = ScriptedAccount(default=Script(reply="x" * 60))

    result = run(smoke(account, case(expect=expect(**{kind: WITHOUT_END}))))

    (found,) = result.cases
    assert found.status is CaseStatus.FAILED
    assert f"{kind}: cannot be known: it was stopped" in found.reason
