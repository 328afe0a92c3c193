"""What came from the environment stays out of bundles: files that are shipped and committed."""

from typing import Final

from asstctl.manifest.kinds.projection.judge import Judge
from asstctl.manifest.wording import named
from asstctl.model.dialect import Support

_GROUPS: Final = frozenset({"reasoning", "text"})
"""What holds fields whose names begin with it, or that are named otherwise."""


def report_environment(judge: Judge) -> None:
    """Report each field that would carry an environment variable into a bundle."""
    for path, span in judge.reporter.replacements.from_environment:
        if path[0] in _GROUPS or judge.dialect.support(str(path[0])) is Support.KEPT:
            detail = "It comes from the environment, and the bundle is a file that is shipped."
            field = path[: path.index("file")] if "file" in path else path
            fix = f"Write it without ${{env...}}, at least there. {judge.cure(field, '...')}"
            judge.impossible(named(field), path, detail, fix=fix, span=span)
