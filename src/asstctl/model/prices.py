"""What models cost: prices by the million tokens, and sums of money in one currency."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a ``currency``, which is the word that the file of prices has for it."""

    amount: float
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a million tokens of one model cost. ``cached_input`` are those the server knew."""

    input: float
    cached_input: float
    output: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A file of prices: its path in the project, the currency, and the price of each model."""

    path: str
    currency: str
    models: Mapping[str, Price]

    def cost(self, model: str, sent: int, cached: int, written: int) -> Money | None:
        """What tokens cost; None for a model without a price.

        ``cached`` are those of the tokens ``sent`` that the server had seen before.
        """
        price = self.models.get(model)
        if price is None:
            return None
        paid = (sent - cached) * price.input + cached * price.cached_input + written * price.output
        return Money(paid / _MILLION, self.currency)


def total(costs: Iterable[Money | None]) -> Money | None:
    """The sum of costs in one currency; None when there are none or one of them is not known."""
    known = list(costs)
    found = [cost for cost in known if cost is not None]
    if not found or len(found) < len(known):
        return None
    return Money(sum(cost.amount for cost in found), found[0].currency)
