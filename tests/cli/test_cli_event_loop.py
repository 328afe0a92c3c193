"""Results come out of the event loop as they are."""

import pytest

from asstctl.cli.event_loop import run_async


class Result:
    """Notes whether somebody spelled it out, as a large plan never should be."""

    spelled = False

    def __repr__(self) -> str:
        type(self).spelled = True
        return "Result()"


def test_a_result_is_returned_and_not_spelled_out() -> None:
    made = Result()

    async def work() -> Result:
        return made

    assert run_async(work()) is made
    assert not Result.spelled


def test_an_error_comes_out_as_it_is() -> None:
    async def work() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        run_async(work())
