"""Pages of a made-up day in 臺中市, drawn with every component: looked at, and tested."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from zhuji_core.i18n import load_translations
from zhuji_core.web import components as c
from zhuji_core.web.environment import Pages
from zhuji_core.web.problems import Problem
from zhuji_core.web.shell import (
    Bare,
    Crumb,
    DemoSignIn,
    Flash,
    NavGroup,
    NavItem,
    Shell,
    SignIn,
    WorkItem,
)

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
KEY = "01938f7e-0000-7000-8000-00000000000a"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

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


def pages() -> Pages:
    translations = load_translations([ROOT / "core" / "zhuji_core" / "locale"])
    return Pages(translations=translations, modules={"gallery": HERE / "templates"})


def shell(language: str = "zh_Hant_TW", *, flash: tuple[Flash, ...] = ()) -> Shell:
    return Shell(
        county_code="TXG",
        county_name="臺中市",
        agency_name="臺中市政府民政局",
        fiscal_year=105,
        business_date=dt.date(2016, 3, 15),
        user_name="林淑芬",
        role_names=("會計室審核", "簽證人員"),
        language=language,
        csrf_token="token-of-the-gallery",  # noqa: S106 (no secret)
        trace_id=TRACE,
        server_ms=11.4,
        flash=flash,
        search_url="/search",
        nav=(
            NavGroup(
                title="預算",
                items=(
                    NavItem(title="預算科目", url="/list", current=True),
                    NavItem(title="匯入預算書", url="/batch"),
                ),
            ),
            NavGroup(
                title="會計",
                items=(
                    NavItem(title="請示單", url="/document", count=3),
                    NavItem(title="登打請示", url="/entry"),
                    NavItem(title="經費簽證", url="/batch", count=28),
                    NavItem(title="簽證登記簿", url="/list"),
                ),
            ),
        ),
        breadcrumb=(
            Crumb(title="首頁", url="/home"),
            Crumb(title="預算", url="/list"),
            Crumb(title="預算科目"),
        ),
    )


def line_table() -> c.Table:
    columns = (
        c.Column(
            title="科目代號", kind=c.Kind.CODE, sort_url="/list?sort=code", sorted="ascending"
        ),
        c.Column(title="工作計畫"),
        c.Column(title="用途別"),
        *(
            c.Column(title=title, kind=c.Kind.AMOUNT, unit="元")
            for title in ("全年預算", "分配累計", "已簽證", "已實現", "可用餘額")
        ),
        c.Column(title="狀態", kind=c.Kind.BADGE),
    )
    rows = tuple(_line(*line) for line in LINES * 3)
    sums = [sum(line[at] for line in LINES * 3) for at in range(3, 7)]
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


def grid(*, rows_max: int = 500) -> c.Grid:
    def row(number: int, purpose: str, amount: str, **more: Any) -> c.GridRow:
        code, name = LINES[number][:2]
        values = {
            "control_row": f"{code} {name}",
            "control_row_id": f"row-{number}",
            "object": "2",
            "purpose": purpose,
            "amount": amount,
        }
        return c.GridRow(values=values, **more)

    return c.Grid(
        caption="請示明細",
        name="lines",
        rows_max=rows_max,
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
            c.GridColumn(
                name="object", title="用途別", kind=c.GridKind.SELECT, options=OPTIONS
            ),
            c.GridColumn(name="purpose", title="用途說明", width=3),
            c.GridColumn(name="amount", title="金額", kind=c.GridKind.AMOUNT, unit="元", width=1),
        ),
        rows=(
            row(0, "3 月份電信費", "28,500"),
            row(
                2,
                "里鄰長研習講師鐘點費",
                "90,000",
                errors={"amount": "超過可用餘額"},
            ),
            c.GridRow(),
        ),
    )


def entry_page() -> dict[str, Any]:
    error = c.SummaryError(text="請填寫用途說明。", field="purpose")
    return {
        "shell": shell(),
        "title": "登打請示單",
        "errors": (error,),
        "grid": grid(),
        "options": OPTIONS,
    }


def document_page() -> dict[str, Any]:
    at = dt.datetime(2016, 3, 15, 6, 5, tzinfo=dt.UTC)
    head = c.DocumentHead(
        label="請示單 10500128",
        badge=c.Badge(text="待簽證", tone=c.Tone.WAITING),
        amount_ntd=118_500,
        facts=(
            c.Fact(label="請示日期", value=dt.date(2016, 3, 14), kind=c.Kind.DATE),
            c.Fact(label="申請單位", value="自治行政科"),
            c.Fact(label="受款人", value="𠮷野視聽有限公司"),
            c.Fact(label="契約", value="105-民政-0031", kind=c.Kind.CODE, url="/document"),
            c.Fact(label="用途", value="里鄰長研習場地布置、講師鐘點費及 3 月份電信費"),
        ),
    )
    steps = (
        c.Action(title="簽證", url="/document/certification", key=KEY, primary=True),
        c.Action(
            title="退回",
            url="/document/return",
            key=KEY,
            danger=True,
            reason_field="reason",
            reason_label="退回理由",
        ),
        c.Action(title="列印", url="/document/print", method="get"),
        c.Action(title="撤回", url="", impossible="申請人才能撤回；您是簽證人員。"),
    )
    return {
        "shell": shell(),
        "title": "請示單",
        "head": head,
        "steps": steps,
        "lines": _document_lines(),
        "receipt_value": _receipt(at),
        "entries": _history(at),
    }


def _document_lines() -> c.Table:
    return c.Table(
        id="document-lines",
        caption="2 列",
        columns=(
            c.Column(title="預算科目"),
            c.Column(title="用途別"),
            c.Column(title="用途說明"),
            c.Column(title="金額", kind=c.Kind.AMOUNT, unit="元"),
        ),
        rows=(
            _document_line("3301010100 一般行政－行政管理", "3 月份電信費", 28_500),
            _document_line("3302020100 民政業務－自治行政", "里鄰長研習講師鐘點費", 90_000),
        ),
        totals=(
            c.Cell(value="合計"),
            c.Cell(value=None),
            c.Cell(value=None),
            c.Cell(value=118_500),
        ),
    )


def _document_line(line: str, purpose: str, amount_ntd: int) -> c.Row:
    return c.Row(
        cells=(
            c.Cell(value=line, url="/list"),
            c.Cell(value="2000 業務費"),
            c.Cell(value=purpose),
            c.Cell(value=amount_ntd),
        )
    )


def _receipt(at: dt.datetime) -> c.Receipt:
    return c.Receipt(
        title="經費簽證",
        number="105-簽-000342",
        decided_by="林淑芬（會計室審核）",
        decided_at=at,
        basis="依分配餘額控管",
        lines=(
            c.ReceiptLine(
                title="3301010100 一般行政－行政管理　業務費",
                enacted_ntd=12_480_000,
                changes_ntd=0,
                allotted_to_date_ntd=3_120_000,
                encumbered_ntd=640_500,
                expended_ntd=1_862_340,
                requested_ntd=28_500,
                remaining_ntd=588_660,
                url="/list",
            ),
            c.ReceiptLine(
                title="3302020100 民政業務－自治行政　業務費",
                enacted_ntd=8_650_000,
                changes_ntd=-150_000,
                allotted_to_date_ntd=2_160_000,
                encumbered_ntd=1_200_000,
                advanced_ntd=30_000,
                expended_ntd=318_766,
                requested_ntd=90_000,
                remaining_ntd=521_234,
            ),
        ),
    )


def _history(at: dt.datetime) -> tuple[c.HistoryEntry, ...]:
    return (
        c.HistoryEntry(
            at=at,
            who="王小明（自治行政科科長）",
            action="核可",
            badge=c.Badge(text="待簽證", tone=c.Tone.WAITING),
        ),
        c.HistoryEntry(
            at=at - dt.timedelta(hours=4),
            who="陳美惠（自治行政科）",
            action="修改後重送",
            changes=(c.Change(label="第 2 列金額", before="98,000", after="90,000"),),
        ),
        c.HistoryEntry(
            at=at - dt.timedelta(days=1),
            who="王小明（自治行政科科長）",
            action="退回",
            reason="鐘點費以 2,000 元計，請依講座鐘點費支給標準重算。",
            badge=c.Badge(text="退回", tone=c.Tone.BAD),
        ),
        c.HistoryEntry(
            at=at - dt.timedelta(days=1, hours=2), who="陳美惠（自治行政科）", action="送出"
        ),
    )


def batch_page() -> dict[str, Any]:
    outliers = c.Table(
        id="outliers",
        caption="超過 1,000,000 元的有 1 件",
        columns=(c.Column(title="請示單"), c.Column(title="金額", kind=c.Kind.AMOUNT, unit="元")),
        rows=(
            c.Row(
                cells=(c.Cell(value="10500097", url="/document"), c.Cell(value=1_200_000)),
            ),
        ),
    )
    confirm = c.Confirmation(
        title="批次簽證 28 件",
        url="/batch",
        key=KEY,
        facts=(
            c.Fact(label="件數", value=28, kind=c.Kind.NUMBER),
            c.Fact(label="總額（元）", value=3_482_150, kind=c.Kind.AMOUNT),
            c.Fact(label="餘額不足，將不予簽證", value=1, kind=c.Kind.NUMBER),
        ),
        outliers=outliers,
        button="簽證 28 件",
        question="請輸入件數以確認",
        expected="28",
        back_url="/home",
    )
    preview = c.UploadPreview(
        facts=(
            c.Fact(label="檔案", value="105民政局歲出機關別預算表.xls"),
            c.Fact(label="科目", value=31, kind=c.Kind.NUMBER),
            c.Fact(label="總額（元）", value=1_284_610_000, kind=c.Kind.AMOUNT),
        ),
        problems=(
            c.FileProblem(
                text="「民政業務」下三項合計 55,966,000，與本列 55,996,000 相差 30,000。",
                file="105民政局.xls",
                sheet="歲出",
                place="G23",
            ),
        ),
    )
    return {"shell": shell(), "title": "批次簽證", "confirm": confirm, "preview": preview}


def refusal_page() -> dict[str, Any]:
    problem = Problem(
        type="urn:zhuji:refusal:E-ALLOT-INSUFFICIENT",
        title="未能受理",
        status=409,
        code="E-ALLOT-INSUFFICIENT",
        detail="民政業務－自治行政　業務費（2000）分配餘額不足：截至本月分配 170,000 − 已簽證 60,000"
        " − 暫付 0 − 已實現 28,520 = 81,480，本次 90,000，短少 8,520。"
        "可改列下月、申請修改分配或流用。",
        arithmetic={
            "allotted_to_date_ntd": 170_000,
            "encumbered_ntd": 60_000,
            "advanced_ntd": 0,
            "expended_ntd": 28_520,
            "available_ntd": 81_480,
            "requested_ntd": 90_000,
            "short_ntd": 8_520,
        },
        fields={},
        trace_id=TRACE,
    )
    steps = (
        c.Link(title="回請示單修改", url="/document"),
        c.Link(title="申請修改分配", url="/list"),
    )
    return {"shell": shell(), "title": problem.title, "problem": problem, "next_steps": steps}


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
                DemoSignIn(account="clerk", name="陳美惠", roles="申請人"),
                DemoSignIn(account="accountant", name="林淑芬", roles="會計室審核、簽證人員"),
            ),
        ),
    }


# address → (template, its context)
GALLERY: dict[str, tuple[str, Any]] = {
    "/home": ("home.html", home_page),
    "/list": ("gallery/list.html", list_page),
    "/entry": ("gallery/entry.html", entry_page),
    "/document": ("gallery/document.html", document_page),
    "/batch": ("gallery/batch.html", batch_page),
    "/refusal": ("error.html", refusal_page),
    "/sign-in": ("sign_in.html", sign_in_page),
}


def draw(path: str, *, language: str = "zh_Hant_TW") -> str:
    """Render one page of the gallery."""
    template, context = GALLERY[path]
    return pages().render(template, language=language, **context())
