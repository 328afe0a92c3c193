"""The endpoints, a module per resource."""

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from asstctl.emulator.routes import (
    agents,
    assistants,
    catalog,
    conversations,
    embeddings,
    files,
    home,
    messages,
    operation,
    responses,
    runs,
    steps,
    store_files,
    threads,
    uploads,
    vector_stores,
)

if TYPE_CHECKING:
    from asstctl.emulator.account import Account

_MODULES = (
    home,
    operation,
    catalog,
    assistants,
    files,
    uploads,
    vector_stores,
    store_files,
    # `/threads/runs` must be known before `/threads/{thread_id}`.
    runs,
    steps,
    threads,
    messages,
    responses,
    conversations,
    embeddings,
    *agents.MODULES,
)


def all_routes(account: "Account") -> list[BaseRoute]:
    """Give every route of the account."""
    return [route for module in _MODULES for route in module.routes(account)]
