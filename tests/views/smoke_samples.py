"""One result with everything in it that a view has to show, and an earlier one beside it."""

from collections.abc import Mapping
from dataclasses import replace

from asstctl.model.diagnostics import Location
from asstctl.model.prices import Money
from asstctl.model.smoke import Require
from asstctl.smoke.judges.judge import Opinion, Rubric
from asstctl.smoke.judges.likeness import Likeness
from asstctl.smoke.ports import Citation, FunctionCall, Place, ToolCall, Usage
from asstctl.smoke.recorded.comparison import compare
from asstctl.smoke.result import (
    CaseResult,
    CaseStatus,
    ConversationResult,
    Gap,
    SmokeResult,
    TurnResult,
    Verdict,
)

RECEIPT = TurnResult(
    prompt="What did the burger and the soda cost?",
    status="completed",
    reply=(
        "From the receipt: “Burger $23.75, Soda $15.50” 【4:0†receipt.pdf】.\n\n"
        "Together that is **$39.25**. <b>Enjoy!</b>"
    ),
    citations=(Citation("file_1", "receipt.pdf", "【4:0†receipt.pdf】", "Burger $23.75"),),
    tool_calls=(
        ToolCall("file_search", output="receipt.pdf (0.91)"),
        ToolCall("code_interpreter", input="print(23.75 + 15.50)", output="39.25"),
    ),
    verdicts=(
        Verdict("contains", "$39.25", True, 'found "$39.25"'),
        Verdict("cites", "receipt.pdf", True, 'cited: "receipt.pdf"'),
        Verdict("cost", {"max": 0.01}, True, "it cost 0.0031 USD of 0.01 USD at most"),
        Verdict("max_seconds", 60, True, "took 2.3 s of 60 s at most"),
        Verdict(
            "judge",
            {"rubric": "Friendly, and shows the sum.", "min_score": 0.8},
            True,
            "scored 0.9 where 0.8 is enough: It is friendly and shows the total.",
        ),
    ),
    similarities={Likeness("That makes $39.25."): 0.91},
    opinions={
        Rubric("Friendly, and shows the sum.", min_score=0.8): Opinion(
            0.9, "It is friendly and shows the total."
        )
    },
    seconds=2.3,
    usage=Usage(1100, 104, 1204, 300),
    cost=Money(0.0031, "USD"),
)
WEATHER = TurnResult(
    prompt="And the weather in Lisbon?",
    status="completed",
    reply="Sunny, 24 degrees.",
    tool_calls=(ToolCall("function", "get_weather", '{"city":"Lisbon"}', '{"sky":"sunny"}'),),
    calls=(FunctionCall("call_1", "get_weather", '{"city":"Lisbon"}'),),
    gaps=frozenset({Gap.PATHS, Gap.REPLY}),
    verdicts=(
        Verdict(
            "calls",
            [{"name": "get_weather", "arguments": {"city": "Porto"}}],
            False,
            'called: get_weather({"city":"Lisbon"})',
        ),
        Verdict("not_contains", ["rain", "Sunny"], False, 'found "Sunny"; the reply has no "rain"'),
        Verdict("matches", r"\d+ degrees", True, 'matched "24 degrees"'),
    ),
    seconds=1.0,
    usage=Usage(50, 10, 60),
)
EXPIRED = TurnResult(
    prompt="Plan a year-long trip.",
    status="failed",
    reason="failed: rate_limit_exceeded: Slow down & <wait>.",
    verdicts=(
        Verdict("status", "completed", False, "failed: rate_limit_exceeded: Slow down & <wait>."),
        Verdict("contains", "day 1", False, "not judged: the run did not complete (failed)"),
    ),
    seconds=12.5,
)
HOSTILE = TurnResult(
    prompt="<script>alert(1)</script> & \x1b[31mred\x1b[0m",
    status="completed",
    reply='</div><img src=x onerror="alert(1)">\x1b]0;title\x07 ]]> \ud800 done',
    tool_calls=(ToolCall("function", "<f>", '{"a":"</pre>"}', "<out>"),),
    citations=(Citation("file_2", '"><script>.pdf', "[1]"),),
    verdicts=(Verdict("equals", "done", False, 'the reply is "</div>"'),),
    seconds=0.2,
)


def conversation(
    status: CaseStatus,
    *turns: TurnResult,
    number: int = 1,
    reason: str = "",
    retained: tuple[Place, ...] = (),
) -> ConversationResult:
    """One conversation of a case."""
    return ConversationResult(
        number=number, status=status, reason=reason, turns=turns, retained=retained
    )


def case(
    name: str,
    status: CaseStatus,
    *conversations: ConversationResult,
    reason: str = "",
    require: Require = Require.ALL,
    location: Location | None = None,
    matrix: Mapping[str, str] | None = None,
) -> CaseResult:
    """A case of the travel guide."""
    return CaseResult(
        key="travel-guide",
        name=name,
        target="staging",
        status=status,
        reason=reason,
        conversations=conversations,
        require=require,
        location=location,
        matrix=matrix or {},
    )


PASSED, FAILED, ERROR = CaseStatus.PASSED, CaseStatus.FAILED, CaseStatus.ERROR

EVERYTHING = SmokeResult(
    target="staging",
    seconds=17.04,
    cases=(
        case(
            "reads the receipt",
            PASSED,
            conversation(PASSED, RECEIPT, retained=(Place("thread", "thread_1"),)),
        ),
        case(
            "knows the weather",
            FAILED,
            conversation(
                FAILED,
                RECEIPT,
                WEATHER,
                reason='turn 2: calls: called: get_weather({"city":"Lisbon"})',
            ),
            reason='turn 2: calls: called: get_weather({"city":"Lisbon"})',
            location=Location("smoke/cases.csv", 17, 1),
            matrix={"model": "gpt-4o"},
        ),
        case(
            "plans long trips",
            FAILED,
            conversation(PASSED, RECEIPT),
            conversation(FAILED, EXPIRED, number=2, reason=f"status: {EXPIRED.reason}"),
            conversation(FAILED, EXPIRED, number=3, reason=f"status: {EXPIRED.reason}"),
            reason=f"1 of 3 passed, majority required: status: {EXPIRED.reason}",
            require=Require.MAJORITY,
        ),
        case(
            "splits the bill",
            CaseStatus.SKIPPED,
            reason="needs a real model, and here the offline model answers",
        ),
        case(
            "survives a storm",
            ERROR,
            conversation(
                ERROR, reason="opening the thread: the account failed to answer: HTTP 503"
            ),
            reason="opening the thread: the account failed to answer: HTTP 503",
        ),
        case(
            "is not fooled",
            FAILED,
            conversation(FAILED, HOSTILE, reason="equals: no"),
            reason="equals: no",
        ),
    ),
)
NOTHING_PROVEN = SmokeResult(target="local", cases=(EVERYTHING.cases[3],), seconds=0.1)
EMPTY = SmokeResult(target="local")


def _before() -> SmokeResult:
    """The same cases, when the guide was slower, knew the weather, and had another case."""
    slow = replace(RECEIPT, seconds=7.0, usage=Usage(1100, 500, 1600), cost=Money(0.0054, "USD"))
    held = conversation(PASSED, slow)
    receipt, weather, trips, bill, storm, _ = EVERYTHING.cases
    return SmokeResult(
        target="staging",
        cases=(
            replace(receipt, conversations=(held,)),
            replace(weather, status=PASSED, conversations=(held,)),
            replace(trips, conversations=(held, held, trips.conversations[1])),
            replace(bill, status=PASSED, conversations=(held,)),
            replace(storm, status=FAILED, conversations=(conversation(FAILED, EXPIRED),)),
            case("sings <b>", PASSED, held),
            case("waits", PASSED, held),
        ),
    )


COMPARISON = compare(EVERYTHING, _before(), file="base.json", known={("travel-guide", "waits")})
