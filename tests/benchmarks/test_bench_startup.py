"""The benchmark of starting runs; how long it takes is for people to read."""

from .bench_startup import run


def test_every_command_is_measured_against_click_alone() -> None:
    rows = list(run(rounds=1))

    assert [(row.name, row.budget) for row in rows] == [
        ("asstctl --help", 1.5),
        ("asstctl validate, 10 assistants", 4.0),
        ("asstctl plan, 10 assistants", 8.0),
        ("asstctl status, 10 assistants", 8.0),
    ]
    assert all(row.ratio > 0 for row in rows)
