"""What others did to objects that no manifest describes any more: only stamps tell."""

from dataclasses import replace

import pytest

from asstctl.model.actual import ActualResource
from asstctl.model.canonical import CODE_FILES, STORE_FILES, VECTOR_STORE
from asstctl.model.stamp import FieldStamp
from asstctl.plan.files import Uploads
from asstctl.plan.unwanted import edits_of
from support.projects import assistant, store
from support.values import applied, contents, edited, files_of, foreign, holding

READ = contents({"docs/a.md": "Lisbon"})
GUIDE = applied(assistant("guide", name="Guide", store="docs"))
CODER = applied(assistant("coder", code_files=files_of(READ)), READ)
DOCS = applied(store("docs", files_of(READ), name="Docs"), READ)
BARE = replace(GUIDE.stamp, fields=None)
NAME_NOT_KEPT = replace(
    GUIDE.stamp, fields={**(GUIDE.stamp.fields or {}), "name": FieldStamp("11111111", "")}
)
UNFILED = replace(
    DOCS.stamp, fields={**(DOCS.stamp.fields or {}), STORE_FILES: FieldStamp("11111111", "")}
)


@pytest.mark.parametrize(
    ("found", "edits"),
    [
        pytest.param(GUIDE, {}, id="as it was left"),
        pytest.param(edited(GUIDE, name="Theirs"), {"name": "Theirs"}, id="a field changed"),
        pytest.param(edited(GUIDE, name=None), {"name": None}, id="a field unset"),
        pytest.param(edited(GUIDE, temperature=0.3), {"temperature": 0.3}, id="a field set"),
        pytest.param(
            edited(replace(GUIDE, stamp=BARE), name="Theirs"), {}, id="no stamp of fields to tell"
        ),
        pytest.param(
            edited(replace(GUIDE, stamp=NAME_NOT_KEPT), name=None),
            {},
            id="a field not kept",
        ),
        pytest.param(
            replace(edited(GUIDE, vector_store=None), store_is_gone=True),
            {},
            id="its store went away",
        ),
        pytest.param(
            edited(GUIDE, vector_store=None), {VECTOR_STORE: None}, id="its store was taken away"
        ),
        pytest.param(
            holding(CODER, *CODER.held_files, foreign("file-x")),
            {CODE_FILES: ["docs/a.md", "file-x"]},
            id="a file added to an assistant",
        ),
        pytest.param(
            holding(DOCS, *DOCS.held_files, foreign("file-x")),
            {STORE_FILES: ["docs/a.md", "file-x"]},
            id="a file added to a store",
        ),
        pytest.param(holding(DOCS), {}, id="a file taken away"),
        pytest.param(replace(DOCS, files=None), {}, id="files that were not listed"),
        pytest.param(
            holding(replace(DOCS, stamp=UNFILED), foreign()), {}, id="files without proofs"
        ),
    ],
)
def test_what_others_edited(found: ActualResource, edits: dict[str, object]) -> None:
    told = edits_of(found, Uploads(names={}, filenames={}))

    assert {edit.path: edit.actual for edit in told} == edits
    assert all((edit.desired, edit.applied, edit.conflict) == (None, None, True) for edit in told)
