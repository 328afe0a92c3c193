"""Makes ``schemas/editors``, what editors check manifests by, from the JSON Schemas.

``python tests/manifest/editor_schemas.py`` writes the files; a test keeps them in step.
"""

from pathlib import Path

from asstctl.manifest.schema.schemas import OF_MANIFESTS
from asstctl.manifest.schema.written import as_written, text_of

FOLDER = Path("schemas/editors")


def generated() -> dict[Path, str]:
    """Each file as it should be. They refer to each other as those do that they are made from."""
    return {FOLDER / f"{name}.schema.json": text_of(as_written(name)) for name in OF_MANIFESTS}


if __name__ == "__main__":
    here = Path(__file__).parents[2]
    (here / FOLDER).mkdir(exist_ok=True)
    for path, text in generated().items():
        (here / path).write_text(text, encoding="utf-8")
