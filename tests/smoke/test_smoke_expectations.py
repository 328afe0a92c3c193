"""What each kind of expectation means, and the law that a negation is the opposite."""

import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smoke_fakes import expect

from asstctl.model.prices import Money, Price, Prices, total
from asstctl.model.smoke import Expectation, ExpectationKind
from asstctl.smoke.expectations.kinds import Evidence, judge, judge_turn
from asstctl.smoke.judges.checks import Check
from asstctl.smoke.judges.judge import Opinion, Rubric
from asstctl.smoke.judges.likeness import Likeness
from asstctl.smoke.ports import Citation, FunctionCall, ToolCall, Usage
from asstctl.smoke.result import Verdict
from asstctl.smoke.text import money

BILL = "Each pays $331.31.\nTotal: $5632.34"
EVIDENCE = Evidence(
    reply=BILL,
    citations=(Citation("f1", "receipt.pdf"), Citation("f2", "menu.md")),
    calls=(
        FunctionCall("c1", "get_weather", '{"city": "Lisbon", "days": 3, "units": {"t": "C"}}'),
        FunctionCall("c2", "broken", "{not json"),
    ),
    tools=(ToolCall("file_search"), ToolCall("function", "get_weather")),
    seconds=3.2,
    usage=Usage(100, 20, 120, 40),
    model="mini",
    prices=Prices(
        path="prices.yaml",
        currency="EUR",
        models={"mini": Price(input=100, cached_input=50, output=400)},
    ),
)
"""Its 60 new, 40 cached and 20 written tokens cost 0.016 EUR."""


def verdict(evidence: Evidence = EVIDENCE, **kind: Any) -> Verdict:
    (expectation,) = expect(**kind)
    return judge(expectation, evidence)


MET: list[dict[str, Any]] = [
    {"contains": "$331.31"},
    {"contains": ["$331.31", "Total"]},
    {"contains": {"all": ["$331.31", "Total"]}},
    {"contains": {"any": ["nope", "Total"]}},
    {"contains": {"any": ["nope", "TOTAL"], "ignore_case": True}},
    {"contains": {"all": ["Each"], "any": ["nope", "Total"]}},
    {"not_contains": "sorry"},
    {"not_contains": ["sorry", "cannot"]},
    {"not_contains": {"all": ["Total", "cannot"]}},
    {"equals": f"  {BILL}\n"},
    {"not_equals": BILL.upper()},
    {"matches": r"\$\d+\.\d\d"},
    {"matches": r"(?m)^Total"},
    {"not_matches": r"^Total"},
    {"matches": [r"\d", "Each"]},
    {"not_matches": ["nope", r"^Total"]},
    {"cites": "receipt.pdf"},
    {"cites": "receipts/receipt.pdf"},
    {"cites": ["receipt.pdf", "*.md"]},
    {"not_cites": ["a.pdf", "b.pdf"]},
    {"refuses": False},
    {"not_refuses": True},
    {"uses": "file_search"},
    {"uses": ["file_search", "function"]},
    {"not_uses": "code_interpreter"},
    {"calls": "get_weather"},
    {"calls": {"name": "get_weather", "arguments": {"city": "Lisbon"}}},
    {"calls": {"name": "get_weather", "arguments": {"units": {}, "days": 3.0}}},
    {"calls": ["get_weather", {"name": "broken"}]},
    {"not_calls": {"name": "broken", "arguments": {"a": 1}}},
    {"calls": {"name": "broken", "times": 1}},
    {"calls": ["get_weather", {"name": "broken", "times": {"min": 1, "max": 2}}]},
    {"calls": {"name": "other", "times": {"max": 2}}},
    {"not_calls": {"name": "broken", "times": 2}},
    {"calls": {"in_order": ["get_weather", "broken"]}},
    {"calls": {"in_order": ["broken"]}},
    {"calls": {"exactly": [{"name": "get_weather", "arguments": {"days": 3}}, "broken"]}},
    {"not_calls": {"in_order": ["broken", "get_weather"]}},
    {"not_calls": {"in_order": ["broken", "broken"]}},
    {"not_calls": {"exactly": ["get_weather"]}},
    {"not_calls": ["a", "b"]},
    {"status": "completed"},
    {"not_status": "failed"},
    {"max_seconds": 3.2},
    {"not_max_seconds": 3},
    {"max_tokens": 120},
    {"not_max_tokens": 119},
    {"cost": {"max": 0.016}},
    {"not_cost": {"max": 0.0159}},
    {"not_json": True},
]
UNMET: list[dict[str, Any]] = [
    {"contains": "total"},
    {"contains": ["$331.31", "nope"]},
    {"contains": {"any": ["nope", "TOTAL"]}},
    {"contains": {"all": ["nope"], "any": ["Total"]}},
    {"not_contains": ["sorry", "Total"]},
    {"matches": [r"\d", "nope"]},
    {"not_matches": ["nope", "Each"]},
    {"not_contains": {"any": ["sorry", "Total"]}},
    {"cites": ["receipt.pdf", "other.pdf"]},
    {"not_cites": ["other.pdf", "receipt.pdf"]},
    {"cites": "eceipt.pdf"},
    {"refuses": True},
    {"uses": ["file_search", "code_interpreter"]},
    {"not_uses": ["file_search", "code_interpreter"]},
    {"calls": {"name": "get_weather", "arguments": {"city": "Porto"}}},
    {"calls": {"name": "get_weather", "arguments": {"days": True}}},
    {"calls": ["get_weather", "other"]},
    {"not_calls": ["other", "get_weather"]},
    {"calls": {"name": "broken", "times": {"min": 2}}},
    {"calls": {"name": "broken", "times": {"max": 0}}},
    {"calls": {"in_order": ["get_weather", "get_weather"]}},
    {"calls": {"exactly": ["broken", "get_weather"]}},
    {"not_calls": {"exactly": ["get_weather", "broken"]}},
    {"cost": {"max": 0.0159}},
    {"json": True},
]


@pytest.mark.parametrize("kind", MET, ids=str)
def test_met(kind: dict[str, Any]) -> None:
    found = verdict(**kind)
    assert found.passed, found.detail
    assert found.detail


TWINS = Evidence(
    citations=(Citation("f1", "README.md", paths=("a/README.md", "copies/a/README.md")),)
)


@pytest.mark.parametrize(
    ("wanted", "met"),
    [
        ("a/README.md", True),
        ("./a/README.md", True),
        ("a/*.md", True),
        ("**/README.md", True),
        ("copies/a/README.md", True),
        ("README.md", True),
        ("*.md", True),
        ("b/README.md", False),
        ("nosuch/folder/README.md", False),
        ("*/*.txt", False),
    ],
)
def test_a_path_is_held_against_the_paths_of_what_is_cited(wanted: str, met: bool) -> None:
    found = verdict(TWINS, cites=wanted)

    assert found.passed is met
    assert found.detail == 'cited: "a/README.md"'
    assert verdict(TWINS, not_cites=wanted).passed is not met


@pytest.mark.parametrize("kind", UNMET, ids=str)
def test_unmet(kind: dict[str, Any]) -> None:
    found = verdict(**kind)
    assert not found.passed
    assert found.detail


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({}, "it cost 0.016 EUR of 0.01 EUR at most"),
        ({"prices": None}, "cannot be known: the project names no file of prices"),
        ({"model": "maxi"}, "cannot be known: prices.yaml has no maxi"),
        (
            {"usage": None},
            "cannot be known: the server does not say how many tokens it used",
        ),
    ],
)
def test_a_cost_that_is_not_known_is_met_in_neither_form(
    changed: dict[str, Any], detail: str
) -> None:
    evidence = replace(EVIDENCE, **changed)

    assert verdict(evidence, cost={"max": 0.01}).detail == detail
    assert not verdict(evidence, cost={"max": 0.01}).passed
    assert verdict(evidence, not_cost={"max": 0.01}).passed is (not changed)


@pytest.mark.parametrize(
    ("amount", "against", "text"),
    [
        (0.0, None, "0 X"),
        (0.0000174, None, "0.000017 X"),
        (0.0000001, None, "0.0000001 X"),
        (0.0316, None, "0.0316 X"),
        (1234.5, None, "1,234.5 X"),
        (0.0100001, 0.01, "0.0100001 X"),
        (0.01, 0.01, "0.01 X"),
    ],
)
def test_money_has_the_digits_that_tell_something(
    amount: float, against: float | None, text: str
) -> None:
    assert money(Money(amount, "X"), against) == text


@pytest.mark.parametrize(
    ("reply", "opening"),
    [
        ("I’m sorry, but I can’t help with that.", "i'm sorry, but"),
        ("**I am unable to** open links.", "i'm not able to"),
        ("I am so sorry, I can not do it.", "i'm sorry, i can't"),
        ("Unfortunately, I cannot share this.", "unfortunately, i can't"),
        ("As an AI, I have no opinions.", "as an ai,"),
        ("The tram costs 3 €. I can't say more.", ""),
        ("Sorry for the wait! Here it is.", ""),
        ("", ""),
    ],
)
def test_a_refusal_is_known_by_how_it_begins(reply: str, opening: str) -> None:
    found = verdict(Evidence(reply=reply), refuses=True)

    assert found.passed is bool(opening)
    assert found.detail == (
        f'it begins as refusals do: "{opening}"' if opening else "it does not begin as refusals do"
    )


def test_the_api_knows_a_refusal_in_any_language() -> None:
    said = Evidence(reply="Das kann ich nicht.", refused=True)

    assert verdict(said, refuses=True).detail == "the API calls the answer a refusal"
    assert not verdict(said, refuses=False).passed


def test_several_expressions_tell_which_is_not_met() -> None:
    assert verdict(matches=["Each", "nope"]).detail == (
        'matched "Each"; nothing in the reply matches /nope/'
    )


def test_a_sum_is_known_when_all_of_it_is() -> None:
    assert total([Money(1, "X"), Money(2, "X")]) == Money(3, "X")
    assert total([Money(1, "X"), None]) is None
    assert total([]) is None


@pytest.mark.parametrize(
    ("reply", "expected", "detail"),
    [
        ('{"a": 1}', True, "valid JSON"),
        ('{"a": 1}', {"schema": {"required": ["a"]}}, "valid JSON that the schema accepts"),
        ("[1, 2]", {"schema": {"type": "array", "items": {"type": "integer"}}}, "valid JSON"),
        ("7", {"schema": True}, "valid JSON"),
    ],
)
def test_good_json(reply: str, expected: Any, detail: str) -> None:
    found = verdict(Evidence(reply=reply), json=expected)
    assert found.passed
    assert found.detail.startswith(detail)


@pytest.mark.parametrize(
    ("reply", "expected", "detail"),
    [
        ('```json\n{"a": 1}\n```', True, "Markdown code fence"),
        ('Sure: {"a": 1}', True, "not valid JSON"),
        ('{"a": NaN}', True, "NaN is not JSON"),
        ("", True, "the reply is empty"),
        ("[" * 100_000, True, "not valid JSON"),
        ('{"a": {"b": ["x", 1]}}', {"schema": {"$ref": "#/$defs/d", "$defs": {"d": {
            "properties": {"a": {"properties": {"b": {"items": {"type": "string"}}}}}}}}},
         "$.a.b[1]: 1 is not of type 'string'"),
    ],
)  # fmt: skip
def test_bad_json(reply: str, expected: Any, detail: str) -> None:
    found = verdict(Evidence(reply=reply), json=expected)
    assert not found.passed
    assert detail in found.detail


@pytest.mark.parametrize(
    "schema", [{"type": "nonsense"}, {"$ref": "https://example.com/schema.json"}, 7, {"$ref": "#"}]
)
@pytest.mark.parametrize("kind", ["json", "not_json"])
def test_a_schema_that_cannot_be_used_is_met_in_neither_form(schema: Any, kind: str) -> None:
    found = verdict(Evidence(reply="{}"), **{kind: {"schema": schema}})
    assert not found.passed
    assert "schema" in found.detail


@pytest.mark.parametrize("kind", ["uses", "not_uses", "max_tokens", "not_max_tokens", "judge"])
def test_what_the_server_does_not_tell_is_met_in_neither_form(kind: str) -> None:
    silent = Evidence(tools=None, usage=None)
    expected = {"uses": "file_search", "max_tokens": 5, "judge": "be kind"}
    assert not verdict(silent, **{kind: expected[kind.removeprefix("not_")]}).passed


@pytest.mark.parametrize(
    ("expected", "passed"),
    [("kind", True), ({"rubric": "kind", "min_score": 0.75}, False),
     ({"rubric": "kind", "model": "gpt-4o"}, False)],
)  # fmt: skip
def test_a_judge_counts_from_its_score_on(expected: Any, passed: bool) -> None:
    opinion = Opinion(0.7, "Warm.")
    rubrics = (Rubric("kind"), Rubric("kind", None, 0.75))
    evidence = Evidence(opinions=dict.fromkeys(rubrics, opinion))
    assert verdict(evidence, judge=expected).passed is passed


def test_each_of_several_rubrics_has_to_be_met() -> None:
    opinions = {Rubric("kind"): Opinion(0.9, "Warm."), Rubric("brief"): Opinion(0.2, "Long.")}
    evidence = Evidence(opinions=opinions)

    found = verdict(evidence, judge=["kind", {"rubric": "brief"}])

    assert not found.passed
    assert found.detail == (
        "scored 0.9 where 0.7 is enough: Warm.; scored 0.2 where 0.7 is enough: Long."
    )
    assert not verdict(evidence, not_judge=["kind", "brief"]).passed
    assert verdict(evidence, judge=["kind", {"rubric": "brief", "min_score": 0.2}]).detail == (
        "no grade was given"
    )


def test_a_finding_hints_at_the_case_of_letters() -> None:
    assert verdict(contains="total").detail == (
        'the reply has no "total"; it does in another case, which ignore_case would accept'
    )


def test_a_near_miss_in_time_shows_enough_digits() -> None:
    found = verdict(Evidence(seconds=60.004), max_seconds=60)
    assert not found.passed
    assert found.detail == "took 60.004 s of 60 s at most"


def test_status_quotes_the_reason() -> None:
    evidence = Evidence(status="failed", reason="failed: server_error: Boom")
    (found,) = judge_turn(expect(status="completed"), evidence)
    assert found == Verdict("status", "completed", False, "failed: server_error: Boom")


texts = st.text(string.ascii_letters + " .$1", max_size=8)
words = texts.filter(bool)
EXPECTED: dict[ExpectationKind, st.SearchStrategy[Any]] = {
    ExpectationKind.CONTAINS: words
    | st.fixed_dictionaries(
        {"any": st.lists(words, min_size=1)}, optional={"ignore_case": st.booleans()}
    )
    | st.fixed_dictionaries({"all": st.lists(words, min_size=1)}),
    ExpectationKind.EQUALS: texts,
    ExpectationKind.MATCHES: st.sampled_from([r"\d", "[a-c]+", "^$", r"\s"]),
    ExpectationKind.JSON: st.just(True) | st.just({"schema": {"type": "integer"}}),
    ExpectationKind.CITES: words,
    ExpectationKind.REFUSES: st.booleans(),
    ExpectationKind.USES: st.sampled_from(["file_search", "function"]),
    ExpectationKind.CALLS: words
    | st.fixed_dictionaries({"name": words}, optional={"times": st.integers(1, 2)})
    | st.fixed_dictionaries({"in_order": st.lists(words, min_size=1)})
    | st.fixed_dictionaries({"exactly": st.lists(words, min_size=1)}),
    ExpectationKind.STATUS: st.sampled_from(["completed", "failed"]),
    ExpectationKind.MAX_SECONDS: st.floats(0, 10),
    ExpectationKind.MAX_TOKENS: st.integers(0, 50),
    ExpectationKind.COST: st.fixed_dictionaries({"max": st.floats(0, 0.005)}),
    ExpectationKind.SIMILAR: st.fixed_dictionaries({"to": st.just("x"), "min": st.floats(0, 1)}),
    ExpectationKind.COMMAND: st.just(["./check"]),
    ExpectationKind.JUDGE: st.just("kind"),
}
evidences = st.builds(
    Evidence,
    reply=texts | st.integers().map(str) | st.just("I cannot say."),
    refused=st.booleans(),
    citations=st.lists(st.builds(Citation, words, words), max_size=2).map(tuple),
    calls=st.lists(st.builds(FunctionCall, words, words, texts), max_size=2).map(tuple),
    tools=st.lists(st.builds(ToolCall, words), max_size=2).map(tuple),
    seconds=st.floats(0, 10),
    usage=st.builds(Usage, prompt_tokens=st.integers(0, 50), total_tokens=st.integers(0, 50)),
    model=st.just("mini"),
    prices=st.just(EVIDENCE.prices),
    similarities=st.builds(lambda near: {Likeness("x"): near}, st.floats(-1, 1)),
    checks=st.builds(lambda passed: {("./check",): Check(passed, "so")}, st.booleans()),
    opinions=st.builds(lambda score: {Rubric("kind"): Opinion(score, "")}, st.floats(0, 1)),
)


def test_every_kind_is_put_to_the_law() -> None:
    assert set(EXPECTED) == set(ExpectationKind)


@pytest.mark.parametrize("kind", sorted(set(ExpectationKind) - {ExpectationKind.MATCHES}))
@given(data=st.data())
def test_a_negation_is_the_opposite(kind: ExpectationKind, data: st.DataObject) -> None:
    assert_opposite(kind, data)


@settings(max_examples=15)  # each starts two processes
@given(data=st.data())
def test_a_negated_expression_is_the_opposite(data: st.DataObject) -> None:
    assert_opposite(ExpectationKind.MATCHES, data)


def assert_opposite(kind: ExpectationKind, data: st.DataObject) -> None:
    expected, evidence = data.draw(EXPECTED[kind]), data.draw(evidences)

    plain = judge(Expectation(kind, expected), evidence)
    negated = judge(Expectation(kind, expected, negated=True), evidence)

    assert plain.passed is not negated.passed
    assert plain.detail == negated.detail


@given(st.lists(words, min_size=1), evidences)
def test_a_negated_list_means_none_of_them(wanted: list[str], evidence: Evidence) -> None:
    none = judge(Expectation(ExpectationKind.CONTAINS, wanted, negated=True), evidence)

    assert none.passed is not any(text in evidence.reply for text in wanted)
