"""Small documents of every kind, made by hand."""

import io
import zipfile
from collections.abc import Sequence

import docx


def pdf(*pages: Sequence[tuple[int, int, str]]) -> bytes:
    """Make a PDF whose pages show texts at (x, y)."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for page in pages:
        shown = "".join(f"BT /F1 11 Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in page)
        data = shown.encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data))
        content = len(objects)
        font = b"<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font %s >> >>" % (content, font)
        )
        kids.append(b"%d 0 R" % len(objects))
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
