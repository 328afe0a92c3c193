"""The bundle as text: equal content gives equal bytes, and whatever cannot be read says so."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asstctl.errors import ExitCode
from asstctl.model.assistant import AssistantSpec
from asstctl.model.canonical import canonical_assistant
from asstctl.model.json import JsonObject
from asstctl.model.stamp import MOST_FILES, FileStamp, Stamp, by_short_id
from asstctl.remote.responses.bundle import Bundle, BundleError, read_bundle
from asstctl.remote.responses.entry import entry_of, read_entry
from support.strategies import json_values, responses_specs

SCHEMA: JsonObject = {"type": "object", "properties": {"zeta": {"b": 1, "a": 2}, "alpha": {}}}


def stamped(spec: AssistantSpec, key: str = "guide", **known: Any) -> Stamp:
    canonical = canonical_assistant(spec)
    return Stamp.of(canonical, project="shop", key=key, commit=None, files={}, kept={}, **known)


@given(st.dictionaries(st.sampled_from(["a", "b-2", "schema"]), responses_specs(), max_size=3))
def test_a_bundle_is_read_as_it_was_written_and_written_as_it_was_read(
    specs: dict[str, AssistantSpec],
) -> None:
    entries = {k: entry_of(spec, stamped(spec, k), {}, {}) for k, spec in specs.items()}
    bundle = Bundle("shop", entries, {"docs": "vs_1"})
    text = bundle.text("prod")
    back = read_bundle(text.encode(), "b.json")
    assert back == bundle
    assert back.text("prod") == text
    for key, spec in specs.items():
        read = read_entry("shop", key, back.assistants[key])
        assert canonical_assistant(read.spec)["model"] == spec.model
        assert Stamp.from_metadata(read.spec.metadata) == stamped(spec, key)


@given(st.data(), st.dictionaries(st.sampled_from("abc"), responses_specs(), min_size=1))
def test_the_order_of_what_is_written_changes_no_byte(
    data: st.DataObject, specs: dict[str, AssistantSpec]
) -> None:
    def text(order: list[str]) -> str:
        entries = {k: entry_of(specs[k], stamped(specs[k]), {}, {}) for k in order}
        stores = {key: f"vs_{key}" for key in order}
        return Bundle("shop", entries, stores).text("prod")

    order = data.draw(st.permutations(sorted(specs)))
    assert text(order) == text(sorted(specs))


def test_members_are_in_order_and_those_of_json_schemas_as_they_were_written() -> None:
    request: JsonObject = {
        "model": "m",
        "tools": [{"type": "function", "parameters": SCHEMA, "name": "f"}],
        "text": {"format": {"schema": SCHEMA, "name": "n"}},
        "metadata": {"schema": "s", "parameters": "p"},
    }
    text = Bundle("shop", {"schema": {"request": request, "digest": "d"}}).text("prod")
    document = json.loads(text)
    entry = document["assistants"]["schema"]
    assert text.endswith("}\n")
    assert text.startswith('{\n  "assistants": {\n    "schema": {\n      "digest"')
    assert list(document) == sorted(document)
    assert list(entry["request"]) == ["metadata", "model", "text", "tools"]
    assert list(entry["request"]["metadata"]) == ["parameters", "schema"]
    (tool,) = entry["request"]["tools"]
    assert list(tool) == ["name", "parameters", "type"]
    for schema in (tool["parameters"], entry["request"]["text"]["format"]["schema"]):
        assert json.dumps(schema) == json.dumps(SCHEMA)


def test_text_of_any_kind_is_utf_8() -> None:
    request = {"model": "m", "instructions": "Über \u2028 \U0001f600 \ud800 \x7f \x00"}
    bundle = Bundle("shop", {"a": {"request": request}})
    data = bundle.text("prod").encode()
    assert "Über".encode() in data
    assert read_bundle(data, "b.json") == bundle


def bundle_with(**members: Any) -> bytes:
    return json.dumps({"format_version": "1.0", "project": "shop", **members}).encode()


CONFLICT = b"""{
<<<<<<< HEAD
  "a": 1
=======
  "a": 2
>>>>>>> other
}
"""


@pytest.mark.parametrize(
    ("data", "what", "why"),
    [
        (b"", "is not JSON", "Expecting value"),
        (b"{", "is not JSON", "line 1 column 2"),
        (b"\xff\xfe", "is not JSON", "utf-8"),
        (b'{"a": NaN}', "is not JSON", "NaN is no JSON"),
        (b'{"a": 1, "a": 2}', "is not JSON", 'the name "a" stands twice'),
        (b"[" * 100_000, "is not JSON", "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not JSON", "digits"),
        (CONFLICT, "is in conflict", "a merge that was not finished"),
        (b"[]", "does not have its shape", "`$` is a list, not an object"),
        (b"{}", "is no bundle", "no `format_version`"),
        (b'{"format_version": 1}', "does not know the format", "`format_version` is 1"),
        (b'{"format_version": "2.0"}', "does not know the format", '"2.0"'),
        (b'{"format_version": "1.0"}', "its shape", "`project` is nothing, not a name"),
        (bundle_with(assistants=[]), "its shape", "`assistants` is a list"),
        (bundle_with(assistants={"a": 1}), "its shape", "`assistants.a` is a number"),
        (bundle_with(assistants={"a": {}}), "its shape", "`assistants.a.request` is nothing"),
        (
            bundle_with(assistants={"a": {"request": "x"}}),
            "its shape",
            "`assistants.a.request` is a text",
        ),
        (bundle_with(assistants={"No Key": {}}), "is no key", "A key is"),
        (bundle_with(vector_stores=True), "its shape", "`vector_stores` is true or false"),
        (bundle_with(vector_stores={"a": {}}), "its shape", "`vector_stores.a` is an object"),
    ],
)
def test_what_is_no_bundle_is_an_error_that_names_the_file(
    data: bytes, what: str, why: str
) -> None:
    with pytest.raises(BundleError) as caught:
        read_bundle(data, "deploy/b.json")
    assert caught.value.exit_code is ExitCode.ERROR
    assert caught.value.code == "bundle"
    assert "deploy/b.json" in caught.value.what
    assert what in caught.value.what
    assert why in caught.value.why
    assert caught.value.fix


@given(
    st.dictionaries(
        st.sampled_from(["name", "digest", "fields", "files", "sent", "needs"]), json_values
    )
)
def test_whatever_stands_beside_a_request_can_be_read(beside: dict[str, Any]) -> None:
    read = read_entry("shop", "guide", {"request": {"model": "m"}, **beside})
    stamp = Stamp.from_metadata(read.spec.metadata)
    assert stamp is not None
    assert (stamp.project, stamp.key) == ("shop", "guide")


@given(json_values)
def test_whatever_a_request_is_it_can_be_read(request: Any) -> None:
    read_entry("shop", "guide", {"request": request})
    read_entry("shop", "guide", {"request": {"model": "m", "tools": request, "text": request}})


def test_damaged_digests_count_as_none_at_all() -> None:
    def fields(value: Any) -> Any:
        entry = {"request": {"model": "m"}, "fields": value}
        stamp = Stamp.from_metadata(read_entry("shop", "guide", entry).spec.metadata)
        assert stamp is not None
        return stamp.fields and {name: str(field) for name, field in stamp.fields.items()}

    assert fields({"model": "ab", "name": "cd/ef"}) == {"model": "ab", "name": "cd/ef"}
    assert fields({"model": 1}) is None
    assert fields(None) is None


def test_uploads_that_an_assistant_let_go_of_are_remembered_by_their_whole_ids() -> None:
    one, two = "1" * 64, "2" * 64
    spec = AssistantSpec(model="m", code_files=("file-2",))
    known = {"file-1": FileStamp(one), "file-2": FileStamp(two, "ab")}
    stamp = Stamp(project="shop", key="guide", files=by_short_id(known))

    first = entry_of(spec, stamp, {"files": {"file-1": one}}, {"file-2": "as it was sent.csv"})
    assert first["files"] == {"file-1": one, "file-2": two}
    assert first["sent"] == {"file-2": "ab"}
    assert entry_of(spec, stamp, first, {})["sent"] == {"file-2": "ab"}
    assert "sent" not in entry_of(spec, stamp, {}, {})

    back = Stamp.from_metadata(read_entry("shop", "guide", first).spec.metadata)
    assert back is not None
    assert back.files == stamp.files


def test_hashes_are_hashes_and_no_more_than_a_stamp_holds() -> None:
    files = {f"file-{n}": "a" * 64 for n in range(MOST_FILES + 5)}
    entry: JsonObject = {
        "request": {"model": "m"},
        "files": {"file-x": "no hash", "file-y": 1, **files},
    }
    stamp = Stamp.from_metadata(read_entry("shop", "guide", entry).spec.metadata)
    assert stamp is not None
    assert len(stamp.files) == MOST_FILES
    assert {file.sha256 for file in stamp.files.values()} == {"a" * 64}
