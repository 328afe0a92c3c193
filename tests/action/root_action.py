"""``action.yml`` at the top of the repository: the action, for `uses: OWNER/asstctl@v1`.

GitHub looks for it there. It is the one in ``.github/actions/asstctl`` with other paths:

    python tests/action/root_action.py
"""

from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "action.yml"
FOLDER = ".github/actions/asstctl"
HEAD = f"""\
# Made from {FOLDER}/action.yml, whose programs it runs; `uses: asstctl/asstctl@v1` means this one.
"""
BRANDING = "branding: {icon: check-circle, color: blue}\n\n"


def derived() -> str:
    """The file as it should be."""
    text = (ROOT / FOLDER / "action.yml").read_text(encoding="utf-8")
    text = text.replace("$GITHUB_ACTION_PATH/", f"$GITHUB_ACTION_PATH/{FOLDER}/")
    return HEAD + text.replace("\ninputs:\n", f"\n{BRANDING}inputs:\n", 1)


if __name__ == "__main__":
    TARGET.write_text(derived(), encoding="utf-8")
