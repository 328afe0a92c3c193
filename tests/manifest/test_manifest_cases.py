"""Entries of ``smoke`` that make a case of each row of a file, and of each choice of a matrix."""

import json
from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder

from asstctl.model.smoke import SmokeCase

ASKS = """\
smoke:
  - prompt: First, by hand.
  - cases: {file: cases.csv}
    name: knows ${case.topic}
    prompt: ${case.question} In ${var.city}, $${case.topic}?
    expect: {contains: "${case.answer}"}
  - prompt: Last, by hand.
"""
QUESTIONS = (
    b"\xef\xbb\xbftopic, question,answer\r\n"
    b'prices,"What does ""it"" cost,\r\nreally?",4 EUR\r\n'
    b"\r\n"
    b"places,Where is ${var.city} on ${case.topic}?,$${x}\r\n"
)


def folder_with(root: Path, files: dict[str, str | bytes]) -> Folder:
    folder = Folder(root)
    folder.write({"asstctl.yaml": "project: acme\nvars: {city: Lisbon}\n"})
    folder.write({"docs/a.md": "x", **files})
    return folder


def cases_of(root: Path, smoke: str, **files: str | bytes) -> tuple[SmokeCase, ...]:
    named = {name.replace("_", "."): content for name, content in files.items()}
    folder = folder_with(root, {MANIFEST: ASSISTANT + smoke, **named})
    return folder.desired().assistants[0].smoke


def prompts(cases: tuple[SmokeCase, ...]) -> list[str]:
    return [case.turns[0].prompt for case in cases]


def names(cases: tuple[SmokeCase, ...]) -> list[str]:
    return [case.name for case in cases]


# --- prompts in files ---------------------------------------------------------------------------

PROMPTS_IN_FILES = """\
smoke:
  - cases: [{question: "How much?", style: short}]
    name: asks
    matrix:
      prompt: [{file: "prompts/${case.style}.txt", render: true}, {file: prompts/plain.txt}]
      tone: [polite]
  - turns: [{prompt: {file: prompts/plain.txt}}, {prompt: {file: prompts/city.txt, render: true}}]
"""


def test_prompts_are_read_from_files(project_dir: Path) -> None:
    files: dict[str, str | bytes] = {
        "prompts/short.txt": "In ${var.city}, ${matrix.tone}: ${case.question}\n",
        "prompts/plain.txt": "As it is.\n",
        "prompts/city.txt": "Where is ${var.city}?",
    }
    folder = folder_with(project_dir, {MANIFEST: ASSISTANT + PROMPTS_IN_FILES, **files})

    cases = folder.desired().assistants[0].smoke

    assert prompts(cases) == ["In Lisbon, polite: How much?\n", "As it is.\n", "As it is.\n"]
    assert [turn.prompt for turn in cases[2].turns] == ["As it is.\n", "Where is Lisbon?"]
    assert names(cases) == [
        "asks [prompt=prompts/${case.style}.txt, tone=polite]",
        "asks [prompt=prompts/plain.txt, tone=polite]",
        "As it is.",
    ]


@pytest.mark.parametrize(
    ("reference", "content", "found"),
    [
        ("{file: ask.txt, render: true}", "${case.topik}", ["unknown-column ask.txt:1:1"]),
        ("{file: ask.txt}", "On ${case.topic}", ["reference-in-file ask.txt:1:4"]),
        ("{file: ask.txt}", " \n", ["empty-file 4:20"]),
        ("{file: ask.txt}", "x" * 256_001, ["too-long 4:20"]),
        ("{file: nowhere.txt}", "", ["missing-file 4:20"]),
        ("{fil: ask.txt}", "", ["missing-field 4:5", "unknown-field 4:14"]),
    ],
    ids=["column", "not rendered", "empty", "long", "missing", "no reference"],
)
def test_what_is_wrong_with_a_prompt_in_a_file_is_told_once(
    project_dir: Path, reference: str, content: str, found: list[str]
) -> None:
    rows = "[{topic: a}, {topic: b}]"
    folder = folder_with(project_dir, {"ask.txt": content})
    assert folder.found_in(f"smoke:\n  - prompt: {reference}\n    cases: {rows}\n") == found


# --- files --------------------------------------------------------------------------------------


def test_each_row_of_a_csv_file_is_a_case_among_those_by_hand(project_dir: Path) -> None:
    cases = cases_of(project_dir, ASKS, cases_csv=QUESTIONS)

    assert prompts(cases) == [
        "First, by hand.",
        'What does "it" cost,\r\nreally? In Lisbon, ${case.topic}?',
        "Where is ${var.city} on ${case.topic}? In Lisbon, ${case.topic}?",
        "Last, by hand.",
    ]
    assert names(cases)[1:3] == ["knows prices", "knows places"]
    assert [item.turns[0].expect[0].expected for item in cases[1:3]] == ["4 EUR", "$${x}"]
    assert [str(case.location) for case in cases] == [
        f"{MANIFEST}:4:5",
        "cases.csv:2:1",
        "cases.csv:5:1",
        f"{MANIFEST}:9:5",
    ]


def test_lines_of_json_keep_what_their_values_are(project_dir: Path) -> None:
    lines = [
        {"q": "a?", "words": ["x", 'y "z"'], "most": 900, "expect": {"status": "failed"}},
        {"q": "b?", "words": {"any": ["x"]}, "most": 1, "expect": {"uses": "function"}},
    ]
    smoke = """\
smoke:
  - cases: {file: cases.jsonl}
    turns:
      - prompt: ${case.q} ${case.most} ${case.words}
        expect: {contains: "${case.words}", max_tokens: "${case.most}"}
      - prompt: And?
        expect: ${case.expect}
"""
    text = "\n\n".join(json.dumps(line) for line in lines) + "\n"
    one, two = cases_of(project_dir, smoke, cases_jsonl=text)

    assert one.turns[0].prompt == 'a? 900 ["x", "y \\"z\\""]'
    assert [item.expected for item in one.turns[0].expect] == [["x", 'y "z"'], 900]
    assert [item.expected for item in two.turns[0].expect] == [{"any": ["x"]}, 1]
    assert [(item.label, item.expected) for item in two.turns[1].expect] == [("uses", "function")]
    assert [str(case.location) for case in (one, two)] == ["cases.jsonl:1:1", "cases.jsonl:3:1"]


LISTED = """\
smoke:
  - cases:
      - {q: "Which city?", words: ["${var.city}"], most: 900}
      - {q: "Which $${river}?", words: [Tejo], most: 1000}
    matrix: {prompt: ["${case.q}", "Briefly: ${case.q}"]}
    expect: {contains: "${case.words}", max_tokens: "${case.most}"}
"""


def test_rows_may_stand_in_the_manifest(project_dir: Path) -> None:
    cases = cases_of(project_dir, LISTED)

    assert prompts(cases) == [
        "Which city?",
        "Briefly: Which city?",
        "Which ${river}?",
        "Briefly: Which ${river}?",
    ]
    assert [item.expected for item in cases[0].turns[0].expect] == [["Lisbon"], 900]
    assert [str(case.location) for case in cases[1:3]] == [f"{MANIFEST}:5:9", f"{MANIFEST}:6:9"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("most: 1000", "most: x", ["wrong-type 6:54"]),
        (", most: 1000", "", ["missing-field 6:9"]),
        ("$${river}", "${river}", ["bad-reference 6:13"]),
        ('"${case.q}", ', '"${case.p}", ', ["unknown-column 7:23"]),
        ('{q: "Which $${river}?", words: [Tejo], most: 1000}', "none", ["wrong-type 6:9"]),
    ],
)
def test_mistakes_in_listed_rows_have_their_place(
    project_dir: Path, old: str, new: str, expected: list[str]
) -> None:
    folder = folder_with(project_dir, {})
    assert folder.found_in(LISTED.replace(old, new)) == expected


def test_the_path_of_a_file_alone_gets_advice(project_dir: Path) -> None:
    folder = folder_with(project_dir, {"cases.csv": "a\n1\n"})
    assert "Write {file: cases.csv}" in folder.said("smoke: [{cases: cases.csv, prompt: x}]\n")


def test_a_name_that_is_left_out_comes_from_the_prompt(project_dir: Path) -> None:
    smoke = "smoke: [{cases: {file: cases.csv}, prompt: 'Why ${case.a}?'}]\n"
    cases = cases_of(project_dir, smoke, cases_csv="a\nx\nx\ny\n")
    assert names(cases) == ["Why x?", "Why x? (2)", "Why y?"]


def test_overrides_and_defaults_may_have_such_entries(project_dir: Path) -> None:
    entry = "[{cases: {file: a.jsonl}, prompt: x, expect: {max_tokens: '${case.n}'}}]"
    folder = folder_with(project_dir, {"a.jsonl": '{"n": 3}\n{"n": 4}\n'})
    both = "target: one\ntargets: {one: {api: local}, two: {api: local}}\n"
    folder.write({"asstctl.yaml": f"project: acme\n{both}defaults: {{smoke: {entry}}}\n"})
    override = "overrides: {two: {smoke: [{matrix: {n: [1, 2, 3]}, prompt: 'No. ${matrix.n}'}]}}\n"
    folder.write({MANIFEST: ASSISTANT + override})

    assert len(folder.desired("one").assistants[0].smoke) == 2
    assert prompts(folder.desired("two").assistants[0].smoke) == [
        "No. 1",
        "No. 2",
        "No. 3",
    ]


FILE = "smoke:\n  - cases: {file: cases.csv}\n    "
BAD_FILES = {
    "empty": (b"", ["empty-file cases.csv:1:1"]),
    "header alone": (b"a,b\n\n", ["empty-file cases.csv:1:1"]),
    "cells": (b"a\n1\n2,3\n", ["bad-cases cases.csv:3:3"]),
    "missing cell": (b"a,b\n1\n", ["bad-cases cases.csv:2:1"]),
    "names": (b"a,,a\n1,2,3\n", ["bad-cases cases.csv:1:3", "bad-cases cases.csv:1:4"]),
    "semicolons": (b"a;b\n1;2\n", ["bad-cases cases.csv:1:1"]),
    "open quotes": (b'a\n1\n"2\n3\n', ["bad-cases cases.csv:3:1"]),
    "behind quotes": (b'a,b\n"1"x,2\n', ["bad-cases cases.csv:2:4"]),
    "not UTF-8": (b"a\n\xe4\n", ["not-utf8 4:19"]),
}


@pytest.mark.parametrize(("content", "expected"), BAD_FILES.values(), ids=BAD_FILES)
def test_what_is_wrong_with_a_file_has_its_place_there(
    project_dir: Path, content: bytes, expected: list[str]
) -> None:
    folder = folder_with(project_dir, {"cases.csv": content})
    assert folder.found_in(f"{FILE}prompt: '${{case.a}}'\n") == expected


def test_lines_that_are_no_objects_or_lack_a_column_are_named(project_dir: Path) -> None:
    lines = '{"q": "a", "more": 1}\n[1]\n{"q": 1 2}\n{"more": 2}\n'
    folder = folder_with(project_dir, {"cases.jsonl": lines})
    smoke = "smoke: [{cases: {file: cases.jsonl}, prompt: '${case.q}'}]\n"
    assert folder.found_in(smoke) == ["bad-cases cases.jsonl:2:1", "invalid-json cases.jsonl:3:9"]

    folder.write({"cases.jsonl": lines.splitlines()[0] + '\n{"more": 2}\n'})
    assert folder.found_in(smoke) == ["missing-field cases.jsonl:2:1"]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("cases.txt", "bad-cases cases.txt:1:1"),
        ("none.csv", "missing-file 4:19"),
        ("../x.csv", "outside-project 4:19"),
        ("docs", "not-a-file 4:19"),
    ],
)
def test_the_file_is_one_of_the_project(project_dir: Path, file: str, expected: str) -> None:
    folder = folder_with(project_dir, {"cases.txt": "a\n1\n"})
    assert folder.found_in(f"smoke:\n  - cases: {{file: {file}}}\n    prompt: x\n") == [expected]


def test_an_unknown_column_is_told_once_with_those_that_exist(project_dir: Path) -> None:
    folder = folder_with(project_dir, {"cases.csv": "question,answer\na,b\nc,d\n"})
    body = f"{FILE}prompt: ${{case.quesion}}\n"
    assert folder.found_in(body) == ["unknown-column 5:13"]
    said = folder.said(body)
    assert "cases.csv has the columns question, answer." in said
    assert 'Did you mean "question"?' in said


def test_faults_of_a_value_are_at_the_value_and_those_of_the_entry_in_the_manifest(
    project_dir: Path,
) -> None:
    table = "question,re,cited\nWhy?,a+,docs/a.md\n,(,docs/b.md\n"
    folder = folder_with(project_dir, {"cases.csv": table})
    expect = 'expect: {matches: "${case.re}", cites: "${case.cited}"}'
    file = "tools: [{type: code_interpreter, files: [docs/a.md]}]\n"
    body = f"{file}{FILE}prompt: '${{case.question}} '\n    {expect}\n"
    assert folder.found_in(body) == ["bad-regex cases.csv:3:2", "unknown-citation cases.csv:3:4"]

    body = body.replace(" '\n", "'\n")
    assert folder.found_in(body) == ["empty-value cases.csv:3:1"]
    body = f"{FILE}prompt: x\n    expect: {{contain: x}}\n"
    assert folder.found_in(body) == ["unknown-field 6:14"]


def test_numbers_need_a_file_that_has_numbers(project_dir: Path) -> None:
    folder = folder_with(project_dir, {"cases.csv": "limit\n30\n"})
    body = f"{FILE}prompt: x\n    expect: {{max_seconds: '${{case.limit}}'}}\n"
    assert folder.found_in(body) == ["wrong-type cases.csv:2:1"]
    assert "Use a .jsonl file" in folder.said(body)


def test_two_rows_with_one_name_are_told_apart(project_dir: Path) -> None:
    folder = folder_with(project_dir, {"cases.csv": "a,b\nx,1\nx,2\n"})
    assert folder.found_in(f"{FILE}name: is ${{case.a}}\n    prompt: x\n") == [
        "duplicate-case cases.csv:3:1"
    ]
    body = f"{FILE}name: same\n    prompt: ${{case.a}}\n"
    assert folder.found_in(body) == ["duplicate-case 5:11"]
    assert "Put a column into the name" in folder.said(body)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("instructions: '${case.a}'\n", "3:15"),
        ("smoke: [{prompt: '${case.a}'}]\n", "3:18"),
        ("smoke: [{prompt: x}, {matrix: {a: ['${case.a}']}, prompt: x}]\n", "3:36"),
        ("smoke: [{prompt: '${matrix.a}'}]\n", "3:18"),
    ],
)
def test_references_to_data_stand_in_cases_that_have_it(
    project_dir: Path, body: str, place: str
) -> None:
    folder = folder_with(project_dir, {})
    assert folder.found_in(body) == [f"bad-reference {place}"]
    assert "a smoke case" in folder.said(body)


def test_a_file_of_cases_is_one_that_the_project_was_read_from(project_dir: Path) -> None:
    folder = folder_with(project_dir, {MANIFEST: ASSISTANT + ASKS, "cases.csv": QUESTIONS})
    project = folder.load().project
    assert project is not None
    assert "cases.csv" in {file.path for file in project.files}


def test_secrets_beside_data_are_hidden(project_dir: Path) -> None:
    smoke = "smoke: [{cases: {file: c.csv}, prompt: '${case.a} ${env.TOKEN}', exepct: 1}]\n"
    folder = folder_with(project_dir, {"c.csv": "a\nx\n", MANIFEST: ASSISTANT + smoke})
    folder.environ["TOKEN"] = "hunter2hunter2"
    assert "hunter2" not in folder.said(smoke)
    folder.write({MANIFEST: ASSISTANT + smoke.replace(", exepct: 1", "")})
    desired = folder.desired()
    assert desired.sensitive.text(desired.assistants[0].smoke[0].turns[0].prompt) == "x ***"


# --- a matrix -----------------------------------------------------------------------------------


def test_a_matrix_makes_a_case_of_every_combination(project_dir: Path) -> None:
    smoke = """\
smoke:
  - name: greets
    matrix:
      model: [gpt-4o, "${var.city}"]
      prompt: ["Say hi ${matrix.how}", "Greet ${matrix.how}"]
      how: [1, true]
    run: {temperature: 0}
"""
    cases = cases_of(project_dir, smoke)

    assert len(cases) == 8
    assert names(cases)[0] == "greets [model=gpt-4o, prompt=Say hi ${matrix.how}, how=1]"
    assert cases[-1].name == "greets [model=Lisbon, prompt=Greet ${matrix.how}, how=true]"
    assert dict(cases[-1].run) == {"temperature": 0, "model": "Lisbon"}
    assert prompts(cases)[:3] == ["Say hi 1", "Say hi true", "Greet 1"]
    assert cases[0].matrix == {"model": "gpt-4o", "prompt": "Say hi ${matrix.how}", "how": "1"}


def test_rows_meet_every_combination(project_dir: Path) -> None:
    smoke = """\
smoke:
  - cases: {file: cases.csv}
    matrix: {prompt: ["${case.q}?", "Briefly: ${case.q}?"], model: [a, b]}
"""
    cases = cases_of(project_dir, smoke, cases_csv="q\nWhy\nHow\n")
    assert names(cases)[:4] == [
        "Why? [model=a]",
        "Why? [model=b]",
        "Briefly: Why? [model=a]",
        "Briefly: Why? [model=b]",
    ]
    assert len(cases) == 8


def test_values_that_look_alike_when_cut_are_told_apart(project_dir: Path) -> None:
    long = "Please be so kind and tell me all about the weather in"
    smoke = f"smoke: [{{name: n, matrix: {{prompt: ['{long} Lisbon', '{long} Porto']}}}}]\n"
    cut = f"{long[:39]}…"
    assert names(cases_of(project_dir, smoke)) == [f"n [prompt={cut}]", f"n [prompt={cut} (2)]"]


MATRICES = {
    "no list": ("{a: x}", ["wrong-type 4:17"]),
    "empty": ("{a: []}", ["too-few 4:14"]),
    "nothing": ("{}", ["too-few 4:5"]),
    "twice": ("{a: [1, 1]}", ["duplicate-item 4:14"]),
    "name": ("{a b: [1]}", ["bad-name 4:14"]),
    "number for a model": ("{model: [1]}", ["wrong-type 4:22"]),
    "unknown": ("{a: [1], prompt: ['${matrix.b}']}", ["unknown-variable 4:31"]),
    "in its own": ("{a: [1], prompt: ['${matrix.prompt}']}", ["unknown-variable 4:31"]),
}


@pytest.mark.parametrize(("matrix", "expected"), MATRICES.values(), ids=MATRICES)
def test_mistakes_in_a_matrix_have_a_place(
    project_dir: Path, matrix: str, expected: list[str]
) -> None:
    folder = folder_with(project_dir, {})
    body = f"smoke:\n  - matrix: {matrix}\n    prompt: x\n"
    assert folder.found_in(body) == expected


def test_a_matrix_says_what_belongs_into_turns(project_dir: Path) -> None:
    folder = folder_with(project_dir, {})
    body = "smoke:\n  - matrix: {prompt: [a]}\n    turns: [{prompt: x}]\n"
    assert folder.found_in(body) == ["not-here 4:23"]


def test_there_is_a_limit_for_the_cases_of_one_entry(project_dir: Path) -> None:
    ten = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
    rows = "q\n" + "\n".join(map(str, range(101))) + "\n"
    folder = folder_with(project_dir, {"cases.csv": rows})
    body = f"{FILE}prompt: '${{case.q}} ${{matrix.a}}'\n    matrix: {{a: {ten}}}\n"
    assert folder.found_in(body) == ["too-many 6:5"]
    said = folder.said(body)
    assert "They make 1,010 cases: 101 rows of cases.csv × 10 of a. 1,000 are allowed." in said

    folder.write({"cases.csv": rows.rpartition("\n")[0].rpartition("\n")[0]})
    assert len(folder.desired().assistants[0].smoke) == 1000


def test_a_model_of_a_run_can_be_expressed_on_every_api(project_dir: Path) -> None:
    targets = "{r: {api: local, like: responses}, a: {api: local, like: agents}, b: {api: local}}"
    folder = folder_with(
        project_dir, {MANIFEST: f"{ASSISTANT}smoke: [{{prompt: x, matrix: {{model: [a]}}}}]\n"}
    )
    folder.write({"asstctl.yaml": f"project: acme\ntargets: {targets}\n"})
    for target in ("r", "a", "b"):
        assert dict(folder.desired(target).assistants[0].smoke[0].run) == {"model": "a"}


def test_what_an_api_cannot_express_is_told_at_the_entry(project_dir: Path) -> None:
    folder = folder_with(project_dir, {"cases.csv": "q\na\nb\n"})
    folder.write({"asstctl.yaml": "project: acme\ntargets: {a: {api: local, like: agents}}\n"})
    body = "prompt: ${case.q}\n    run: {temperature: 1}\n    matrix: {model: [a, b]}\n"
    assert folder.found_in(FILE + body) == ["not-expressible 6:11"]


def test_each_model_of_a_matrix_needs_a_price_where_a_cost_is_expected(project_dir: Path) -> None:
    prices = "currency: USD\nmodels: {a: {input: 1, output: 1}}\n"
    folder = folder_with(project_dir, {"prices.yaml": prices})
    folder.write({"asstctl.yaml": "project: acme\nprices: prices.yaml\n"})
    body = "smoke: [{prompt: x, matrix: {model: [a, b]}, expect: {cost: {max: 1}}}]\n"
    assert folder.found_in(body) == ["no-price 3:55"]
    assert "no price for b" in folder.said(body)
