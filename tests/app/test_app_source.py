"""Where a version of the project comes from."""

from pathlib import Path

import pytest

from asstctl.app.source import Version, open_source
from asstctl.model.project import LocalTarget, ResponsesTarget
from support.git import git

TARGETS = (
    "project: a\ntargets:\n  one: {api: responses, bundle: deploy/b.json}\n"
    "  two: {api: local, like: responses}\n  three: {api: local}\n"
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "assistants").mkdir()
    (tmp_path / "asstctl.yaml").write_text(TARGETS, encoding="utf-8")
    (tmp_path / "assistants/a.yaml").write_text("kind: assistant\nmodel: m\n", encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def test_a_commit_has_the_bundle_and_the_account_of_the_work_tree(repository: Path) -> None:
    with open_source(repository, "one", Version(ref="HEAD")) as one:
        assert isinstance(one.project.target, ResponsesTarget)
        assert one.project.target.bundle == repository / "deploy/b.json"
    with open_source(repository, "two", Version(ref="HEAD")) as two:
        assert isinstance(two.project.target, LocalTarget)
        assert two.project.target.bundle == repository / "assistants.two.json"
        assert two.project.target.path == repository / ".asstctl/account.db"
    with open_source(repository, "three", Version(ref="HEAD")) as three:
        assert isinstance(three.project.target, LocalTarget)
        assert three.project.target.bundle is None
