"""``import``: take over an existing object of the account."""

from asstctl.app.connect import connect_to
from asstctl.app.observer import SILENT, Observer
from asstctl.app.plan import Planned, plan_on
from asstctl.app.source import Source, commit_of
from asstctl.plan.scope import PlanOptions
from asstctl.sync.adopt.adopt import adopt as write_stamp
from asstctl.sync.refresh import refresh


async def adopt(
    source: Source,
    key: str,
    object_id: str,
    *,
    take_over: bool = False,
    observer: Observer = SILENT,
) -> Planned:
    """Stamp an object as the resource ``key``, a key or an address, of the manifests.

    Only the stamp is written. ``take_over`` takes it even from another project. What the next
    apply would do to it is given back. Raises UsageError where there is no such resource or
    object, OwnedElsewhereError where it is another project's, and AccountError.
    """
    project, desired = source.project, source.desired
    async with connect_to(
        project, writes=True, sensitive=desired.sensitive, observer=observer
    ) as connection:
        account = connection.account
        with observer.reading(account.name):
            contents, actual = await refresh(account, desired, all_uploads=True)
        address = await write_stamp(
            account,
            desired,
            contents,
            actual,
            key=key,
            object_id=object_id,
            take_over=take_over,
            commit=commit_of(project, observer=observer),
        )
        observer.on_note(f"{address} is {object_id} from now on; the next apply would do this:")
        return await plan_on(account, source, PlanOptions(only=(str(address),)), observer=observer)
