"""The page of one request as values for its template."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from zhuji_accounting.domain.carries.brought import BROUGHT_TITLES
from zhuji_accounting.domain.certification import Certification
from zhuji_accounting.domain.commitments.rules import held_until
from zhuji_accounting.domain.request import RequestLine, RequestState, SpendingRequest
from zhuji_accounting.queries.next_actions import NextAction, Verb
from zhuji_accounting.queries.requests import Release, RequestPage
from zhuji_accounting.web import document_view
from zhuji_accounting.web.wording import (
    ACCOUNT_TITLES,
    BASIS_TITLES,
    VERB_TITLES,
    kind_title,
    state_badge,
)
from zhuji_core.contracts.funds import FundPosition
from zhuji_core.values import N_
from zhuji_core.web.components import (
    Action,
    Cell,
    Column,
    DocumentHead,
    Fact,
    Kind,
    Receipt,
    ReceiptLine,
    Row,
    Table,
)
from zhuji_core.web.context import RequestContext

# Verb → the noun of its address (state changes are sub-resources).
NOUNS = {
    Verb.SUBMIT: "submission",
    Verb.APPROVE: "approval",
    Verb.CERTIFY: "certification",
    Verb.EDIT: "edit",
    Verb.RETURN: "return",
    Verb.AWARD: "award",
    Verb.SUPPLEMENT: "supplement",
    Verb.RELEASE: "release",
    Verb.HOLD: "hold",
    Verb.CARRY: "carry-over",
    Verb.WITHDRAW: "withdrawal",
}
# Reached by a link: a form of its own follows.
LINKS = frozenset({Verb.EDIT, Verb.AWARD, Verb.SUPPLEMENT, Verb.RELEASE, Verb.HOLD, Verb.CARRY})
AMOUNT_LABELS = {
    RequestState.CERTIFIED: N_("簽證金額"),
    RequestState.CLOSED: N_("簽證金額"),
}


def document_head(context: RequestContext, page: RequestPage) -> DocumentHead:
    tr = context.gettext
    request = page.request
    facts = [
        Fact(label=tr("用途"), value=request.purpose or tr("（未填）")),
        Fact(label=tr("案據"), value=request.basis or tr("（未填）")),
        Fact(label=tr("種類"), value=kind_title(str(request.kind), tr)),
        Fact(label=tr("受款人"), value=request.payee or "-"),
        Fact(label=tr("機關"), value=f"{request.agency_name}（{request.agency_code}）"),
        Fact(label=tr("年度"), value=str(request.fiscal_year)),
        Fact(label=tr("經辦"), value=request.created_by_name),
    ]
    if request.supplements_id is not None:
        facts.append(
            Fact(
                label=tr("追加自"),
                value=request.supplements_label,
                url=context.path(f"accounting/requests/{request.supplements_id}"),
            )
        )
    facts += _former_years(context, page)
    if request.contract_no:
        facts.append(Fact(label=tr("契約編號"), value=request.contract_no, kind=Kind.CODE))
        facts.append(Fact(label=tr("廠商"), value=request.contractor))
    if request.state is RequestState.CERTIFIED or request.hold_until:
        facts.append(Fact(label=tr("保留至"), value=held_until(request), kind=Kind.DATE))
    if page.submitted_at:
        facts.append(Fact(label=tr("送出時間"), value=page.submitted_at, kind=Kind.TIME))
    if request.approved_by_name:
        facts.append(Fact(label=tr("核准主管"), value=request.approved_by_name))
    if request.duplicate_reason:
        facts.append(Fact(label=tr("非重複之理由"), value=request.duplicate_reason))
    return DocumentHead(
        label=request.label,
        badge=state_badge(str(request.state), tr),
        amount_ntd=request.amount_ntd,
        amount_label=tr(AMOUNT_LABELS.get(request.state, N_("申請金額"))),
        facts=tuple(facts),
    )


def _former_years(context: RequestContext, page: RequestPage) -> list[Fact]:
    """Return what the request continues of another year's, and as which it goes on itself."""
    tr = context.gettext
    request = page.request
    facts = []
    if request.continues_id is not None:
        facts.append(
            Fact(
                label=tr(BROUGHT_TITLES[request.brought]),
                value=tr("{year} 年度，轉入自 {label}").format(
                    year=request.origin_year, label=request.continues_label
                ),
                url=context.path(f"accounting/requests/{request.continues_id}"),
            )
        )
    facts += [
        Fact(
            label=tr("已轉入次年度（{what}）").format(what=tr(BROUGHT_TITLES[one.brought])),
            value=one.label,
            url=context.path(f"accounting/requests/{one.request_id}"),
        )
        for one in page.goes_on
    ]
    return facts


def lines_table(
    context: RequestContext,
    request: SpendingRequest,
    positions: Mapping[uuid.UUID, FundPosition],
) -> Table:
    """Return the lines: with what is available now, and once certified with what is held."""
    tr = context.gettext
    held = request.is_held
    figures = (
        (tr("簽證金額"), tr("已報支"), tr("暫付"), tr("已釋放"), tr("尚保留"))
        if held
        else (tr("申請金額"), tr("目前可用"), tr("簽證後餘額"))
    )
    return Table(
        id="lines",
        caption=tr("動支明細"),
        columns=(
            Column(title=tr("行"), kind=Kind.NUMBER),
            Column(title=tr("預算科目"), kind=Kind.CODE),
            Column(title=tr("名稱")),
            Column(title=tr("經資門")),
            Column(title=tr("二級用途別"), kind=Kind.CODE),
            Column(title=tr("說明")),
            *(Column(title=title, unit=tr("元"), kind=Kind.AMOUNT) for title in figures),
        ),
        rows=tuple(
            _line_row(
                context,
                line,
                figures=_figures(request, line, positions, held=held),
                is_own=_is_own(request, positions.get(line.control_row_id)),
            )
            for line in request.lines
        ),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(5)),
            Cell(value=request.amount_ntd),
            *(
                Cell(value=sum(figures) if held else None)
                for figures in zip(
                    *(_figures(request, line, positions, held=held) for line in request.lines),
                    strict=True,
                )
            ),
        ),
        empty=tr("尚未填明細。"),
    )


def _figures(
    request: SpendingRequest,
    line: RequestLine,
    positions: Mapping[uuid.UUID, FundPosition],
    *,
    held: bool,
) -> tuple[int | None, ...]:
    """Return the figures beside the amount; earlier lines on the same row have gone before."""
    if held:
        return line.claimed_ntd, line.advanced_ntd, line.released_ntd, line.held_ntd
    position = positions.get(line.control_row_id)
    if position is None:
        return None, None
    available_ntd = position.available_ntd - request.asked_before_ntd(line)
    return available_ntd, available_ntd - line.amount_ntd


def _is_own(request: SpendingRequest, position: FundPosition | None) -> bool:
    """Tell whether the row is of the request's agency, whose page its people may open."""
    return position is None or position.agency_code == request.agency_code


def _line_row(
    context: RequestContext,
    line: RequestLine,
    *,
    figures: tuple[int | None, ...],
    is_own: bool,
) -> Row:
    tr = context.gettext
    return Row(
        cells=(
            Cell(value=line.line_no),
            Cell(
                value=f"{line.line_code}-{line.object_code}",
                url=control_row_url(context, line.control_row_id) if is_own else "",
            ),
            Cell(
                value=f"{line.line_name}　{line.object_name}",
                note="" if is_own else tr("統籌科目"),
            ),
            Cell(value=tr(ACCOUNT_TITLES[line.account])),
            Cell(value=line.detail_object_code or None),
            Cell(value=line.description),
            Cell(value=line.amount_ntd),
            *(Cell(value=figure) for figure in figures),
        )
    )


def control_row_url(context: RequestContext, control_row_id: uuid.UUID) -> str:
    """Return the page of the budget line behind a control row, which the budget module shows."""
    return context.path(f"budget/lines/by-control-row/{control_row_id}")


def receipt_of(context: RequestContext, page: RequestPage) -> Receipt | None:
    """Return the availability receipt of the certification, or None before it."""
    certification, at = page.certification, page.certified_at
    if certification is None or at is None:
        return None
    return Receipt(
        title=context.gettext("經費簽證"),
        number=certification.label,
        decided_by=certification.certified_by_name,
        decided_at=at,
        basis=context.gettext(BASIS_TITLES[certification.commit_basis]),
        lines=tuple(_receipt_lines(context, page.request, certification)),
    )


def _receipt_lines(
    context: RequestContext, request: SpendingRequest, certification: Certification
) -> list[ReceiptLine]:
    words = {
        line.line_no: f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}"
        for line in request.lines
    }
    return [
        ReceiptLine(
            title=words[line.line_no],
            enacted_ntd=line.enacted_ntd,
            changes_ntd=line.changes_ntd,
            frozen_ntd=line.frozen_ntd,
            allotted_to_date_ntd=line.allotted_to_date_ntd,
            encumbered_ntd=line.encumbered_ntd,
            advanced_ntd=line.advanced_ntd,
            expended_ntd=line.expended_ntd,
            requested_ntd=line.requested_ntd,
            remaining_ntd=line.remaining_ntd,
            url=control_row_url(context, line.control_row_id),
        )
        for line in certification.receipt
    ]


def releases_table(context: RequestContext, releases: Sequence[Release]) -> Table:
    tr = context.gettext
    return Table(
        id="releases",
        caption=tr("釋放紀錄"),
        columns=(
            Column(title=tr("日期"), kind=Kind.DATE),
            Column(title=tr("行"), kind=Kind.NUMBER),
            Column(title=tr("金額"), unit=tr("元"), kind=Kind.AMOUNT),
            Column(title=tr("理由")),
            Column(title=tr("辦理人")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=release.business_date),
                    Cell(value=release.line_no),
                    Cell(value=release.amount_ntd),
                    Cell(value=release.reason),
                    Cell(value=release.released_by_name),
                )
            )
            for release in releases
        ),
        totals=(
            Cell(value=tr("合計")),
            Cell(value=None),
            Cell(value=sum(release.amount_ntd for release in releases)),
            Cell(value=None),
            Cell(value=None),
        ),
    )


def actions_of(
    context: RequestContext, request: SpendingRequest, actions: Sequence[NextAction], *, key: str
) -> tuple[Action, ...]:
    return document_view.step_buttons(
        actions,
        context.gettext,
        titles=VERB_TITLES,
        links=LINKS,
        url_of=lambda verb: context.path(f"accounting/requests/{request.request_id}/{NOUNS[verb]}"),
        key=key,
    )
