"""What a server tells of itself, whatever its target says of it."""

import asyncio

from asstctl.remote.diagnose.apis import apis_of
from asstctl.remote.diagnose.models import models_of
from asstctl.remote.wire.wire import Wire
from asstctl.sync.doctor.check import Server


async def look_at(wire: Wire) -> Server:
    """The APIs and the models of the server at the other end. Raises nothing."""
    apis, models = await asyncio.gather(apis_of(wire), models_of(wire))
    return Server(apis, models)
