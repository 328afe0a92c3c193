"""Text that looks like a secret: found, warned about and never shown."""

import re
from collections.abc import Iterator

_LOOKS = {
    "an OpenAI API key": r"\bsk-(?:proj-|svcacct-|admin-|ant-)?[A-Za-z0-9_-]{16,}",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
    "an AWS access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    "a Google API key": r"\bAIza[A-Za-z0-9_-]{30,}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*-----)?",
    "a bearer token": r"\b[Bb]earer +[A-Za-z0-9._~+/-]{16,}=*",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{8,400}\.eyJ[A-Za-z0-9._-]{8,}",
    "the password of a URL": r"(?<=://)[^\s/:@\"'$]{1,64}:"
    r"(?=[^\s/@\"'$]{0,120}[0-9])[^\s/@\"'$]{8,128}(?=@)",
    "a key in a URL": r"(?<=[?&])(?:api[_-]?key|(?:access[_-]?)?token|secret)="
    r"(?=[A-Za-z0-9_.~+-]{0,120}[0-9])[A-Za-z0-9_.~+-]{16,}",
}
# These run over whole files: none may take more than one look ahead of bounded length per place.
_KINDS = tuple(_LOOKS)
_SECRET = re.compile("|".join(f"({pattern})" for pattern in _LOOKS.values()))

# Values that are not shown, whatever they look like: what stands at a field whose name says that
# it is secret, and the password of a URL. A reference such as ${env.KEY} gives nothing away.
_HIDDEN = re.compile(
    r"""(?ix)
    (?: api[_-]?key | secret | passw(?:or)?d | authorization | (?<![a-z0-9])token ) ["']?
    [ \t]*:[ \t]+ (?P<value> (?! ["']?\$\{ | [{\[|>&*] ) [^\s,}] [^,}\n\r]* )
    | ://(?P<userinfo> [^/\s@"']+ )@
    """
)
# What each of the costly expressions needs: looking for plain words is a hundred times as fast.
_HINTS = (
    *("sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "AKIA", "ASIA", "xox", "AIza"),
    *("-----BEGIN", "earer ", "eyJ", "@", "key=", "token=", "secret="),
)

_REFERENCE = re.compile(r"\$\{[^{}]*\}")
_TOKEN = re.compile(r"(?=[^\s:;,]*[0-9])[A-Za-z0-9_+/=.~-]{16,}")


def looks_written_out(text: str) -> bool:
    """Whether more than words stands around the references in ``text``: a secret itself, perhaps.

    ``Bearer ${env.TOKEN}`` is fine.
    """
    rest = _REFERENCE.sub(" ", text)
    return rest == text or any(find(rest)) or _TOKEN.search(rest) is not None


def find(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of everything in ``text`` that looks like a secret."""
    if not _may_hold_some(text):
        return
    for match in _SECRET.finditer(text):
        yield match.start(), match.end(), _KINDS[(match.lastindex or 1) - 1]


def _may_hold_some(text: str) -> bool:
    return any(hint in text for hint in _HINTS)


def mask(text: str) -> str:
    """``text`` with every secret replaced by asterisks; lines and columns stay what they are."""
    text = _HIDDEN.sub(_starred_group, text)
    return _SECRET.sub(lambda match: _stars(match[0]), text) if _may_hold_some(text) else text


def _starred_group(match: re.Match[str]) -> str:
    group = "value" if match["value"] is not None else "userinfo"
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    whole = match[0]
    return whole[:start] + _stars(whole[start:end]) + whole[end:]


def _stars(secret: str) -> str:
    return "".join(char if char in "\r\n" else "*" for char in secret)
