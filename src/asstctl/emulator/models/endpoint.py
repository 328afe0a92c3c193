"""Where endpoints are, and which of their models is meant."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CONTEXT_TOKENS = 128_000
"""What the largest of the usual models can read at once."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the endpoint is (``…/v1``), and the key for it.

    ``name`` is the model there that answers for all, ``names`` maps single ones; an assistant's own
    model goes up where neither says otherwise. ``context`` is how many tokens it reads at once, the
    answer among them. With ``passes_through`` it is given what the account does not serve itself.
    """

    base_url: str
    api_key: str = field(repr=False)
    name: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    context: int = CONTEXT_TOKENS
    passes_through: bool = False


STARTING_SECONDS = 30.0
"""How long an endpoint may take to start: it may have been started with those who ask it."""


@dataclass(frozen=True, slots=True)
class EmbeddingEndpoint:
    """Where an embeddings endpoint is (``…/v1``), the model there, and the key for it.

    While nobody listens there, it is asked again for ``patience`` seconds.
    """

    base_url: str
    name: str
    api_key: str = field(default="", repr=False)
    patience: float = STARTING_SECONDS
