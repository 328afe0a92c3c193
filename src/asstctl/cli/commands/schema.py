"""``asstctl schema``."""

import click

from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report
from asstctl.errors import UsageError
from asstctl.manifest.schema.schemas import SCHEMA_NAMES, schema_text


@verb(
    "schema",
    """
    asstctl schema
    asstctl schema assistant > assistant.schema.json
    """,
)
@click.argument("name", required=False)
def command(options: Globals, name: str | None) -> None:
    """Print the JSON Schema called NAME; without a name, the names.

    Point your editor at one for completion, or a pipeline at one to check asstctl's output.
    """
    if name is None:
        report("\n".join(SCHEMA_NAMES))
        return
    if name.replace("_", "-") not in SCHEMA_NAMES:
        raise UsageError(
            f"there is no schema {name!r}", fix=f"Choose one of: {', '.join(SCHEMA_NAMES)}."
        )
    report(schema_text(name.replace("_", "-")))
