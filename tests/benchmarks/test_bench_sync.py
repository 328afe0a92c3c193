"""Plan, apply and edit are measured for both sides, against one account each."""

from .bench_sync import run


def test_every_piece_of_work_is_done_by_both_sides() -> None:
    rows = list(run(assistants=3, stores=2, files=4, large=1, rounds=1))

    assert len(rows) == 3 * 3 + 2
    assert all(row.measured > 0 for row in rows if row.unit != "MB")
    assert [(row.measured, row.expected) for row in rows if row.unit == "requests"] == [
        (22, 13),  # four are a probe: does the account keep metadata?
        (2, 2),
        (12, 8),
    ]
