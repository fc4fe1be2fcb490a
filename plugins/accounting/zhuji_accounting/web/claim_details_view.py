"""What a kind of claim says besides, on its page."""

from __future__ import annotations

from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.domain.claims.details import (
    WITHHOLDING_TITLES,
    Journey,
    Payroll,
    Subsidy,
)
from zhuji_core.formats import format_date, format_ntd
from zhuji_core.web.components import Fact
from zhuji_core.web.context import RequestContext


def details_facts(context: RequestContext, claim: ExpenseClaim) -> tuple[Fact, ...]:
    """Return the facts of the journey, the payroll or the subsidy."""
    if claim.details.journey is not None:
        return _journey(context, claim.details.journey)
    if claim.details.payroll is not None:
        return _payroll(context, claim, claim.details.payroll)
    if claim.details.subsidy is not None:
        return _subsidy(context, claim.details.subsidy)
    return ()


def _journey(context: RequestContext, journey: Journey) -> tuple[Fact, ...]:
    tr = context.gettext
    days = f"{format_date(journey.left_on)}–{format_date(journey.returned_on)}"
    costs = tr("交通費 {transport}、住宿費 {lodging}、雜費 {allowance}").format(
        transport=format_ntd(journey.transport_ntd),
        lodging=format_ntd(journey.lodging_ntd),
        allowance=format_ntd(journey.allowance_ntd),
    )
    return (
        Fact(label=tr("出差人"), value=journey.traveller),
        Fact(label=tr("出差地點"), value=journey.destination),
        Fact(label=tr("出差期間"), value=days),
        Fact(label=tr("費用"), value=costs),
    )


def _payroll(context: RequestContext, claim: ExpenseClaim, payroll: Payroll) -> tuple[Fact, ...]:
    tr = context.gettext
    withheld = "、".join(
        f"{tr(WITHHOLDING_TITLES[one.kind])} {format_ntd(one.amount_ntd)}"
        for one in payroll.withholdings
    )
    return (
        Fact(label=tr("薪給月份"), value=str(payroll.month)),
        Fact(label=tr("人數"), value=str(payroll.head_count)),
        Fact(label=tr("代扣款"), value=withheld or "-"),
        Fact(label=tr("代扣款合計"), value=format_ntd(payroll.withheld_ntd)),
        Fact(label=tr("實發金額"), value=format_ntd(claim.net_ntd)),
    )


def _subsidy(context: RequestContext, subsidy: Subsidy) -> tuple[Fact, ...]:
    tr = context.gettext
    who = (
        f"{subsidy.recipient}（{subsidy.recipient_id}）"
        if subsidy.recipient_id
        else subsidy.recipient
    )
    return (
        Fact(label=tr("受補助對象"), value=who),
        Fact(label=tr("補助計畫"), value=subsidy.plan),
        Fact(label=tr("核定文號"), value=subsidy.approval_no),
        Fact(label=tr("核定補助金額"), value=format_ntd(subsidy.approved_ntd)),
    )
