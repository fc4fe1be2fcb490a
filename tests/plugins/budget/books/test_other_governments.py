"""Books of other governments: longer and shorter codes, other columns, heads, units, styles."""

from __future__ import annotations

import pytest

from tests.plugins.budget.books.conftest import Grid, Press
from zhuji_budget.domain.books.model import ObjectAmount


def figures(result: object) -> list[tuple[str, str, int]]:
    return [
        (line.code, line.name, line.this_year_ntd)
        for line in result.budget.lines  # type: ignore[attr-defined]
    ]


def test_reads_the_ordinary_form_with_ten_digits(press: Press) -> None:
    result = press.consolidate(press.body())

    assert not result.errors
    assert not result.warnings
    assert figures(result) == [
        ("5607010101", "行政管理", 1_000_000),
        ("5607010201", "推廣教育", 300_000),
    ]
    budget = result.budget
    assert [(a.code, a.name, a.department_code) for a in budget.agencies] == [
        ("0007010000", "甲乙縣政府農林處", "0007000000")
    ]
    assert [plan.name for plan in budget.plans] == ["一般行政", "農業推廣"]
    assert budget.lines[0].split == (
        ObjectAmount(code="01", amount_ntd=900_000),
        ObjectAmount(code="02", amount_ntd=100_000),
    )
    assert (budget.lines[0].last_year_ntd, budget.lines[0].final_ntd) == (1_000_000, 800_000)


def test_twelve_digits_no_level_columns_code_apart_and_dollars(press: Press) -> None:
    grid: Grid = [
        ["丙丁市總預算案"],
        ["歲出機關別預算表"],
        ["中華民國 114 年度", "", "", "單位：新臺幣元"],
        ["科目編號", "科目名稱", "本年度預算數(元)", "備註"],
        ["000300000000", "民政局主管", "３，００１，２３４", ""],
        ["000300010000", "　民政局", "3,001,234", ""],
        ["330300010100", "　　戶政業務", "3,001,234", ""],
        ["330300010101", "　　　戶籍登記", "2,001,234", "人事費 2,000,000元、業務費 1,234元"],
        ["330300010102", "　　　國籍行政", "1,000,000", "1.人事費400千元\n2.獎補助費：600,000元"],
        ["歲出機關別預算表"],
        ["中華民國 114 年度", "", "", "單位：新臺幣元"],
        ["科目編號", "科目名稱", "本年度預算數(元)", "備註"],
        ["", "合計", "3,001,234", ""],
    ]
    result = press.consolidate(grid, year=114)

    assert not result.errors
    assert not result.warnings
    assert figures(result) == [
        ("330300010101", "戶籍登記", 2_001_234),
        ("330300010102", "國籍行政", 1_000_000),
    ]
    assert result.budget.lines[0].last_year_ntd is None
    assert [[(o.code, o.amount_ntd) for o in line.split] for line in result.budget.lines] == [
        [("1000", 2_000_000), ("2000", 1_234)],
        [("1000", 400_000), ("4000", 600_000)],
    ]


def test_codes_printed_in_groups_and_names_with_figures(press: Press) -> None:
    body = press.body({"E7": "56-07-01-01-01 105-106行政(第1-2期)"})
    result = press.consolidate([*body, ["", "", "", "", "小計：另詳", "", "", "", "", "附註"]])

    assert not result.errors
    assert figures(result)[0] == ("5607010101", "105-106行政(第1-2期)", 1_000_000)


def test_codes_of_no_known_scheme_are_read_by_indent(press: Press) -> None:
    grid: Grid = [
        ["科目名稱及編號", "本年度預算數", "上年度預算數"],
        ["A主管 1000000", 5, 4],
        ["　機關 1100000", 5, 4],
        ["　　計畫 1110000", 5, 4],
        ["　　　甲(1111000)", 2, 4],
        ["　　　乙 1112000", 3, "－"],
    ]
    result = press.consolidate(grid)

    assert not result.errors
    assert figures(result) == [("1111000", "甲", 2_000), ("1112000", "乙", 3_000)]
    assert result.budget.agencies[0].code == "1100000"
    assert result.warnings[0].code == "E-BOOK-UNIT"


def test_three_levels_and_the_whole_path_printed_on_each_row(press: Press) -> None:
    grid: Grid = [
        ["款", "項", "目", "名稱及編號", "115年度預算數", "114年度預算數", "113年度決算數", "說明"],
        ["1", "", "", "00110000000 戊己局主管", 30, 20, 10, ""],
        ["1", "1", "", "00110010000 戊己局", 30, 20, 10, ""],
        ["1", "1", "1", "51110010100 土木工程", 20, 15, 10, "設備及投資20千元"],
        ["1", "1", "2", "51110010200 養護", 10, 5, "0", "業務費10千元"],
    ]
    result = press.consolidate(grid, year=115)

    assert not result.errors
    lines = result.budget.lines
    assert [(x.this_year_ntd, x.last_year_ntd, x.final_ntd) for x in lines] == [
        (20_000, 15_000, 10_000),
        (10_000, 5_000, 0),
    ]
    assert not result.budget.plans
    assert [line.split[0].code for line in lines] == ["3000", "2000"]


def test_one_agency_without_department_and_codes_as_numbers(press: Press) -> None:
    grid: Grid = [
        ["項", "目", "節", "編號", "名稱", "本年度預算數(千元)"],
        [1, "", "", 7010000, "庚辛所", 7],
        ["", 1, "", 5607010100, "一般行政", 7],
        ["", "", 1, 5607010101, "行政", 7],
    ]
    result = press.consolidate(grid)

    assert not result.errors
    agency = result.budget.agencies[0]
    assert (agency.code, agency.department_code) == ("0007010000", "")
    assert not result.budget.departments


def test_a_book_that_ends_at_the_agency_has_the_agency_as_line(press: Press) -> None:
    grid: Grid = [
        ["款", "項", "名稱及編號", "本年度預算數"],
        ["1", "", "0080000000 預備金主管", 9],
        ["", "1", "0080010000 第二預備金", 9],
    ]
    result = press.consolidate(grid)

    assert not result.errors
    assert result.budget.lines[0].code == result.budget.agencies[0].code == "0080010000"


def test_a_row_of_the_first_level_alone_stands_for_its_agency(press: Press) -> None:
    grid: Grid = [["款", "名稱及編號", "本年度預算數"], ["1", "0080000000 第二預備金", 9]]
    result = press.consolidate(grid)

    assert result.budget.agencies[0].code == "0080000000"
    assert result.budget.agencies[0].department_code == ""


def test_merged_group_heads_and_a_column_of_per_cent(press: Press) -> None:
    grid: Grid = [
        ["科目", "", "", "", "", "預算數", "", "比較增減", "", "說明"],
        ["款", "項", "目", "節", "名稱及編號", "本年度", "上年度", "金額", "%", ""],
        *[[*row[:7], row[8], "", row[9]] for row in press.body()[3:]],
    ]
    content = press.workbook({"任意名": grid}, merged=["A1:E1", "F1:G1", "H1:I1", "J1:J2"])
    result = press.join([press.read(content)])

    assert not result.errors
    assert not result.warnings
    assert result.budget.lines[1].last_year_ntd == 200_000
    assert result.budget.lines[1].final_ntd is None


def test_pages_with_repeated_heads_titles_and_rows(press: Press) -> None:
    body = press.body()
    titled: list[list[object]] = [["甲乙縣總預算"], ["歲出機關別預算表"], *body[:3]]
    page: Grid = [*titled, *body[3:8]]
    # The second page prints the department, agency and plan again, with the same figures.
    again: Grid = [*titled, *body[3:6], *body[8:], ["註：本表金額為千元"], ["此列不屬任何科目"]]
    result = press.consolidate([*page, ["第 1 頁"], ["", "", "9"], *again])

    assert not result.errors
    assert figures(result)[0] == ("5607010101", "行政管理", 1_000_000)
    assert len(result.budget.lines[0].split) == 2


def test_a_repeated_head_may_move_the_columns(press: Press) -> None:
    body = press.body()
    moved: list[list[object]] = [["", *row] for row in [*body[:2], *body[11:]]]
    result = press.consolidate([*body[:11], *moved])

    assert not result.errors
    assert figures(result)[1] == ("5607010201", "推廣教育", 300_000)


def test_a_name_wrapped_into_the_next_rows(press: Press) -> None:
    body = press.body({"E13": "　　　5607010201\n　　　推廣"})
    wrapped: list[list[object]] = [
        *body,
        ["", "", "", "", "　　　教育"],
        ["", "", "", "", "　　　計畫"],
    ]

    assert figures(press.consolidate(wrapped))[1][1] == "推廣教育計畫"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("F7", "1,000"),
        ("F7", "１０００"),
        ("F7", "=500+500→1000"),
        ("I7", "—"),
        ("I12", " １００ "),
        ("H7", "８００．０"),
    ],
)
def test_amounts_as_text_full_width_formula_or_dash(press: Press, cell: str, value: str) -> None:
    result = press.consolidate(press.body({cell: value}))

    assert not result.errors
    assert not result.warnings


@pytest.mark.parametrize("minus", ["-100", "－100", "△100", "(100)", "▲100", "(１００)"])
def test_negative_differences_in_every_print(press: Press, minus: str) -> None:
    changes: dict[str, object] = {"I12": minus, "I13": minus, "G12": 400, "G13": 400}
    changes |= {"G4": 1400, "G5": 1400, "I4": minus, "I5": minus}
    result = press.consolidate(press.body(changes))

    assert not result.errors
    assert not result.warnings


EXPLANATIONS = [
    "人事費200千元、業務費100千元",
    "人事費：200,000元；業務費：100,000元",
    "人事費200,業務費100",
    "1.人事費200千元。2.業務費100千元",
    "(1)人事費 新臺幣200千元\n(2)業務費 新臺幣100千元",
    "本年度編列如下：計列人事費0.2百萬元及業務費10萬元",
    "本年度預算數300千元,包括:人事費２００千元,業務費１００千元",
    """一、本科目包括業務費5千元之說明
二、本年度預算數包括:
人事費200千元
業務費100千元
三、本年度預算數與上年度比較:
增列人事費77千元""",
    "本年度預算數包括:\n人事\n費200千元\n業務費\n100千元\n較上年度增列業務費9千元",
    "人事費200千元 業務費60千元\n業務費(資本門)40千元\n增列 人事費1千元",
    "駐外人事費999千元另計。人事費200千元、業務費100千元",
    "人事費－200千元，業務費─100千元",
    "一、人事費200千元。\n二、業務費100千元。",
    "01人事費200千元 02業務費100千元 03設備及投資0千元",
    "獎金150千元 保險50千元\n水電費30千元 物品70千元",
]


@pytest.mark.parametrize("text", EXPLANATIONS)
def test_object_amounts_in_every_style(press: Press, text: str) -> None:
    result = press.consolidate(press.body({"J13": text}))

    assert not result.errors
    split = [(item.code, item.amount_ntd) for item in result.budget.lines[1].split]
    assert split == [("01", 200_000), ("02", 100_000)]


@pytest.mark.parametrize(
    "text", ["", "辦理推廣教育", "較上年度增列業務費9千元", "業務費若干元", "業務費0.00001千元"]
)
def test_no_split_is_guessed(press: Press, text: str) -> None:
    result = press.consolidate(press.body({"J13": text}))

    assert not result.errors
    assert result.budget.lines[1].split == ()
    assert result.lines_without_split == {"5607010201": "none"}


def test_running_text_that_mentions_one_object_stops_nothing(press: Press) -> None:
    result = press.consolidate(press.body({"J13": "辦理推廣教育，其中獎補助費50千元補助農會"}))

    assert not result.errors
    (warning,) = result.warnings
    assert (warning.code, warning.place.cell) == ("E-BOOK-SPLIT-PART", "J13")
    assert result.lines_without_split == {"5607010201": "part"}


def test_other_sheets_of_a_unit_budget_are_left_out(press: Press) -> None:
    body = press.body()
    revenue: Grid = [
        [*body[0][:9], "說明及法令依據"],
        *body[1:4],
    ]
    functions = [list(row) for row in body]
    functions[3][4] = "0007000000 一般政務支出"
    income = [list(row) for row in body]
    income[3][4] = "0300000000 罰款及賠償收入"
    detail: Grid = [["用途別科目", "數量", "單價", "預算數", "說明"], ["0100 人事費", 1, 2, 3, ""]]
    sheets: dict[str, Grid] = {
        "6": revenue,
        "7": body,
        "8": functions,
        "9": detail,
        "10": income,
        "歲入": [*body],
        "12": [["歲出政事別預算表"], *body],
        "13": [["歲入來源別預算表"], *body],
        "14": [[""]],
        "歲出用途別科目分析表": body,
        "歲出機關別預算表": body,
    }
    book = press.read(press.workbook(sheets))

    assert [sheet.name for sheet in book.sheets] == ["7", "歲出機關別預算表"]
    assert len(book.skipped) == 9
    assert not press.join([book]).errors
