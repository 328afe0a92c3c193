"""Smoke cases that expect a cost: the project has to know what their model costs."""

from collections.abc import Iterator

from asstctl.manifest import codes
from asstctl.manifest.kinds.projection.cases import turns_of
from asstctl.manifest.merge_layers import Variant
from asstctl.manifest.schema import types
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Path
from asstctl.manifest.wording import did_you_mean
from asstctl.text.words import shortened

_LABELS = ("cost", "not_cost")


def check_costs(variant: Variant, items: list[types.SmokeCase], model: str) -> None:
    """Report each cost that is expected of a model whose price is not known.

    ``model`` is the assistant's, which answers where a case names no other.
    """
    prices = variant.prices
    if variant.names_prices and prices is None:
        return
    known = prices.models if prices is not None else {}
    for name, where in _expected(variant.target, items, model):
        if not name or name in known:
            continue
        detail, fix = "asstctl.yaml names no file of prices.", ""
        if prices is not None:
            detail = f"{prices.path} has no price for it."
            fix = did_you_mean(name, list(known)) or f"Write its price into {prices.path}."
        variant.reporter.report(
            codes.NO_PRICE, where, shortened(name), detail=detail, fix=fix, at_key=True
        )


def _expected(target: str, items: list[types.SmokeCase], model: str) -> Iterator[tuple[str, Path]]:
    """The models of which a cost is expected on a target, and where."""
    for i, case in indexed(items):
        if target not in (case.get("targets") or [target]):
            continue
        own = case.get("run", {}).get("model", model)
        for turn, path in turns_of(case, ("smoke", i)):
            expect = turn.get("expect") or {}
            yield from ((own, (*path, "expect", label)) for label in _LABELS if label in expect)
