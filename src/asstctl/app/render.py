"""Show what would be sent: each assistant as a request in the words of the target's API."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from asstctl.app.choose import assistants_of
from asstctl.app.connect import connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.app.plan import plan_on
from asstctl.app.source import Source
from asstctl.model.assistant import AssistantSpec
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.json import JsonObject
from asstctl.model.sensitive import Sensitive
from asstctl.sync.render import environments_to_send, specs_to_send

Spec = TypeVar("Spec", AssistantSpec, EnvironmentSpec)


@dataclass(frozen=True, slots=True)
class Rendered:
    """Requests by key."""

    assistants: Mapping[str, JsonObject]
    environments: Mapping[str, JsonObject] = field(default_factory=dict)


async def render(
    source: Source, keys: Collection[str] = (), *, observer: Observer = SILENT
) -> Rendered:
    """The requests of the assistants with these keys, of all when there are none, by key.

    Those of environments are there as far as these assistants run in them; without keys, all. The
    account is read and nothing is written: an id that exists is the real one, in the place of
    another stands what it will be that of, as in ``<vector_store.docs>``. Stamps are left out, what
    is sensitive is masked. Raises UsageError for a key that no assistant has, and AccountError.
    """
    chosen, sensitive = assistants_of(source.desired, keys), source.desired.sensitive
    async with connect_to(
        source.project, writes=False, sensitive=sensitive, observer=observer
    ) as connection:
        planned = await plan_on(connection.account, source, observer=observer)
        specs = specs_to_send(planned.plan, planned.contents)
        assistants = {
            item.key: _shown(connection.request, specs[item.key], item.spec, sensitive)
            for item in chosen
        }
        if connection.template is None:
            return Rendered(assistants)
        templates = environments_to_send(planned.plan, planned.contents)
        used = {item.spec.environment for item in chosen} if keys else templates.keys()
        return Rendered(
            assistants,
            {
                item.key: _shown(connection.template, templates[item.key], item.spec, sensitive)
                for item in source.desired.environments
                if item.key in used
            },
        )


def _shown(
    request: Callable[[Spec], JsonObject], bound: Spec, desired: Spec, sensitive: Sensitive
) -> JsonObject:
    """A request without secrets.

    What somebody else decides may be a secret that a manifest knows no more: see ``beside``.
    """
    wanted = request(desired)
    return {
        name: sensitive.beside(value, wanted.get(name)) for name, value in request(bound).items()
    }
