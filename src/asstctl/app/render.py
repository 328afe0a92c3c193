"""Show what would be sent: each assistant as a request in the words of the target's API."""

from collections.abc import Collection, Mapping

from asstctl.app.choose import assistants_of
from asstctl.app.connect import connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.app.plan import plan_on
from asstctl.app.source import Source
from asstctl.model.json import JsonObject
from asstctl.sync.render import specs_to_send


async def render(
    source: Source, keys: Collection[str] = (), *, observer: Observer = SILENT
) -> Mapping[str, JsonObject]:
    """The requests of the assistants with these keys, of all when there are none, by key.

    The account is read and nothing is written: an id that exists is the real one, in the place of
    another stands what it will be that of, as in ``<vector_store.docs>``. Stamps are left out, what
    is sensitive is masked. Raises UsageError for a key that no assistant has, and AccountError.
    """
    chosen, sensitive = assistants_of(source.desired, keys), source.desired.sensitive
    async with connect_to(
        source.project, writes=False, sensitive=sensitive, observer=observer
    ) as connection:
        planned = await plan_on(connection.account, source, observer=observer)
        specs = specs_to_send(planned.plan, planned.contents)
        # What somebody else decides may be a secret that a manifest knows no more: see ``beside``.
        return {
            item.key: {
                name: sensitive.beside(value, connection.request(item.spec).get(name))
                for name, value in connection.request(specs[item.key]).items()
            }
            for item in chosen
        }
