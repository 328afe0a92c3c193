"""``--report FILE``: the same result once more, in the form that the file's suffix names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file to write and the ``--format`` to write it in."""

    path: Path
    style: str


def reports_option(styles: Mapping[str, str]) -> Callable[[F], F]:
    """Add ``--report``; ``styles`` maps suffixes to formats. Other suffixes are usage errors."""

    def parsed(
        ctx: click.Context, parameter: click.Parameter, paths: tuple[Path, ...]
    ) -> tuple[ReportFile, ...]:
        for path in paths:
            if path.suffix not in styles:
                raise click.BadParameter(
                    f"{path} has none of the suffixes {', '.join(styles)}.", ctx, parameter
                )
        return tuple(ReportFile(path, styles[path.suffix]) for path in paths)

    known = " or ".join(f"{style} ({suffix})" for suffix, style in styles.items())
    return click.option(
        "--report",
        "reports",
        type=click.Path(path_type=Path, dir_okay=False),
        multiple=True,
        callback=parsed,
        metavar="FILE",
        help=f"Write it to FILE too, as {known}. May be given several times.",
    )
