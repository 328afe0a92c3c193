"""The benchmark of hardship runs, with documents that do no harm."""

from .bench_hardship import run


def test_every_promise_is_measured() -> None:
    rows = list(run(1, unpacked=0, operators=10, pages=3, text=3000, idle=1))

    assert [row.name.rpartition(" ")[2] for row in rows if row.unit == "s"] == [
        "message",
        "list",
        "search",
        "run",
        "them",
        "them",
        "64",
    ]
    assert [(row.name, row.budget) for row in rows if row.unit != "s"] == [
        ("memory of serve at most", 1.0),
        ("log of it", 1.0),
    ]
