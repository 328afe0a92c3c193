"""Answers judged again from a report: as in the run, by new expectations, or not at all."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from smoke_fakes import (
    COMPLETED,
    Script,
    ScriptedAccount,
    asks,
    case,
    expect,
    look,
    refused,
    smoke,
)

from asstctl.cli.output import as_json
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import DesiredAssistant
from asstctl.model.prices import Price, Prices
from asstctl.model.sensitive import NOTHING, Sensitive
from asstctl.model.smoke import Expectation, ExpectationKind, FixedOutput, Require, SmokeCase, Turn
from asstctl.smoke.judges.likeness import Embed
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.ports import Citation, ToolCall, Usage
from asstctl.smoke.recorded.rejudge import rejudge
from asstctl.smoke.recorded.report import recorded
from asstctl.smoke.result import CaseStatus, SmokeResult
from asstctl.views.smoke.json import smoke_document
from support.clock import run
from support.examples import tries

PRICES = Prices(
    path="prices.yaml", currency="USD", models={"m": Price(input=1, cached_input=0, output=9)}
)
SECRET = "Tr0ub4dor+3/x=y"


def record(
    account: ScriptedAccount,
    *cases: SmokeCase,
    clock: Callable[[Any], SmokeResult] = run,
    **options: Any,
) -> SmokeResult:
    """Run the cases."""
    chosen = SmokeOptions(prices=PRICES, **options)
    return clock(
        smoke(
            account,
            *cases,
            options=chosen,
            model="m",
            store_ids={"docs": "vs_1"},
            vector_store="docs",
        )
    )


def written(result: SmokeResult) -> SmokeResult:
    """The result after a way through its report."""
    return recorded(json.loads(as_json(smoke_document(result))))


def again(
    recording: SmokeResult,
    *cases: SmokeCase,
    sensitive: Sensitive = NOTHING,
    target: str = "local",
    clock: Callable[[Any], SmokeResult] = run,
    embed: Embed | None = None,
) -> SmokeResult:
    """The recorded answers, judged by these cases."""
    guide = DesiredAssistant(key="guide", spec=AssistantSpec(name="Guide", model="m"), smoke=cases)
    options = SmokeOptions(sensitive=sensitive, prices=PRICES)
    return clock(
        rejudge([guide], recording, target=target, file="r.json", options=options, embed=embed)
    )


words = st.sampled_from(
    [
        "tram 28",
        "Tram 28 costs 3.30",
        '{"a": 1}',
        "",
        "no \ud800 idea",
        "I'm sorry, but I can't help with that.",
    ]
)
usages = st.sampled_from([None, Usage(), Usage(10, 5, 15)])
ends = st.one_of(
    st.builds(lambda usage: (look("queued"), look("completed", usage=usage)), usages),
    st.builds(lambda usage: (asks(("f", '{"x":1}')), look("completed", usage=usage)), usages),
    st.just((look("failed", error_code="server_error", error_message="No."),)),
    st.just((look("in_progress"),)),
    st.just((asks(("g", "not JSON")),)),
)
scripts = st.builds(
    Script,
    looks=ends,
    reply=words,
    citations=st.sampled_from([(), (Citation("file_1", "a.md", "[1]", "quoted"),)]),
    tools=st.sampled_from(
        [None, (), (ToolCall("file_search"),), (ToolCall("function", "f", "{}"),)]
    ),
)
wanted: dict[ExpectationKind, st.SearchStrategy[Any]] = {
    ExpectationKind.CONTAINS: st.sampled_from(
        ["tram 28", ["Tram", "28"], {"any": ["TRAM"], "ignore_case": True}]
    ),
    ExpectationKind.EQUALS: words,
    ExpectationKind.MATCHES: st.sampled_from([r"\d+", "^$", "idea"]),
    ExpectationKind.JSON: st.sampled_from([True, {"schema": {"required": ["a"]}}]),
    ExpectationKind.CITES: st.sampled_from(["a.md", "docs/a.md", "*.pdf", "other/a.md"]),
    ExpectationKind.USES: st.sampled_from(["file_search", ["function"]]),
    ExpectationKind.CALLS: st.sampled_from(
        ["f", "g", {"name": "f", "arguments": {"x": 1}}, {"exactly": ["f"]}]
    ),
    ExpectationKind.REFUSES: st.booleans(),
    ExpectationKind.SIMILAR: st.sampled_from(
        [{"to": "a tram", "min": 0.5}, {"to": "b", "model": "e"}]
    ),
    ExpectationKind.STATUS: st.sampled_from(["completed", "failed", "requires_action"]),
    ExpectationKind.MAX_SECONDS: st.sampled_from([0.011, 0.5, 60]),
    ExpectationKind.MAX_TOKENS: st.sampled_from([0, 15]),
    ExpectationKind.COST: st.sampled_from([{"max": 0.000055}, {"max": 0.00001}]),
}
expectations = st.sampled_from(list(wanted)).flatmap(
    lambda kind: st.builds(Expectation, st.just(kind), wanted[kind], st.booleans())
)
turns = st.lists(st.lists(expectations, max_size=3).map(tuple), min_size=1, max_size=3)


@tries(1.0)
@example(
    turns=[expect(cites="other/a.md", not_cites="docs/a.md")],
    held=[Script(citations=(Citation("file_1", "a.md"),))] * 6,
    repeat=1,
    require=Require.ALL,
    breaks=False,
)
@given(
    turns=turns,
    held=st.lists(scripts, min_size=6, max_size=6),
    repeat=st.integers(1, 2),
    require=st.sampled_from(Require),
    breaks=st.booleans(),
)
def test_a_report_judged_again_says_what_the_run_said(
    turns: list[tuple[Expectation, ...]],
    held: list[Script],
    repeat: int,
    require: Require,
    breaks: bool,
) -> None:
    tried = case(
        name="talks",
        turns=tuple(Turn(prompt=f"Say {n}", expect=items) for n, items in enumerate(turns)),
        functions={"f": (FixedOutput("1"),)},
        repeat=repeat,
        require=require,
    )
    account = ScriptedAccount(
        scripts={"Say": held},
        paths={("vs_1", "file_1"): "docs/a.md"},
        failures={"reply": [refused()]} if breaks else {},
    )
    first = record(account, tried, deadline=5.0)

    assert smoke_document(again(written(first), tried)) == smoke_document(first)


def test_every_kind_of_expectation_is_in_that_law_or_below() -> None:
    assert set(wanted) | {ExpectationKind.JUDGE, ExpectationKind.COMMAND} == set(ExpectationKind)


def test_new_expectations_are_judged_by_old_answers() -> None:
    account = ScriptedAccount(default=Script(reply="Take tram 28."))
    first = written(record(account, case("Which?", expect=expect(contains="bus"))))
    second = again(first, case("Which?", expect=expect(contains="tram", max_tokens=42)))

    assert [item.cases[0].status for item in (first, second)] == ["failed", "passed"]
    assert [verdict.kind for verdict in second.cases[0].turns[0].verdicts] == [
        "contains",
        "max_tokens",
    ]
    assert second.cases[0].turns[0].reply == "Take tram 28."


def test_what_a_judge_said_counts_for_the_same_rubric_and_any_score() -> None:
    grade = Script(reply='{"score": 0.6, "reason": "Curt."}')
    account = ScriptedAccount(scripts={'"rubric"': grade})
    friendly = case(expect=expect(judge="Friendly."))
    first = record(account, friendly)

    assert again(written(first), friendly) == written(first)
    lower = case(expect=expect(judge={"rubric": "Friendly.", "min_score": 0.5}))
    assert again(written(first), lower).cases[0].status is CaseStatus.PASSED
    other = again(written(first), case(expect=expect(judge="Kind.")))
    assert other.exit_code == 1
    assert "the rubric was not graded" in other.cases[0].reason


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (case(expect=expect(similar={"to": "new"})), "similar: nobody compared with this text"),
        (case("Who?"), "turn 1 had another prompt"),
        (case(turns=(Turn(prompt="Hi"), Turn(prompt="Bye"))), "turn 2 was not recorded"),
        (
            case(expect=expect(cites="docs/a.md")),
            "cites: nobody asked for the paths of the cited files",
        ),
    ],
)
def test_what_was_not_recorded_is_an_error_that_says_so(now: SmokeCase, why: str) -> None:
    account = ScriptedAccount(default=Script(citations=(Citation("f1", "a.md"),)))
    found = again(written(record(account, case("Hi"))), now)

    assert found.cases[0].reason.startswith(why)
    assert found.exit_code == 1


def test_cases_without_a_recording_are_skipped_and_say_why() -> None:
    first = written(record(ScriptedAccount(offline="offline here"), case(needs_model=True)))
    found = again(
        first,
        case(needs_model=True),
        case(name="new"),
        case(name="elsewhere", targets=("prod",)),
    )

    assert [item.reason for item in found.cases] == [
        "offline here",
        "not in r.json",
        "only for prod",
    ]
    assert {item.status for item in found.cases} == {CaseStatus.SKIPPED}
    assert again(first, case(), target="prod").cases[0].reason == "not in r.json"


def test_what_a_secret_hides_is_not_guessed() -> None:
    sensitive = Sensitive(frozenset({SECRET}))
    script = Script(
        looks=(asks(("f", json.dumps({"of": SECRET}))), COMPLETED), reply=f"It is {SECRET}!"
    )
    tried = case(
        f"Say {SECRET}", expect=expect(status="completed"), functions={"f": (FixedOutput("1"),)}
    )
    first = record(ScriptedAccount(default=script), tried, sensitive=sensitive)
    recording = written(first)

    assert SECRET not in repr(recording)
    assert again(recording, tried, sensitive=sensitive) == recording
    for kinds, why in (
        ({"not_contains": SECRET}, "not_contains: the reply held a secret"),
        ({"matches": "It is"}, "matches: the reply held a secret"),
        (
            {"not_calls": {"name": "f", "arguments": {"of": SECRET}}},
            "not_calls: a call held a secret",
        ),
        ({"similar": {"to": "It is"}}, "similar: the reply held a secret"),
    ):
        turn = replace(tried.turns[0], expect=expect(**kinds))
        found = again(recording, replace(tried, turns=(turn,)), sensitive=sensitive)
        assert why in found.cases[0].reason
        assert [item.passed for item in found.cases[0].turns[0].verdicts] == [False]


def test_embeddings_are_asked_for_what_was_not_compared() -> None:
    tried = case(expect=expect(similar={"to": "a"}))
    account = ScriptedAccount(default=Script(reply="aab"))
    recording = written(record(account, tried))
    asked = ScriptedAccount()

    assert again(recording, tried, embed=asked.embed) == recording
    assert asked.journal == []
    new = case(expect=expect(similar={"to": "b", "min": 0.5, "model": "e"}))
    second = again(recording, new, embed=asked.embed)
    found = second.cases[0]
    assert (found.status, found.turns[0].verdicts[0].detail) == (
        "failed",
        "its similarity is 0.447 where 0.5 is enough",
    )
    assert again(written(second), new) == second  # nobody has to be asked twice
    assert asked.asked("embed") == [(("aab", "b"), "e")]

    asked.failures["embed"] = [refused()]
    broken = again(recording, new, embed=asked.embed)
    assert (broken.exit_code, "HTTP 503" in broken.cases[0].reason) == (1, True)


def test_programs_judge_again() -> None:
    def judged_by(code: str) -> SmokeCase:
        return case("Which?", expect=expect(command=[sys.executable, "-c", code]))

    account = ScriptedAccount(default=Script(reply="Take tram 28."))
    first = written(record(account, judged_by("raise SystemExit(2)"), clock=asyncio.run))
    says = (
        "import json, sys; told = json.load(sys.stdin); print(told['answer'], told['case']['run'])"
    )
    second = again(first, judged_by(says), clock=asyncio.run)

    assert [item.cases[0].status for item in (first, second)] == ["error", "passed"]
    assert second.cases[0].turns[0].verdicts[0].detail == "Take tram 28. 1"
    assert again(first, judged_by("raise SystemExit(2)"), clock=asyncio.run) == first
    broken = again(first, judged_by("raise SystemExit(3)"), clock=asyncio.run)
    assert "exited with 3" in broken.cases[0].reason  # what went wrong now, not what did then


def test_what_was_said_before_a_program_went_wrong_is_kept() -> None:
    grade = Script(reply='{"score": 0.9, "reason": "Kind."}')
    account = ScriptedAccount(default=Script(reply="aab"), scripts={'"rubric"': grade})
    breaks = expect(judge="Kind.", similar={"to": "a"}, command=[sys.executable, "-c", "exit(2)"])
    first = record(account, case(expect=breaks), clock=asyncio.run, allow_commands=True)

    assert first.cases[0].status is CaseStatus.ERROR
    assert [item.passed for item in first.cases[0].turns[0].verdicts] == [True, True, False]
    assert again(written(first), case(expect=breaks), clock=asyncio.run) == written(first)
