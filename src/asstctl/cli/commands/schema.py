"""``asstctl schema``."""

import click

from asstctl.cli.complete import SCHEMAS
from asstctl.cli.options import Globals, verb
from asstctl.cli.output import report, say
from asstctl.errors import UsageError
from asstctl.manifest.schema.schemas import SCHEMA_NAMES
from asstctl.manifest.schema.written import schema_text
from asstctl.model.suggestions import did_you_mean


@verb(
    "schema",
    """
    asstctl schema
    asstctl schema assistant > assistant.schema.json
    asstctl schema --write
    """,
)
@click.argument("name", required=False, shell_complete=SCHEMAS)
@click.option(
    "--write",
    "into",
    is_flag=False,
    flag_value=".schemas",
    metavar="[DIR]",
    help="Write the schemas of manifests into this folder of the project (default: .schemas), and "
    "have the comments at the head of its documents lead there: editors then work offline.",
)
def command(options: Globals, name: str | None, into: str | None) -> None:
    """Print the JSON Schema called NAME; without a name, the names.

    Point your editor at one for completion, or a pipeline at one to check asstctl's output.
    """
    if into is not None:
        _write(options, into)
        return
    if name is None:
        report("\n".join(SCHEMA_NAMES))
        return
    known = name.replace("_", "-")
    if known not in SCHEMA_NAMES:
        raise UsageError(
            f"there is no schema {name!r}",
            why=did_you_mean(known, SCHEMA_NAMES),
            fix=f"Choose one of: {', '.join(SCHEMA_NAMES)}.",
        )
    report(schema_text(known))


def _write(options: Globals, folder: str) -> None:
    from asstctl.app.schemas import write_schemas

    folder = folder.rstrip("/")
    changed = write_schemas(options.root, folder, options.target, options.variables)
    if changed:
        report("".join(f"  {path}\n" for path in changed))
    else:
        say("The schemas are there already, and every document leads to them.")
