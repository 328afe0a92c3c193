"""What came of a run, in words: the reason of a failure, counts, and Markdown."""

import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

MAX_BYTES = 60_000
"""The longest Markdown: a comment takes 65,536 characters, and needs room for what goes around."""

_BY_CODE = {
    "account": "account error",
    "usage": "wrong usage",
    "manifest": "invalid manifests",
    "applied-plan": "plan already applied",
    "plan-file": "unusable plan file",
    "cut-list": "incomplete list from the server",
}
_BY_EXIT = {
    1: "error",
    3: "apply incomplete",
    4: "smoke failed",
    5: "refused",
    130: "interrupted",
    143: "interrupted",
}
_ERROR = re.compile(r"^error: (?P<what>.*) \[(?P<code>[a-z0-9-]+)\]$", re.MULTILINE)
_SECTION_END = "</details>\n"
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def reason_of(exit_code: int, stderr: str, *, valid: bool) -> tuple[str, str]:
    """Why asstctl ended with this code: a phrase that stays the same, and what exactly it was."""
    found = list(_ERROR.finditer(stderr))
    what = found[-1]["what"] if found else ""
    if not valid:
        return _BY_CODE["manifest"], "The manifests have errors."
    phrase = _BY_EXIT.get(exit_code, f"exit code {exit_code}")
    if exit_code == 1 and stderr.startswith("Usage: "):
        phrase, what = _BY_CODE["usage"], stderr.strip().rpartition("\n")[2]
    elif found and phrase in ("error", "refused"):
        code = found[-1]["code"]
        phrase = _BY_CODE.get(code, code.replace("-", " "))
    return phrase, what


def counts_of_plan(document: Mapping[str, Any]) -> dict[str, str]:
    """What a plan is going to do, as outputs."""
    summary = document["summary"]
    changed = sum(summary[action] for action in ("update", "move", "adopt"))
    return {
        "to-create": str(summary["create"]),
        "to-update": str(changed),
        "to-move": str(summary["move"]),
        "to-delete": str(summary["delete"]),
        "drifted": str(summary.get("drifted", 0)),
        "to-upload": str(summary["files"]["upload"]),
    }


def digest_of_plan(document: Mapping[str, Any]) -> str:
    """What a plan is going to do and where, in short: equal for equal plans of other commits."""
    what = [document.get(name) for name in ("project", "target", "account", "changes")]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def counts_of_report(document: Mapping[str, Any]) -> dict[str, str]:
    """What an apply set out to do, as outputs."""
    actions = Counter(change["action"] for change in document["changes"])
    return {
        "to-create": str(actions["create"]),
        "to-update": str(actions["update"] + actions["move"] + actions["adopt"]),
        "to-move": str(actions["move"]),
        "to-delete": str(actions["delete"]),
    }


def heading(command: str, subject: str, ended: str) -> str:
    """A title for the summary and the comment."""
    words = " · ".join(plain(word) for word in (command, subject, ended) if word)
    return f"### asstctl {words}\n"


def block(output: str) -> str:
    """What asstctl printed, as Markdown that nothing in it can break out of."""
    output = output.strip("\n")
    longest = max((len(run) for run in re.findall(r"`+", output)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{_cut(output, MAX_BYTES - 2_000 - 2 * len(fence))}\n{fence}\n"


def whole_sections(markdown: str, room: int) -> str:
    """Markdown cut to at most ``room`` characters, where a section or a paragraph ends."""
    if len(markdown) <= room:
        return markdown
    note = "\n> Cut for length; the summary of the run has the rest.\n"
    kept = markdown[: room - len(note)]
    end = kept.rfind(_SECTION_END)
    end = end + len(_SECTION_END) if end >= 0 else kept.find("\n\n") + 1
    return kept[:end] + note


def plain(text: str) -> str:
    """Text that is neither HTML nor Markdown nor a mention, whatever it says."""
    line = " ".join(text.split())
    escaped = html.escape(line, quote=False)
    return re.sub(r"[\\`*_\[\]#|~@!]", lambda found: f"&#{ord(found.group())};", escaped)


def redacted(text: str, hidden: Iterable[str]) -> str:
    """Text without the values that nobody may read. To be called before a text is cut."""
    forms = {form for value in hidden for form in _spellings(value)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return text


def betrays(text: str, hidden: Iterable[str]) -> bool:
    """Whether a text shows a value that nobody may read; asstctl itself masks what it knows."""
    return redacted(text, hidden) != text


def _spellings(value: str) -> set[str]:
    return {value, json.dumps(value)[1:-1], repr(value)[1:-1], html.escape(value), plain(value)}


def names_of(document: Mapping[str, Any]) -> str:
    """What people find things by in a plan or report: never masked, as asstctl never masks it."""
    changes = document.get("changes") or ()
    named = [document.get(name) for name in ("project", "target", "account")]
    return "\n".join(map(str, [*named, *(change.get("address") for change in changes)]))


def without_ansi(text: str) -> str:
    """Text without colours."""
    return _ANSI.sub("", text)


def _cut(text: str, room: int) -> str:
    """The end of a text, where the outcome stands, when all of it is too long."""
    raw = text.encode()
    if len(raw) <= room:
        return text
    return "… (the log has the rest)\n" + raw[-max(room, 0) :].decode(errors="ignore")
