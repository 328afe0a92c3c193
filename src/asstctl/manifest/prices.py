"""The file of prices that ``asstctl.yaml`` names."""

from typing import cast

from asstctl.manifest import codes
from asstctl.manifest.document import own_fields
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.problems import Problems, Rejected
from asstctl.manifest.reporter import Reporter
from asstctl.manifest.schema import types
from asstctl.manifest.schema.validate import validate
from asstctl.manifest.values import Path
from asstctl.manifest.wording import kind_of
from asstctl.manifest.yaml.nodes import compose, read_value
from asstctl.manifest.yaml.provenance import Layer, Provenance
from asstctl.manifest.yaml.secret_scan import warn_of_secrets
from asstctl.manifest.yaml.source import SourceFile
from asstctl.model.prices import Price, Prices

_FIELD: Path = ("prices",)


def read_prices(reporter: Reporter, files: Files, name: str | None) -> Prices | None:
    """The prices in the file called ``name``; None when there is none, or it has errors.

    What is wrong with it is reported: with the name in ``asstctl.yaml``, or in the file itself.
    """
    if name is None:
        return None
    try:
        source = files.text(name)
    except Rejected as rejected:
        reporter.reject(rejected, _FIELD)
        return None
    value = _read(source, reporter.problems)
    if value is None:
        return None
    return Prices(
        path=source.path,
        currency=value["currency"],
        models={model: _price(price) for model, price in value["models"].items()},
    )


def _read(source: SourceFile, problems: Problems) -> types.Prices | None:
    before = len(problems.found)
    source.nodes = roots = compose(source, problems)
    warn_of_secrets(source, problems)
    if not roots:
        if len(problems.found) == before:
            problems.add(codes.EMPTY_DOCUMENT, source.whole, source.path)
        return None
    layer = Layer(source)
    value = read_value(source, layer.node, problems)
    if not isinstance(value, dict):
        detail = f"It is {kind_of(value)}."
        problems.add(codes.NOT_A_MAPPING, source.span(layer.node), detail=detail)
        return None
    found = validate(Reporter(Provenance(layer), problems), own_fields(value), "prices", ())
    return None if found.broken else cast(types.Prices, found.value)


def _price(value: types.Price) -> Price:
    sent = float(value["input"])
    return Price(
        input=sent,
        cached_input=float(value.get("cached_input", sent)),
        output=float(value["output"]),
    )
