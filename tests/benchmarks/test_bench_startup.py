"""The benchmark of starting runs; how long it takes is for people to read."""

from .bench_startup import run


def test_starting_is_measured_against_click_alone() -> None:
    rows = run(repeat=1)

    assert [(row.name, row.budget) for row in rows] == [
        ("asstctl --help", 3.0),
        ("asstctl validate, one assistant", None),
    ]
    assert all(row.ratio > 0 for row in rows)
