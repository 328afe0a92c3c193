"""Small documents of every kind, made by hand, and some that take more than they weigh."""

import io
import zipfile
import zlib
from collections.abc import Sequence

import docx


def pdf(*pages: Sequence[tuple[int, int, str]], copies: int = 1) -> bytes:
    """Make a PDF whose pages show texts at (x, y); each page stands in it ``copies`` times."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for page in pages:
        shown = "".join(f"BT /F1 11 Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in page)
        data = zlib.compress(shown.encode("latin-1"))
        head = b"<< /Filter /FlateDecode /Length %d >>" % len(data)
        objects.append(b"%s\nstream\n%s\nendstream" % (head, data))
        content = len(objects)
        font = b"<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font %s >> >>" % (content, font)
        )
        kids += [b"%d 0 R" % len(objects)] * copies
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def receipt() -> bytes:
    """Make the receipt of the tutorials: names on the left, prices on the right."""
    lines = [
        ("The Blue Anchor", ""),
        ("Burger with fries", "$23.75"),
        ("Soda", "$15.50"),
        ("Still water", "$3.00"),
        ("Total", "$42.25"),
    ]
    page = []
    for row, (name, price) in enumerate(lines):
        page += [(60, 780 - 20 * row, name), (420, 780 - 20 * row, price)]
    return pdf([item for item in page if item[2]])


def word() -> bytes:
    """Make a Word document with a paragraph and a table."""
    document = docx.Document()
    document.add_paragraph("The castle opens at nine.")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "Ticket"
    table.cell(0, 1).text = "12 euros"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def slides(*texts: str) -> bytes:
    """Make a PowerPoint file, as far as its text goes."""
    out = io.BytesIO()
    name = "http://schemas.openxmlformats.org/drawingml/2006/main"
    with zipfile.ZipFile(out, "w") as archive:
        for number, text in enumerate(texts, 1):
            archive.writestr(
                f"ppt/slides/slide{number}.xml",
                f'<sld xmlns:a="{name}"><a:p><a:r><a:t>{text}</a:t></a:r></a:p></sld>',
            )
    return out.getvalue()


def many_operators(count: int) -> bytes:
    """Make a PDF of one page with so many texts, all over it."""
    return pdf([(60 + 7 * (i % 60), 800 - i % 760, "word") for i in range(count)])


def many_pages(count: int) -> bytes:
    """Make a PDF with so many pages of one word, which take six bytes each."""
    return pdf([(60, 780, "word")], copies=count)


def bomb(megabytes: int) -> bytes:
    """Make a Word document that unpacks to so much, and weighs a three-hundredth of it."""
    paragraph = b"<w:p><w:r><w:t>word</w:t></w:r></w:p>"
    out = io.BytesIO(word())
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    head, end, tail = parts["word/document.xml"].partition(b"<w:sectPr")
    body = head + paragraph * (megabytes * 1024**2 // len(paragraph)) + end + tail
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (parts | {"word/document.xml": body}).items():
            archive.writestr(name, part)
    return out.getvalue()
