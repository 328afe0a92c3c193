"""Guards: what is refused as a whole before anything is written, and what is not."""

from dataclasses import replace

import pytest

from asstctl.errors import RefusedError
from asstctl.model.actual import Actual
from asstctl.model.address import Kind
from asstctl.model.desired import Desired
from asstctl.model.project import Safety
from asstctl.plan.safety import CutListError, DriftError, TooManyDeletesError, raise_if_unsafe
from asstctl.plan.scope import PlanOptions
from plan.planning import AS_IS, DESTROY, OVERWRITE, PRUNE, plan_of
from support.projects import assistant, changed, project, store
from support.values import account, applied, edited

GUIDE, CLERK = assistant("guide"), assistant("clerk")
HALF, ALL, NONE = Safety(0.5), Safety(1.0), Safety(0.0)
CUT_ASSISTANTS = account(applied(GUIDE), cut=(Kind.ASSISTANT,))
CUT_STORES = account(applied(GUIDE), applied(store("docs")), cut=(Kind.VECTOR_STORE,))
THEIRS = edited(applied(GUIDE), name="Theirs")
NEWER = replace(applied(GUIDE), id="asst-newer")


def guard(
    desired: Desired,
    actual: Actual,
    options: PlanOptions,
    safety: Safety = ALL,
    allow_deletes: int | None = None,
) -> None:
    plan = plan_of(desired, actual, options)
    raise_if_unsafe(plan, actual, safety, allow_deletes=allow_deletes)


@pytest.mark.parametrize(
    ("desired", "actual", "options", "error"),
    [
        pytest.param(project(GUIDE), account(THEIRS), AS_IS, DriftError, id="drift"),
        pytest.param(project(), account(THEIRS), PRUNE, DriftError, id="drift of what goes"),
        pytest.param(project(GUIDE), account(THEIRS), OVERWRITE, None, id="drift overwritten"),
        pytest.param(project(), account(THEIRS), DESTROY, None, id="drift destroyed"),
        pytest.param(
            project(GUIDE, CLERK), CUT_ASSISTANTS, AS_IS, CutListError, id="a create may be a twin"
        ),
        pytest.param(
            project(changed(GUIDE, name="New")), CUT_ASSISTANTS, AS_IS, None, id="an update is safe"
        ),
        pytest.param(
            project(), CUT_ASSISTANTS, DESTROY, CutListError, id="a delete in a list that is cut"
        ),
        pytest.param(
            project(GUIDE),
            account(applied(store("docs")), cut=(Kind.ASSISTANT,)),
            PlanOptions(prune=True, only=("vector_store.docs",)),
            CutListError,
            id="a store that something unseen may need",
        ),
        pytest.param(
            project(store("docs")),
            CUT_STORES,
            PRUNE,
            None,
            id="an assistant goes while stores are cut",
        ),
        pytest.param(
            project(store("docs")),
            account(stores_unread="404"),
            AS_IS,
            CutListError,
            id="stores that are not listed",
        ),
        pytest.param(
            project(GUIDE), account(stores_unread="404"), AS_IS, None, id="no store is needed"
        ),
    ],
)
def test_what_is_refused(
    desired: Desired, actual: Actual, options: PlanOptions, error: type[RefusedError] | None
) -> None:
    if error is None:
        guard(desired, actual, options)
        return
    with pytest.raises(error) as refused:
        guard(desired, actual, options)
    assert refused.value.why
    assert refused.value.fix


@pytest.mark.parametrize(
    ("safety", "allow_deletes", "refused"),
    [
        pytest.param(ALL, None, False, id="all may go"),
        pytest.param(HALF, None, False, id="one of two is half"),
        pytest.param(Safety(0.49), None, True, id="less than half of two is none"),
        pytest.param(NONE, None, True, id="none may go"),
        pytest.param(NONE, 1, False, id="one is allowed this time"),
        pytest.param(ALL, 0, True, id="none is allowed this time"),
    ],
)
def test_how_many_may_be_deleted(safety: Safety, allow_deletes: int | None, refused: bool) -> None:
    actual = account(applied(GUIDE), applied(CLERK))
    if not refused:
        guard(project(GUIDE), actual, PRUNE, safety, allow_deletes)
        return
    with pytest.raises(TooManyDeletesError, match="deletes 1 of 2") as error:
        guard(project(GUIDE), actual, PRUNE, safety, allow_deletes)
    assert error.value.fix is not None
    assert "--allow-deletes 1" in error.value.fix


def test_what_is_replaced_is_no_delete() -> None:
    guard(project(GUIDE), account(applied(GUIDE), duplicates=(NEWER,)), AS_IS, NONE)


def test_drift_is_told_before_anything_else() -> None:
    with pytest.raises(DriftError):
        guard(project(GUIDE), account(THEIRS, applied(CLERK)), PRUNE, NONE)
