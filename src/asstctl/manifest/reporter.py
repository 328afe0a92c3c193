"""Where what is wrong with a merged document is reported: at the place that it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from asstctl.manifest.codes import Code
from asstctl.manifest.interpolate import Replacements
from asstctl.manifest.problems import Problems, Rejected, Span
from asstctl.manifest.values import Path
from asstctl.manifest.yaml.provenance import Origin, Provenance


@dataclass(frozen=True, slots=True)
class Reporter:
    """Adds to ``problems`` what is wrong with a document, which has a ``provenance``.

    Messages show texts as they were written, not what references were replaced by: an environment
    variable may be a secret.
    """

    provenance: Provenance
    problems: Problems
    replacements: Replacements = field(default_factory=Replacements)

    def of_parts(self, origins: Mapping[Path, Origin]) -> "Reporter":
        """The same for the document after parts of it were made, which have these ``origins``."""
        made = Provenance(self.provenance.main, self.provenance.layers, origins)
        return replace(self, provenance=made)

    def report(
        self,
        code: Code,
        path: Path,
        subject: str = "",
        *,
        detail: str = "",
        fix: str = "",
        at_key: bool = False,
    ) -> None:
        """Report a problem with the value at ``path``, or with its name."""
        span = self.provenance.key_span(path) if at_key else self.provenance.value_span(path)
        self.report_at(code, span, subject, detail=detail, fix=fix)

    def report_at(
        self, code: Code, span: Span, subject: str = "", *, detail: str = "", fix: str = ""
    ) -> None:
        """Report a problem at a place that is known, perhaps in another file."""
        as_written = self.replacements.as_written
        self.problems.add(code, span, as_written(subject), detail=as_written(detail), fix=fix)

    def reject(self, rejected: Rejected, path: Path) -> None:
        """Report a verdict on the value at ``path``."""
        self.report(rejected.code, path, rejected.subject, detail=rejected.detail, fix=rejected.fix)
