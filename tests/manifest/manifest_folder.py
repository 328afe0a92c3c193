"""A project on disk that a test writes and reads."""

from collections.abc import Mapping
from pathlib import Path

from asstctl.manifest.load import Loaded, load
from asstctl.model.desired import Desired

MANIFEST = "assistants/a.yaml"
ASSISTANT = "kind: assistant\nmodel: m\n"
STORE = "kind: vector_store\n"


class Folder:
    """A project on disk that a test writes and reads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environ: dict[str, str] = {}
        self.write({"asstctl.yaml": "project: acme\n"})

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for path, content in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            data = content.encode() if isinstance(content, str) else content
            target.write_bytes(data)

    def load(self, target: str | None = None) -> Loaded:
        return load(self.root, target=target, environ=self.environ)

    def desired(self, target: str | None = None) -> Desired:
        loaded = self.load(target)
        assert loaded.diagnostics == ()
        assert loaded.desired is not None
        return loaded.desired

    def problems(self, target: str | None = None) -> list[str]:
        """Every diagnostic as ``code path:line:column``, in reading order."""
        return [f"{d.code} {d.location}" for d in self.load(target).diagnostics]

    def found_in(self, body: str, head: str = ASSISTANT) -> list[str]:
        """What is reported for one manifest, without its path: ``code line:column``."""
        self.write({MANIFEST: head + body})
        return [problem.replace(f"{MANIFEST}:", "") for problem in self.problems()]

    def said(self, body: str) -> str:
        """Every text that is reported for one manifest."""
        self.write({MANIFEST: ASSISTANT + body})
        return "\n".join(f"{d.summary} {d.detail} {d.fix}" for d in self.load().diagnostics)
