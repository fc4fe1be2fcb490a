"""A small budget book (歲出機關別預算表) of an agency that does not exist, written by the test."""

from __future__ import annotations

import io

import xlsxwriter  # type: ignore[import-untyped]

AGENCY = "0007010000"
AGENCY_NAME = "甲乙縣政府農林處"
LINE = "5607010201"
SUPPLIES_NTD = 300_000
SUPPLIES_TO_MARCH_NTD = 75_000

ROWS: tuple[tuple[object, ...], ...] = (
    ("科　　　　目", "", "", "", "", "本年度\n預算數", "上年度\n預算數", "前年度\n決算數",
     "本年度與\n上年度比較", "說　　　明"),
    ("款", "項", "目", "節", "名  稱  及  編  號", "", "", "", "", ""),
    ("07", "", "", "", "0007000000\n甲乙縣政府農林處主管", 1300, 1200, 900, 100, ""),
    ("", "001", "", "", "　0007010000\n　甲乙縣政府農林處", 1300, 1200, 900, 100, ""),
    ("", "", "01", "", "　　5607010100\n　　一般行政", 1000, 1000, 800, "-", ""),
    ("", "", "", "01", "　　　5607010101\n　　　行政管理", 1000, 1000, 800, "-",
     "二、本年度預算數包括:\n　　人事費900千元\n　　業務費100千元"),
    ("", "", "02", "", "　　5607010200\n　　農業推廣", 300, 200, 100, 100, ""),
    ("", "", "", "01", "　　　5607010201\n　　　推廣教育", 300, 200, 100, 100,
     "二、本年度預算數包括:\n　　業務費300千元"),
)  # fmt: skip


def workbook() -> bytes:
    """Return the book as .xlsx; amounts in thousands of dollars, as printed."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("農林處")
    for at, row in enumerate(ROWS):
        for column, value in enumerate(row):
            if value != "":
                sheet.write(at, column, value)
    book.close()
    return out.getvalue()
