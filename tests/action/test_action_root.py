"""The action as `uses: OWNER/asstctl@v1` finds it, at the top of the repository."""

from dataclasses import replace

from action.canned import Canned, document
from action.repository import Repository
from action.root_action import ROOT, TARGET, derived


def test_it_is_in_step() -> None:
    assert TARGET.read_text(encoding="utf-8") == derived(), (
        "run: python tests/action/root_action.py"
    )


def test_it_runs(repository: Repository, canned: Canned) -> None:
    canned.answers(2, plan=document(create=1))

    ended = replace(repository.push(), action_folder=ROOT).action({"command": "plan"})

    assert ended.ok
    assert (ended.outputs["changes"], ended.outputs["to-create"]) == ("true", "1")
