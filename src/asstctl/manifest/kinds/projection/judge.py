"""What a target cannot be told is reported here: at its place, with the override that cures it."""

from dataclasses import dataclass
from functools import reduce

from asstctl.manifest import codes
from asstctl.manifest.codes import Code
from asstctl.manifest.problems import Span
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.values import Path
from asstctl.model.dialect import Dialect, Options
from asstctl.model.json import JsonObject


@dataclass(frozen=True, slots=True)
class Judge:
    """Reports what one ``target``, of a ``dialect``, cannot be told of a document.

    ``broken`` are paths that had to go since something is wrong with them, which has been said.
    """

    reporter: Reporter
    target: str
    dialect: Dialect
    broken: frozenset[Path] = frozenset()

    @property
    def api(self) -> str:
        """The API's name for people: ``the Agents API``."""
        return f"the {self.dialect.api.capitalize()} API"

    def impossible(
        self, what: str, path: Path, detail: str, *, fix: str = "", span: Span | None = None
    ) -> None:
        """Report that the assistant could not do what it promises, or would be refused."""
        self._report(codes.NOT_EXPRESSIBLE, what, path, detail, fix, span)

    def lost(self, what: str, path: Path, detail: str) -> None:
        """Report that tuning is left out."""
        self._report(codes.LOST_ON_TARGET, what, path, f"{detail} It is left out there.")

    def refused(self, what: str, path: Path, model: str) -> None:
        """Report that a model refuses what its API has."""
        detail = f"{model} is one, and {self.api} answers with an error then."
        self._report(codes.REFUSED_BY_MODEL, what, path, detail)

    def missing(
        self, options: Options, given: JsonObject, path: Path
    ) -> tuple[tuple[str, ...], ...]:
        """The groups of needed options of which what stands at ``path`` has nothing at all."""
        return tuple(
            group
            for group in options.missing(given)
            if not any((*path, name) in self.broken for name in group)
        )

    def cure(self, path: Path, instead: str = "null") -> str:
        """The override to write; where the field stands in one already, that has to change.

        ``instead`` is what it may say for the field. Lists are replaced whole.
        """
        if self._is_own(path):
            return f"Change what is written for {self.target} alone."
        rest = ""
        if path[0] == "tools":
            path, instead, rest = ("tools",), "[...]", " with the tools that it can have there"
        inner = reduce(lambda text, step: f"{{{step}: {text}}}", reversed(path), instead)
        return f"Write `overrides: {{{self.target}: {inner}}}`{rest}."

    def addition(self, path: Path, instead: str = "null") -> str:
        """The cure where something is missing: it may be added as well."""
        cure = self.cure(path, instead)
        return "Add it." if self._is_own(path) else f"Add it, or w{cure.removeprefix('W')}"

    def _is_own(self, path: Path) -> bool:
        """Whether what stands there is written for the target alone."""
        within = self.reporter.provenance.find(path).layer.within
        return within in {("overrides", self.target), ("targets", self.target, "overrides")}

    def _report(
        self,
        code: Code,
        what: str,
        path: Path,
        detail: str,
        fix: str = "",
        span: Span | None = None,
    ) -> None:
        span = span or self.reporter.provenance.key_span(path)
        subject = f"{what} on target {self.target}"
        self.reporter.report_at(code, span, subject, detail=detail, fix=fix or self.cure(path))
