"""One report in three formats: read back, it is what was written."""

from __future__ import annotations

import csv
import datetime as dt
import io
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from zhuji_core import export, export_pdf
from zhuji_core.export import Report, ReportColumn, ReportKind

PRINTED = dt.datetime(2016, 3, 15, 6, 5, tzinfo=dt.UTC)
DAY = dt.date(2016, 3, 15)
COLUMNS = (
    ReportColumn(title="簽證編號", width=16),
    ReportColumn(title="簽證日期", kind=ReportKind.DATE),
    ReportColumn(title="受款人", width=30),
    ReportColumn(title="金額", kind=ReportKind.AMOUNT),
    ReportColumn(title="件數", kind=ReportKind.NUMBER),
)
ROWS: list[export.Row] = [
    ("105-簽-000341", DAY, "中華電信股份有限公司", 28_500, 1),
    ("105-簽-000342", DAY, '𠮷野 & "視聽" <有限公司>', 90_000, 2),
    ("0012", None, '=HYPERLINK("http://x")', -1_200, 0),
    ("105-簽-000343", dt.date(2016, 3, 1), "-10+20", 999_999_999_999_999, None),
    ("105-簽-000344", DAY, "補助款", 0, 3),
]


def report(rows: object = ROWS) -> Report:
    return Report(
        title="簽證登記簿",
        county="臺中市政府",
        agency="民政局",
        period="105 年 1 月至 3 月",
        unit="單位：元",
        columns=COLUMNS,
        rows=rows,  # type: ignore[arg-type]
        totals=("合計", None, None, 1_000_000_000_117_299, 6),
        printed_by="林淑芬",
        printed_at=PRINTED,
    )


def test_csv_is_data_that_runs_nothing() -> None:
    content = export.export(report(), "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert read[0] == ["簽證編號", "簽證日期", "受款人", "金額", "件數"]
    assert read[1] == ["105-簽-000341", "1050315", "中華電信股份有限公司", "28500", "1"]
    assert read[3] == ["0012", "", '\'=HYPERLINK("http://x")', "-1200", "0"]
    assert read[4][2] == "'-10+20"
    assert len(read) == 1 + len(ROWS)


@given(st.sampled_from("=+-@\t\r"), st.text(max_size=8))
def test_no_text_of_a_csv_begins_with_what_runs(first: str, rest: str) -> None:
    content = export.export(report([(first + rest, None, "", 0, 0)]), "csv").decode("utf-8-sig")
    cell = next(iter(list(csv.reader(io.StringIO(content, newline="")))[1:]))[0]
    assert cell.startswith("'")


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_spreadsheets_read_back(suffix: str) -> None:
    content = export.export(report(), suffix)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["簽證登記簿"]
    lines = book.get_sheet_by_index(0).to_python()
    assert [line[0] for line in lines[:3]] == [
        "臺中市政府　民政局",
        "簽證登記簿",
        "105 年 1 月至 3 月　單位：元",
    ]
    assert lines[3] == ["簽證編號", "簽證日期", "受款人", "金額", "件數"]
    assert lines[4] == ["105-簽-000341", "105-03-15", "中華電信股份有限公司", 28_500.0, 1.0]
    assert lines[5][2] == '𠮷野 & "視聽" <有限公司>'
    assert lines[6] == ["0012", "", '=HYPERLINK("http://x")', -1_200.0, 0.0]
    assert lines[7][2:] == ["-10+20", 999_999_999_999_999.0, ""]
    assert lines[9][0] == "合計"
    assert lines[9][3] == 1_000_000_000_117_299.0
    closing = "\n".join(str(line[0]) for line in lines[10:])
    assert all(signature in closing for signature in export.SIGNATURES)
    assert "林淑芬　105-03-15 14:05" in closing


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
@settings(max_examples=30)
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_any_text_survives(suffix: str, text: str) -> None:
    content = export.export(report([(text, None, "", 0, 0)]), suffix)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    read = str(book.get_sheet_by_index(0).to_python()[4][0])
    assert read.split() == text.replace("\ufffe", "").replace("\uffff", "").split()


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_control_characters_do_not_break_the_file(suffix: str) -> None:
    content = export.export(report([("a\x00b\x1f", None, "c\nd", 0, 0)]), suffix)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert "b" in str(book.get_sheet_by_index(0).to_python()[4][0])


def test_an_ods_begins_with_its_kind() -> None:
    content = export.export(report(), "ods")
    assert content[30:84] == b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "ods"])
def test_a_long_report_is_streamed(suffix: str, tmp_path: Path) -> None:
    def rows() -> Iterator[export.Row]:
        for number in range(4_000):
            yield (f"105-簽-{number:06}", DAY, "中華電信股份有限公司臺中營運處", number * 1_000, 1)

    with (tmp_path / f"long.{suffix}").open("wb") as file:
        tracemalloc.start()
        export.FORMATS[suffix].write(report(rows()), file)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    # The texts of 4,000 rows alone would be about 2 MB, a sheet kept as objects ten times that.
    assert peak < 1_500_000, f"{suffix} kept {peak:,} bytes of 4,000 rows"


@pytest.mark.slow
@pytest.mark.needs("soffice")
@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_libreoffice_opens_it_as_one_page(suffix: str, tmp_path: Path) -> None:
    source = tmp_path / f"register.{suffix}"
    source.write_bytes(export.export(report(), suffix))
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(tmp_path),
            str(source),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert (tmp_path / "register.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.needs("pdftotext", "cjk-font")
def test_pdf_holds_every_text_and_is_tagged(tmp_path: Path) -> None:
    pdf = tmp_path / "register.pdf"
    pdf.write_bytes(export.export(report(), "pdf"))
    text = _pdf_text(pdf)
    for told in ("簽證登記簿", "105 年 1 月至 3 月", "中華電信股份有限公司", "999,999,999,999,999",
                 "−1,200", "105-03-15", "=HYPERLINK", "製表", "機關長官", "1/1"):  # fmt: skip
        assert told in text, told
    assert b"/MarkInfo" in pdf.read_bytes() or b"/StructTreeRoot" in pdf.read_bytes()


@pytest.mark.needs("pdftotext", "cjk-font")
def test_pdf_repeats_its_heads_on_every_page(tmp_path: Path) -> None:
    pdf = tmp_path / "long.pdf"
    pdf.write_bytes(export.export(report([ROWS[0]] * 200), "pdf"))
    pages = _pdf_text(pdf).split("\f")[:-1]
    assert len(pages) > 3
    assert all("簽證編號" in page and "臺中市政府" in page for page in pages)


@pytest.mark.needs("cjk-font")
def test_pdf_is_refused_when_too_long_or_without_a_font(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(export_pdf.PdfTooLong):
        export.export(report([ROWS[0]] * (export_pdf.ROWS_MAX + 1)), "pdf")
    monkeypatch.setattr(export_pdf, "FONTS", ("No Such Font",))
    export_pdf.chinese_fonts.cache_clear()
    with pytest.raises(export_pdf.PdfFontMissing):
        export.export(report(), "pdf")
    export_pdf.chinese_fonts.cache_clear()


def test_a_table_too_wide_for_a4_goes_on_a3() -> None:
    def of(columns: int) -> list[export_pdf.PdfColumn]:
        one = export_pdf.PdfColumn(title="金額", kind="amount", width=15)
        return [one] * columns

    assert export_pdf.paper_of(of(5)) == ("a4", export_pdf.SIZE_MAX_PT)
    paper, size_pt = export_pdf.paper_of(of(14))
    assert (paper, size_pt >= export_pdf.SIZE_READ_PT) == ("a3", True)
    assert export_pdf.paper_of(of(40)) == ("a3", export_pdf.SIZE_MIN_PT)


def _pdf_text(pdf: Path) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True
    ).stdout
