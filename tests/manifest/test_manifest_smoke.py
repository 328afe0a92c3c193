"""Smoke cases, read into the model and held to what can be known beforehand."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, STORE, Folder

from asstctl.model.file import LocalFile
from asstctl.model.smoke import (
    Attachment,
    CommandOutput,
    Expectation,
    ExpectationKind,
    FixedOutput,
    Message,
    OpeningThread,
    Require,
    SmokeCase,
    Turn,
)

FUNCTION = "tools: [{type: function, function: {name: weather}}]\n"
EVERYTHING = """\
smoke:
  - name: everything
    turns:
      - prompt: Hello
        attachments: [{path: docs/x.md, tools: [file_search, code_interpreter]}]
        expect:
          contains: [a, b]
          not_contains: {any: [c, d], ignore_case: true}
          equals: whole
          matches: '\\d+'
          json: {schema: {file: form.json}}
          not_json: true
          cites: x.md
          uses: [file_search, function]
          calls: [weather, {name: weather, arguments: {city: Porto}, times: {max: 3}}]
          status: completed
          max_seconds: 60
          max_tokens: 1000
          cost: {max: 0.5}
          similar: {to: y}
          command: [../docs/x.md, -v]
          judge: {rubric: Polite?, model: m, min_score: 0.5}
      - prompt: And now?
        expect: {not_equals: x, not_status: failed}
    thread:
      messages:
        - {role: user, content: Before}
        - {role: assistant, content: Yes, attachments: [{path: docs/x.md, tools: [file_search]}]}
      tool_resources:
        code_interpreter: {files: [docs/*.md]}
        file_search: {vector_store: shelf}
    run:
      tool_choice: {type: function, function: {name: weather}}
      max_prompt_tokens: 256
      max_completion_tokens: 256
      truncation_strategy: {type: last_messages, last_messages: 3}
      temperature: 0
      top_p: 1
      additional_instructions: Be brief.
      parallel_tool_calls: false
    functions:
      weather: {when: [{arguments: {city: Porto}, output: rain}], output: {sky: blue}}
    targets: [local]
    repeat: 3
    require: majority
    needs_model: true
"""


def case_of(project_dir: Path, text: str) -> SmokeCase:
    folder = Folder(project_dir)
    folder.write(
        {
            "asstctl.yaml": "project: acme\nprices: prices.yaml\n",
            "prices.yaml": "currency: USD\nmodels: {m: {input: 1, output: 2}}\n",
            "docs/x.md": "x",
            "form.json": '{"type": "object"}',
            "assistants/shelf.yaml": STORE,
            MANIFEST: ASSISTANT + FUNCTION + text,
        }
    )
    (case,) = folder.desired().assistants[0].smoke
    return case


def test_everything_that_a_case_can_say(project_dir: Path) -> None:
    case = case_of(project_dir, EVERYTHING)

    file = LocalFile("docs/x.md", project_dir / "docs/x.md", 1)
    kind = ExpectationKind
    assert case == SmokeCase(
        name="everything",
        turns=(
            Turn(
                prompt="Hello",
                attachments=(Attachment(file, ("file_search", "code_interpreter")),),
                expect=(
                    Expectation(kind.CONTAINS, ["a", "b"]),
                    Expectation(kind.CONTAINS, {"any": ["c", "d"], "ignore_case": True}, True),
                    Expectation(kind.EQUALS, "whole"),
                    Expectation(kind.MATCHES, r"\d+"),
                    Expectation(kind.JSON, {"schema": {"type": "object"}}),
                    Expectation(kind.JSON, True, negated=True),
                    Expectation(kind.CITES, "x.md"),
                    Expectation(kind.USES, ["file_search", "function"]),
                    Expectation(
                        kind.CALLS,
                        [
                            "weather",
                            {
                                "name": "weather",
                                "arguments": {"city": "Porto"},
                                "times": {"max": 3},
                            },
                        ],
                    ),
                    Expectation(kind.STATUS, "completed"),
                    Expectation(kind.MAX_SECONDS, 60),
                    Expectation(kind.MAX_TOKENS, 1000),
                    Expectation(kind.COST, {"max": 0.5}),
                    Expectation(kind.SIMILAR, {"to": "y"}),
                    Expectation(kind.COMMAND, ["../docs/x.md", "-v"], folder="assistants"),
                    Expectation(kind.JUDGE, {"rubric": "Polite?", "model": "m", "min_score": 0.5}),
                ),
            ),
            Turn(
                prompt="And now?",
                expect=(
                    Expectation(kind.EQUALS, "x", negated=True),
                    Expectation(kind.STATUS, "failed", negated=True),
                ),
            ),
        ),
        thread=OpeningThread(
            messages=(
                Message(role="user", content="Before"),
                Message(
                    role="assistant",
                    content="Yes",
                    attachments=(Attachment(file, ("file_search",)),),
                ),
            ),
            code_files=(file,),
            vector_store="shelf",
        ),
        run={
            "tool_choice": {"type": "function", "function": {"name": "weather"}},
            "max_prompt_tokens": 256,
            "max_completion_tokens": 256,
            "truncation_strategy": {"type": "last_messages", "last_messages": 3},
            "temperature": 0,
            "top_p": 1,
            "additional_instructions": "Be brief.",
            "parallel_tool_calls": False,
        },
        functions={
            "weather": (FixedOutput("rain", {"city": "Porto"}), FixedOutput({"sky": "blue"}))
        },
        targets=("local",),
        repeat=3,
        require=Require.MAJORITY,
        needs_model=True,
        location=case.location,
    )
    assert str(case.location) == "assistants/a.yaml:5:5"


def test_a_case_can_say_little(project_dir: Path) -> None:
    case = case_of(project_dir, "smoke: [{prompt: Hello there}]\n")

    assert case.name == "Hello there"
    assert case.turns == (Turn(prompt="Hello there"),)
    assert (case.repeat, case.require, case.needs_model) == (1, Require.ALL, False)


def test_a_program_answers_within_its_time(project_dir: Path) -> None:
    text = "smoke: [{prompt: x, functions: {weather: {command: [python, w.py], timeout: 5}}}]\n"

    assert case_of(project_dir, text).functions == {
        "weather": (CommandOutput(("python", "w.py"), 5.0),)
    }


def test_names_made_from_prompts_are_told_apart(project_dir: Path) -> None:
    folder = Folder(project_dir)
    long = "word " * 40
    body = f"smoke: [{{prompt: Hi}}, {{prompt: Hi}}, {{prompt: '{long}'}}]\n"
    folder.write({MANIFEST: ASSISTANT + body})

    names = [case.name for case in folder.desired().assistants[0].smoke]

    assert names[:2] == ["Hi", "Hi (2)"]
    assert names[2].endswith("…")
    assert len(names[2]) <= 60


def test_cases_may_stand_in_defaults_and_overrides(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(
        {
            "asstctl.yaml": "project: a\ndefaults: {smoke: [{prompt: Common}]}\n",
            MANIFEST: ASSISTANT,
            "assistants/b.yaml": ASSISTANT + "overrides: {local: {smoke: [{prompt: Own}]}}\n",
        }
    )

    a, b = folder.desired().assistants

    assert (a.smoke[0].name, str(a.smoke[0].location)) == ("Common", "asstctl.yaml:2:20")
    assert (b.smoke[0].name, str(b.smoke[0].location)) == ("Own", "assistants/b.yaml:3:29")


def case(text: str) -> str:
    return f"smoke:\n  - {text}\n"


MISTAKES = {
    "no prompt": (case("{name: x}"), ["missing-field 4:5"]),
    "no prompt in a turn": (case("turns: [{}]"), ["missing-field 4:13"]),
    "no turns": (case("turns: []"), ["too-few 4:5"]),
    "both": (case("{prompt: x, turns: [{prompt: y}]}"), ["not-here 4:6"]),
    "expectation beside turns": (
        case("{turns: [{prompt: y}], expect: {contains: x}}"),
        ["not-here 4:28"],
    ),
    "field": (case("{prompt: x, expects: {}}"), ["unknown-field 4:17"]),
    "expectation": (case("{prompt: x, expect: {contain: y}}"), ["unknown-field 4:26"]),
    "contains": (case("{prompt: x, expect: {contains: 5}}"), ["wrong-type 4:36"]),
    "contains nothing": (case("{prompt: x, expect: {contains: []}}"), ["too-few 4:26"]),
    "contains neither": (case("{prompt: x, expect: {contains: {}}}"), ["missing-field 4:26"]),
    "pattern": (case("{prompt: x, expect: {matches: '('}}"), ["bad-regex 4:35"]),
    "pattern, negated": (case("{prompt: x, expect: {not_matches: '['}}"), ["bad-regex 4:39"]),
    "json": (case("{prompt: x, expect: {json: false}}"), ["unknown-value 4:32"]),
    "json schema": (
        case("{prompt: x, expect: {json: {schema: {type: objekt}}}}"),
        ["invalid-schema 4:48"],
    ),
    "json file": (
        case("{prompt: x, expect: {json: {schema: {file: none.json}}}}"),
        ["missing-file 4:48"],
    ),
    "tool": (case("{prompt: x, expect: {uses: search}}"), ["unknown-value 4:32"]),
    "call": (case("{prompt: x, expect: {calls: wether}}"), ["unknown-function 4:33"]),
    "a call in an order": (
        case("{prompt: x, expect: {calls: {in_order: [wether]}}}"),
        ["unknown-function 4:45"],
    ),
    "a call among others": (
        case("{prompt: x, expect: {not_calls: {exactly: [{name: wether}]}}}"),
        ["unknown-function 4:55"],
    ),
    "too alike": (
        case("{prompt: x, expect: {similar: {to: y, min: 1.2}}}"),
        ["no-embeddings 4:26", "out-of-range 4:48"],
    ),
    "like nothing": (case("{prompt: x, expect: {similar: {min: 0.2}}}"), ["missing-field 4:26"]),
    "no command at all": (case("{prompt: x, expect: {command: []}}"), ["too-few 4:26"]),
    "an empty command": (case("{prompt: x, expect: {command: ['']}}"), ["empty-value 4:36"]),
    "a program that is not there": (
        case("{prompt: x, expect: {not_command: [../no.py]}}"),
        ["missing-file 4:40"],
    ),
    "a program outside": (
        case("{prompt: x, expect: {command: [../../no.py]}}"),
        ["outside-project 4:36"],
    ),
    "no call at all": (case("{prompt: x, expect: {calls: {in_order: []}}}"), ["too-few 4:34"]),
    "at least more than at most": (
        case("{prompt: x, expect: {calls: {name: weather, times: {min: 2, max: 1}}}}"),
        ["out-of-range 4:70"],
    ),
    "never": (
        case("{prompt: x, expect: {calls: {name: weather, times: 0}}}"),
        ["out-of-range 4:56"],
    ),
    "call among several": (
        case("{prompt: x, expect: {calls: [weather, {name: wether}]}}"),
        ["unknown-function 4:50"],
    ),
    "status": (case("{prompt: x, expect: {status: done}}"), ["unknown-value 4:34"]),
    "seconds": (case("{prompt: x, expect: {max_seconds: 0}}"), ["out-of-range 4:39"]),
    "tokens": (case("{prompt: x, expect: {max_tokens: 1.5}}"), ["wrong-type 4:38"]),
    "score": (
        case("{prompt: x, expect: {judge: {rubric: y, min_score: 2}}}"),
        ["out-of-range 4:56"],
    ),
    "rubric": (case("{prompt: x, expect: {judge: {}}}"), ["missing-field 4:26"]),
    "name twice": (
        "smoke: [{name: n, prompt: x}, {name: n, prompt: y}]\n",
        ["duplicate-case 3:38"],
    ),
    "function": (
        case("{prompt: x, functions: {wether: {output: 1}}}"),
        ["unknown-function 4:29"],
    ),
    "no output": (case("{prompt: x, functions: {weather: {}}}"), ["missing-field 4:29"]),
    "two outputs": (
        case("{prompt: x, functions: {weather: {command: [x], output: 1}}}"),
        ["not-here 4:53"],
    ),
    "time for nothing": (
        case("{prompt: x, functions: {weather: {output: 1, timeout: 3}}}"),
        ["not-here 4:50"],
    ),
    "target": (case("{prompt: x, targets: [prod]}"), ["unknown-target 4:27"]),
    "repeat": (case("{prompt: x, repeat: 21}"), ["out-of-range 4:25"]),
    "require": (case("{prompt: x, require: most}"), ["unknown-value 4:26"]),
    "attachment": (
        case("{prompt: x, attachments: [{path: none.md, tools: [file_search]}]}"),
        ["missing-file 4:38"],
    ),
    "attachment's type": (
        case("{prompt: x, attachments: [{path: t.csv, tools: [file_search]}]}"),
        ["unsupported-file-type 4:38"],
    ),
    "attachment's tool": (
        case("{prompt: x, attachments: [{path: t.csv, tools: [retrieval]}]}"),
        ["v1-spelling 4:53"],
    ),
    "v1 attachment": (
        case("{prompt: x, thread: {messages: [{role: user, content: y, file_ids: []}]}}"),
        ["v1-spelling 4:62"],
    ),
    "role": (
        case("{prompt: x, thread: {messages: [{role: system, content: y}]}}"),
        ["unknown-value 4:44"],
    ),
    "store": (
        case("{prompt: x, thread: {tool_resources: {file_search: {vector_store: none}}}}"),
        ["unknown-vector-store 4:71"],
    ),
    "choice": (case("{prompt: x, run: {tool_choice: any}}"), ["unknown-value 4:36"]),
    "choice of a function": (
        case("{prompt: x, run: {tool_choice: {type: function, function: {name: wether}}}}"),
        ["unknown-function 4:70"],
    ),
    "few tokens": (case("{prompt: x, run: {max_prompt_tokens: 255}}"), ["out-of-range 4:42"]),
    "truncation": (
        case("{prompt: x, run: {truncation_strategy: {type: last_messages}}}"),
        ["missing-field 4:23"],
    ),
    "run option": (case("{prompt: x, run: {modle: m}}"), ["unknown-field 4:23"]),
}


@pytest.mark.parametrize(("body", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_have_a_place(project_dir: Path, body: str, expected: list[str]) -> None:
    folder = Folder(project_dir)
    folder.write({"t.csv": "1"})
    head = "kind: assistant\ndescription: d\n" if not body.startswith("smoke: ") else ASSISTANT
    tools = "{model: m, tools: [{type: function, function: {name: weather}}]}"
    folder.write({"asstctl.yaml": f"project: a\ndefaults: {tools}\n"})

    assert folder.found_in(body, head=head) == expected


CITABLE = """\
tools: [{type: file_search, files: [docs/**/*.md]}, {type: code_interpreter, files: [data.csv]}]
smoke:
  - prompt: x
    attachments: [{path: extra/note.md, tools: [file_search]}]
    thread:
      messages:
        - {role: user, content: y, attachments: [{path: extra/old.md, tools: [file_search]}]}
      tool_resources:
        code_interpreter: {files: [extra/sums.csv]}
        file_search: {vector_store: shelf}
"""
CITABLE_FILES = (
    "docs/a/README.md",
    "extra/note.md",
    "extra/old.md",
    "extra/sums.csv",
    "books/b.md",
)


def citing(project_dir: Path, wanted: str, label: str = "cites") -> Folder:
    folder = Folder(project_dir)
    folder.write({path: path for path in (*CITABLE_FILES, "data.csv")})
    folder.write({"assistants/shelf.yaml": f"{STORE}files: [books/*.md]\n"})
    folder.write({MANIFEST: f"{ASSISTANT}{CITABLE}    expect: {{{label}: {wanted}}}\n"})
    return folder


@pytest.mark.parametrize(
    "wanted",
    [*CITABLE_FILES, "docs/*/README.md", "./docs/a/README.md", "**/b.md", "anything.md", "*.txt"],
)
def test_what_the_assistant_or_the_case_has_can_be_cited(project_dir: Path, wanted: str) -> None:
    assert citing(project_dir, f"'{wanted}'").problems() == []


@pytest.mark.parametrize("label", ["cites", "not_cites"])
def test_a_path_that_no_file_has_cannot(project_dir: Path, label: str) -> None:
    folder = citing(project_dir, "[docs/b/README.md, README.md, 'nosuch/*.md']", label)

    column = 17 + len(label)
    assert folder.problems() == [
        f"unknown-citation {MANIFEST}:13:{column}",
        f"unknown-citation {MANIFEST}:13:{column + 29}",
    ]
    assert folder.load().diagnostics[0].fix == 'Did you mean "docs/a/README.md"?'


def test_cases_of_several_turns_are_looked_at_too(project_dir: Path) -> None:
    body = "smoke:\n  - turns: [{prompt: x}, {prompt: y, expect: {cites: no/x.md}}]\n"

    assert Folder(project_dir).found_in(body) == ["unknown-citation 4:54"]


def test_where_others_decide_about_the_files_nobody_knows(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({"assistants/s.yaml": f"{STORE}lifecycle: {{ignore_changes: [files]}}\n"})
    body = "tools: [{type: file_search, vector_store: s}]\n"
    body += "smoke:\n  - {prompt: x, expect: {cites: no/x.md}}\n"

    assert folder.found_in(body) == []
