"""Which files are manifests, and which of their fields count."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    return Folder(project_dir)


def test_both_endings_are_manifests(folder: Folder) -> None:
    folder.write({MANIFEST: ASSISTANT, "assistants/b.yml": ASSISTANT})

    assert [assistant.key for assistant in folder.desired().assistants] == ["a", "b"]


@pytest.mark.parametrize("name", ["b.yml", "b.YAML", "b.Yml"])
def test_a_manifest_with_an_ending_that_no_glob_has_is_named(folder: Folder, name: str) -> None:
    folder.write({"asstctl.yaml": "project: acme\nmanifests: ['assistants/*.yaml']\n"})
    folder.write({MANIFEST: ASSISTANT, f"assistants/{name}": ASSISTANT})
    folder.write({"assistants/compose.yml": "services: {}\n"})

    assert folder.problems() == ["unread-manifest asstctl.yaml:2:13"]
    assert f"assistants/{name} is not read" in folder.load().diagnostics[0].summary


def test_one_that_lies_beside_those_of_several_globs_is_named_once(folder: Folder) -> None:
    folder.write({MANIFEST: ASSISTANT, "assistants/b.YAML": ASSISTANT})

    assert folder.problems() == ["unread-manifest asstctl.yaml"]


def test_another_glob_may_find_it(folder: Folder) -> None:
    folder.write({"asstctl.yaml": "project: acme\nmanifests: ['assistants/*.yaml', '**/*.yml']\n"})
    folder.write({MANIFEST: ASSISTANT, "assistants/b.yml": ASSISTANT})

    assert folder.problems() == []


def test_fields_that_start_with_x_hold_what_is_shared(folder: Folder) -> None:
    folder.write(
        {
            "asstctl.yaml": "project: acme\nx-any: [1, {b: '${nonsense}'}]\n",
            MANIFEST: "x-shared: &shared\n  team: '${env.UNSET}'\n  plan: b\n"
            f"{ASSISTANT}metadata: {{<<: *shared, team: a}}\n",
        }
    )

    (assistant,) = folder.desired().assistants

    assert assistant.spec.metadata == {"team": "a", "plan": "b"}
