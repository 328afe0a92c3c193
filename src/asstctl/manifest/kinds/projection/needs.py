"""Smoke cases that expect what the project or its target has to have something for.

For a cost that is the price of the model, for a similarity embeddings.
"""

from collections.abc import Iterator

from asstctl.manifest import codes
from asstctl.manifest.kinds.projection.cases import applies, turns_of
from asstctl.manifest.merge_layers import Variant
from asstctl.manifest.schema import types
from asstctl.manifest.schema.prune import indexed
from asstctl.manifest.values import Path
from asstctl.model.desired import DesiredAssistant
from asstctl.model.project import has_embeddings, is_offline
from asstctl.model.smoke import ExpectationKind, SmokeCase
from asstctl.model.suggestions import did_you_mean
from asstctl.text.words import shortened

_OF_ITSELF = "Write `embeddings: {base_url: ..., name: ...}` for it into asstctl.yaml"


def check_needs(
    variant: Variant, items: list[types.SmokeCase], assistant: DesiredAssistant
) -> None:
    """Report what cases that run on the target expect, and that nobody could tell there.

    ``items`` are those of the manifest that the cases of the ``assistant`` were made of.
    """
    for case, kind, where in _expected(variant, items, assistant):
        match kind:
            case ExpectationKind.COST:
                _check_price(variant, case.model(assistant.spec.model), where)
            case ExpectationKind.SIMILAR:
                _check_embeddings(variant, case, where)


def _expected(
    variant: Variant, items: list[types.SmokeCase], assistant: DesiredAssistant
) -> Iterator[tuple[SmokeCase, ExpectationKind, Path]]:
    """Each expectation of the cases that run on the target: its case, its kind and its place."""
    for (i, item), case in zip(indexed(items), assistant.smoke, strict=True):
        if not case.is_for(variant.target):
            continue
        for turn, path in turns_of(item, ("smoke", i)):
            for label in turn.get("expect") or {}:
                yield case, ExpectationKind(label.removeprefix("not_")), (*path, "expect", label)


def _check_price(variant: Variant, model: str, where: Path) -> None:
    prices = variant.prices
    if not model or (variant.names_prices and prices is None):
        return
    known = prices.models if prices is not None else {}
    if model in known:
        return
    detail, fix = "asstctl.yaml names no file of prices.", ""
    if prices is not None:
        detail = f"{prices.path} has no price for it."
        fix = did_you_mean(model, list(known)) or f"Write its price into {prices.path}."
    variant.reporter.report(
        codes.NO_PRICE, where, shortened(model), detail=detail, fix=fix, at_key=True
    )


def _check_embeddings(variant: Variant, case: SmokeCase, where: Path) -> None:
    account = variant.account
    if account is None or has_embeddings(account):
        return
    if case.is_beyond_wiring and is_offline(account):
        return  # it is skipped there
    elsewhere = applies(variant.others(has_embeddings))
    fix = f"{_OF_ITSELF}, or s{elsewhere.removeprefix('S')}" if elsewhere else f"{_OF_ITSELF}."
    detail = "A local account has none of its own, so that it cannot tell what is similar."
    variant.reporter.report(
        codes.NO_EMBEDDINGS, where, variant.target, detail=detail, fix=fix, at_key=True
    )
