"""From bytes to passages."""

import io
import signal
import sys
import zipfile
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asstctl.emulator.text import apart
from asstctl.emulator.text.chunk import chunk
from asstctl.emulator.text.extract import extension, extract
from asstctl.emulator.text.tokens import clip_tokens, count_tokens
from asstctl.emulator.text.unreadable import ExceededError, UnreadableError
from emulator import documents


def _text(data: bytes, name: str) -> str:
    return extract(io.BytesIO(data), name, lambda: None)


def test_a_line_of_a_pdf_stays_a_line() -> None:
    lines = _text(documents.receipt(), "receipt.pdf").splitlines()
    assert "Burger with fries  $23.75" in lines
    assert "Soda  $15.50" in lines


def test_pages_of_a_pdf_come_in_order() -> None:
    data = documents.pdf([(60, 700, "first page")], [(60, 700, "second page")])
    assert _text(data, "a.pdf").split() == ["first", "page", "second", "page"]


def test_word_and_powerpoint() -> None:
    text = _text(documents.word(), "castle.docx")
    assert "The castle opens at nine." in text
    assert "Ticket  12 euros" in text
    shown = documents.slides(*(f"slide {number}" for number in range(1, 12)))
    assert _text(shown, "talk.pptx").splitlines()[9:11] == ["slide 10", "slide 11"]


def test_html_is_read_as_a_reader_sees_it() -> None:
    markup = (
        b"<html><head><title>Trams</title><style>p{}</style><script>alert(1)</script></head>"
        b"<body><p>Line&nbsp;28 goes to <b>Gra\xc3\xa7a</b>.</p><table><tr><td>Fare</td>"
        b"<td>3 &euro;</td></tr></table></body></html>"
    )
    assert _text(markup, "trams.html").splitlines() == [
        "Trams",
        "Line 28 goes to Graça.",
        "Fare  3 €",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "ascii"])
def test_encodings(encoding: str) -> None:
    text = "plain" if encoding == "ascii" else "naïve 東京"
    assert _text(text.encode(encoding), "a.txt") == text


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"   \n", "a.txt", "no text"),
        (b"\xff\xd8\xff\xe0", "photo.md", "not text"),
        (b"abc\0def", "a.json", "binary"),
        ("ü".encode("latin-1"), "a.txt", "UTF-8"),
        (documents.pdf([]), "scan.pdf", "no text"),
        (b"%PDF-1.4 nonsense", "a.pdf", "damaged"),
        (b"", "a.pdf", "damaged"),
        (b"\xd0\xcf\x11\xe0", "old.doc", "save it as .docx"),
        (b"no zip", "a.docx", "not a .docx"),
        (b"PK\x03\x04 but broken", "a.docx", "damaged"),
        (documents.slides(), "empty.pptx", "no text"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, name: str, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        _text(data, name)


@pytest.mark.parametrize(
    ("parts", "megabytes", "why"),
    [(1, 33, "slide0.xml, unpacks to more than 32 MB"), (3, 22, "unpacks to more than 64 MB")],
)
def test_a_document_that_unpacks_to_too_much_is_refused(
    parts: int, megabytes: int, why: str
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(parts):
            archive.writestr(f"ppt/slides/slide{number}.xml", b" " * (megabytes * 1024 * 1024))
    with pytest.raises(UnreadableError, match=why):
        _text(out.getvalue(), "bomb.pptx")


def _apart(data: bytes, name: str) -> str:
    return apart.extract_apart(io.BytesIO(data), name, lambda: None)


def _passages(data: bytes, name: str, limits: apart.Limits) -> list[str]:
    cut = (800, 400)
    stream = io.BytesIO(data)
    return list(apart.passages_apart(stream, len(data), name, cut, limits, lambda: None))


def test_a_document_is_read_in_a_process_of_its_own() -> None:
    assert "Burger with fries  $23.75" in _apart(documents.receipt(), "receipt.PDF")
    with pytest.raises(UnreadableError, match="damaged"):
        _apart(b"%PDF-1.4 no more", "a.pdf")


def test_documents_are_read_where_no_signal_tells_of_used_up_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on Windows."""
    monkeypatch.delattr(signal, "SIGXCPU", raising=False)
    assert "Burger with fries  $23.75" in _apart(documents.receipt(), "receipt.pdf")


def test_reading_ends_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_LOOK_SECONDS", 0.001)
    with pytest.raises(ExceededError, match="given up after 0 seconds"):
        _passages(documents.receipt(), "receipt.pdf", apart.Limits(seconds=0))


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_reading_ends_when_it_has_used_up_its_time_of_the_processor() -> None:
    with pytest.raises(ExceededError, match="given up after 1 seconds"):
        _passages(documents.many_pages(30_000), "a.pdf", apart.Limits(seconds=1))


def test_neither_a_file_nor_its_text_may_be_too_large() -> None:
    allowed = apart.Limits(bytes=40)
    with pytest.raises(ExceededError, match="The file has 41 bytes"):
        _passages(b"x" * 41, "a.md", allowed)
    with pytest.raises(ExceededError, match=r"The text of the file has \d+ bytes"):
        _passages(b"x" * 40, "a.html", allowed)


def test_a_text_is_cut_alike_here_and_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"{number}: the castle, ünïcode \u2028 and all\n" for number in range(400))
    here = _passages(text.encode(), "a.md", apart.Limits())
    monkeypatch.setattr(apart, "_SHORT_BYTES", 0)
    assert _passages(text.encode(), "a.md", apart.Limits()) == here
    assert len(here) > 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to the limit")
def test_reading_keeps_to_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = "import asstctl.emulator.text.reader as r; r.extract = lambda *_: bytearray(2**31); "
    monkeypatch.setattr(
        apart, "_PROGRAM", apart._PROGRAM.replace("from asst", reading + "from asst")
    )
    with pytest.raises(UnreadableError, match="of memory"):
        _apart(documents.word(), "a.docx")


def test_reading_stops_when_nobody_wants_it_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> None:
        raise InterruptedError

    monkeypatch.setattr(apart, "_LOOK_SECONDS", 0.001)
    with pytest.raises(InterruptedError):
        apart.extract_apart(io.BytesIO(documents.receipt()), "a.pdf", stop)


def test_external_entities_stay_outside() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "ppt/slides/slide1.xml",
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sld xmlns:a='
            '"http://schemas.openxmlformats.org/drawingml/2006/main"><a:p><a:t>safe&e;</a:t></a:p>'
            "</sld>",
        )
    assert _text(out.getvalue(), "a.pptx").strip() == "safe"


def test_extensions() -> None:
    assert extension("docs/Guide.MD") == "md"
    assert extension(r"C:\docs\a.tar.gz") == "gz"
    assert extension("Makefile") == ""


@given(st.text(max_size=3000), st.integers(100, 400), st.data())
def test_passages_hold_every_word_and_keep_their_size(
    text: str, size: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, size // 2))
    passages = list(chunk(text, size, overlap))
    assert all(passage.strip() for passage in passages)
    assert all(count_tokens(passage) <= size for passage in passages)
    rest = "".join(text.split())
    whole = ["".join(passage.split()) for passage in passages]
    assert all(passage in rest for passage in whole)
    if rest:
        assert rest.startswith(whole[0])
        assert rest.endswith(whole[-1])


def test_passages_overlap_and_end_at_lines() -> None:
    lines = [f"line {number:04} of the guide" for number in range(400)]
    passages = list(chunk("\n".join(lines), 200, 100))
    assert all(line in lines for passage in passages for line in passage.splitlines())
    for before, after in pairwise(passages):
        shared = set(before.splitlines()) & set(after.splitlines())
        assert 10 <= len(shared) <= 20


def test_tokens() -> None:
    assert [count_tokens(text) for text in ("", "a", "abcd", "abcde", "東京")] == [0, 1, 1, 2, 2]
    assert clip_tokens("abcdefgh", 1) == "abcd"
    assert clip_tokens("東京", 1) == "東"
