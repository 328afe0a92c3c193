"""The result of an apply, as a person reads it."""

from dataclasses import replace

import pytest
from view_samples import RESULT

from asstctl.sync.result import Status
from asstctl.views.apply.human import render_apply

WHERE = "The requests are in deploy/assistants.json."


@pytest.mark.parametrize("status", Status)
def test_the_bundle_is_named_where_something_was_written(status: Status) -> None:
    changes = tuple(change for change in RESULT.changes if change.status is status)
    said = render_apply(replace(RESULT, changes=changes, bundle="deploy/assistants.json"))
    assert (WHERE in said) is (status is Status.DONE)
