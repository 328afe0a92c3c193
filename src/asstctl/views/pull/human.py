"""What was pulled, for a person: the files that were written, and what is missing from them."""

from collections.abc import Iterable, Iterator
from typing import Final

from asstctl.model.pulled import Pulled, PulledResource
from asstctl.text import words
from asstctl.views.terminal import PLAIN, Line, Screen, line, to_text

_MOST_PATHS: Final = 40


def render_pulled(
    pulled: Pulled,
    paths: Iterable[str],
    screen: Screen = PLAIN,
    *,
    project: str,
    enter: str,
    apart: bool = False,
) -> str:
    """Paths, what could not be had, and the commands that come next.

    ``enter`` is the option that leads to the project, empty when that is the current folder.
    ``apart`` says that the project there has an account of its own, with nothing to adopt in it.
    """
    lines = [*_lines(pulled, tuple(paths)), *_next(pulled, project, enter, apart=apart)]
    return to_text(lines, screen)


def _lines(pulled: Pulled, paths: tuple[str, ...]) -> Iterator[Line | str]:
    yield from (f"  {path}" for path in paths[:_MOST_PATHS])
    if len(paths) > _MOST_PATHS:
        yield f"  … and {len(paths) - _MOST_PATHS} more"
    yield ""
    counts = (
        (len(pulled.assistants), "assistant"),
        (len(pulled.stores), "vector store"),
        *(((len(pulled.environments), "environment"),) if pulled.environments else ()),
        (len(pulled.files) - len(pulled.missing), "file"),
    )
    total = ", ".join(words.count(number, noun) for number, noun in counts)
    yield line(("pulled: ", "green"), total)
    yield from _warnings(pulled)


def _next(pulled: Pulled, project: str, enter: str, *, apart: bool) -> Iterator[Line | str]:
    foreign = [item for item in pulled.resources if item.owner != project]
    if apart:
        yield ""
        yield "The local account of that project is empty. To make all of it there:"
        yield f"  asstctl {enter}apply"
    elif foreign:
        yield ""
        yield "To manage them from these manifests:"
        yield from (f"  {_command(item, enter)}" for item in foreign)


def _warnings(pulled: Pulled) -> Iterator[Line]:
    missing = pulled.missing
    if missing:
        failed = sum(file.failed for file in missing)
        tail = f"; {failed} failed, and may come with another try" if failed else ""
        text = f"{words.count(len(missing), 'file')} could not be had{tail}: comments name them"
        yield line(("! ", "yellow"), text)
    if pulled.expired:
        text = f"{words.count(pulled.expired, 'vector store')} left out: expired, nothing in them"
        yield line(("! ", "yellow"), text)
    if pulled.cut:
        yield line(
            ("! ", "yellow"), "the account's lists are cut: there may be more than this [cut-list]"
        )


def _command(item: PulledResource, enter: str) -> str:
    take = " --take-over" if item.owner is not None else ""
    return f"asstctl {enter}import {item.address} {item.id}{take}"
