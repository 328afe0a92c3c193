"""What a target's API cannot express: reported at its place, with the override that cures it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manifest_folder import ASSISTANT, MANIFEST, Folder

from asstctl.model.assistant import FileSearch, Function, HostedTool
from asstctl.model.diagnostics import Diagnostic
from asstctl.model.dialect import AGENTS, ASSISTANTS, RESPONSES
from asstctl.model.json import JsonObject

TARGETS = (
    "project: a\ntarget: local\ntargets:\n"
    "  local: {api: local}\n"
    "  prod: {api: responses}\n"
    "  cloud: {api: agents}\n"
    "  like: {api: local, like: agents}\n"
)
CLOSED = "{type: object, properties: {}, additionalProperties: false}"
FORM = f"{{type: json_schema, schema: {CLOSED}}}"
LONG = "x" * 129


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    folder = Folder(project_dir)
    folder.environ = {"TEAM": "s3cr3t-team", "TOKEN": "s3cr3t-token"}
    folder.write({"asstctl.yaml": TARGETS, "p.md": "Be ${env.TEAM}.\n", "x.md": "x"})
    return folder


def found(folder: Folder, target: str, body: str) -> list[str]:
    """What is reported for one manifest: ``code line:column``, without the manifest's path."""
    folder.write({MANIFEST: ASSISTANT + body})
    return [problem.replace(f"{MANIFEST}:", "") for problem in folder.problems(target)]


def only(folder: Folder, target: str, body: str) -> Diagnostic:
    folder.write({MANIFEST: ASSISTANT + body})
    (diagnostic,) = folder.load(target).diagnostics
    return diagnostic


FINE = {
    "old ranker": (
        "prod",
        "tools: [{type: file_search, files: [x.md], "
        "ranking_options: {ranker: default_2024_08_21, score_threshold: 0.5}}]\n",
    ),
    "json_object": ("prod", "response_format: {type: json_object}\n"),
    "flat form": ("prod", f"text: {{format: {{type: json_schema, name: n, schema: {CLOSED}}}}}\n"),
    "form without a name": (
        "cloud",
        f"text: {{format: {{type: json_schema, schema: {CLOSED}}}}}\n",
    ),
    "tuning": ("cloud", "service_tier: flex\ntext: {verbosity: low}\nreasoning: {summary: auto}\n"),
    "all of agents": (
        "cloud",
        "multi_agent: {enabled: true}\ncompaction: {async: true}\n"
        "experimental: {time_awareness: true}\n"
        "tools: [{type: computer_use}, {type: tool_search}, {type: automations},\n"
        "  {type: programmatic_tool_calling, enabled: false}, {type: web_search, mode: cached},\n"
        "  {type: mcp, server_label: crm, transport: {type: http, server_url: 'https://x'}}]\n",
    ),
    "defaults elsewhere": (
        "cloud",
        "temperature: 1\ntop_p: 1.0\n"
        "tools: [{type: function, name: f, description: d, strict: false}]\n",
    ),
    "defaults of agents": (
        "prod",
        "multi_agent: {enabled: false}\ncompaction: {async: false}\n"
        "experimental: {time_awareness: false}\n"
        "tools: [{type: programmatic_tool_calling, enabled: true}]\n",
    ),
    "defaults of both": ("local", "service_tier: auto\ntext: {verbosity: medium}\n"),
    "nothing": ("cloud", "temperature: null\ndescription: null\nmulti_agent: null\n"),
    "null in the override": (
        "cloud",
        "temperature: 0.5\noverrides: {cloud: {temperature: null}}\n",
    ),
    "case of another target": (
        "cloud",
        "smoke: [{prompt: hi, expect: {cites: x}, run: {temperature: 0}, targets: [local]}]\n",
    ),
    "a reasoning model told not to": ("prod", "reasoning_effort: none\ntemperature: 0.5\n"),
    "variable": ("prod", "name: '${target.name}'\n"),
    "environment that stays here": (
        "prod",
        "description: null\nsmoke: [{prompt: 'is it ${env.TEAM}?'}]\n",
    ),
}


@pytest.mark.parametrize(("target", "body"), FINE.values(), ids=FINE)
def test_what_an_api_has_is_not_reported(folder: Folder, target: str, body: str) -> None:
    head = ASSISTANT.replace("model: m", "model: gpt-5.1") if "told not" in body else ASSISTANT
    folder.write({MANIFEST: head + body})

    assert folder.problems(target) == []


IMPOSSIBLE = {
    "field": ("prod", "multi_agent: {enabled: true}\n", "3:1", "{prod: {multi_agent: null}}"),
    "like one": ("local", "multi_agent: {enabled: true}\n", "3:1", "{local: {multi_agent: null}}"),
    "local account": (
        "like",
        "response_format: {type: json_object}\n",
        "3:1",
        "{like: {response_format: {type: json_schema, ...}}}",
    ),
    "form in the other spelling": (
        "cloud",
        "text:\n  format: {type: json_object}\n",
        "4:3",
        "{cloud: {text: {format: {type: json_schema, ...}}}}",
    ),
    "form without a name": (
        "prod",
        f"text: {{format: {{type: json_schema, schema: {CLOSED}}}}}\n",
        "3:8",
        "{prod: {text: {format: {name: ...}}}}",
    ),
    "form without a schema": (
        "cloud",
        "response_format: {type: json_schema, json_schema: {name: n}}\n",
        "3:38",
        "{cloud: {response_format: {json_schema: {schema: ...}}}}",
    ),
    "long name": ("cloud", f"name: {LONG}\n", "3:1", "{cloud: {name: ...}}"),
    "value": ("cloud", "service_tier: scale\n", "3:1", "{cloud: {service_tier: ...}}"),
    "tool": ("cloud", "tools:\n  - type: file_search\n", "4:5", "{cloud: {tools: [...]}}"),
    "sandbox": ("cloud", "tools: [{type: code_interpreter}]\n", "3:9", "{cloud: {tools: [...]}}"),
    "tool of agents": ("prod", "tools: [{type: computer_use}]\n", "3:9", "{prod: {tools: [...]}}"),
    "tool of both": (
        "local",
        "tools: [{type: web_search}]\n",
        "3:9",
        "{local: {tools: [...]}}",
    ),
    "option": (
        "prod",
        "tools: [{type: web_search, mode: cached}]\n",
        "3:28",
        "{prod: {tools: [...]}}",
    ),
    "option inside": (
        "cloud",
        "tools:\n  - type: mcp\n    server_label: crm\n"
        "    transport: {type: http, server_url: 'https://x'}\n"
        "    allowed_tools: {read_only: true}\n",
        "7:21",
        "{cloud: {tools: [...]}}",
    ),
    "function without a description": (
        "cloud",
        "tools: [{type: function, name: f}]\n",
        "3:9",
        "{cloud: {tools: [...]}}",
    ),
    "search without a store": (
        "prod",
        "tools: [{type: file_search}]\n",
        "3:9",
        "{prod: {tools: [...]}}",
    ),
    "server without an address": (
        "prod",
        "tools: [{type: mcp, server_label: crm}]\n",
        "3:9",
        "{prod: {tools: [...]}}",
    ),
}


@pytest.mark.parametrize(("target", "body", "place", "cure"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_it_cannot_do_is_an_error_with_its_cure(
    folder: Folder, target: str, body: str, place: str, cure: str
) -> None:
    diagnostic = only(folder, target, body)

    assert diagnostic.code == "not-expressible"
    assert diagnostic.is_error
    assert str(diagnostic.location) == f"{MANIFEST}:{place}"
    assert f"on target {target} " in diagnostic.summary
    assert f"`overrides: {cure}`" in diagnostic.fix


LOST = {
    "description": ("prod", "description: d\n", "3:1"),
    "temperature": ("cloud", "temperature: 0.5\n", "3:1"),
    "verbosity": ("local", "text:\n  verbosity: low\n", "4:3"),
    "summary": ("local", "reasoning: {effort: low, summary: auto}\n", "3:26"),
    "tier": ("local", "service_tier: flex\n", "3:1"),
    "compaction": ("prod", "compaction: {async: true}\n", "3:1"),
    "strict": (
        "cloud",
        "tools:\n  - type: function\n"
        f"    function: {{name: f, description: d, strict: true, parameters: {CLOSED}}}\n",
        "5:41",
    ),
    "ranker": (
        "local",
        "tools: [{type: file_search, "
        "ranking_options: {ranker: default-2024-11-15, score_threshold: 0}}]\n",
        "3:47",
    ),
    "strict form": (
        "cloud",
        "response_format: {type: json_schema,\n"
        f"  json_schema: {{name: n, strict: true, schema: {CLOSED}}}}}\n",
        "4:26",
    ),
    "deferred": ("local", "tools: [{type: function, name: f, defer_loading: true}]\n", "3:35"),
}


@pytest.mark.parametrize(("target", "body", "place"), LOST.values(), ids=LOST)
def test_tuning_that_is_lost_is_a_warning(
    folder: Folder, target: str, body: str, place: str
) -> None:
    diagnostic = only(folder, target, body)

    assert diagnostic.code == "lost-on-target"
    assert not diagnostic.is_error
    assert str(diagnostic.location) == f"{MANIFEST}:{place}"
    assert f"`overrides: {{{target}: {{" in diagnostic.fix


def test_tools_of_an_agent_have_a_size_together(folder: Folder) -> None:
    schema = '{"type": "object", "description": "%s"}'
    folder.write({"s.json": schema % ("x" * 1_600_000)})
    two = "".join(
        f"  - {{type: function, name: f{i}, description: d, parameters: {{file: s.json}}}}\n"
        for i in range(2)
    )

    assert found(folder, "cloud", f"tools:\n{two}") == ["not-expressible 3:1"]
    assert found(folder, "prod", f"tools:\n{two}") == []


def test_every_target_with_overrides_is_looked_at_in_every_layer(folder: Folder) -> None:
    text = TARGETS.replace(
        "{api: agents}", "{api: agents, overrides: {service_tier: scale, top_p: null}}"
    )
    folder.write({"asstctl.yaml": text})
    body = "temperature: 0.5\ntop_p: 0.5\noverrides:\n  prod:\n    multi_agent: {enabled: true}\n"

    assert found(folder, "local", body) == [
        "lost-on-target 3:1",
        "not-expressible 7:5",
        "not-expressible asstctl.yaml:6:36",
    ]
    own, _ = [d for d in folder.load().diagnostics if d.is_error]
    assert own.fix == "Change what is written for prod alone."


def test_one_that_has_none_is_left_alone(folder: Folder) -> None:
    assert found(folder, "local", "tools: [{type: file_search}]\ntemperature: 0.5\n") == []


# --- smoke cases --------------------------------------------------------------------------------


def test_cases_are_asked_no_more_than_an_api_can(folder: Folder) -> None:
    body = (
        "tools: [{type: file_search, files: [x.md]}]\n"
        "smoke:\n"
        "  - prompt: hi\n"
        "    run: {temperature: 0, max_prompt_tokens: 500,\n"
        "      truncation_strategy: {type: last_messages, last_messages: 2}}\n"
        "    expect: {cites: x.md, uses: [file_search]}\n"
        "    attachments: [{path: x.md, tools: [file_search]}]\n"
        "overrides: {cloud: {tools: []}}\n"
    )

    assert found(folder, "local", body) == [
        "not-expressible 6:11",
        "not-expressible 6:27",
        "not-expressible 7:7",
        "not-expressible 8:14",
        "not-expressible 8:34",
        "not-expressible 9:19",
    ]
    assert found(folder, "prod", body.replace("overrides: {cloud: {tools: []}}\n", "")) == [
        "not-expressible 6:27",
        "not-expressible 7:7",
    ]


AGENT_CASES = {
    "shell": ("expect: {uses: [shell, function]}", None),
    "code_interpreter": (
        "expect: {uses: code_interpreter}",
        "There is no code_interpreter in the Agents API. "
        "What its work is done by there is `shell`.",
    ),
    "instructions": ("run: {additional_instructions: Be brief.}", None),
    "the user's words": ("thread: {messages: [{role: user, content: Hello.}]}", None),
    "the assistant's words": (
        "thread: {messages: [{role: assistant, content: Hello.}]}",
        "In the Agents API nothing can be put into the assistant's mouth.",
    ),
    "an attachment": ("attachments: [{path: x.md, tools: [file_search]}]", None),
    "files of the thread": (
        "thread: {tool_resources: {code_interpreter: {files: [x.md]}}}",
        None,
    ),
    "a store of the thread": (
        "thread: {tool_resources: {file_search: {vector_store: s}}}",
        "There is no file_search in the Agents API.",
    ),
}


@pytest.mark.parametrize(("said", "detail"), AGENT_CASES.values(), ids=AGENT_CASES.keys())
def test_cases_are_asked_what_a_session_can_hold(
    folder: Folder, said: str, detail: str | None
) -> None:
    folder.write({"assistants/s.yaml": "kind: vector_store\nkey: s\nfiles: [x.md]\n"})
    folder.write({MANIFEST: f"{ASSISTANT}environment: {{}}\nsmoke: [{{prompt: hi, {said}}}]\n"})

    told = [item.detail for item in folder.load("cloud").diagnostics]

    assert told == ([] if detail is None else [detail])


def test_files_of_a_case_need_an_environment(folder: Folder) -> None:
    given = "thread: {tool_resources: {code_interpreter: {files: [x.md]}}}"
    brought = "attachments: [{path: x.md, tools: [code_interpreter]}]"
    body = f"smoke:\n  - {{prompt: hi, {given}}}\n  - {{prompt: ho, {brought}}}\n"

    assert found(folder, "cloud", body) == ["not-expressible 4:44", "not-expressible 5:32"]


def test_no_other_api_runs_commands(folder: Folder) -> None:
    body = "smoke: [{prompt: hi, expect: {uses: shell}}]\n"

    assert found(folder, "prod", body) == ["not-expressible 3:31"]


def test_the_cure_says_where_a_case_applies(folder: Folder) -> None:
    run = "run: {max_prompt_tokens: 500}"
    diagnostic = only(folder, "prod", f"smoke: [{{prompt: hi, {run}}}]\n")

    assert diagnostic.fix == "Say where the case applies: `targets: [local, cloud, like]`."
    limited = f"smoke: [{{prompt: hi, {run}, targets: [local]}}]\n"
    assert found(folder, "prod", limited) == []


def test_a_case_that_applies_nowhere_gives_it_up(folder: Folder) -> None:
    folder.write({"asstctl.yaml": "project: a\ntarget: cloud\ntargets: {cloud: {api: agents}}\n"})

    diagnostic = only(folder, "cloud", "smoke: [{prompt: hi, expect: {cites: x.md}}]\n")

    assert diagnostic.fix == "Take it out of the case."


def test_the_cure_names_no_target_of_the_same_api(folder: Folder) -> None:
    diagnostic = only(folder, "cloud", "smoke: [{prompt: hi, expect: {cites: x.md}}]\n")

    assert diagnostic.fix == "Say where the case applies: `targets: [local, prod]`."


# --- models that reason -------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["o1", "o3-mini", "o4-mini", "gpt-5", "gpt-5.1", "gpt-5-mini"])
def test_reasoning_models_refuse_to_be_sampled(folder: Folder, model: str) -> None:
    folder.write({MANIFEST: f"kind: assistant\nmodel: {model}\ntemperature: 1\ntop_p: 0.5\n"})

    assert folder.problems("prod") == [
        "refused-by-model assistants/a.yaml:3:1",
        "refused-by-model assistants/a.yaml:4:1",
    ]
    assert folder.problems("local") == []


@pytest.mark.parametrize("model", ["gpt-4o", "o10", "gpt-50", "omega", "gpt-4.1"])
def test_other_models_do_not(folder: Folder, model: str) -> None:
    folder.write({MANIFEST: f"kind: assistant\nmodel: {model}\ntemperature: 0.5\n"})

    assert folder.problems("prod") == []


# --- the environment stays out of bundles -------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("name: 'N ${env.TEAM}'\n", "assistants/a.yaml:3:1"),
        ("metadata: {team: '${var.team}'}\n", "assistants/a.yaml:3:12"),
        ("instructions: 'I ${env.TEAM}'\n", "assistants/a.yaml:3:1"),
        ("instructions: {file: p.md, render: true}\n", "p.md:1:4"),
        (
            "tools: [{type: function, name: f, description: '${env.TEAM}'}]\n",
            "assistants/a.yaml:3:35",
        ),
        (
            "tools: [{type: mcp, server_label: c, server_url: u, headers: {a: '${env.TEAM}'}}]\n",
            "assistants/a.yaml:3:63",
        ),
        (
            "tools: [{type: function, name: f, parameters: {file: s.json, render: true}}]\n",
            "s.json:1:35",
        ),
        (
            "text: {format: {type: json_schema, name: n, schema: {description: '${env.TEAM}'}}}\n",
            "assistants/a.yaml:3:54",
        ),
    ],
)
def test_what_came_from_the_environment_cannot_be_in_a_bundle(
    folder: Folder, body: str, place: str
) -> None:
    text = TARGETS.replace("target: local", "vars: {team: '${env.TEAM}'}\ntarget: local")
    schema = '{"type": "object", "description": "${env.TEAM}"}'
    folder.write({"asstctl.yaml": text, "s.json": schema})
    diagnostic = only(folder, "prod", body)

    assert (diagnostic.code, str(diagnostic.location)) == ("not-expressible", place)
    assert "overrides: {prod:" in diagnostic.fix
    assert "s3cr3t" not in f"{diagnostic.summary}{diagnostic.detail}{diagnostic.fix}"


def test_neither_can_what_is_not_set_yet(folder: Folder) -> None:
    body = "overrides: {prod: {name: '${env.NOT_SET}'}}\n"

    assert found(folder, "local", body) == ["not-expressible 3:20"]


def test_an_mcp_server_has_its_token_from_the_environment(folder: Folder) -> None:
    server = (
        "tools: [{type: mcp, server_label: crm, server_url: u, authorization: '${env.TOKEN}'}]\n"
    )
    folder.write({MANIFEST: ASSISTANT + server})
    loaded = folder.load("prod")

    assert loaded.diagnostics == ()
    assert loaded.desired is not None
    assert loaded.project is not None
    (assistant,) = loaded.desired.assistants
    assert assistant.spec.tools == (
        HostedTool("mcp", {"server_label": "crm", "server_url": "u"}, ("authorization",)),
    )
    secrets = {path: secret.reveal() for path, secret in assistant.credentials.items()}
    assert secrets == {"tools.mcp.crm.authorization": "s3cr3t-token"}
    assert "s3cr3t-token" in loaded.desired.sensitive.secrets
    assert "TOKEN" in loaded.project.credentials


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("abc", "literal-secret"),
        ("Bearer ${env.TOKEN}", "literal-secret"),
        ("${var.token}", "literal-secret"),
        ("${env.NOT_SET}", "unset-variable"),
    ],
)
@pytest.mark.parametrize("place", ["document", "target", "defaults"])
def test_its_token_is_never_written_down(folder: Folder, token: str, code: str, place: str) -> None:
    tools = f"tools: [{{type: mcp, server_label: c, server_url: u, authorization: '{token}'}}]"
    body = f"{tools}\n" if place == "document" else ""
    text = TARGETS.replace("target: local", "vars: {token: x}\ntarget: local")
    if place == "target":
        text = text.replace("{api: responses}", f"{{api: responses, overrides: {{{tools}}}}}")
    if place == "defaults":
        text += f"defaults: {{{tools}}}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT + body})

    assert {d.code for d in folder.load("prod").diagnostics} == {code}


# --- what comes of it ---------------------------------------------------------------------------


def test_what_is_lost_is_gone(folder: Folder) -> None:
    folder.write(
        {
            MANIFEST: ASSISTANT
            + "description: d\ntemperature: 0.5\ntop_p: 1\nmulti_agent: {enabled: true}\n"
            "response_format: {type: json_schema, json_schema: {name: n, strict: true,\n"
            f"  schema: {CLOSED}}}}}\n"
            "tools: [{type: function, name: f, description: d, strict: true,\n"
            f"  parameters: {CLOSED}}}]\n"
        }
    )
    desired = folder.load("cloud").desired
    assert desired is not None
    spec = desired.assistants[0].spec

    assert spec.dialect is AGENTS
    assert (spec.description, spec.temperature, spec.top_p) == (None, None, None)
    assert spec.multi_agent == {"enabled": True}
    schema: JsonObject = {"type": "object", "properties": {}, "additionalProperties": False}
    assert spec.response_format == {"type": "json_schema", "json_schema": {"schema": schema}}
    assert spec.tools == (Function("f", "d", schema),)


def test_a_ranker_that_is_lost_leaves_the_rest_of_a_search(folder: Folder) -> None:
    ranking = "{ranker: default-2024-11-15, score_threshold: 0.5}"
    folder.write(
        {MANIFEST: f"{ASSISTANT}tools: [{{type: file_search, ranking_options: {ranking}}}]\n"}
    )
    desired = folder.load("local").desired
    assert desired is not None

    assert desired.assistants[0].spec.tools == (FileSearch(score_threshold=0.5),)


def test_what_could_not_be_replaced_is_not_told_as_missing_too(folder: Folder) -> None:
    tool = "{type: mcp, server_label: crm, server_url: 'https://x/${env.UNSET}'}"
    folder.write({MANIFEST: f"{ASSISTANT}tools: [{tool}]\n"})

    assert [problem.code for problem in folder.load("prod").diagnostics] == ["unset-variable"]


def test_hybrid_search_is_for_responses_only(folder: Folder) -> None:
    weights = "{embedding_weight: 1, text_weight: 0.5}"
    ranking = f"{{score_threshold: 0, hybrid_search: {weights}}}"
    search = f"{{type: file_search, files: [x.md], ranking_options: {ranking}}}"
    folder.write({MANIFEST: f"{ASSISTANT}tools: [{search}]\n", "x.md": "Hi."})

    (found,) = folder.desired("prod").assistants[0].spec.tools
    (problem,) = folder.load("local").diagnostics

    assert found == FileSearch(None, None, 0, {"embedding_weight": 1, "text_weight": 0.5})
    assert problem.code == "not-expressible"
    assert "ranking_options.hybrid_search" in problem.summary


def test_the_dialect_is_that_of_the_target(folder: Folder) -> None:
    folder.write({MANIFEST: ASSISTANT})
    specs = {name: folder.desired(name).assistants[0].spec for name in ("local", "prod", "like")}

    assert specs["local"].dialect is ASSISTANTS
    assert specs["prod"].dialect is RESPONSES
    assert specs["like"].dialect is AGENTS


FIELDS = {
    "name": "A", "description": "D", "instructions": "I", "temperature": 0.3, "top_p": 0.4,
    "response_format": "{type: json_object}", "reasoning_effort": "low", "metadata": "{a: b}",
    "tools": "[{type: code_interpreter}, {type: file_search, max_num_results: 3}, "
             "{type: function, function: {name: f, strict: false}}]",
}  # fmt: skip
KEPT = {
    "reasoning_effort": "low",
    "metadata": {"a": "b"},
    "response_format": {"type": "json_object"},
}


@given(st.sets(st.sampled_from(sorted(FIELDS))))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_assistants_could_always_say_they_still_say(folder: Folder, names: set[str]) -> None:
    body = "".join(f"{name}: {FIELDS[name]}\n" for name in sorted(names))
    folder.write({MANIFEST: ASSISTANT + body})
    spec = folder.desired("local").assistants[0].spec

    for name in names - {"tools"}:
        assert getattr(spec, name) == KEPT.get(name, FIELDS[name])
    assert len(spec.tools) == (3 if "tools" in names else 0)
