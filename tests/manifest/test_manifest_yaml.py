"""What YAML itself can get wrong, and how the dialect reads what YAML 1.1 reads otherwise."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder

from asstctl.manifest.values import Plain
from asstctl.manifest.yaml import nodes
from asstctl.manifest.yaml.nodes import BadNumberError, plain_scalar

BROKEN = {
    "open bracket": ("name: [\n", ["yaml-syntax 4:1"]),
    "colon too many": ("name: a: b\n", ["yaml-syntax 3:8"]),
    "tab": ("\tname: a\n", ["yaml-syntax 3:1"]),
    "tab below a field": ("metadata:\n\ta: b\n", ["yaml-syntax 4:1"]),
    "open quote": ('name: "a\n\n\n', ["yaml-syntax 3:7"]),
    "control character": ("name: a\x07\n", ["yaml-syntax 3:8"]),
    "unknown alias": ("name: *nobody\n", ["yaml-syntax 3:7"]),
    "line without colon": ("name\ntop_p: 1\n", ["yaml-syntax 3:1"]),
    "reserved character": ("name: @me\n", ["yaml-syntax 3:7"]),
    "core tag": ("name: !!str 5\n", ["yaml-tag 3:7"]),
    "own tag": ("metadata: !secret\n  a: b\n", ["yaml-tag 3:11"]),
    "python tag": (
        "name: !!python/object/apply:os.system [ls]\n",
        ["wrong-type 3:1", "yaml-tag 3:7"],
    ),
    "tag on a field name": ("!!str name: a\n", ["yaml-tag 3:1"]),
    "field twice": ("name: a\nname: b\n", ["duplicate-field 4:1"]),
    "field twice, inside": ("metadata: {a: b, 'a': c}\n", ["duplicate-field 3:18"]),
    "number as a field": ("1: x\n", ["key-not-text 3:1"]),
    "boolean as a field": ("true: x\n", ["key-not-text 3:1"]),
    "nothing as a field": ("null: x\n", ["key-not-text 3:1"]),
    "mapping as a field": ("? {a: b}\n: x\n", ["key-not-text 3:3"]),
    "infinity": ("temperature: .inf\n", ["bad-number 3:14"]),
    "not a number": ("temperature: .nan\n", ["bad-number 3:14"]),
    "too large": (f"temperature: 1{'0' * 30}\n", ["bad-number 3:14"]),
    "very large": (f"temperature: {'9' * 5000}\n", ["bad-number 3:14"]),
    "overflow": ("temperature: 1e999\n", ["bad-number 3:14"]),
    "deep": (f"metadata: {'[' * 99}{']' * 99}\n", ["too-deep 3:73"]),
    "deep and never closed": (f"metadata: {'{a: ' * 50_000}\n", ["too-deep 3:259"]),
    "deep in blocks": ("- " * 5_000 + "a\n", ["yaml-syntax 3:1"]),
    "circle": ("metadata: &a {b: *a}\n", ["alias-bomb 1:1"]),
    "merged circle": ("metadata: &a {<<: *a}\n", ["alias-bomb 1:1"]),
    "wrong merge": ("<<: 3\n", ["wrong-type 3:5"]),
}


@pytest.fixture(params=["libyaml", "python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything holds with PyYAML's own parser too, where libyaml is missing."""
    if request.param == "python":
        monkeypatch.setattr(nodes, "_Composer", nodes._PythonComposer)
    return str(request.param)


@pytest.mark.parametrize(("body", "expected"), BROKEN.values(), ids=BROKEN)
def test_problems_have_a_place(project_dir: Path, body: str, expected: list[str]) -> None:
    assert Folder(project_dir).found_in(body) == expected


@pytest.mark.parametrize(("body", "expected"), BROKEN.values(), ids=BROKEN)
def test_the_parser_in_python_finds_the_same_kinds_of_problems(
    project_dir: Path, monkeypatch: pytest.MonkeyPatch, body: str, expected: list[str]
) -> None:
    monkeypatch.setattr(nodes, "_Composer", nodes._PythonComposer)

    found = Folder(project_dir).found_in(body)

    assert [problem.split()[0] for problem in found] == [item.split()[0] for item in expected]


def test_half_a_surrogate_pair_is_refused_by_both_parsers(project_dir: Path, parser: str) -> None:
    found = Folder(project_dir).found_in('name: "\\ud800"\n')

    assert "yaml-syntax" in [problem.split()[0] for problem in found], parser


def test_an_alias_bomb_is_stopped(project_dir: Path) -> None:
    lines = ["x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n"]
    lines += [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 10)}]\n" for i in range(1, 12)]

    assert Folder(project_dir).found_in("".join(lines)) == ["alias-bomb 1:1"]


def test_aliases_and_merge_keys_are_fine_in_moderation(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(
        {
            MANIFEST: ASSISTANT
            + "metadata: {<<: [&common {team: support, tier: a}, {tier: b, area: c}], tier: own}\n"
            + "overrides: {local: {metadata: *common}}\n"
        }
    )

    (assistant,) = folder.desired().assistants

    assert assistant.spec.metadata == {"team": "support", "tier": "a", "area": "c"}


def test_a_problem_in_a_merged_mapping_is_shown_where_it_is_written(project_dir: Path) -> None:
    body = "metadata:\n  <<: {a: 1}\n"

    assert Folder(project_dir).found_in(body) == ["wrong-type 4:11"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty-document assistants/a.yaml"),
        (b"# only a comment\n", "empty-document assistants/a.yaml"),
        (b"---\n...\n---\n", "empty-document assistants/a.yaml"),
        (b"- a\n- b\n", "not-a-mapping assistants/a.yaml:1:1"),
        (b"just text\n", "not-a-mapping assistants/a.yaml:1:1"),
        (b"42\n", "not-a-mapping assistants/a.yaml:1:1"),
        (b"\xff\xfek\x00", "not-utf8 assistants/a.yaml"),
        (b"kind: assistant\nname: \xc3\xa4\xff", "not-utf8 assistants/a.yaml:2:8"),
        (b"\x00\x01\x02", "yaml-syntax assistants/a.yaml:1:1"),
    ],
)
def test_files_that_are_no_manifests(project_dir: Path, content: bytes, expected: str) -> None:
    folder = Folder(project_dir)
    folder.write({MANIFEST: content})

    assert folder.problems() == [expected]


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({MANIFEST: "\ufeffkind: assistant\r\nmodel: m\r\nfoo: 1\r\n"})

    (problem,) = folder.load().diagnostics

    assert str(problem.location) == "assistants/a.yaml:3:1"
    assert problem.excerpt is not None
    assert (problem.excerpt.text, problem.excerpt.width) == ("foo: 1", 3)


def test_empty_documents_beside_others_do_not_count(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({MANIFEST: f"---\n{ASSISTANT}---\n"})

    assert [assistant.key for assistant in folder.desired().assistants] == ["a"]


def test_documents_before_a_syntax_error_are_still_read(project_dir: Path) -> None:
    body = "foo: 1\n---\nkind: [\n"

    assert Folder(project_dir).found_in(body) == ["unknown-field 3:1", "yaml-syntax 6:1"]


def test_columns_count_characters(project_dir: Path) -> None:
    body = "metadata: {größe: '1', 🙂: 2}\n"

    assert Folder(project_dir).found_in(body) == ["wrong-type 3:27"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("off", "off"),
        ("y", "y"),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("012", "012"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("00.5", "00.5"),
        ("1.2.3", "1.2.3"),
        ("-", "-"),
        (".", "."),
        ("=", "="),
        ("18446744073709551615", 2**64 - 1),
    ],
)
def test_plain_scalars_mean_what_they_look_like(text: str, value: Plain) -> None:
    read = plain_scalar(text)

    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e400", "18446744073709551616"])
def test_numbers_that_json_has_not_are_refused(text: str) -> None:
    with pytest.raises(BadNumberError):
        plain_scalar(text)


def test_what_looks_like_a_date_or_a_boolean_stays_text(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({MANIFEST: ASSISTANT + "metadata: {since: 2024-01-01, urgent: yes, code: 012}\n"})

    (assistant,) = folder.desired().assistants

    assert assistant.spec.metadata == {"since": "2024-01-01", "urgent": "yes", "code": "012"}
