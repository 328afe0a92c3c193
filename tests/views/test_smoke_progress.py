import io

from rich.console import Console

from asstctl.smoke.observer import CaseRef
from asstctl.smoke.ports import Place
from asstctl.smoke.result import CaseStatus
from asstctl.views.smoke.progress import TerminalObserver

ONE, TWO = CaseRef("guide", "one"), CaseRef("guide", "two", 2, 3)


def shown(*, stream: bool, terminal: bool = False) -> tuple[TerminalObserver, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=80, color_system=None)
    return TerminalObserver(lambda: console, terminal=terminal, stream=stream), out


def test_one_conversation_speaks_at_a_time() -> None:
    observer, out = shown(stream=True)

    with observer:
        observer.on_started(2)
        observer.on_case_started(ONE)
        observer.on_case_started(TWO)
        observer.on_token(ONE, "Hel")
        observer.on_token(TWO, "Good ")
        observer.on_token(ONE, "lo.")
        observer.on_reply_finished(ONE)
        observer.on_token(TWO, "bye.")
        assert out.getvalue() == "guide · one\nHello.\n"
        observer.on_conversation_finished(ONE, CaseStatus.PASSED)
        observer.on_token(TWO, "\x1b[2J!")
        observer.on_reply_finished(TWO)
        observer.on_conversation_finished(TWO, CaseStatus.FAILED)

    assert out.getvalue() == (
        "guide · one\nHello.\n✓ guide · one: passed\n"
        "guide · two (2 of 3)\nGood bye.\\u001b[2J!\n✗ guide · two (2 of 3): failed\n"
    )


def test_a_conversation_that_ended_meanwhile_is_shown_whole() -> None:
    observer, out = shown(stream=True)

    observer.on_token(ONE, "a")
    observer.on_token(TWO, "b")
    observer.on_reply_finished(TWO)
    observer.on_conversation_finished(TWO, CaseStatus.PASSED)
    assert out.getvalue() == "guide · one\na"
    observer.on_reply_finished(ONE)
    observer.on_conversation_finished(ONE, CaseStatus.PASSED)

    assert out.getvalue() == (
        "guide · one\na\n✓ guide · one: passed\n"
        "guide · two (2 of 3)\nb\n✓ guide · two (2 of 3): passed\n"
    )


def test_a_conversation_without_a_word_says_how_it_came_out() -> None:
    observer, out = shown(stream=True)

    observer.on_conversation_finished(ONE, CaseStatus.ERROR)

    assert out.getvalue() == "guide · one\n! guide · one: error\n"


def test_other_lines_do_not_end_up_in_a_reply() -> None:
    observer, out = shown(stream=True)

    with observer:
        observer.on_token(TWO, "Hel")
        observer.on_kept(ONE, Place("thread", "thread_1"))
        observer.on_token(TWO, "lo")
        observer.on_conversation_finished(TWO, None)

    assert out.getvalue() == ("guide · two (2 of 3)\nHel\nkept thread thread_1   guide · one\nlo\n")


def test_a_log_gets_no_status_line() -> None:
    observer, out = shown(stream=False)

    with observer:
        observer.on_started(1)
        observer.on_case_started(ONE)
        observer.on_conversation_finished(ONE, CaseStatus.PASSED)

    assert out.getvalue() == ""


def test_a_terminal_is_told_how_far_things_are() -> None:
    observer, out = shown(stream=False, terminal=True)

    with observer:
        observer.on_started(9)
        for number in range(5):
            observer.on_case_started(CaseRef("guide", f"case {number}"))

    assert "0 of 9" in out.getvalue()
    assert "and 2 more" in out.getvalue()


def test_a_terminal_is_told_what_it_waits_for_at_the_end() -> None:
    observer, out = shown(stream=False, terminal=True)

    with observer:
        observer.on_started(1)
        observer.on_case_started(ONE)
        observer.on_conversation_finished(ONE, CaseStatus.PASSED)

    assert "1 of 1   cleaning up" in out.getvalue()


def test_what_stays_behind_is_named_at_once() -> None:
    observer, out = shown(stream=False)

    observer.on_kept(ONE, Place("thread", "thread_1"))
    observer.on_cleanup_failed(ONE, "file file_1", "HTTP 503")

    assert out.getvalue() == (
        "kept thread thread_1   guide · one\ncould not delete file file_1: HTTP 503   guide · one\n"
    )
