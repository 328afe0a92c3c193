"""The wheel: built from a copy of the checkout, unpacked, and run from an unrelated folder."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from real_command import clean_environment

ROOT = Path(__file__).parents[2]
SOURCES = (
    *("src", "schemas", "examples", ".github"),
    *("README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml"),
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what goes into a release, in which somebody has tried the example."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in (*SOURCES, ".gitignore"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    used = copy / "examples/travel-guide/.asstctl"
    used.mkdir(exist_ok=True)
    (used / "account.db").write_text("private")
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of that checkout."""
    return _built(WheelBuilder(str(checkout)), tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pip would put beside the other packages."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_all_that_runs_is_in_the_wheel_and_nothing_else(unpacked: Path) -> None:
    package = unpacked / "asstctl"

    schemas = {path for path in _files(ROOT / "schemas") if not path.startswith("editors/")}
    assert _files(package / "schemas") == schemas - {"README.md"}
    assert _files(package / "templates/travel-guide") == _files(ROOT / "examples/travel-guide")
    assert (package / "py.typed").exists()
    assert sorted(path.name for path in unpacked.iterdir()) == [
        "asstctl",
        "asstctl-0.1.0.dist-info",
    ]
    assert (unpacked / "asstctl-0.1.0.dist-info/licenses/LICENSE").exists()


def test_the_source_archive_builds_the_same_wheel(
    checkout: Path, wheel: Path, tmp_path: Path
) -> None:
    archive = _built(SdistBuilder(str(checkout)), tmp_path)
    shutil.unpack_archive(archive, tmp_path, filter="data")
    source = tmp_path / "asstctl-0.1.0"
    assert {*checkout.rglob("README.md")} == {
        checkout / p.relative_to(source) for p in source.rglob("README.md")
    }

    again = _built(WheelBuilder(str(source)), tmp_path / "dist")

    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())


def test_the_wheel_works_from_an_unrelated_folder(unpacked: Path, tmp_path: Path) -> None:
    def asstctl(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "asstctl", *arguments],
            cwd=tmp_path,
            env=clean_environment(tmp_path, {"PYTHONPATH": str(unpacked)}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout

    assert asstctl("--version") == "asstctl 0.1.0\n"
    assert '"title": "asstctl assistant"' in asstctl("schema", "assistant")
    asstctl("init", "guide")
    assert "2 to create" in asstctl("-C", "guide", "plan")
    assert "2 done" in asstctl("-C", "guide", "apply", "--auto-approve")
    assert "1 passed, 2 skipped" in asstctl("-C", "guide", "smoke")
    assert "--page: #f4f5f7" in asstctl("-C", "guide", "smoke", "--format", "html")


def _built(builder: WheelBuilder | SdistBuilder, folder: Path) -> Path:
    (artifact,) = builder.build(directory=str(folder), versions=["standard"])
    return Path(artifact)


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".asstctl" not in path.parts
    }
