"""The views of a plan: what people, pull requests and machines get to see."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from asstctl.manifest.schema.schemas import schema
from asstctl.model.actual import Actual, ActualAssistant
from asstctl.model.assistant import AssistantSpec, CodeInterpreter, Function
from asstctl.model.canonical import canonical_assistant
from asstctl.model.desired import Desired, DesiredAssistant, DesiredFile, DesiredStore
from asstctl.model.file import Content, LocalFile
from asstctl.model.stamp import Stamp
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Change, FileChange
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.scope import PlanOptions
from asstctl.views.plan.human import render_plan
from asstctl.views.plan.json import plan_document
from asstctl.views.plan.markdown import render_markdown
from asstctl.views.plan.steps import step_lines
from asstctl.views.terminal import Screen
from support.examples import tries


def _found(key: str, applied: AssistantSpec, now: AssistantSpec | None = None) -> ActualAssistant:
    stamp = Stamp.of(
        canonical_assistant(applied),
        project="acme-travel",
        key=key,
        commit="3f2c1abd0c7e4c1f9d2f6c0b8a7e5d4c3b2a1908",
        files={},
        kept={},
    )
    return ActualAssistant(
        id=f"asst_{key}0123456789", spec=now or applied, stamp=stamp, raw=now or applied
    )


def _plan(instructions: str = "You are a travel guide. Be succinct.\nNever guess.") -> Plan:
    lisbon = LocalFile("docs/lisbon.md", Path("lisbon.md"), 4200)
    porto = LocalFile("docs/porto.md", Path("porto.md"), 3900)
    oporto = LocalFile("docs/oporto.md", Path("oporto.md"), 3900)
    contents = {
        "docs/lisbon.md": Content(lisbon, "a" * 64),
        "docs/oporto.md": Content(oporto, "b" * 64),
        "docs/porto.md": Content(porto, "b" * 64),
    }
    before = AssistantSpec(model="gpt-4o", instructions="You are a guide.\nNever guess.")
    weather = Function("get_weather", "The weather.", {"type": "object", "properties": {"c": {}}})
    after = AssistantSpec(
        model="gpt-4o",
        instructions=instructions,
        temperature=0.2,
        tools=(CodeInterpreter(), weather),
    )
    support = AssistantSpec(model="gpt-4o", name="Support")
    desired = Desired(
        project="acme-travel",
        stores=(
            DesiredStore(
                key="travel-docs",
                spec=VectorStoreSpec(name="Docs"),
                store_files=tuple(map(DesiredFile, (lisbon, oporto, porto))),
            ),
        ),
        assistants=(
            DesiredAssistant(key="travel-guide", spec=after),
            DesiredAssistant(key="support", spec=support),
            DesiredAssistant(key="quiet", spec=support),
        ),
    )
    edited = AssistantSpec(model="gpt-4o", name="Support (edited)")
    actual = Actual(
        account="api.example.com",
        assistants=(
            _found("travel-guide", before),
            _found("support", support, edited),
            _found("quiet", support),
            _found("gone", support),
        ),
    )
    return make_plan(desired, contents, actual, target="prod", commit=None, options=PlanOptions())


def test_the_plan_for_a_person(snapshot: SnapshotAssertion) -> None:
    assert render_plan(_plan()) == snapshot


def test_the_plan_with_the_steps_of_each_change() -> None:
    briefly, shown = render_plan(_plan()), render_plan(_plan(), steps=True)
    steps = [line.strip() for line in shown.splitlines() if re.match(r" {6}\d+\. ", line)]

    assert steps == [
        "1. upload docs/lisbon.md, docs/oporto.md, docs/porto.md, once for all who need it",
        "2. create the store",
        "3. attach docs/lisbon.md, docs/oporto.md, docs/porto.md",
        "4. wait until docs/lisbon.md, docs/oporto.md, docs/porto.md can be searched",
        "1. check that nobody has changed it since",
        "2. switch the assistant over",
    ]
    others = [line for line in shown.splitlines() if line.strip() not in {*steps, "steps"}]
    assert "\n".join(others) == briefly.rstrip("\n")


def test_uploads_that_a_change_leaves_behind_go_when_all_changes_are_made() -> None:
    old = FileChange(action=FileAction.DELETE, path="a.md", sha256="0" * 64, bytes=1, file_id="f")
    support = _found("support", AssistantSpec(model="gpt-4o"))
    change = Change(address=support.address, action=Action.DELETE, actual=support, files=(old,))

    assert [line.plain for line in step_lines(change)] == [
        "    steps",
        "      1. check that nobody has changed it since",
        "      2. delete it",
        "      after all changes: delete the uploads of a.md",
    ]


def test_a_step_with_thousands_of_files_stays_short() -> None:
    files = tuple(
        FileChange(action=FileAction.UPLOAD, path=f"docs/{n}.md", sha256=f"{n:064}", bytes=1)
        for n in range(2000)
    )
    docs = DesiredStore(key="docs", spec=VectorStoreSpec(name="Docs"))
    change = Change(address=docs.address, action=Action.CREATE, desired=docs, files=files)

    assert max(len(line.plain) for line in step_lines(change)) < 200


def test_colour_changes_no_character() -> None:
    plain = render_plan(_plan())
    colored = render_plan(_plan(), Screen(color=True))
    assert colored != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def test_the_plan_for_a_machine(snapshot: SnapshotAssertion) -> None:
    document = plan_document(_plan())
    jsonschema.validate(document, schema("plan"))
    assert json.dumps(document, indent=1) == snapshot


def test_the_plan_for_a_pull_request(snapshot: SnapshotAssertion) -> None:
    assert render_markdown(_plan(), max_bytes=65_536) == snapshot


def test_no_control_character_of_a_manifest_reaches_the_terminal() -> None:
    text = render_plan(_plan("\x1b[2Jgone\x07\nsecond line\u202e"))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    "nasty",
    [
        "```\n</details>\n<script>alert(1)</script>\n````\nend",
        "~~~\n@everyone\n<!-- asstctl:plan -->\nend",
    ],
)
def test_markdown_is_safe_against_fences_and_html(nasty: str) -> None:
    text = render_markdown(_plan(nasty), max_bytes=65_536)
    inside = False
    fence = ""
    for row in text.splitlines():
        opening = re.match(r"^(`{3,})(diff|mermaid)?$", row)
        if opening and not inside:
            inside, fence = True, opening.group(1)
        elif inside and row == fence:
            inside = False
        elif not inside:
            assert "<script" not in row
            assert "<!--" not in row
            assert "@everyone" not in row
    assert not inside


@tries(0.3)
@given(limit=st.integers(min_value=1_000, max_value=5_000), text=st.text(max_size=3_000))
def test_markdown_keeps_to_its_limit_and_says_what_was_cut(limit: int, text: str) -> None:
    rendered = render_markdown(_plan(f"{text}\n." * 3), max_bytes=limit)
    assert len(rendered.encode("utf-8", "replace")) <= limit
    whole = render_markdown(_plan(f"{text}\n." * 3), max_bytes=10_000_000)
    assert ("Cut for length" in rendered) == (rendered != whole)


def test_what_goes_with_a_delete_is_shown() -> None:
    applied = AssistantSpec(model="gpt-4o", name="Gone", instructions="You are a guide.")
    edited = AssistantSpec(model="gpt-4o", name="Edited", instructions="You are\nsomebody else.")
    plan = make_plan(
        Desired(project="acme-travel"),
        {},
        Actual(account="api.example.com", assistants=(_found("gone", applied, edited),)),
        target="prod",
        commit=None,
        options=PlanOptions(prune=True),
    )

    shown = render_plan(plan, Screen())

    assert "in no manifest any more, but changed outside asstctl since 3f2c1ab" in shown
    assert '    name  "Edited"  changed outside asstctl\n' in shown
    assert "      - You are\n      - somebody else.\n" in shown
    assert "1 drifted" in shown
    assert "somebody else." in render_markdown(plan, max_bytes=65_536)
    document = json.loads(json.dumps(plan_document(plan), default=dict))
    jsonschema.validate(document, schema("plan"))
    (change,) = document["changes"]
    assert [drift["actual"] for drift in change["drift"]] == [edited.instructions, "Edited"]
