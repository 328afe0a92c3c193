"""Texts that look like a secret: a warning at each, which shows nothing of it."""

from asstctl.manifest import codes
from asstctl.manifest.problems import Problems
from asstctl.manifest.yaml.source import SourceFile


def warn_of_secrets(source: SourceFile, problems: Problems) -> None:
    """Warn of every text in a file that looks like a secret, without showing it."""
    for start, end, kind in source.secrets:
        detail = f"It looks like {kind}. Manifests and texts are shared; secrets are not."
        problems.add(codes.POSSIBLE_SECRET, source.at_offset(start, end - start), detail=detail)
