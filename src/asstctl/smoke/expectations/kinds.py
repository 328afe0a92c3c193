"""What each kind of expectation means: one table from kind to a pure function.

A function looks at the evidence of one turn and says whether its statement *holds*, and what it
found. Negation is applied in one place, ``judge``. A statement that cannot be decided (the server
does not say what it would take to know) is met in neither form.

A plain list means *all of them*; negated it means *none of them*.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TypeAlias

from asstctl.model.json import JsonValue
from asstctl.model.paths import is_path, path_matches
from asstctl.model.prices import Money, Prices
from asstctl.model.sensitive import MASK, NOTHING, Sensitive
from asstctl.model.smoke import Expectation, ExpectationKind
from asstctl.smoke.expectations.calls import are_called
from asstctl.smoke.expectations.refusal import refusal_opening
from asstctl.smoke.expectations.reply_json import UnusableSchemaError, check_json
from asstctl.smoke.expectations.search import SearchError, search
from asstctl.smoke.judges.checks import Check
from asstctl.smoke.judges.judge import Opinion, Rubric
from asstctl.smoke.judges.likeness import DEFAULT_MIN, Likeness
from asstctl.smoke.ports import Citation, FunctionCall, ToolCall, Usage
from asstctl.smoke.result import Verdict
from asstctl.smoke.text import all_quoted, money, quoted, seconds
from asstctl.text.words import abridged, listed

REPLY_KINDS = frozenset(
    {
        ExpectationKind.CONTAINS,
        ExpectationKind.EQUALS,
        ExpectationKind.MATCHES,
        ExpectationKind.JSON,
        ExpectationKind.CITES,
        ExpectationKind.REFUSES,
        ExpectationKind.SIMILAR,
        ExpectationKind.COMMAND,
        ExpectationKind.JUDGE,
    }
)
"""The kinds that look at the reply, and so say nothing about a run that gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about one turn.

    ``tools`` is None when the server does not tell which tools ran; ``usage`` likewise.
    ``status`` is the run's last, or ``deadline``; ``reason`` explains it. What is ``sensitive`` is
    judged, but not quoted. ``refused``: the API calls the reply a refusal.
    ``prices`` say what the tokens of the ``model`` cost.
    """

    status: str = "completed"
    reason: str = ""
    reply: str = ""
    refused: bool = False
    citations: tuple[Citation, ...] = ()
    calls: tuple[FunctionCall, ...] = ()
    tools: tuple[ToolCall, ...] | None = ()
    seconds: float = 0.0
    usage: Usage | None = None
    model: str = ""
    prices: Prices | None = None
    opinions: Mapping[Rubric, Opinion] = field(default_factory=dict)
    similarities: Mapping[Likeness, float] = field(default_factory=dict)
    checks: Mapping[tuple[str, ...], Check] = field(default_factory=dict)
    sensitive: Sensitive = NOTHING

    @property
    def shown(self) -> str:
        """What may be quoted of the reply."""
        return self.sensitive.text(self.reply)

    @property
    def cost(self) -> Money | None:
        """What the answer cost; None where its tokens or their price are not known."""
        usage, prices = self.usage, self.prices
        if usage is None or prices is None:
            return None
        return prices.cost(
            self.model, usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether the statement holds (None: cannot be known), and what was found."""

    holds: bool | None
    detail: str


_Quantifier: TypeAlias = Callable[[Iterable[bool]], bool]
_Group: TypeAlias = tuple[tuple[str, ...], _Quantifier]
_Judge: TypeAlias = Callable[[JsonValue, Evidence, _Quantifier], Finding]


def judge(expectation: Expectation, evidence: Evidence) -> Verdict:
    """Judge one turn by one expectation.

    A list is *all of them*; negated it is *none of them*, so that ``contains: [a, b]`` asks for
    both and ``not: {contains: [a, b]}`` for neither. What cannot be known is not met either way.
    """
    quantifier = any if expectation.negated else all
    finding = _JUDGES[expectation.kind](expectation.expected, evidence, quantifier)
    passed = finding.holds is not None and finding.holds is not expectation.negated
    return Verdict(expectation.label, expectation.expected, passed, finding.detail)


def judge_turn(expectations: Sequence[Expectation], evidence: Evidence) -> tuple[Verdict, ...]:
    """Judge one turn by all of its expectations.

    A run that did not complete fails its turn unless ``status`` expects that; expectations
    about its missing reply then count as not met.
    """
    if is_expected(evidence.status, expectations):
        return tuple(judge(expectation, evidence) for expectation in expectations)
    verdicts = [
        _not_judged(expectation, evidence)
        if expectation.kind in REPLY_KINDS
        else judge(expectation, evidence)
        for expectation in expectations
    ]
    if not any(_names_status(expectation) for expectation in expectations):
        detail = evidence.reason or evidence.status
        verdicts.insert(0, Verdict("status", "completed", passed=False, detail=detail))
    return tuple(verdicts)


def is_expected(status: str, expectations: Sequence[Expectation]) -> bool:
    """Whether a turn may end in ``status``: ``completed`` always, others when they are expected.

    A turn that expects ``status: failed`` may complete: that expectation is not met then.
    """
    if status == "completed":
        return True
    statuses = [item for item in expectations if item.kind is ExpectationKind.STATUS]
    return any(
        item.expected == "completed" if item.negated else item.expected == status
        for item in statuses
    )


def _names_status(expectation: Expectation) -> bool:
    return expectation.kind is ExpectationKind.STATUS and not expectation.negated


def _not_judged(expectation: Expectation, evidence: Evidence) -> Verdict:
    detail = f"not judged: the run did not complete ({evidence.status})"
    return Verdict(expectation.label, expectation.expected, passed=False, detail=detail)


def _contains(expected: JsonValue, evidence: Evidence, quantifier: _Quantifier) -> Finding:
    groups, ignore_case = _text_groups(expected, quantifier)
    folded = evidence.reply.casefold()

    def present(text: str) -> bool:
        return text.casefold() in folded if ignore_case else text in evidence.reply

    found, missing = _parted([text for texts, _ in groups for text in texts], present)
    show = evidence.sensitive.text
    parts = [f"found {all_quoted(map(show, found))}"] if found else []
    parts += [f"the reply has no {all_quoted(map(show, missing))}"] if missing else []
    if any(text.casefold() in folded for text in missing):
        parts.append("it does in another case, which ignore_case would accept")
    holds = all(of(present(text) for text in texts) for texts, of in groups)
    return Finding(holds, "; ".join(parts))


def _text_groups(expected: JsonValue, quantifier: _Quantifier) -> tuple[tuple[_Group, ...], bool]:
    """Groups of texts, each with how many of them must be there, and whether case is ignored."""
    if not isinstance(expected, Mapping):
        return ((texts_of(expected), quantifier),), False
    named = (("all", all), ("any", any))
    groups = tuple((texts_of(expected[name]), of) for name, of in named if name in expected)
    return groups, expected.get("ignore_case") is True


def _equals(expected: JsonValue, evidence: Evidence, _: _Quantifier) -> Finding:
    # White space around the texts does not count: YAML blocks and models both end in some.
    reply = evidence.reply.strip()
    if str(expected).strip() == reply:
        return Finding(True, "the reply is exactly that")
    return Finding(False, f"the reply is {quoted(evidence.shown)}")


def _matches(expected: JsonValue, evidence: Evidence, quantifier: _Quantifier) -> Finding:
    patterns = texts_of(expected)
    try:
        found = [search(pattern, evidence.reply) for pattern in patterns]
    except SearchError as error:
        return Finding(None, f"cannot be known: {error}")
    # A match may be part of a secret, which the mask does not recognise: show it only if the
    # masked reply holds it too.
    shown = [text if text in evidence.shown else MASK for text in found if text is not None]
    missing = [
        f"/{evidence.sensitive.text(pattern)}/"
        for pattern, text in zip(patterns, found, strict=True)
        if text is None
    ]
    parts = [f"matched {all_quoted(shown)}"] if shown else []
    parts += [f"nothing in the reply matches {listed(missing)}"] if missing else []
    return Finding(quantifier(text is not None for text in found), "; ".join(parts))


def _json(expected: JsonValue, evidence: Evidence, _: _Quantifier) -> Finding:
    schema = expected.get("schema") if isinstance(expected, Mapping) else None
    try:
        problem = check_json(evidence.reply, schema, shown=evidence.shown)
    except UnusableSchemaError as error:
        return Finding(None, str(error))
    if problem:
        return Finding(False, problem)
    return Finding(True, "valid JSON" + (" that the schema accepts" if schema is not None else ""))


def _cites(expected: JsonValue, evidence: Evidence, quantifier: _Quantifier) -> Finding:
    cited = evidence.citations
    holds = quantifier(
        any(_is_cited(pattern, citation) for citation in cited) for pattern in texts_of(expected)
    )
    names = dict.fromkeys(next(iter(item.paths), item.filename) for item in cited)
    return Finding(holds, f"cited: {all_quoted(names)}" if names else "the reply cites no file")


def _is_cited(pattern: str, citation: Citation) -> bool:
    """A path is matched with the path of the file; where the account keeps none, with its name."""
    if is_path(pattern) and citation.paths:
        return any(path_matches(pattern, path) for path in citation.paths)
    name = PurePosixPath(pattern).name
    return citation.filename == name or fnmatchcase(citation.filename, name)


def _refuses(expected: JsonValue, evidence: Evidence, _: _Quantifier) -> Finding:
    opening = refusal_opening(evidence.reply)
    if evidence.refused:
        return Finding(expected is True, "the API calls the answer a refusal")
    if opening:
        return Finding(expected is True, f'it begins as refusals do: "{opening}"')
    return Finding(expected is False, "it does not begin as refusals do")


def _uses(expected: JsonValue, evidence: Evidence, quantifier: _Quantifier) -> Finding:
    if evidence.tools is None:
        return Finding(None, "cannot be known: the server does not list the steps of a run")
    ran = tuple(dict.fromkeys(tool.type for tool in evidence.tools))
    holds = quantifier(tool in ran for tool in texts_of(expected))
    return Finding(holds, f"ran: {', '.join(ran)}" if ran else "no tool ran")


def _calls(expected: JsonValue, evidence: Evidence, quantifier: _Quantifier) -> Finding:
    holds = are_called(expected, evidence.calls, quantifier)
    show = evidence.sensitive.text
    called = ", ".join(
        f"{show(call.name)}({abridged(show(call.arguments))})" for call in evidence.calls
    )
    return Finding(holds, f"called: {called}" if called else "no function was called")


def _status(expected: JsonValue, evidence: Evidence, _: _Quantifier) -> Finding:
    return Finding(expected == evidence.status, evidence.reason or evidence.status)


def _max_seconds(expected: JsonValue, evidence: Evidence, _: _Quantifier) -> Finding:
    limit = _number(expected)
    took = seconds(evidence.seconds, limit)
    # A run that asstctl gave up on lasted longer than was measured.
    holds = evidence.status != "deadline" and evidence.seconds <= limit
    return Finding(holds, f"took {took} of {limit:g} s at most")


def _max_tokens(expected: JsonValue, evidence: Evidence, _: _Quantifier) -> Finding:
    if evidence.usage is None:
        return Finding(None, "cannot be known: the server does not say how many tokens it used")
    used = evidence.usage.total_tokens
    return Finding(used <= _number(expected), f"used {used} of {_number(expected):g} tokens")


def _cost(expected: JsonValue, evidence: Evidence, _: _Quantifier) -> Finding:
    limit = _number(expected.get("max") if isinstance(expected, Mapping) else None)
    found = evidence.cost
    if found is not None:
        most = money(Money(limit, found.currency))
        return Finding(found.amount <= limit, f"it cost {money(found, limit)} of {most} at most")
    if evidence.prices is None:
        return Finding(None, "cannot be known: the project names no file of prices")
    if evidence.usage is None:
        return Finding(None, "cannot be known: the server does not say how many tokens it used")
    return Finding(None, f"cannot be known: {evidence.prices.path} has no {evidence.model}")


def _command(expected: JsonValue, evidence: Evidence, _: _Quantifier) -> Finding:
    found = evidence.checks.get(texts_of(expected))
    return (
        Finding(None, "no verdict was given")
        if found is None
        else Finding(found.passed, found.detail)
    )


def _similar(expected: JsonValue, evidence: Evidence, _: _Quantifier) -> Finding:
    found = evidence.similarities.get(Likeness.of(expected))
    if found is None:
        return Finding(None, "no similarity was found")
    least = _number(expected.get("min", DEFAULT_MIN) if isinstance(expected, Mapping) else None)
    return Finding(found >= least, f"its similarity is {found:.3f} where {least:g} is enough")


def _judge_opinion(expected: JsonValue, evidence: Evidence, quantifier: _Quantifier) -> Finding:
    rubrics = Rubric.all_of(expected)
    found = [(evidence.opinions.get(rubric), rubric.min_score) for rubric in rubrics]
    graded = [(opinion, least) for opinion, least in found if opinion is not None]
    if len(graded) < len(found):
        return Finding(None, "no grade was given")
    parts = [
        f"scored {opinion.score:g} where {least:g} is enough: {opinion.reason}"
        for opinion, least in graded
    ]
    return Finding(quantifier(item.score >= least for item, least in graded), "; ".join(parts))


def _items(value: JsonValue) -> Sequence[JsonValue]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return (value,)
    return value


def texts_of(value: JsonValue) -> tuple[str, ...]:
    """The texts of an expectation that is one text or a list of them."""
    return tuple(str(item) for item in _items(value))


def names_path(expectation: Expectation) -> bool:
    """Whether it takes the paths of the cited files to judge this."""
    return expectation.kind is ExpectationKind.CITES and any(
        is_path(text) for text in texts_of(expectation.expected)
    )


def _parted(
    texts: Iterable[str], present: Callable[[str], bool]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found: list[str] = []
    missing: list[str] = []
    for text in texts:
        (found if present(text) else missing).append(text)
    return tuple(found), tuple(missing)


def _number(value: JsonValue) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise TypeError(f"a number was expected, not {value!r}")


_JUDGES: Mapping[ExpectationKind, _Judge] = {
    ExpectationKind.CONTAINS: _contains,
    ExpectationKind.EQUALS: _equals,
    ExpectationKind.MATCHES: _matches,
    ExpectationKind.JSON: _json,
    ExpectationKind.CITES: _cites,
    ExpectationKind.REFUSES: _refuses,
    ExpectationKind.USES: _uses,
    ExpectationKind.CALLS: _calls,
    ExpectationKind.STATUS: _status,
    ExpectationKind.MAX_SECONDS: _max_seconds,
    ExpectationKind.MAX_TOKENS: _max_tokens,
    ExpectationKind.COST: _cost,
    ExpectationKind.COMMAND: _command,
    ExpectationKind.SIMILAR: _similar,
    ExpectationKind.JUDGE: _judge_opinion,
}
