"""The file of prices, and what expects a cost of a model that has none there."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder

from asstctl.model.prices import Price, Prices

PROJECT = "project: acme\nprices: prices.yaml\ntargets: {local: {api: local}, far: {api: local}}\n"
PRICED = """\
currency: USD
models:
  m: {input: 1, output: 2}
  n: {input: 1, cached_input: 0, output: 2}
"""
DEAR = ASSISTANT + "smoke:\n  - {prompt: x, expect: {cost: {max: 1}}}\n"


def folder_with(root: Path, prices: str, project: str = PROJECT) -> Folder:
    folder = Folder(root)
    target = "target: local\n" if "targets" in project else ""
    folder.write({"asstctl.yaml": project + target, "prices.yaml": prices, MANIFEST: DEAR})
    return folder


def test_prices_are_read(project_dir: Path) -> None:
    project = folder_with(project_dir, PRICED).load().project

    assert project is not None
    assert project.prices == Prices(
        path="prices.yaml",
        currency="USD",
        models={
            "m": Price(input=1, cached_input=1, output=2),
            "n": Price(input=1, cached_input=0, output=2),
        },
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("models: {m: {input: 1, output: 2}}", "missing-field prices.yaml:1:1"),
        ("currency: USD\nmodels: {m: {input: -1, output: 2}}", "out-of-range prices.yaml:2:21"),
        ("currency: USD\nmodels: {m: {in: 1, output: 2}}", "missing-field prices.yaml:2:10"),
        ("- a", "not-a-mapping prices.yaml:1:1"),
        ("", "empty-document prices.yaml"),
        ("a: [", "yaml-syntax prices.yaml:2:1"),
    ],
)
def test_what_is_wrong_with_the_file_has_its_place_there(
    project_dir: Path, text: str, problem: str
) -> None:
    folder = folder_with(project_dir, text)

    assert problem in folder.problems()
    assert not any(found.startswith("no-price") for found in folder.problems())
    assert folder.load().project is None


def test_a_missing_file_is_told_where_it_is_named(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({"asstctl.yaml": PROJECT + "target: local\n", MANIFEST: DEAR})

    assert folder.problems() == ["missing-file asstctl.yaml:2:9"]


@pytest.mark.parametrize(
    ("project", "prices", "said"),
    [
        (PROJECT, PRICED.replace("m:", "mm:"), "prices.yaml has no price for it."),
        ("project: acme\n", "", "asstctl.yaml names no file of prices."),
    ],
)
def test_a_cost_needs_the_price_of_the_model(
    project_dir: Path, project: str, prices: str, said: str
) -> None:
    folder = folder_with(project_dir, prices, project)

    assert folder.problems() == [f"no-price {MANIFEST}:4:26"]
    (found,) = folder.load().diagnostics
    assert (found.summary, found.detail) == ("no price for m", said)


def test_each_model_of_a_matrix_needs_one(project_dir: Path) -> None:
    folder = folder_with(project_dir, PRICED)
    folder.write({MANIFEST: DEAR.replace("prompt", "matrix: {model: [n, o]}, prompt")})

    (found,) = folder.load().diagnostics
    assert (found.summary, found.location.line) == ("no price for o", 4)


def test_a_case_for_another_target_needs_none_here(project_dir: Path) -> None:
    folder = folder_with(project_dir, PRICED)
    elsewhere = DEAR.replace("model: m", "model: o").replace("prompt", "targets: [far], prompt")
    folder.write({MANIFEST: elsewhere})

    assert folder.problems() == []
