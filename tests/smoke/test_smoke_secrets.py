"""What smoke tells of a conversation holds no secret, whoever speaks it and wherever it is cut."""

import asyncio
import json
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smoke_fakes import COMPLETED, Notes, Script, ScriptedAccount, asks, case, expect, look, smoke

from asstctl.model.sensitive import MASK, Sensitive, spellings
from asstctl.model.smoke import CommandOutput, FixedOutput
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.ports import Citation, ToolCall
from asstctl.smoke.result import CaseStatus, SmokeResult
from asstctl.views.smoke.html import render_html
from asstctl.views.smoke.human import render_smoke
from asstctl.views.smoke.json import smoke_document
from asstctl.views.smoke.junit import render_junit
from asstctl.views.terminal import Screen
from support.clock import run

SECRET = "Tr0ub4dor+3/x=y"

secrets = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"]) | st.sampled_from(list("\"'\\`*_<>&| -")),
    min_size=8,
    max_size=24,
).filter(lambda text: text == text.strip() and "***" not in text and "  " not in text)


def held(secret: str, *, stream: bool = False) -> tuple[SmokeResult, Notes]:
    """A conversation in which the prompt, the expectations and the assistant name a secret."""
    padding = "x" * 75
    reply = f"{padding} You said {secret}, and {json.dumps(secret)}. {padding}{secret}{padding}"
    script = Script(
        looks=(asks(("lookup", json.dumps({"pad": padding + "y" * 20, "of": secret}))), COMPLETED),
        reply=reply,
        citations=(
            Citation(
                "f1", "a.md", f"[{secret}]", f"quoted: {padding * 3}{'z' * 25}{secret}{padding * 9}"
            ),
        ),
        tools=(ToolCall("function", "lookup", json.dumps({"of": secret}), secret),),
    )
    grade = Script(reply=json.dumps({"score": 1, "reason": f"It says {secret}."}))
    account = ScriptedAccount(default=script, scripts={'"rubric"': grade})
    notes = Notes()
    expectations = expect(
        contains=[secret, f"not {secret}"],
        equals=f"pw {secret}",
        matches="said ....",
        not_matches=r"x{75}.*",
        json=True,
        calls={"name": "lookup", "arguments": {"of": secret}},
        not_calls="lookup",
        similar={"to": f"is {secret}", "min": 0},
        judge=f"It says {secret}.",
    )
    tried = case(
        f"What is {secret}?",
        name=f"knows {secret}",
        expect=expectations,
        functions={"lookup": (FixedOutput(secret),)},
    )
    sensitive = Sensitive(frozenset({secret}), {f"pw {secret}": f"pw {MASK}"})
    options = SmokeOptions(sensitive=sensitive, stream=stream)
    return run(smoke(account, tried, notes=notes, options=options)), notes


def rendered(result: SmokeResult) -> dict[str, str]:
    return {
        "json": json.dumps(smoke_document(result), ensure_ascii=False),
        "ascii": json.dumps(smoke_document(result)),
        "junit": render_junit(result),
        "html": render_html(result),
        "human": render_smoke(result, Screen(color=False, width=60), verbose=True),
        "values": repr(result),
    }


@settings(max_examples=15)
@given(secrets, st.booleans())
def test_no_report_of_a_conversation_shows_a_secret(secret: str, stream: bool) -> None:
    result, notes = held(secret, stream=stream)

    (tried,) = result.cases
    kinds = {verdict.kind: verdict.passed for verdict in tried.turns[0].verdicts}
    assert kinds["matches"], "it is judged by what was said"
    assert kinds["calls"]
    assert kinds["judge"]
    assert kinds["similar"]
    assert tried.name == f"knows {MASK}"
    assert tried.turns[0].prompt == f"What is {MASK}?"
    told = rendered(result) | {"tokens": "".join(text for _, text in notes.tokens)}
    for name, text in told.items():
        for spelling in spellings(secret):
            assert spelling not in text, name


def test_no_part_of_a_secret_is_left_where_a_quote_is_cut() -> None:
    result, _ = held(SECRET)

    for text in rendered(result).values():
        assert "Tr0" not in text
        assert "x=y" not in text


@pytest.mark.parametrize(
    ("outputs", "why"),
    [
        ({}, "declares no output"),
        ({"lookup": (FixedOutput("x", {"of": "another"}),)}, "no declared output is for these"),
        (
            {"lookup": (CommandOutput((sys.executable, "-c", "import sys; sys.exit(input())")),)},
            "exited with 1",
        ),
    ],
)
def test_a_call_that_is_not_answered_shows_no_secret(outputs: Any, why: str) -> None:
    arguments = json.dumps({"pad": "x" * 68, "of": SECRET, "more": "y" * 80})
    account = ScriptedAccount(default=Script(looks=(asks(("lookup", arguments)), COMPLETED)))
    options = SmokeOptions(sensitive=Sensitive(frozenset({SECRET})), allow_commands=True)

    result = asyncio.run(smoke(account, case("Hi", functions=outputs), options=options))

    assert result.cases[0].status is CaseStatus.FAILED
    assert why in result.cases[0].reason
    assert "Tr0" not in repr(result)


def test_an_approval_that_nobody_gives_shows_no_secret() -> None:
    asked = f"the MCP server crm asks for an approval of send({'x' * 110}{SECRET}{'y' * 200})"
    waiting = replace(look("requires_action"), approvals=(asked,))
    account = ScriptedAccount(default=Script(looks=(waiting,)))
    options = SmokeOptions(sensitive=Sensitive(frozenset({SECRET})))

    (found,) = asyncio.run(smoke(account, case("Hi"), options=options)).cases

    assert "asks for an approval of send(x" in found.reason
    assert len(found.reason) < 300
    assert "Tr0" not in repr(found)


def test_programs_do_not_get_the_keys_of_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_KEY", "k3y")
    monkeypatch.setenv("WEATHER_TOKEN", "theirs")
    code = "import os; print(os.environ.get('ACME_KEY'), os.environ['WEATHER_TOKEN'])"
    program = CommandOutput((sys.executable, "-c", code))
    account = ScriptedAccount(default=Script(looks=(asks(("lookup", "{}")), COMPLETED)))
    options = SmokeOptions(allow_commands=True, withheld=frozenset({"ACME_KEY", "UNSET"}))

    asyncio.run(smoke(account, case("Hi", functions={"lookup": (program,)}), options=options))

    ((_, (answer,)),) = account.asked("submit_outputs")
    assert answer.output == "None theirs"
