"""Sample pages of single documents: a request, a batch, a refusal."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.core.web.sample_shell import KEY, TRACE, shell
from zhuji_core.web import components as c
from zhuji_core.web.problems import Problem


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
        detail="民政業務－自治行政　業務費（2000）分配餘額不足：截至本月分配 170,000"
        " − 已簽證 60,000 − 暫付 0 − 已實現 28,520 = 81,480，本次 90,000，短少 8,520。"
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
