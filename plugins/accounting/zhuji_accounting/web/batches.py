"""Batch certification as pages: the summary before, the answer for each request after."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from zhuji_accounting.domain.certification import Outcome
from zhuji_accounting.queries.requests import RequestRow
from zhuji_accounting.web.request_tables import waiting_table
from zhuji_core.ids import new_id
from zhuji_core.values import DomainError, Value
from zhuji_core.web.components import (
    Badge,
    Cell,
    Column,
    Confirmation,
    Fact,
    Kind,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext

LARGEST_SHOWN = 5  # a batch is looked over by its largest amounts


class RefusedRequest(Value, frozen=True, kw_only=True):
    """One refused request of a batch, with the arithmetic of its refusal."""

    label: str
    url: str
    code: str
    text: str
    arithmetic: Mapping[str, int]


class BatchResult(Value, frozen=True, kw_only=True):
    """What became of a batch."""

    facts: tuple[Fact, ...]
    table: Table
    refused: tuple[RefusedRequest, ...]


def chosen_ids(data: Mapping[str, Any], name: str = "request_ids") -> list[uuid.UUID]:
    """Return the ids of check boxes, or of the one hidden field that carries them all."""
    given = data.get(name, [])
    texts = given if isinstance(given, list) else str(given).split(",")
    ids = []
    for text in texts:
        try:
            ids.append(uuid.UUID(str(text)))
        except ValueError:
            continue
    return list(dict.fromkeys(ids))


def confirmation(
    context: RequestContext, rows: Sequence[RequestRow], *, error: str = ""
) -> Confirmation:
    """Return the summary with totals and the largest amounts; the count is keyed to go on."""
    tr = context.gettext
    largest = sorted(rows, key=lambda row: -row.amount_ntd)[:LARGEST_SHOWN]
    agencies = Counter(row.agency_name for row in rows)
    return Confirmation(
        title=tr("確認批次簽證"),
        url=context.path("accounting/certifications/batch"),
        key=str(new_id()),
        facts=(
            Fact(label=tr("件數"), value=len(rows), kind=Kind.NUMBER),
            Fact(label=tr("總金額"), value=sum(row.amount_ntd for row in rows), kind=Kind.AMOUNT),
            Fact(label=tr("最大一件"), value=largest[0].amount_ntd, kind=Kind.AMOUNT),
            Fact(
                label=tr("機關"),
                value=tr("、").join(f"{name} {count}" for name, count in agencies.items()),
            ),
        ),
        outliers=waiting_table(context, largest, caption=tr("金額最大者")),
        question=tr("請鍵入件數以確認（{count} 件）").format(count=len(rows)),
        expected=str(len(rows)),
        button=tr("批次簽證 {count} 件").format(count=len(rows)),
        back_url=context.path("accounting/requests/waiting/certification"),
        error=error,
        fields={"request_ids": ",".join(str(row.request_id) for row in rows)},
    )


def batch_result(context: RequestContext, outcomes: Sequence[Outcome]) -> BatchResult:
    """Return each request's answer in the order of arrival: its number, or why not."""
    tr = context.gettext
    granted = [outcome.certification for outcome in outcomes if outcome.certification]
    return BatchResult(
        facts=(
            Fact(label=tr("已簽證件數"), value=len(granted), kind=Kind.NUMBER),
            Fact(
                label=tr("已簽證金額"),
                value=sum(one.amount_ntd for one in granted),
                kind=Kind.AMOUNT,
            ),
            Fact(label=tr("未簽證件數"), value=len(outcomes) - len(granted), kind=Kind.NUMBER),
        ),
        table=Table(
            id="outcomes",
            caption=tr("逐件結果"),
            columns=(
                Column(title=tr("申請編號"), kind=Kind.CODE),
                Column(title=tr("結果"), kind=Kind.BADGE),
                Column(title=tr("簽證號"), kind=Kind.CODE),
                Column(title=tr("說明")),
                Column(title=tr("簽證金額"), unit=tr("元"), kind=Kind.AMOUNT),
            ),
            rows=tuple(_outcome_row(context, outcome) for outcome in outcomes),
            totals=(
                Cell(value=tr("合計")),
                *(Cell(value=None) for _ in range(3)),
                Cell(value=sum(one.amount_ntd for one in granted)),
            ),
        ),
        refused=tuple(
            RefusedRequest(
                label=outcome.label or tr("查無申請"),
                url=_url(context, outcome),
                code=outcome.refusal.code,
                text=outcome.refusal.text(tr),
                arithmetic=outcome.refusal.arithmetic,
            )
            for outcome in outcomes
            if outcome.refusal and outcome.refusal.arithmetic
        ),
    )


def _outcome_row(context: RequestContext, outcome: Outcome) -> Row:
    tr = context.gettext
    made, refusal = outcome.certification, outcome.refusal
    badge = (
        Badge(text=tr("已完成簽證"), tone=Tone.GOOD)
        if made
        else Badge(text=tr("未簽證"), tone=Tone.BAD)
    )
    return Row(
        cells=(
            Cell(value=outcome.label, url=_url(context, outcome)),
            Cell(value=badge),
            Cell(value=made.label if made else None),
            Cell(value=_why(context, refusal)),
            Cell(value=made.amount_ntd if made else None),
        )
    )


def _why(context: RequestContext, refusal: DomainError | None) -> str:
    """Say why not; a refusal with arithmetic is told in full below the table."""
    if refusal is None:
        return ""
    if refusal.arithmetic:
        return context.gettext("餘額不足，算式如下")
    return refusal.text(context.gettext)


def _url(context: RequestContext, outcome: Outcome) -> str:
    return context.path(f"accounting/requests/{outcome.request_id}")
