"""``asstctl import``."""

import sys

import click

from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report, say, screen
from asstctl.cli.planning import planned
from asstctl.cli.reading import reading
from asstctl.cli.versions import commit_of
from asstctl.cli.wiring import connect_to, load_project
from asstctl.plan.plan import Plan
from asstctl.plan.scope import PlanOptions
from asstctl.sync.adopt.adopt import adopt
from asstctl.sync.refresh import refresh
from asstctl.views.plan.human import render_plan


@verb(
    "import",
    """
    asstctl import travel-guide asst_abc123
    asstctl import vector_store.travel-docs vs_abc123
    asstctl import travel-guide asst_abc123 --take-over
    """,
)
@click.argument("key")
@click.argument("object_id", metavar="ID")
@click.option("--take-over", is_flag=True, help="Take it even from another project.")
def command(options: Globals, key: str, object_id: str, take_over: bool) -> None:
    """Take over an existing object of the account as the resource KEY.

    KEY is a key of your manifests, ID the id of an assistant or a vector store. Only asstctl's
    stamp is written; then the plan shows what the next apply would change.
    """
    plan = run_async(_import(options, key, object_id, take_over=take_over))
    report(render_plan(plan, screen(sys.stdout), command="import"))


async def _import(options: Globals, key: str, object_id: str, *, take_over: bool) -> Plan:
    project, desired = load_project(options)
    async with connect_to(project.target, writes=True) as connection:
        account = connection.account
        with reading(account.name):
            contents, actual = await refresh(account, desired, all_uploads=True)
        address = await adopt(
            account,
            desired,
            contents,
            actual,
            key=key,
            object_id=object_id,
            take_over=take_over,
            commit=commit_of(project),
        )
        say(f"{address} is {object_id} from now on; the next apply would do this:")
        made = await planned(project, desired, account, PlanOptions(only=(str(address),)))
        return made.plan
