"""``asstctl destroy``."""

from functools import partial

from asstctl.app.confirm import approve
from asstctl.app.destroy import destroy
from asstctl.app.source import read_source
from asstctl.cli.apply_report import show_result
from asstctl.cli.confirm import confirm
from asstctl.cli.event_loop import run_async
from asstctl.cli.options import Globals, auto_approve_option, format_option, verb
from asstctl.cli.plan_report import show_details
from asstctl.cli.watch import Terminal
from asstctl.errors import ExitCode
from asstctl.plan.plan import Plan


@verb(
    "destroy",
    """
    asstctl -t staging destroy
    asstctl -t staging destroy --auto-approve
    """,
)
@auto_approve_option
@format_option("human", "json")
def command(options: Globals, auto_approve: bool, style: str) -> ExitCode:
    """Delete everything that this project manages in the account.

    Shows the plan and asks for the project's name. What `protect: true` guards stays. Where the
    account does not show all that it holds, what is shown is deleted and the exit code is 3: run
    it again.
    """
    watch = Terminal("destroy", quiet=style == "json")
    source = read_source(options.root, options.target, variables=options.variables, observer=watch)
    asked = approve if auto_approve else _ask
    result = run_async(destroy(source, confirm=asked, observer=watch))
    show_result(result, style)
    return result.exit_code


def _ask(plan: Plan) -> bool:
    question = f"Delete all of this from {plan.target} ({plan.account})?"
    return confirm(question, answer=plan.project, details=partial(show_details, plan, "destroy"))
