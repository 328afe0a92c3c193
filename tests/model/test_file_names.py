"""Names of uploads: which of them a file system holds, and which are the same."""

import pytest

from asstctl.model.file import is_named, portable_name


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\win.ini", "win.ini"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("a:b?.md", "a_b_.md"),
        ("new\nline.txt", "new_line.txt"),
        ("nul", "_nul"),
        ("CON.txt", "_CON.txt"),
        ("console.txt", "console.txt"),
        ("trailing. ", "trailing"),
        (".hidden", "_.hidden"),
        ("ünïcödé 文.md", "ünïcödé 文.md"),
        ("x" * 300 + ".md", "x" * 197 + ".md"),
        ("文" * 100 + ".md", "文" * 65 + ".md"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_portable_name_is_one_that_every_file_system_holds(filename: str, name: str) -> None:
    assert portable_name(filename) == name
    assert portable_name(name) == name
    assert is_named(filename, name)


def test_other_names_are_others() -> None:
    assert not is_named("a.md", "b.md")
    assert is_named("docs/a.md", "a.md")
