"""Write a report as PDF by typst: tagged (PDF/UA-1), fonts embedded, nothing but what is given.

The wheel brings the whole compiler and no font: a host needs one with Chinese characters
(Debian: fonts-noto-cjk, or fonts-cns11643-sung for rare characters of names).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from typing import Any, BinaryIO

import msgspec
import typst

from zhuji_core.values import N_, DomainError, Value

# In order of preference: whole 全字庫 first, since names hold characters that others lack.
FONTS = (
    "TW-Sung",
    "TW-Kai",
    "Noto Serif CJK TC",
    "Noto Sans CJK TC",
    "Noto Serif TC",
    "Noto Sans TC",
    "PMingLiU",
    "Microsoft JhengHei",
    "PingFang TC",
)
# A few seconds of work; a longer document is read by programs, not by people.
ROWS_MAX = 5_000
TEMPLATE = "export_report.typ"
# Paper across without its margins; on the larger one only what would be hard to read on A4.
PAPERS_PT = {"a4": 774, "a3": 1122}
# What stands left and right of each value, a digit's width in em.
INSET_PT, DIGIT_EM = 6, 0.58
SIZE_MIN_PT, SIZE_READ_PT, SIZE_MAX_PT = 4.5, 7.0, 9.0


class PdfFontMissing(DomainError):
    """The host has no font with Chinese characters: a document of boxes is worse than none."""

    code = "E-PDF-FONT"
    message = N_("本主機未安裝中文字型，無法產生 PDF。請改用 ODS，或洽系統管理人員安裝字型。")
    status_code = 503


class PdfTooLong(DomainError):
    """More rows than a document for people may have."""

    code = "E-PDF-ROWS"
    message = N_("本報表超過 {rows_max} 列，無法產生 PDF。請縮小範圍，或改用 ODS、XLSX、CSV。")


class PdfColumn(Value, frozen=True, kw_only=True):
    """A column; ``kind`` is text, amount, number or date, ``width`` in characters of Latin."""

    title: str
    kind: str
    width: int


class PdfDocument(Value, frozen=True, kw_only=True):
    """What stands on the pages: texts only, amounts already written as people read them."""

    title: str
    author: str
    heading: tuple[str, ...]
    columns: tuple[PdfColumn, ...]
    rows: Sequence[Sequence[str]]
    totals: Sequence[str]
    signatures: tuple[str, ...]
    printed: str


def write(document: PdfDocument, file: BinaryIO) -> None:
    """Write the document; raise PdfFontMissing or PdfTooLong and write nothing."""
    if len(document.rows) > ROWS_MAX:
        raise PdfTooLong(rows_max=f"{ROWS_MAX:,}")
    paper, size_pt = paper_of(document.columns)
    told = {
        **msgspec.structs.asdict(document),
        "fonts": chinese_fonts(),
        "paper": paper,
        "size": size_pt,
        "lang": "zh",
        "region": "TW",
    }
    file.write(typeset(files("zhuji_core") / TEMPLATE, told))


def typeset(template: Traversable, told: Mapping[str, Any]) -> bytes:
    """Return the PDF that the template makes of ``told`` (``sys.inputs.data``, as JSON)."""
    with as_file(template) as path:
        made = typst.compile(
            str(path),
            format="pdf",
            sys_inputs={"data": msgspec.json.encode(told).decode()},
            pdf_standards="ua-1",
        )
    assert isinstance(made, bytes), "one document, not one for each page"
    return made


def paper_of(columns: Sequence[PdfColumn]) -> tuple[str, float]:
    """Return the smallest paper on which the table can be read, and the size of its letters."""
    sizes = {paper: letter_size_pt(columns, line_pt) for paper, line_pt in PAPERS_PT.items()}
    readable = (paper for paper, size_pt in sizes.items() if size_pt >= SIZE_READ_PT)
    paper = next(readable, list(sizes)[-1])
    return paper, sizes[paper]


def letter_size_pt(columns: Sequence[PdfColumn], line_pt: float) -> float:
    """Return the largest size at which no figure leaves its column."""
    characters = sum(column.width for column in columns)
    room = line_pt - INSET_PT * len(columns)
    return max(SIZE_MIN_PT, min(SIZE_MAX_PT, room / (DIGIT_EM * max(characters, 1))))


@lru_cache(maxsize=1)
def chinese_fonts() -> tuple[str, ...]:
    """Return the fonts of this host that are known to hold Chinese; raise PdfFontMissing."""
    installed: Any = typst.Fonts().families()
    found = tuple(name for name in FONTS if name in set(installed))
    if not found:
        raise PdfFontMissing
    return found
