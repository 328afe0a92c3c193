"""No text of a manifest or an account can steer what shows it, whatever it is and wherever."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from smoke_samples import COMPARISON, EVERYTHING
from view_samples import (
    CHECKS,
    CHECKUP,
    DELETIONS,
    DESIRED,
    DIAGNOSTICS,
    ERROR,
    GARBAGE,
    LEFTOVERS,
    PLAN,
    PULLED,
    REMOVALS,
    RESULT,
    tainted,
)

from asstctl.cli.output import as_json, say
from asstctl.model.file import Content, LocalFile
from asstctl.smoke.observer import CaseRef
from asstctl.smoke.ports import Place
from asstctl.smoke.result import CaseStatus
from asstctl.views.apply.human import render_apply
from asstctl.views.apply.json import apply_document
from asstctl.views.apply.progress import PlainProgress
from asstctl.views.diagnostics.human import render_diagnostics
from asstctl.views.diagnostics.json import diagnostics_document
from asstctl.views.doctor.human import render_checks
from asstctl.views.doctor.json import checks_document
from asstctl.views.errors import render_error
from asstctl.views.gc.human import render_deletions, render_garbage
from asstctl.views.gc.json import gc_document
from asstctl.views.graph import render_graph
from asstctl.views.plan.human import render_plan
from asstctl.views.plan.json import plan_document
from asstctl.views.plan.markdown import render_markdown
from asstctl.views.pull.human import render_pulled
from asstctl.views.smoke.html import render_html
from asstctl.views.smoke.human import render_smoke
from asstctl.views.smoke.json import smoke_document
from asstctl.views.smoke.junit import render_junit
from asstctl.views.smoke.progress import TerminalObserver
from asstctl.views.status.human import render_status
from asstctl.views.status.json import status_document
from asstctl.views.terminal import Screen
from support.examples import tries

FORBIDDEN = frozenset(
    chr(point)
    for first, last in (
        (0x00, 0x08),
        (0x0B, 0x1F),
        (0x7F, 0x9F),
        (0x61C, 0x61C),
        (0x200B, 0x200F),
        (0x2028, 0x202E),
        (0x2060, 0x2069),
        (0xD800, 0xDFFF),
        (0xFEFF, 0xFEFF),
        (0xFFF9, 0xFFFB),
        (0xFFFE, 0xFFFF),
        (0xE0000, 0xE007F),
    )
    for point in range(first, last + 1)
)
"""What no view may let through. Line ends and tabs are the business of ``FORGED``."""
FORGED = "\nFORGED No changes."
_SGR = re.compile(r"\x1b\[[0-9;]*m")

taints = st.text(
    st.sampled_from(sorted(FORBIDDEN)) | st.sampled_from("\n\t ·aé<&`|*[\\{$#%\x1b\u202e\u2028"),
    min_size=1,
    max_size=12,
)
screens = st.builds(Screen, width=st.sampled_from([None, 40, 80]))


def of_lines(taint: str, screen: Screen) -> Iterator[str]:
    """Views in which every text stands on a line of ours."""
    plan = tainted(PLAN, taint)
    yield render_plan(plan, screen, steps=True)
    yield render_status(plan, screen)
    yield render_markdown(plan, max_bytes=10**6)
    yield render_graph(tainted(DESIRED, taint), plan.changes)
    yield render_apply(tainted(RESULT, taint), screen)
    yield render_error(tainted(ERROR, taint), screen)
    yield render_diagnostics(tainted(DIAGNOSTICS, taint), screen)
    yield render_checks(tainted(CHECKS, taint), screen)
    garbage = tainted(GARBAGE, taint)
    left = tainted(LEFTOVERS, taint)
    yield render_garbage(garbage, left, screen, project=taint, target=taint, unowned=True)
    yield render_deletions(tainted(DELETIONS, taint), tainted(REMOVALS, taint), screen)
    yield render_pulled(tainted(PULLED, taint), (taint,), screen, project=taint, enter="")
    compared = tainted(COMPARISON, taint)
    yield render_smoke(tainted(EVERYTHING, taint), screen, verbose=True, comparison=compared)
    yield progress(taint)


def of_pages(taint: str) -> Iterator[str]:
    """Views in which a text may have lines of its own."""
    result = tainted(EVERYTHING, taint)
    yield render_html(result, tainted(COMPARISON, taint))
    yield render_junit(result, tainted(COMPARISON, taint))
    out = io.StringIO()
    with TerminalObserver(lambda: Console(file=out, width=80), stream=True) as observer:
        case = CaseRef(f"a{taint}", f"b{taint}")
        observer.on_token(case, taint)
        observer.on_reply_finished(case)
        observer.on_conversation_finished(case, CaseStatus.PASSED)
        observer.on_kept(case, Place("thread", taint))
        observer.on_cleanup_failed(case, taint, taint)
    yield out.getvalue()


def progress(taint: str) -> str:
    out = io.StringIO()
    with PlainProgress(out) as shown:
        for change in tainted(PLAN, taint).changes:
            shown.change_started(change)
        file = LocalFile(f"a{taint}", DESIRED.files[0].source, 1)
        shown.upload_started(Content(file, "a" * 64))
    return out.getvalue()


def documents(taint: str) -> Iterator[Any]:
    plan = tainted(PLAN, taint)
    yield plan_document(plan)
    yield status_document(plan)
    yield apply_document(tainted(RESULT, taint))
    yield diagnostics_document(tainted(DIAGNOSTICS, taint))
    yield checks_document(tainted(CHECKUP, taint))
    garbage = tainted(GARBAGE, taint)
    yield gc_document(garbage, tainted(DELETIONS, taint), project="p", target="t", unowned=True)
    yield smoke_document(tainted(EVERYTHING, taint), tainted(COMPARISON, taint))


@tries(0.3)
@given(taints, screens)
def test_nothing_that_hides_or_steers_is_shown(taint: str, screen: Screen) -> None:
    for text in (*of_lines(taint, screen), *of_pages(taint)):
        assert not FORBIDDEN & set(text)


@tries(0.2)
@given(taints)
def test_colours_are_the_only_escapes(taint: str) -> None:
    screen = Screen(color=True, width=80)
    for text in of_lines(taint, screen):
        assert not FORBIDDEN & set(_SGR.sub("", text))
    # What is written between the escapes is what is written without colour.
    colored = render_plan(tainted(PLAN, taint), screen)
    assert _SGR.sub("", colored) == render_plan(tainted(PLAN, taint), Screen(width=80))


@tries(0.2)
@given(taints)
def test_no_text_makes_a_line_that_could_be_ours(taint: str) -> None:
    for text in of_lines(f"{taint}{FORGED}", Screen()):
        assert not re.search("^ {0,3}FORGED", text, re.MULTILINE)


@tries(0.3)
@given(taints)
def test_json_hides_nothing_and_is_exact(taint: str) -> None:
    for document in documents(taint):
        text = as_json(document)
        assert not FORBIDDEN & set(text)
        assert json.loads(text) == json.loads(json.dumps(document, default=dict))


@given(taints)
def test_sentences_are_printable_too(taint: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        out = io.StringIO()
        patch.setattr("sys.stderr", out)
        say(f"a{taint}{FORGED}")
    assert not FORBIDDEN & set(out.getvalue())
    assert out.getvalue().count("\n") == 1
