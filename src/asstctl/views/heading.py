"""The first line of what is shown of an account: which project, which target, which account."""

from asstctl.views.terminal import Line, Part, line


def subject(project: str, target: str, account: str) -> tuple[Part, ...]:
    """``acme-travel → prod (api.example.com)``."""
    return (project, "bold"), (" → ", "dim"), (target, "bold"), (f" ({account})", "dim")


def heading(command: str, project: str, target: str, account: str) -> Line:
    """``asstctl plan · acme-travel → prod (api.example.com)``."""
    return line(
        ("asstctl ", "dim"), (command, "bold"), (" · ", "dim"), *subject(project, target, account)
    )
