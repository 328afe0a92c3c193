"""Stamps: what is written into metadata comes back from it, and always fits."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asstctl.model.assistant import AssistantSpec
from asstctl.model.canonical import (
    ASSISTANT_FIELDS,
    CODE_FILES,
    STORE_FIELDS,
    canonical_assistant,
    field_digest,
    fields_of,
)
from asstctl.model.dialect import DIALECTS, Dialect
from asstctl.model.stamp import (
    FIELDS,
    FILES,
    MOST_FILES,
    USER_PAIRS,
    FieldStamp,
    FileStamp,
    Stamp,
    name_mark,
    short_id,
    without_stamp,
)
from support.strategies import assistant_specs, hashes, metadata

PAIRS, KEY_CHARS, VALUE_CHARS = 16, 64, 512

short_digests = st.text("0123456789abcdef", min_size=8, max_size=8) | st.just("")
field_stamps = st.builds(FieldStamp, short_digests, short_digests)
file_stamps = st.builds(FileStamp, hashes, st.just("") | st.text().map(name_mark))
keys = st.from_regex(r"[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?", fullmatch=True)
file_ids = st.text("abcdefghijklmnop0123456789-", min_size=1, max_size=36)
stamps = st.builds(
    Stamp,
    project=keys,
    key=keys,
    digest=hashes,
    fields=st.none()
    | st.dictionaries(st.sampled_from([*ASSISTANT_FIELDS, *STORE_FIELDS]), field_stamps),
    commit=st.none() | st.sampled_from(["c0ffee", "c0ffee-dirty"]),
    files=st.dictionaries(file_ids.map(short_id), file_stamps, max_size=MOST_FILES),
)


@given(stamps)
def test_a_stamp_comes_back_from_metadata(stamp: Stamp) -> None:
    assert Stamp.from_metadata(stamp.to_metadata()) == stamp


@given(stamps)
def test_a_stamp_fits_and_leaves_the_user_his_pairs(stamp: Stamp) -> None:
    pairs = stamp.to_metadata()

    assert len(pairs) <= PAIRS - USER_PAIRS
    assert all(len(name) <= KEY_CHARS for name in pairs)
    assert all(len(value) <= VALUE_CHARS for value in pairs.values())


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_the_largest_stamp_fits(dialect: Dialect) -> None:
    every = FieldStamp("a" * 8, "b" * 8)
    stamp = Stamp(
        project="p" * 64,
        key="k" * 64,
        digest="d" * 64,
        fields=dict.fromkeys(fields_of(dialect), every),
        run="r" * 8,
        commit="c" * 40 + "-dirty",
        files={
            short_id(f"file-{n}"): FileStamp(f"{n:064x}", name_mark(f"{n}.md"))
            for n in range(MOST_FILES)
        },
    )
    pairs = stamp.to_metadata()

    assert max(map(len, pairs.values())) <= VALUE_CHARS
    assert len(pairs) <= PAIRS - USER_PAIRS
    assert Stamp.from_metadata(pairs) == stamp


@given(stamps, stamps)
def test_what_a_merging_server_left_of_an_earlier_stamp_is_ignored(
    earlier: Stamp, later: Stamp
) -> None:
    read = Stamp.from_metadata(earlier.to_metadata() | later.to_metadata())

    assert read is not None
    if later.files:
        assert read.files == later.files
    if later.fields is not None:
        assert read.fields == later.fields


@given(stamps, metadata)
def test_the_users_own_pairs_are_theirs(stamp: Stamp, own: dict[str, str]) -> None:
    assert without_stamp({**own, **stamp.to_metadata()}) == own


@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"asstctl_project": "acme"},
        {"asstctl_key": "guide"},
        {"asstctl_project": "", "asstctl_key": "guide"},
        {"asstctl_project": "acme", "asstctl_key": ""},
    ],
)
def test_without_project_or_key_there_is_no_stamp(damaged: dict[str, str]) -> None:
    assert Stamp.from_metadata(damaged) is None


@pytest.mark.parametrize("text", ["model", "model=1 garbage", "x y"])
def test_a_damaged_list_of_fields_is_no_list(text: str) -> None:
    read = Stamp.from_metadata({"asstctl_project": "acme", "asstctl_key": "guide", FIELDS: text})

    assert read is not None
    assert read.fields is None
    assert read.base("model") is None


@given(st.text(max_size=600), st.text(max_size=600))
def test_damaged_file_records_never_break_a_reader(first: str, second: str) -> None:
    pairs = {"asstctl_project": "p", "asstctl_key": "k", FILES: first, f"{FILES}_1": second}

    assert Stamp.from_metadata(pairs) is not None


def test_a_file_is_known_by_its_id() -> None:
    spec = AssistantSpec(model="gpt-4o", code_files=("ab" * 32,))
    stamp = Stamp.of(
        canonical_assistant(spec),
        project="acme",
        key="guide",
        commit=None,
        files={"file-1": FileStamp("ab" * 32, name_mark("a.md"))},
        kept={},
    )

    assert stamp.file("file-1") == FileStamp("ab" * 32, name_mark("a.md"))
    assert stamp.file("file-2") is None


def test_a_stamp_without_names_is_read_and_leaves_them_open() -> None:
    files = {short_id(f"file-{n}"): f"{n:064x}" for n in range(12)}
    records = [
        name + base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")
        for name, sha256 in sorted(files.items())
    ]
    old = {
        "asstctl_project": "acme",
        "asstctl_key": "guide",
        FILES: "2" + "".join(records[:10]),
        f"{FILES}_1": "".join(records[10:]),
    }
    stamp = Stamp.from_metadata(old)

    assert stamp is not None
    assert stamp.files == {name: FileStamp(sha256) for name, sha256 in files.items()}


def test_a_name_has_one_mark_in_both_unicode_forms() -> None:
    assert name_mark("caf\u00e9.md") == name_mark("cafe\u0301.md")
    assert name_mark("a b.md") != name_mark("a_b.md")


@given(assistant_specs, st.sampled_from(ASSISTANT_FIELDS))
def test_a_stamp_knows_what_was_applied_and_what_was_kept(spec: AssistantSpec, lost: str) -> None:
    canonical = canonical_assistant(spec)
    stamp = Stamp.of(
        canonical, project="acme", key="guide", commit=None, files={}, kept={lost: "0ther"}
    )

    for name in ASSISTANT_FIELDS:
        applied = field_digest(canonical.get(name))
        expected = FieldStamp(applied, "0ther" if name == lost else applied)
        assert stamp.base(name) == expected
    assert stamp.base(CODE_FILES) is not None
