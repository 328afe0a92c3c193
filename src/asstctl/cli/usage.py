"""What is wrong with a command line, said as every other error is."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import click

from asstctl.errors import UsageError

_ELSEWHERE: Final = {
    "--force": "--auto-approve",
    "--json": "--format json",
    "--output": "--out",
    "--yes": "--auto-approve",
    "-o": "--out",
    "-y": "--auto-approve",
}
"""What other tools call an option."""


def in_our_words(error: click.ClickException, arguments: Sequence[str]) -> UsageError:
    """What click says of the ``arguments``."""
    context: click.Context | None = getattr(error, "ctx", None)
    more = f"`{context.command_path} --help` tells what there is." if context else ""
    if isinstance(error, click.NoSuchOption):
        what = f"no such option {error.option_name!r}"
        return UsageError(what, why=_option_meant(error.option_name, context, arguments), fix=more)
    if isinstance(error, click.BadParameter) and isinstance(error.param, click.Argument):
        error.param_hint = repr(error.param.human_readable_name)  # without click's brackets
    message = error.format_message()
    return UsageError(f"{message[:1].lower()}{message[1:]}".rstrip("."), fix=more)


def _option_meant(name: str, context: click.Context | None, arguments: Sequence[str]) -> str:
    """The option that is meant: with one dash, by another tool's name, or nearly spelt."""
    params = context.command.params if context else ()
    known = {option for param in params for option in (*param.opts, *param.secondary_opts)}
    dashed = [f"-{text.partition('=')[0]}" for text in arguments if text[:2] != "--"]
    elsewhere = (_ELSEWHERE.get(text, "") for text in (name, *dashed))
    said = (text for text in (*dashed, *elsewhere) if text.partition(" ")[0] in known)
    meant = next(said, None) or _nearly(name, known)
    return f"Did you mean `{meant}`?" if meant else ""


def _nearly(name: str, known: Iterable[str]) -> str | None:
    """Compared without the dashes that all have: they would make any two short names alike."""
    from asstctl.model.suggestions import closest

    names = {option.removeprefix("--"): option for option in sorted(known) if option[:2] == "--"}
    return names.get(closest(name.lstrip("-"), names) or "")


class OneOf(click.Choice[str]):
    """One of several words. Another one is answered as asstctl answers a name it does not know."""

    def __init__(self, words: Iterable[str]) -> None:
        super().__init__(tuple(words))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word. Raises UsageError."""
        if value in self.choices:
            return str(value)
        from asstctl.model.suggestions import did_you_mean

        raise UsageError(
            f"{_name(param)} cannot be {value!r}",
            why=did_you_mean(str(value), self.choices),
            fix=f"Choose one of: {', '.join(self.choices)}.",
        )


def _name(param: click.Parameter | None) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return param.human_readable_name if param else "it"
