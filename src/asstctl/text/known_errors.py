"""Every error that asstctl ends with: its code, its exit code, and the cure in general.

An error that is raised says what happened in particular. A test holds this against the classes.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class KnownError:
    """One code. ``more`` is where the manual goes on, a path in the repository with its anchor."""

    code: str
    exit_code: int
    says: str
    cure: str
    more: str = ""


KNOWN_ERRORS: Final = (
    KnownError(
        "account",
        1,
        "A request to the account failed: unreachable, refused key, quota, rate…",
        "It names the HTTP status and quotes the server.",
    ),
    KnownError(
        "already-there",
        1,
        "A manifest describes already what `pull` would write",
        "Leave it out by naming other ids, or pull into another folder with `--out`.",
    ),
    KnownError(
        "api-gone",
        1,
        "The server does not have the API of the target",
        "Correct `base_url`, or the target's `api`: `doctor` says which the server speaks.",
        more="examples/README.md#the-api-that-was-switched-off",
    ),
    KnownError(
        "applied-plan",
        5,
        "The saved plan was applied before",
        "Make a new one.",
    ),
    KnownError(
        "bundle",
        1,
        "The bundle cannot be read, understood or written: no JSON (a merge that was not "
        "finished), a link, another format",
        "It says what to do; a bundle that is deleted is written anew by `apply`.",
    ),
    KnownError(
        "bundle-moved",
        5,
        "The bundle was changed between the plan and its write",
        "Plan again.",
    ),
    KnownError(
        "cut-list",
        5,
        "The server shows only part of its objects, so absence proves nothing",
        "Use a server whose lists are whole, or limit the plan to updates with `--only`. "
        "`destroy` deletes what is shown and ends with 3: run it again.",
        more="examples/README.md#what-an-account-does-not-show",
    ),
    KnownError(
        "declined",
        1,
        "You said no",
        "",
    ),
    KnownError(
        "drift",
        5,
        "Somebody edited managed objects outside asstctl",
        "Take the edit over with `asstctl accept ADDRESS`, add `--overwrite-drift`, or list "
        "the field in `ignore_changes`.",
        more="examples/README.md#drift-deletes-renames",
    ),
    KnownError(
        "duplicate-object",
        1,
        "Two objects carry one key",
        "Delete the one that nothing uses, or take its `asstctl_…` metadata away.",
    ),
    KnownError(
        "error",
        1,
        "Anything else",
        "It says what to do.",
    ),
    KnownError(
        "git",
        1,
        "No repository, no such revision, or too little history",
        "Fetch more (`fetch-depth: 0`), or correct the revision.",
        more=".github/actions/asstctl/README.md#with-git",
    ),
    KnownError(
        "indexing",
        1,
        "A file could not be indexed, or not in time",
        "Mend the file, or take it out of the store.",
    ),
    KnownError(
        "installation",
        1,
        "A package that asstctl stands on is missing, or does not fit this Python or system",
        "Install asstctl anew, in a virtual environment of its own.",
    ),
    KnownError(
        "manifest",
        1,
        "The manifests have problems",
        "Each is shown at its line, with a code of its own.",
    ),
    KnownError(
        "metadata-lost",
        1,
        "The account does not keep metadata",
        "Nothing can be managed there: use another server.",
    ),
    KnownError(
        "moved",
        5,
        "An object changed between the plan and its write",
        "Plan again.",
    ),
    KnownError(
        "not-kept",
        1,
        "The server accepted a write and holds nothing of it, or a delete left the object standing",
        "Ask who runs the server.",
    ),
    KnownError(
        "owned-elsewhere",
        5,
        "The object, or the bundle, belongs to another project",
        "Take it out there first, or `import --take-over`; name another file in the "
        "target's `bundle`.",
    ),
    KnownError(
        "plan-file",
        5,
        "The file is no plan that asstctl saved, or was edited since",
        "Make one with `plan --out`.",
    ),
    KnownError(
        "refused",
        5,
        "A guard said no",
        "It says which.",
    ),
    KnownError(
        "rival-apply",
        5,
        "Another apply created the same thing a moment earlier",
        "Let one run at a time; `plan` shows what is left.",
    ),
    KnownError(
        "rolled-back",
        1,
        "The change did not pass its smoke cases and was undone (`--rollback`)",
        "Mend the assistant.",
    ),
    KnownError(
        "skipped",
        1,
        "A change was not tried, since something it needs failed",
        "Mend that.",
    ),
    KnownError(
        "stale-plan",
        5,
        "What the saved plan was made from has moved",
        "Make a new plan, and have it reviewed again.",
    ),
    KnownError(
        "too-many-deletes",
        5,
        "The plan deletes more than `safety.max_deletes` allows",
        "Check that it is the right account and commit; then `--allow-deletes N`.",
    ),
    KnownError(
        "uncommitted",
        5,
        "There are uncommitted changes, and `--require-clean` was given",
        "Commit or stash them.",
    ),
    KnownError(
        "usage",
        1,
        "The command was called in a way that cannot work",
        "It names what would.",
    ),
    KnownError(
        "wrong-account",
        5,
        "Everything that was managed is gone",
        "Check `base_url` and the key. If the account was really emptied, delete "
        "`.asstctl/memory.json`.",
    ),
)
"""By code."""
