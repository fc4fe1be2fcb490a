"""Pages of a made-up day in 臺中市, drawn with every component: looked at, and tested."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from tests.core.web.sample_documents import batch_page, document_page, refusal_page
from tests.core.web.sample_shell import shell
from zhuji_core.i18n import load_translations
from zhuji_core.web import components as c
from zhuji_core.web.environment import Pages
from zhuji_core.web.shell import Bare, DemoSignIn, Flash, SignIn, WorkItem

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]

OPTIONS = (
    c.Option(value="1", title="1000 人事費"),
    c.Option(value="2", title="2000 業務費"),
    c.Option(value="3", title="3000 設備及投資"),
)
# 科目、名稱、用途別、全年、分配、已簽證、已實現
LINES: tuple[tuple[str, str, str, int, int, int, int], ...] = (
    ("3301010100", "一般行政－行政管理", "業務費", 12_480_000, 3_120_000, 640_500, 1_862_340),
    ("3301010200", "一般行政－人員維持", "人事費", 186_250_000, 46_560_000, 0, 45_978_112),
    ("3302020100", "民政業務－自治行政", "業務費", 8_650_000, 2_160_000, 1_200_000, 318_766),
    ("3302020200", "民政業務－地方自治工作補助", "獎補助費", 42_000_000, 10_500_000, 0, 10_626_000),
    ("3302020300", "民政業務－宗教禮俗輔導", "業務費", 5_316_000, 1_326_000, 88_000, 612_480),
    (
        "3303030100",
        "戶政業務－戶籍登記及資訊系統維護",
        "業務費",
        9_870_000,
        2_466_000,
        90_000,
        68_600,
    ),
    ("3390900100", "一般建築及設備－資訊設備汰換", "設備及投資", 6_400_000, 0, 0, 0),
    ("3398980100", "第一預備金", "預備金", 1_500_000, 0, 0, 0),
)


@cache
def pages() -> Pages:
    translations = load_translations([ROOT / "core" / "zhuji_core" / "locale"])
    return Pages(translations=translations, modules={"gallery": HERE / "templates"})


def line_table() -> c.Table:
    columns = (
        c.Column(
            title="科目代號", kind=c.Kind.CODE, sort_url="/list?sort=code", sorted="ascending"
        ),
        c.Column(title="工作計畫"),
        c.Column(title="用途別"),
        c.Column(title="全年預算", kind=c.Kind.AMOUNT, unit="元"),
        c.Column(title="分配累計", kind=c.Kind.AMOUNT, unit="元"),
        c.Column(title="已簽證", kind=c.Kind.AMOUNT, unit="元"),
        c.Column(title="已實現", kind=c.Kind.AMOUNT, unit="元"),
        c.Column(title="可用餘額", kind=c.Kind.AMOUNT, unit="元"),
        c.Column(title="狀態", kind=c.Kind.BADGE),
    )
    rows = tuple(_line(*line) for line in LINES * 3)
    sums = [sum(column) * 3 for column in zip(*(line[3:] for line in LINES), strict=True)]
    totals = (
        c.Cell(value="合計"),
        c.Cell(value=None),
        c.Cell(value=None),
        *(c.Cell(value=figure, url="/document") for figure in sums),
        c.Cell(value=sums[1] - sums[2] - sums[3]),
        c.Cell(value=None),
    )
    return c.Table(
        id="lines",
        caption="民政局　105 年度歲出預算科目（截至 105-03-15）",
        columns=columns,
        rows=rows,
        totals=totals,
        pager=c.Pager(shown=24, count=782, next_url="/list?after=3398980100"),
        exports=tuple(
            c.Link(title=name, url=f"/list.{name.lower()}") for name in ("ODS", "XLSX", "CSV")
        ),
    )


def _line(code: str, name: str, purpose: str, *figures: int) -> c.Row:
    year, allotted, encumbered, expended = figures
    left = allotted - encumbered - expended
    state = (
        c.Badge(text="透支", tone=c.Tone.BAD)
        if left < 0
        else c.Badge(text="未分配", tone=c.Tone.STOPPED)
        if not allotted
        else c.Badge(text="執行中", tone=c.Tone.GOOD)
    )
    return c.Row(
        cells=(
            c.Cell(value=code, url="/document"),
            c.Cell(value=name),
            c.Cell(value=purpose),
            *(c.Cell(value=figure) for figure in (year, allotted)),
            *(c.Cell(value=figure, url="/document") for figure in (encumbered, expended)),
            c.Cell(value=left),
            c.Cell(value=state),
        )
    )


def list_page() -> dict[str, Any]:
    done = Flash(text="已簽證 27 件，退回 1 件。", url="/list", link="看退回的一件")
    empty = c.Table(
        id="empty",
        caption="沒有資料的清單",
        columns=(c.Column(title="科目"),),
        rows=(),
        empty="這個機關沒有資本門預算。",
        empty_action=c.Link(title="改看經常門", url="/list?account=current"),
    )
    return {
        "shell": shell(flash=(done,)),
        "title": "預算科目",
        "table": line_table(),
        "empty": empty,
        "options": OPTIONS,
    }


def grid() -> c.Grid:
    return c.Grid(
        caption="請示明細",
        availability_url="/availability?year=105",
        total_input="amount_total",
        columns=(
            c.GridColumn(
                name="control_row",
                title="預算科目",
                kind=c.GridKind.PICKER,
                picker_url="/picker",
                width=4,
            ),
            c.GridColumn(name="object", title="用途別", kind=c.GridKind.SELECT, options=OPTIONS),
            c.GridColumn(name="purpose", title="用途說明", width=3),
            c.GridColumn(name="amount", title="金額", kind=c.GridKind.AMOUNT, unit="元", width=1),
        ),
        rows=(
            c.GridRow(values=_keyed(0, "3 月份電信費", "28,500")),
            c.GridRow(
                values=_keyed(2, "里鄰長研習講師鐘點費", "90,000"),
                errors={"amount": "超過可用餘額"},
            ),
            c.GridRow(),
        ),
    )


def _keyed(number: int, purpose: str, amount: str) -> dict[str, str]:
    code, name = LINES[number][:2]
    return {
        "control_row": f"{code} {name}",
        "control_row_id": f"row-{number}",
        "object": "2",
        "purpose": purpose,
        "amount": amount,
    }


def entry_page() -> dict[str, Any]:
    error = c.SummaryError(text="請填寫用途說明。", field="purpose")
    return {
        "shell": shell(),
        "title": "登打請示單",
        "errors": (error,),
        "grid": grid(),
        "options": OPTIONS,
    }


def balanced_page() -> dict[str, Any]:
    """Two columns that must be equal, and questions that carry fields of row and form."""
    amounts = [
        c.GridColumn(name=name, title=title, kind=c.GridKind.AMOUNT, unit="元", width=1)
        for name, title in (("debit", "借方"), ("credit", "貸方"))
    ]
    account = c.GridColumn(
        name="account", title="會計科目", kind=c.GridKind.PICKER, picker_url="/picker"
    )
    rows: tuple[dict[str, str], ...] = (
        {"account": "1203 專戶存款", "account_id": "row-0", "debit": "28,500", "kept": "k"},
        {"account": "2204 代收款", "account_id": "row-1", "credit": "20,000"},
        {},
    )
    return entry_page() | {
        "title": "製作傳票",
        "grid": c.Grid(
            caption="分錄",
            columns=(account, *amounts),
            rows=tuple(c.GridRow(values=values) for values in rows),
            availability_url="/availability",
            availability_key="account_id",
            balanced=("debit", "credit"),
            hidden=("kept",),
            sends=("account_id", "request_date"),
        ),
    }


def home_page() -> dict[str, Any]:
    worklist = (
        WorkItem(
            title="待簽證請示單",
            module="會計",
            url="/batch",
            count=28,
            oldest_days=6,
            amount_ntd=3_482_150,
        ),
        WorkItem(
            title="退回補正",
            module="會計",
            url="/document",
            count=3,
            oldest_days=2,
            amount_ntd=96_400,
        ),
        WorkItem(title="待核定分配", module="預算", url="/list", count=1, oldest_days=0),
    )
    return {"shell": shell(), "title": "我的待辦", "worklist": worklist}


def sign_in_page(*, language: str = "zh_Hant_TW") -> dict[str, Any]:
    return {
        "bare": Bare(county_name="臺中市", language=language, path="/sign-in", csrf_token="t"),  # noqa: S106
        "title": "登入",
        "sign_in": SignIn(
            account="lin",
            refusal="帳號或密碼不正確。",
            demo=(
                DemoSignIn(account="clerk", name="陳美惠", agency="示範機關", does="填寫動支申請"),
                DemoSignIn(
                    account="accountant", name="林淑芬", agency="", does="審核、簽證動支申請"
                ),
            ),
        ),
    }


# address → (template, its context)
GALLERY: dict[str, tuple[str, Any]] = {
    "/home": ("home.html", home_page),
    "/list": ("gallery/list.html", list_page),
    "/entry": ("gallery/entry.html", entry_page),
    "/balanced": ("gallery/entry.html", balanced_page),
    "/document": ("gallery/document.html", document_page),
    "/batch": ("gallery/batch.html", batch_page),
    "/refusal": ("error.html", refusal_page),
    "/sign-in": ("sign_in.html", sign_in_page),
}


def draw(path: str, *, language: str = "zh_Hant_TW") -> str:
    """Render one page of the gallery."""
    template, context = GALLERY[path]
    return pages().render(template, language=language, **context())
