"""Cases side by side: skipping, repeating, streaming, attachments, judges, interruption."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smoke_fakes import (
    COMPLETED,
    Notes,
    Script,
    ScriptedAccount,
    case,
    expect,
    look,
    refused,
    smoke,
)

from asstctl.errors import ExitCode
from asstctl.model.file import LocalFile
from asstctl.model.smoke import Attachment, Message, OpeningThread, Require, Turn
from asstctl.remote.wire.rate_limit import LONGEST_WAIT
from asstctl.smoke.judges.judge import INSTRUCTIONS, read_opinion
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.ports import Attached, Citation, ConversationMessage, ConversationStart
from asstctl.smoke.result import CaseStatus, verdict_of
from support.clock import run

RECEIPT = LocalFile("receipts/receipt.pdf", Path("/nowhere/receipt.pdf"), 10)
MENU = LocalFile("menu.md", Path("/nowhere/menu.md"), 10)
A_README = LocalFile("a/README.md", Path("/nowhere/README.md"), 10)
FAILED = Script(looks=(look("failed"),))
PASSED, FAIL, ERROR, SKIPPED = (
    CaseStatus.PASSED, CaseStatus.FAILED, CaseStatus.ERROR, CaseStatus.SKIPPED
)  # fmt: skip


def test_a_case_that_needs_a_model_is_skipped_offline_with_the_reason() -> None:
    account = ScriptedAccount(offline="needs a real model")
    cases = case(needs_model=True), case(expect=expect(judge="kind")), case()

    result = run(smoke(account, *cases))

    assert [item.status for item in result.cases] == [SKIPPED, SKIPPED, PASSED]
    assert result.cases[0].reason == "needs a real model"
    assert account.counts["offline_reason"] == 1
    assert account.counts["start_run"] == 1
    assert result.exit_code is ExitCode.OK


def test_the_account_is_not_asked_when_no_case_cares() -> None:
    account = ScriptedAccount()

    run(smoke(account, case(), case(needs_model=True, targets=("prod",))))

    assert account.counts["offline_reason"] == 0


def cited(file_id: str) -> Script:
    return Script(citations=(Citation(file_id, "README.md"),))


def test_a_cited_path_is_looked_up_in_the_stores_that_are_searched() -> None:
    account = ScriptedAccount(default=cited("file_9"), paths={("vs_2", "file_9"): "b/README.md"})
    thread = OpeningThread(vector_store="more")
    cases = (
        case(name="that one", thread=thread, expect=expect(cites="b/README.md")),
        case(name="another", thread=thread, expect=expect(cites="a/README.md")),
        case(name="any", thread=thread, expect=expect(cites="README.md")),
    )

    result = run(
        smoke(account, *cases, vector_store="own", store_ids={"own": "vs_1", "more": "vs_2"})
    )

    assert [item.status for item in result.cases] == [PASSED, FAIL, PASSED]
    assert result.cases[1].reason == 'cites: cited: "b/README.md"'
    asked = sorted(account.asked("stored_path"))
    assert asked == [("vs_1", "file_9")] * 2 + [("vs_2", "file_9")] * 2, "none for a bare name"


def test_a_file_of_the_same_content_is_as_good_as_cited() -> None:
    account = ScriptedAccount(default=cited("file_9"), paths={("vs_1", "file_9"): "a/README.md"})
    both = ("a/README.md", "b/README.md")

    result = run(
        smoke(
            account,
            case(expect=expect(cites="b/README.md")),
            vector_store="own",
            store_ids={"own": "vs_1"},
            same_content=dict.fromkeys(both, both),
        )
    )

    assert result.cases[0].status is PASSED


def test_the_path_of_what_the_case_brings_along_is_known() -> None:
    turn = Turn(
        prompt="Hi",
        attachments=(Attachment(A_README, ("file_search",)),),
        expect=expect(cites="b/README.md"),
    )
    account = ScriptedAccount(default=cited("file_2"))

    result = run(smoke(account, case(turns=(turn,))))

    assert account.files == {}, "the script cites the upload, which is put away again"
    assert result.cases[0].reason == 'cites: cited: "a/README.md"'
    assert account.asked("stored_path") == []


def test_a_case_for_another_target_is_skipped() -> None:
    cases = case(targets=("dev", "prod", "staging")), case(targets=("local",))

    result = run(smoke(ScriptedAccount(), *cases))

    assert [item.status for item in result.cases] == [SKIPPED, PASSED]
    assert result.cases[0].reason == "only for dev, prod and staging"


def test_cases_run_side_by_side_within_the_limit_and_are_reported_in_order() -> None:
    account, notes = ScriptedAccount(), Notes()
    cases = [case(f"Prompt {number}", name=f"case {number}") for number in range(20)]

    result = run(smoke(account, *cases, notes=notes, options=SmokeOptions(parallelism=5)))

    assert [item.name for item in result.cases] == [item.name for item in cases]
    assert account.most_runs == 5
    assert notes.total == 20
    assert sorted(notes.finished) == sorted((item.name, PASSED) for item in cases)
    assert result.seconds < 20 * result.cases[0].seconds / 3


def test_the_next_case_begins_while_the_last_one_is_deleted() -> None:
    account = ScriptedAccount(delays={"delete_conversation": 10})
    cases = [case(f"Prompt {number}", name=f"case {number}") for number in range(3)]

    result = run(smoke(account, *cases, options=SmokeOptions(parallelism=1)))

    assert result.summary.passed == 3
    assert result.seconds < 12
    assert account.threads == {}


@pytest.mark.parametrize("require", Require)
def test_fail_fast_begins_nothing_while_a_failed_case_is_deleted(require: Require) -> None:
    account = ScriptedAccount(scripts={"Bad": FAILED}, delays={"delete_conversation": 10})
    cases = case("Bad", name="bad", repeat=2, require=require), case("Good", name="good")

    result = run(smoke(account, *cases, options=SmokeOptions(parallelism=1, fail_fast=True)))

    assert result.cases[1].status is SKIPPED
    assert "another case failed" in result.cases[1].reason


def test_fail_fast_waits_until_a_case_cannot_pass_any_more() -> None:
    account = ScriptedAccount(scripts={"Flaky": [FAILED, FAILED, Script()]})
    cases = case("Flaky", name="flaky", repeat=3, require=Require.ANY), case("Good", name="good")

    result = run(smoke(account, *cases, options=SmokeOptions(parallelism=1, fail_fast=True)))

    assert [item.status for item in result.cases] == [PASSED, PASSED]


def test_repetitions_are_counted_as_the_case_requires() -> None:
    def account() -> ScriptedAccount:
        return ScriptedAccount(scripts={"Hi": [Script(), FAILED, Script(), FAILED, FAILED]})

    def status(**fields: Any) -> CaseStatus:
        (found,) = run(smoke(account(), case("Hi", repeat=5, **fields))).cases
        assert len(found.conversations) == 5
        return found.status

    assert status(require=Require.ALL) is FAIL
    assert status(require=Require.MAJORITY) is FAIL
    assert status(require=Require.ANY) is PASSED


def test_a_repetition_that_fails_tells_the_story() -> None:
    account = ScriptedAccount(scripts={"Hi": [Script(), FAILED]})

    (found,) = run(smoke(account, case("Hi"), options=SmokeOptions(repeat=2))).cases

    assert found.reason.startswith("1 of 2 passed, all required: status: failed")
    assert found.turns[0].status == "failed"
    assert [item.status for item in found.conversations] == [PASSED, FAIL]
    assert [item.number for item in found.conversations] == [1, 2]


statuses = st.lists(st.sampled_from([PASSED, FAIL, ERROR]), min_size=1, max_size=9)


@given(statuses, st.sampled_from(Require))
def test_an_error_is_reported_exactly_when_it_could_have_decided(
    found: list[CaseStatus], require: Require
) -> None:
    as_failed = verdict_of([FAIL if item is ERROR else item for item in found], require)
    as_passed = verdict_of([PASSED if item is ERROR else item for item in found], require)

    expected = as_failed if as_failed is as_passed else ERROR
    assert verdict_of(found, require) is expected


@given(statuses)
def test_all_implies_majority_implies_any(found: list[CaseStatus]) -> None:
    passed = [verdict_of(found, require) is PASSED for require in Require]

    assert passed == sorted(passed)
    assert (verdict_of(found, Require.ALL) is PASSED) is all(item is PASSED for item in found)
    assert (verdict_of(found, Require.ANY) is PASSED) is any(item is PASSED for item in found)


@given(statuses, st.sampled_from(Require), st.randoms())
def test_the_order_of_repetitions_does_not_matter(
    found: list[CaseStatus], require: Require, random: Any
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert verdict_of(shuffled, require) is verdict_of(found, require)


def test_files_are_uploaded_for_the_case_and_deleted_with_it() -> None:
    account = ScriptedAccount()
    opening = OpeningThread(
        messages=(
            Message(role="user", content="Old", attachments=(Attachment(MENU, ("file_search",)),)),
            Message(role="assistant", content="Indeed."),
        ),
        code_files=(RECEIPT,),
    )
    turn = Turn(prompt="Hi", attachments=(Attachment(RECEIPT, ("code_interpreter",)),))

    (found,) = run(smoke(account, case(thread=opening, turns=(turn,)))).cases

    assert found.status is PASSED
    assert account.asked("open_conversation") == [
        (
            ConversationStart(
                messages=(
                    ConversationMessage("user", "Old", (Attached("file_1", ("file_search",)),)),
                    ConversationMessage("assistant", "Indeed."),
                ),
                code_files=("file_2",),
                label="guide · greets",
            ),
        )
    ]
    sent = account.asked("add_message")[0][1]
    assert sent.attachments == (Attached("file_5", ("code_interpreter",)),)
    assert (account.threads, account.files, account.stores) == ({}, {}, {})


def test_a_store_of_the_project_is_opened_and_left_alone() -> None:
    account = ScriptedAccount(stores={"vs_ours": "thread_2"})
    turn = Turn(prompt="Hi", attachments=(Attachment(MENU, ("file_search",)),))
    opened = case(thread=OpeningThread(vector_store="docs"), turns=(turn,))

    (found,) = run(smoke(account, opened, store_ids={"docs": "vs_ours"})).cases

    assert found.status is PASSED
    assert account.asked("open_conversation")[0][0].vector_store == "vs_ours"
    assert list(account.stores) == ["vs_ours"]
    assert account.files == {}


def test_a_store_that_is_not_there_is_an_error() -> None:
    (found,) = run(smoke(ScriptedAccount(), case(thread=OpeningThread(vector_store="docs")))).cases

    assert found.status is ERROR
    assert found.reason == "opening the conversation: the vector store 'docs' is not in the account"


def test_run_options_are_passed_on() -> None:
    account = ScriptedAccount()

    run(smoke(account, case(run={"tool_choice": "none", "temperature": 0})))

    assert account.asked("start_run")[0][2] == {"tool_choice": "none", "temperature": 0}


def test_streaming_shows_tokens_and_judges_the_same() -> None:
    account, notes = ScriptedAccount(default=Script(reply="Olá from Lisbon")), Notes()

    (found,) = run(
        smoke(
            account,
            case(expect=expect(contains="Lisbon", max_tokens=42)),
            notes=notes,
            options=SmokeOptions(stream=True),
        )
    ).cases

    assert found.status is PASSED
    assert [text for _, text in notes.tokens] == ["Olá", "from", "Lisbon"]
    assert account.counts["start_run"] == account.counts["retrieve_run"] == 0


def test_a_stream_that_hangs_misses_the_deadline() -> None:
    account = ScriptedAccount(default=Script(looks=(look("queued"), look("in_progress"))))

    (found,) = run(
        smoke(account, case(expect=expect(max_seconds=3)), options=SmokeOptions(stream=True))
    ).cases

    assert found.turns[0].status == "deadline"
    assert account.counts["cancel_run"] == 1


def test_a_stream_that_ends_early_is_polled_to_the_end() -> None:
    account = ScriptedAccount(default=Script(looks=(look("queued"), COMPLETED)))
    streamed = account.stream_run

    async def cut(*args: Any) -> Any:
        async for event in streamed(*args):
            yield event
            return

    account.stream_run = cut  # type: ignore[method-assign, assignment]

    (found,) = run(smoke(account, case(), options=SmokeOptions(stream=True))).cases

    assert found.status is PASSED


JUDGED = expect(judge={"rubric": "Is it warm?", "model": "gpt-4.1", "min_score": 0.8})


def judged_by(reply: str, *looks: Any) -> ScriptedAccount:
    judge = Script(reply=reply, looks=looks or (COMPLETED,))
    return ScriptedAccount(scripts={"Is it warm?": judge}, default=Script(reply="A warm hello."))


def test_a_judge_scores_the_answer_on_a_thread_of_its_own() -> None:
    account = judged_by('```json\n{"score": 0.9, "reason": "It is warm."}\n```')

    (found,) = run(smoke(account, case("Greet me", expect=JUDGED))).cases

    assert found.status is PASSED
    assert found.turns[0].verdicts[0].detail == "scored 0.9 where 0.8 is enough: It is warm."
    assert found.turns[0].usage.total_tokens == 42
    (_, _, options) = account.asked("start_run")[1]
    assert options == {
        "instructions": INSTRUCTIONS,
        "tools": [],
        "response_format": {"type": "json_object"},
        "model": "gpt-4.1",
    }
    question = json.loads(account.asked("add_message")[1][1].content)
    assert question["rubric"] == "Is it warm?"
    assert question["answer"] == "A warm hello."
    assert question["conversation"] == [{"role": "user", "content": "Greet me"}]
    assert account.threads == {}


def test_a_low_score_fails_and_its_negation_passes() -> None:
    reply = '{"score": 0.1, "reason": "Cold."}'
    low = run(smoke(judged_by(reply), case(expect=JUDGED)))
    negated = run(smoke(judged_by(reply), case(expect=expect(not_judge="Is it warm?"))))

    assert low.cases[0].status is FAIL
    assert low.cases[0].reason == "judge: scored 0.1 where 0.8 is enough: Cold."
    assert negated.cases[0].status is PASSED


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        (judged_by("I like it."), 'asking the judge: no grade can be read from "I like it."'),
        (
            judged_by("", look("failed", error_code="server_error")),
            "asking the judge: its run did not complete: failed: server_error",
        ),
    ],
)
def test_a_judge_that_gives_no_grade_is_an_error(account: ScriptedAccount, reason: str) -> None:
    (found,) = run(smoke(account, case(expect=JUDGED))).cases

    assert found.status is ERROR
    assert found.reason == reason
    assert account.threads == {}


def test_nothing_is_judged_when_there_is_no_answer() -> None:
    account = judged_by('{"score": 1}')
    account.default = FAILED

    (found,) = run(smoke(account, case(expect=JUDGED))).cases

    assert found.status is FAIL
    assert account.counts["start_run"] == 1


@pytest.mark.parametrize(
    "reply",
    ["", "{}", "[]", '{"score": "0.9"}', '{"score": true}', '{"score": 1.5}', '{"score": -1}',
     '{"score": NaN}', '{"score": 0.5', '}{', '{"score": null}'],
)  # fmt: skip
def test_no_grade(reply: str) -> None:
    assert read_opinion(reply) is None


@pytest.mark.parametrize("step", ["open_conversation", "add_message", "retrieve_run", "upload"])
def test_an_interrupt_puts_every_thread_away(step: str) -> None:
    account = ScriptedAccount(delays={step: 5.0})
    turn = Turn(prompt="Hi", attachments=(Attachment(MENU, ("file_search",)),))

    interrupted(account, lambda: smoke(account, case(turns=(turn,)), case(turns=(turn,))))

    assert (account.threads, account.files, account.stores) == ({}, {}, {})
    assert account.counts["delete_conversation"] == account.counts["open_conversation"]
    started = len(account.runs)
    assert account.counts["cancel_run"] == started


def test_an_interrupt_keeps_the_threads_that_are_to_be_kept_and_names_them() -> None:
    account, notes = ScriptedAccount(delays={"retrieve_run": 5.0}), Notes()
    options = SmokeOptions(keep_threads=True)

    interrupted(account, lambda: smoke(account, case(), notes=notes, options=options))

    assert (notes.kept, list(account.threads)) == (["thread thread_1"], ["thread_1"])


def interrupted(account: ScriptedAccount, start: Callable[[], Any]) -> None:
    """Run until something takes its time, then cancel as Ctrl-C does."""

    async def main() -> None:
        task = asyncio.ensure_future(start())
        await asyncio.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    assert account.active == 0


def test_a_deletion_that_hangs_is_given_up_and_named() -> None:
    account, notes = ScriptedAccount(delays={"delete_conversation": 1e6}), Notes()

    result = run(smoke(account, case(), notes=notes))

    assert result.cases[0].status is PASSED
    assert result.seconds < 200
    assert notes.stuck == [("thread thread_1", "no answer within 180 s")]


def test_a_deletion_waits_for_the_longest_pause_that_an_account_asks_for() -> None:
    account, notes = ScriptedAccount(delays={"delete_conversation": LONGEST_WAIT + 1}), Notes()

    run(smoke(account, case(), notes=notes))

    assert (notes.stuck, account.threads) == ([], {})


@pytest.mark.parametrize("step", ["retrieve_run", "delete_conversation"])
def test_a_deletion_that_hangs_keeps_nobody_waiting_after_an_interrupt(step: str) -> None:
    account, notes = ScriptedAccount(delays={step: 5.0, "delete_conversation": 1e6}), Notes()

    interrupted(account, lambda: smoke(account, case(), notes=notes))

    assert notes.stuck == [("thread thread_1", "no answer within 15 s")]


def test_what_cannot_be_listed_is_left_to_the_server() -> None:
    account = ScriptedAccount(failures={"scratch_stores": [refused()]})
    turn = Turn(prompt="Hi", attachments=(Attachment(MENU, ("file_search",)),))

    (found,) = run(smoke(account, case(turns=(turn,)))).cases

    assert found.status is PASSED
    assert account.threads == {}


@pytest.mark.parametrize("method", ["reply", "tool_calls"])
def test_what_cannot_be_read_after_a_bad_end_does_not_hide_the_end(method: str) -> None:
    account = ScriptedAccount(default=FAILED, failures={method: [refused()]})

    (found,) = run(smoke(account, case())).cases

    assert found.status is FAIL
    assert found.turns[0].status == "failed"
