"""What a matrix has shown: sums of each list's values, and the cases on which models disagree."""

from dataclasses import replace

from smoke_samples import FAILED, PASSED, RECEIPT, conversation

from asstctl.model.prices import Money
from asstctl.model.smoke import chosen_of
from asstctl.smoke.choices import rows_of_models, tallies
from asstctl.smoke.result import CaseResult, CaseStatus, SmokeResult
from asstctl.views.smoke.html import render_html
from asstctl.views.smoke.human import render_smoke


def asked(name: str, status: CaseStatus = PASSED, **matrix: str) -> CaseResult:
    ran = status is not CaseStatus.SKIPPED
    return CaseResult(
        key="guide",
        name=f"{name}{chosen_of(matrix)}",
        target="local",
        status=status,
        conversations=(conversation(status, RECEIPT),) if ran else (),
        matrix=matrix,
    )


RESULT = SmokeResult(
    target="local",
    cases=(
        asked("by hand"),
        asked("fares", model="a", tone="kind"),
        asked("fares", FAILED, model="b <i>", tone="kind"),
        asked("hours", model="a", tone="kind"),
        asked("hours", model="b <i>", tone="kind"),
        asked("hours", CaseStatus.SKIPPED, model="c", tone="rude"),
    ),
)


def test_each_value_of_a_list_with_several_is_summed_up() -> None:
    found = tallies(RESULT)

    assert list(found) == ["model"], "every case that ran was kind"
    parts = found["model"]
    assert [(label, part.summary.passed, len(part.cases)) for label, part in parts.items()] == [
        ("a", 2, 2),
        ("b <i>", 1, 2),
    ]
    one = RECEIPT.usage.total_tokens
    assert parts["a"].usage.total_tokens == 2 * one
    assert parts["a"].seconds == 2 * RECEIPT.seconds
    cost = RECEIPT.cost
    assert cost is not None
    assert parts["a"].cost == Money(2 * cost.amount, cost.currency)


def test_a_case_is_the_same_whichever_model_ran_it() -> None:
    rows = rows_of_models(RESULT)
    assert [(row.name, list(row.by_model), row.is_disputed) for row in rows] == [
        ("fares [tone=kind]", ["a", "b <i>"], True),
        ("hours [tone=kind]", ["a", "b <i>"], False),
    ]
    alone = SmokeResult(target="local", cases=(asked("fares", model="a"),))
    assert [row.name for row in rows_of_models(alone)] == ["fares"]
    from_prompt = SmokeResult(
        target="local",
        cases=tuple(
            replace(asked("Hi there", model=model), matrix={"model": model, "prompt": "Hi there"})
            for model in ("a", "b")
        ),
    )
    assert [row.name for row in rows_of_models(from_prompt)] == ["Hi there"]


def test_the_terminal_says_what_each_did_and_where_they_disagree() -> None:
    text = render_smoke(RESULT)
    assert "model  passed  seconds  tokens  cost\na      2 of 2  " in text
    assert "✓ a  ✗ b <i>  guide · fares [tone=kind]\n" in text
    assert "disagree" not in render_smoke(SmokeResult(target="local", cases=RESULT.cases[3:]))


def test_the_page_has_cases_by_models() -> None:
    page = render_html(RESULT)
    heads = '<th scope="col">case</th><th scope="col">a</th><th scope="col">b &lt;i&gt;</th>'
    assert heads in page
    assert '<td class="failed"><span class="badge">✗ 2.3 s' in page
    without = render_html(SmokeResult(target="local", cases=RESULT.cases[:1]))
    assert 'class="compared"' not in without
