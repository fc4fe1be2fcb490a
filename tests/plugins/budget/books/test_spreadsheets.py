"""The kernel's reader of spreadsheets: three formats in, and a reason for each refusal."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import odfdo
import pytest
import python_calamine

from tests.plugins.budget.books.conftest import Press
from zhuji_core import spreadsheet_limits, spreadsheet_zip, spreadsheets
from zhuji_core.spreadsheet_limits import (
    EncryptedSpreadsheet,
    NotASpreadsheet,
    SpreadsheetTooLarge,
    UnreadableSpreadsheet,
)
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.values import DomainError

SHARED = Path(__file__).parents[5] / "shared" / "data" / "taichung-105" / "books"


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def repacked(content: bytes, changes: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return packed(parts | changes)


def ole(stream: bytes, *, title: str = "Workbook", mini: bool = False) -> bytes:
    """Return a compound file with one stream, in big or in small sectors."""
    stream += b"\0" * (0 if mini else max(0, 4096 - len(stream)))
    sectors = [stream[at : at + 512].ljust(512, b"\0") for at in range(0, len(stream), 512)]
    count, end, free = len(sectors), 0xFFFFFFFE, 0xFFFFFFFF
    mini_count = -(-len(stream) // 64)

    def entry(name: str, kind: int, start: int, size: int) -> bytes:
        raw = (name + "\0").encode("utf-16-le")
        head = raw.ljust(64, b"\0") + struct.pack("<HB", len(raw), kind)
        return head.ljust(116, b"\0") + struct.pack("<2I", start, size) + b"\0" * 4

    chain = [*range(1, count), end]
    fat = [*chain, end, 0xFFFFFFFD, end][: count + 3]
    root = entry("Root Entry", 5, 0 if mini else end, len(stream) if mini else 0)
    directory = root + entry(title, 2, 0, len(stream))
    mini_fat = struct.pack(f"<{mini_count}I", *range(1, mini_count), end) if mini else b""
    header = spreadsheets._OLE_MAGIC + b"\0" * 16 + struct.pack("<5H", 62, 3, 0xFFFE, 9, 6)
    header = header.ljust(44, b"\0") + struct.pack("<I", 1)
    header += struct.pack("<4I", count, 0, 4096, count + 2 if mini else end)
    header += struct.pack("<3I", int(mini), end, 0)
    header += struct.pack("<109I", count + 1, *[free] * 108)
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff")
    body = b"".join(sectors) + directory.ljust(512, b"\0") + table
    return header + body + mini_fat.ljust(512, b"\xff")


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<2H", kind, len(body)) + body


BOF = record(0x0809, struct.pack("<4H", 0x0600, 5, 0, 0))


def cell(row: int, column: int) -> bytes:
    return record(0x0203, struct.pack("<3Hd", row, column, 0, 1.0))


def test_reads_xlsx_with_rows_from_the_first(press: Press) -> None:
    content = press.workbook({"甲": [[], ["", "字", 5, 2.5, True, "=1+1→2"]], "乙": []})

    book = read_workbook(content, name="C:\\夾\\書.xlsx")

    assert book.name == "書.xlsx"
    assert [sheet.name for sheet in book.sheets] == ["甲", "乙"]
    assert book.sheets[0].rows == (("",) * 6, ("", "字", 5.0, 2.5, True, 2.0))
    assert book.sheets[1].rows == ()


def test_reads_ods_from_a_path(tmp_path: Path) -> None:
    document = odfdo.Document("spreadsheet")
    table = odfdo.Table("表", width=2, height=2)
    table.set_value("B2", 7)
    table.set_value("A1", "名稱")
    document.body.clear()
    document.body.append(table)
    path = tmp_path / "書.ods"
    document.save(str(path))

    book = read_workbook(path)

    assert book.name == "書.ods"
    assert book.sheets[0].rows == (("名稱", ""), ("", 7.0))


@pytest.mark.needs("shared")
def test_reads_every_real_book() -> None:
    books = [read_workbook(path) for path in sorted(SHARED.iterdir())]

    assert len(books) == 27
    assert sum(len(book.sheets) for book in books) == 68


GARBAGE = [b"", b"PK", b"%PDF-1.7", b"PK\x05\x06" + b"\0" * 18, "編號,名稱\n".encode()]


@pytest.mark.parametrize("content", [*GARBAGE, packed({"word/document.xml": b"<w/>"})])
def test_what_is_no_spreadsheet(content: bytes) -> None:
    with pytest.raises(NotASpreadsheet) as refused:
        read_workbook(content)
    assert refused.value.detail == {"file": "-"}


def test_a_text_document_is_no_spreadsheet(press: Press) -> None:
    text = packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"})
    both = repacked(press.workbook({"S": [[1]]}), {"xl/workbook.bin": b""})
    for content in (text, both, ole(b"x", title="WordDocument")):
        with pytest.raises(NotASpreadsheet):
            read_workbook(content)


def test_every_cut_and_every_flipped_byte_is_read_or_refused(press: Press) -> None:
    """Whatever a damaged file says, the answer is a workbook or a refusal, never a crash."""
    sources = [press.workbook({"S": [[1, "a"], [2, "b"]]}), ole(BOF + cell(0, 0) + cell(1, 1))]
    for content in sources:
        for at in range(0, len(content), 61):
            flipped = bytearray(content)
            flipped[at] ^= 0xFF
            for damaged in (content[:at], bytes(flipped)):
                try:
                    read_workbook(damaged)
                except DomainError as refusal:
                    assert refusal.code.startswith("E-SHEET-")  # noqa: PT017


def test_damaged_files_are_named() -> None:
    lying = bytearray(packed({"xl/workbook.xml": b"<a/>"}))
    lying[8] = 99  # an unknown compression
    lying[lying.index(b"PK\x01\x02") + 10] = 99
    for content in (
        spreadsheets._OLE_MAGIC + b"\0" * 600,
        ole(b"\0" * 10),
        ole(BOF + cell(0, 0)),
        b"PK\x03\x04 and nothing more",
        bytes(lying),
        packed({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b"<worksheet><row>"}),
    ):
        with pytest.raises(UnreadableSpreadsheet) as refused:
            read_workbook(content, name="壞.xls")
        assert refused.value.detail["file"] == "壞.xls"


class Panic(BaseException):
    """Stands for what the native parser raises when it gives up; its name is all we know."""


Panic.__name__ = "PanicException"


@pytest.mark.parametrize(
    ("raised", "refusal"),
    [
        (python_calamine.PasswordError("?"), EncryptedSpreadsheet),
        (Panic(), UnreadableSpreadsheet),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_what_the_native_parser_raises(
    press: Press,
    monkeypatch: pytest.MonkeyPatch,
    raised: BaseException,
    refusal: type[BaseException],
) -> None:
    def give_up(_: object) -> None:
        raise raised

    workbook = type("GivesUp", (), {"from_object": staticmethod(give_up)})
    monkeypatch.setattr(python_calamine, "CalamineWorkbook", workbook)
    with pytest.raises(refusal):
        read_workbook(press.workbook({"S": [[1]]}))


def test_an_xls_over_seven_megabytes_has_more_allocation_sectors() -> None:
    """The header has room for 109 of them; the rest are chained behind."""
    content = bytearray(ole(BOF + cell(0, 0) + cell(70, 2000)))
    table = struct.unpack_from("<I", content, 76)[0]
    chained = struct.pack("<I", table) + b"\xff" * 504 + struct.pack("<I", 0xFFFFFFFE)
    content[76:80] = b"\xff" * 4
    content[68:72] = struct.pack("<I", len(content) // 512 - 1)
    with pytest.raises(SpreadsheetTooLarge):
        read_workbook(bytes(content) + chained)


def test_two_parts_of_one_name() -> None:
    with pytest.raises(UnreadableSpreadsheet):
        read_workbook(packed({"xl/workbook.xml": b"<a/>", "XL/workbook.xml": b"<a/>"}))


def test_files_with_a_password() -> None:
    ods = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": b"\x01",
        "META-INF/manifest.xml": b"<m><encryption-data/></m>",
    }
    for content in (
        ole(b"\0", title="EncryptedPackage"),
        ole(BOF + record(0x2F, b"\0" * 6)),
        packed(ods),
    ):
        with pytest.raises(EncryptedSpreadsheet):
            read_workbook(content)


def far_corner(press: Press, reference: str) -> bytes:
    sheet = f'<worksheet><row r="1"><c r="A1"/><c r="{reference}"><v>1</v></c></row>'
    content = press.workbook({"S": [[1]]})
    return repacked(content, {"xl/worksheets/sheet1.xml": f"{sheet}</worksheet>".encode()})


@pytest.mark.parametrize(("reference", "what"), [("XFD1", "欄數"), ("A1048576", "列數")])
def test_two_cells_in_far_corners_of_xlsx(press: Press, reference: str, what: str) -> None:
    with pytest.raises(SpreadsheetTooLarge) as refused:
        read_workbook(far_corner(press, reference))
    assert refused.value.detail["what"] == what
    assert refused.value.arithmetic["actual"] > refused.value.arithmetic["limit"]


def test_a_sheet_under_another_name_is_measured_too(press: Press) -> None:
    sheet = b'<?xml version="1.0"?><worksheet><row><c r="ZZZ9"><v>1</v></c></row>'
    content = repacked(press.workbook({"S": [[1]]}), {"xl/x.bin": sheet + b"</worksheet>"})
    with pytest.raises(SpreadsheetTooLarge):
        read_workbook(content)


def test_cells_without_a_reference_count(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = b"<worksheet><row><c/><c><v/></c></row><row><c><f/></c></row></worksheet>"
    content = repacked(press.workbook({"S": [[1]]}), {"xl/worksheets/sheet1.xml": sheet})
    monkeypatch.setattr(spreadsheet_limits, "CELLS_MAX", 3)
    with pytest.raises(SpreadsheetTooLarge) as refused:
        read_workbook(content)
    assert refused.value.arithmetic == {"actual": 4, "limit": 3}


def test_two_cells_in_far_corners_of_xls() -> None:
    multiple = record(0xBD, struct.pack("<2H", 0, 3) + b"\0" * 6 + struct.pack("<H", 1500))
    for stream, mini in (
        (BOF + BOF + cell(0, 0) + cell(65_535, 200), False),
        (BOF + BOF + cell(0, 0) + cell(65_535, 200), True),
        (BOF + multiple, False),
    ):
        with pytest.raises(SpreadsheetTooLarge):
            read_workbook(ole(stream, mini=mini))


def test_repeated_cells_of_ods() -> None:
    row = (
        b'<t:table-row table:number-rows-repeated="90000">'
        b'<t:table-cell table:number-columns-repeated="900" office:value-type="float"/>'
        b'<t:table-cell table:number-columns-repeated="90"><x:p/></t:table-cell></t:table-row>'
    )
    space = b'xmlns:t="t" xmlns:table="t" xmlns:office="o" xmlns:x="x"'
    parts = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": b"<t:table " + space + b">" + row + b"</t:table>",
    }
    with pytest.raises(SpreadsheetTooLarge) as refused:
        read_workbook(packed(parts))
    assert refused.value.arithmetic["actual"] == 90_000 * 990


def test_zip_bombs(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    content = press.workbook({"S": [[1]]})
    with pytest.raises(SpreadsheetTooLarge) as refused:
        read_workbook(repacked(content, {"xl/media/a": b"\0" * 5_000_000}))
    assert refused.value.detail["what"] == "壓縮比"
    monkeypatch.setattr(spreadsheet_zip, "UNPACKED_BYTES_MAX", 1_000_000)
    with pytest.raises(SpreadsheetTooLarge) as refused:
        read_workbook(repacked(content, {"xl/media/a": b"\0" * 5_000_000}))
    assert refused.value.detail["what"] == "解壓縮位元組"


def test_a_zip_that_lies_about_its_sizes(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(repacked(press.workbook({"S": [[1]]}), {"xl/z": b"\0" * 2_000_000}))
    at = content.index(b"PK\x01\x02", content.rindex(b"xl/z") - 60)
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    content[at + 16 : at + 20] = struct.pack("<I", zlib.crc32(b"\0" * 10))
    monkeypatch.setattr(spreadsheet_zip, "UNPACKED_BYTES_MAX", 1_500_000)
    with pytest.raises(SpreadsheetTooLarge):
        read_workbook(bytes(content))


def test_limits_of_bytes_sheets_and_parts(
    press: Press, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = press.workbook({"甲": [[1]], "乙": [[1]]})
    path = tmp_path / "大.xlsx"
    path.write_bytes(content)
    for module, limit, most in (
        (spreadsheet_limits, "SHEETS_MAX", 1),
        (spreadsheet_zip, "ZIP_PARTS_MAX", 3),
        (spreadsheets, "BYTES_MAX", 100),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, limit, most)
            for source in (content, path):
                with pytest.raises(SpreadsheetTooLarge) as refused:
                    read_workbook(source)
                assert refused.value.arithmetic["limit"] == most
