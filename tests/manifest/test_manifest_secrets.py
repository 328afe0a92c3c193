"""Secrets: warned about, refused where only a reference may stand, and never shown."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder

from asstctl.manifest import secrets
from asstctl.model.project import AssistantsTarget, secrets_of

PEM = "-----BEGIN RSA PRIVATE KEY-----\n{}MIIEowIBAAKCAQEA7\n{}-----END RSA PRIVATE KEY-----\n"
LOOKS = {
    "an OpenAI API key": "sk-proj-" + "aB3" * 12,
    "a GitHub token": "ghp_" + "aB3" * 12,
    "an AWS access key": "AKIA" + "A1B2" * 4,
    "a Slack token": "xoxb-" + "12345-abc" * 3,
    "a Google API key": "AIza" + "aB3" * 12,
    "a bearer token": "Bearer " + "aB3" * 12,
    "a JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJl",
}
HARMLESS = [
    "risk-assessment-of-the-whole-project",
    "task-management-and-other-things",
    "Say Bearer to nobody",
    "sk-short",
    "${env.OPENAI_API_KEY}",
    "AKIA",
    "https://user:password@example.com/mcp",
    "https://user:${env.PASSWORD_1}@example.com/mcp",
    "https://example.com/mcp?token=${env.TOKEN_1}&limit=1000000000000000",
    "http://localhost:11434/v1?token=short1",
]


def shown(folder: Folder, target: str | None = None) -> str:
    return "\n".join(repr(diagnostic) for diagnostic in folder.load(target).diagnostics)


@pytest.mark.parametrize(("kind", "secret"), LOOKS.items(), ids=LOOKS)
def test_what_looks_like_a_secret_gets_a_warning_that_does_not_show_it(
    project_dir: Path, kind: str, secret: str
) -> None:
    folder = Folder(project_dir)

    assert folder.found_in(f"name: x\ninstructions: Use {secret} for it.\n") == [
        "possible-secret 4:19"
    ]

    (warning,) = folder.load().diagnostics
    assert not warning.is_error
    assert kind in warning.detail
    assert warning.excerpt is not None
    assert warning.excerpt.text == f"instructions: Use {'*' * len(secret)} for it."
    assert warning.excerpt.width == len(secret)
    assert folder.load().desired is not None


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://crm:hunter2hunter2@mcp.example.com/sse", "the password of a URL"),
        ("https://mcp.example.com/sse?v=1&api_key=aB3aB3aB3aB3aB3aB3", "a key in a URL"),
        ("https://mcp.example.com/sse?access_token=aB3aB3aB3aB3aB3aB3", "a key in a URL"),
    ],
)
def test_the_address_of_a_server_may_hold_one(project_dir: Path, url: str, kind: str) -> None:
    folder = Folder(project_dir)
    tool = f"{{type: mcp, server_label: crm, server_url: '{url}'}}"
    folder.write(
        {
            "asstctl.yaml": "project: a\ntargets: {prod: {api: responses}}\n",
            MANIFEST: f"{ASSISTANT}tools: [{tool}]\n",
        }
    )

    (warning,) = folder.load().diagnostics

    assert (warning.code, kind in warning.detail) == ("possible-secret", True)
    assert "hunter2" not in shown(folder)
    assert "aB3" not in shown(folder)


def test_a_private_key_over_several_lines_is_hidden_in_each(project_dir: Path) -> None:
    folder = Folder(project_dir)
    body = "instructions: |\n  " + PEM.format("  ", "  ") + "foo: 1\n"

    assert folder.found_in(body) == ["possible-secret 4:3", "unknown-field 7:1"]
    assert "MIIE" not in shown(folder)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_gets_none(text: str) -> None:
    assert list(secrets.find(text)) == []


def test_texts_that_manifests_refer_to_are_searched_once(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(
        {
            "prompt.md": f"Hello.\nUse {LOOKS['a GitHub token']}.\n",
            MANIFEST: ASSISTANT + "instructions: {file: prompt.md}\n",
            "assistants/b.yaml": ASSISTANT + "instructions: {file: prompt.md}\n",
        }
    )

    assert folder.problems() == ["possible-secret prompt.md:2:5"]


@pytest.mark.parametrize("field", ["api_key", "'api_key'"])
@pytest.mark.parametrize("secret", ["hunter2hunter2", "sk-" + "aB3" * 12, "123456789"])
def test_a_literal_key_is_refused_and_not_shown(project_dir: Path, field: str, secret: str) -> None:
    folder = Folder(project_dir)
    text = (
        "project: a\ntargets:\n  p: {api: assistants, base_url: 'https://x.example', fooo: 1, "
        f"{field}: {secret}}}\n"
    )
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    assert [problem.split()[0] for problem in folder.problems()] == [
        "unknown-field",
        "literal-secret",
    ]
    assert secret not in shown(folder)


def test_a_literal_header_is_not_shown_on_its_line(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = (
        "project: a\ntargets:\n  p: {api: assistants, base_url: 'https://x.example',\n"
        "    headers: {X-Token: hunter2, X-Bad Name: [hunter3], X-Number: 42424242}, fooo: 1}\n"
    )
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    assert len(folder.problems()) == 5
    for secret in ("hunter2", "hunter3", "42424242"):
        assert secret not in shown(folder)


def test_a_key_behind_an_alias_is_not_shown_where_it_is_written(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = (
        "project: a\nvars: {k: &k hunter2hunter2, b: [x]}\ntargets:\n"
        "  p: {api: assistants, base_url: 'https://x.example', api_key: *k}\n"
    )
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    assert "hunter2" not in shown(folder)


def test_a_secret_in_a_project_that_is_no_yaml_is_not_shown(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = "project: a\ntargets: {p: {api_key: hunter2, headers: {Authorization: hunter3}, [}}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    assert "yaml-syntax" in shown(folder)
    assert "hunter" not in shown(folder)


def test_the_password_of_a_url_is_not_shown(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = "project: a\ntargets: {p: {api: assistants, base_url: 'https://me:hunter2@x.example'}}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    assert "bad-url" in shown(folder)
    assert "hunter2" not in shown(folder)


@pytest.mark.parametrize(
    "body",
    [
        "key: ${env.SECRET}\n",
        "reasoning_effort: ${env.SECRET}\n",
        "temperature: ${env.SECRET}\n",
        "instructions: {file: '${env.SECRET}'}\n",
        "tools: [{type: file_search, vector_store: '${env.SECRET}'}]\n",
        "tools: [{type: file_search, files: ['x/${env.SECRET}/*.md']}]\n",
        "tools: [{type: '${env.SECRET}'}]\n",
        "smoke: [{prompt: x, expect: {calls: '${env.SECRET}'}, targets: ['${env.SECRET}']}]\n",
        "lifecycle: {ignore_changes: ['${env.SECRET}']}\n",
    ],
)
def test_the_value_of_an_environment_variable_is_not_shown(project_dir: Path, body: str) -> None:
    folder = Folder(project_dir)
    folder.environ["SECRET"] = "Hunter2 Hunter2 " * 6

    assert folder.found_in(body) != []
    assert "Hunter2" not in shown(folder)


def test_references_are_shown_as_they_are(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = "project: a\ntargets: {p: {api: assistants, base_url: 'x', api_key: '${env.KEY}'}}\n"
    folder.environ["KEY"] = "k"
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    assert "${env.KEY}" in shown(folder)


TARGET = "project: a\ntargets:\n  p: {api: assistants, base_url: 'https://x.example',\n    "
UNSENDABLE = {
    "line break": ("bad\nkey-0123456789", "It holds a line break."),
    "carriage return": ("v\r\nX-Injected: 1", "It holds a line break."),
    "control character": ("bad\x01key-0123456789", "It holds a control character."),
    "no ASCII": ("bad\u200bkey-0123456789", "It holds a character that is not ASCII."),
}


@pytest.mark.parametrize(("value", "why"), UNSENDABLE.values(), ids=UNSENDABLE)
@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("api_key: '${env.KEY}'}\n", "4:14"),
        ("headers: {X-A: '${env.KEY}'}}\n", "4:20"),
        ("headers: {X-A: 'Bearer ${env.KEY}'}}\n", "4:20"),
    ],
)
def test_a_secret_that_cannot_be_sent_is_named_and_not_quoted(
    project_dir: Path, field: str, place: str, value: str, why: str
) -> None:
    folder = Folder(project_dir)
    folder.write({"asstctl.yaml": TARGET + field, MANIFEST: ASSISTANT})
    folder.environ["KEY"] = value

    assert folder.problems() == [f"bad-secret asstctl.yaml:{place}"]
    (diagnostic,) = folder.load().diagnostics
    assert "KEY" in diagnostic.summary
    assert diagnostic.detail == why
    assert "0123456789" not in shown(folder)
    assert "Injected" not in shown(folder)


def test_a_model_s_key_is_looked_at_as_well(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = (
        "project: a\ntargets:\n  l: {api: local, model: {base_url: 'http://x', name: m,\n"
        "    api_key: '${env.KEY}'}}\n"
    )
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})
    folder.environ["KEY"] = "a\nb"

    assert folder.problems() == ["bad-secret asstctl.yaml:4:14"]


def test_the_secret_of_a_target_that_is_not_used_is_nobodys_business(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = TARGET + "api_key: '${env.KEY}'}\n  l: {api: local}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})
    folder.environ["KEY"] = "a\nb"

    assert folder.problems("l") == []


@pytest.mark.parametrize("value", ["key", " key ", "key\n", "\r\n\tkey\r\n"])
def test_white_space_around_a_secret_is_trimmed_and_words_stand_beside_it(
    project_dir: Path, value: str
) -> None:
    folder = Folder(project_dir)
    text = TARGET + "headers: {Authorization: 'Bearer ${env.KEY}', X-B: '${env.KEY}'}}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})
    folder.environ["KEY"] = value

    project = folder.load().project
    assert folder.load().diagnostics == ()
    assert project is not None
    assert isinstance(project.target, AssistantsTarget)
    headers = {name: secret.reveal() for name, secret in project.target.headers.items()}
    assert headers == {"Authorization": "Bearer key", "X-B": "key"}
    assert secrets_of(project.target) == {"Bearer key", "key"}


@pytest.mark.parametrize(
    "header",
    [
        "Bearer hunter2",
        "sk-proj-aB3aB3aB3aB3aB3aB3 ${env.KEY}",
        "Bearer aB3aB3aB3aB3aB3aB3 ${env.KEY}",
        "user=${env.KEY} pass=c0ffee-c0ffee-c0ffee",
        "${var.key}",
    ],
)
def test_a_secret_beside_a_reference_is_a_literal_one(project_dir: Path, header: str) -> None:
    folder = Folder(project_dir)
    folder.environ["KEY"] = "k"
    text = f"{TARGET}headers: {{X-A: '{header}'}}, fooo: 1}}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    assert "literal-secret asstctl.yaml:4:20" in folder.problems()
    for secret in ("hunter2", "aB3", "c0ffee"):
        assert secret not in shown(folder)


@pytest.mark.parametrize("path", ["/openai/deployments/gpt", "/openai/v1/", "/x/OpenAI/v1"])
def test_the_path_that_azure_adds_is_not_written_twice(project_dir: Path, path: str) -> None:
    folder = Folder(project_dir)
    text = f"project: a\ntargets:\n  p: {{api: assistants, base_url: 'https://x.example{path}'"
    azure = {"asstctl.yaml": text + ", api_version: '2025-04-01-preview'}\n", MANIFEST: ASSISTANT}

    folder.write(azure)
    assert folder.problems() == ["bad-url asstctl.yaml:3:34"]
    assert "https://x.example." in folder.load().diagnostics[0].fix

    folder.write(azure | {"asstctl.yaml": text + "}\n"})
    assert folder.problems() == [], "another server may call its path so"


def test_azures_endpoint_may_be_written_as_azure_shows_it(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = TARGET.replace("x.example", "x.example/openai/") + "api_version: '2025-04-01'}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    assert folder.problems() == []


def test_what_the_environment_gave_is_known_to_be_sensitive(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.environ |= {"A": "alpha-1", "B": "b2", "KEY": "my-store", "UNUSED": "never-read"}
    folder.write(
        {
            "asstctl.yaml": "project: p\nvars: {v: 'x ${env.B}'}\ndefaults: {model: '${env.A}'}\n",
            MANIFEST: "kind: assistant\nname: 'A ${env.A}, ${var.v}'\ndescription: '$${env.A}'\n"
            "metadata: {team: '${target.name}'}\noverrides: {local: {name: 'N ${env.A}'}}\n"
            "tools: [{type: file_search, vector_store: '${env.KEY}'}]\n",
            "assistants/b.yaml": "kind: vector_store\nkey: ${env.KEY}\n",
        }
    )

    sensitive = folder.desired().sensitive

    assert sensitive.secrets == {"alpha-1"}, "a key is no secret"
    assert dict(sensitive.shown) == {"alpha-1": "***", "N alpha-1": "N ***"}
    folder.write({MANIFEST: "kind: assistant\nname: 'A ${env.A}, ${var.v}'\n"})
    assert folder.desired().sensitive.shown["A alpha-1, x b2"] == "A ***, x ***"


def test_the_variables_that_targets_refer_to_are_known_by_name(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.environ |= {"HOST": "x.example", "KEY": "k", "TOKEN": "t", "OTHER": "o"}
    text = (
        "project: a\nvars: {a: '${env.OTHER}'}\ntarget: l\ntargets:\n  l: {api: local}\n"
        "  p: {api: assistants, base_url: 'https://${env.HOST}', api_key: '${env.KEY}',\n"
        "    headers: {X-A: 'Bearer ${env.TOKEN}'}}\n"
    )
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    project = folder.load().project
    assert project is not None
    assert project.credentials == {"HOST", "KEY", "TOKEN"}
