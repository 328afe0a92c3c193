"""The names of environment templates, which carry the stamp that templates have no metadata for.

    ``Travel (asstctl 1f0c9a2e/travel-guide:77ab04d1)``

They end with a mark: eight hexadecimal digits that stand for the project, the environment's key,
and eight of the digest of what was last applied. Where the server keeps something else of what it
was sent, eight digits of that follow after a slash; ``!`` says ``protect: true``.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from asstctl.model.address import KEY_PATTERN

MOST_CHARS: Final = 256
"""How long a template's name may be."""
MOST_TITLE: Final = 150
"""How long a title may be that has room in every name."""

_DIGITS: Final = 8
_MARK: Final = re.compile(
    rf"(?P<title>.*?) ?\(asstctl (?P<project>[0-9a-f]{{8}})/(?P<key>{KEY_PATTERN.pattern})"
    r":(?P<digest>[0-9a-f]{8})(?:/(?P<kept>[0-9a-f]{8}))?(?P<protect>!?)\)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateName:
    """A template's name, taken apart; too long a title is cut. ``project`` is a ``project_mark``.

    ``digest`` is that of the canonical spec last applied, ``kept`` that of what could be read back
    of it; empty where that is the same. Both are ``mark_digest``.
    """

    title: str
    project: str
    key: str
    digest: str
    kept: str = ""
    protect: bool = False

    @classmethod
    def parse(cls, name: str | None) -> "TemplateName | None":
        """Read a name; None for one that carries no mark."""
        found = _MARK.fullmatch(name or "")
        if found is None:
            return None
        return cls(
            title=found["title"],
            project=found["project"],
            key=found["key"],
            digest=found["digest"],
            kept=found["kept"] or "",
            protect=bool(found["protect"]),
        )

    def __str__(self) -> str:
        kept = f"/{self.kept}" if self.kept else ""
        protect = "!" if self.protect else ""
        mark = f"(asstctl {self.project}/{self.key}:{self.digest}{kept}{protect})"
        title = self.title[: MOST_CHARS - len(mark) - 1].rstrip()
        return f"{title} {mark}" if title else mark


def title_of(name: str | None) -> str:
    """A template's name without its mark."""
    parsed = TemplateName.parse(name)
    return parsed.title if parsed else name or ""


def project_mark(project: str) -> str:
    """Eight hexadecimal digits that stand for a project in a template's name."""
    return hashlib.sha256(project.encode()).hexdigest()[:_DIGITS]


def mark_digest(digest: str) -> str:
    """As many digits of a digest as a template's name has room for."""
    return digest[:_DIGITS]
