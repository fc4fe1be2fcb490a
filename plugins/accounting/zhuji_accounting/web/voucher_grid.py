"""The entry grid of the voucher form, and what it says of each account's balance."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_accounting.domain.ledger.chart import SIDE_TITLES, Account, Side
from zhuji_accounting.domain.ledger.voucher import LINES_MAX
from zhuji_accounting.domain.ledger.voucher_rules import SUBSIDIARY_TITLES
from zhuji_accounting.queries.entry_lookups import KnownSubsidiary
from zhuji_accounting.queries.revenue_rows import RevenueRow
from zhuji_accounting.web.request_grid import AvailabilityAnswer, Picked
from zhuji_accounting.web.voucher_form import TypedVoucher, revenue_value, subsidiary_value
from zhuji_accounting.web.wording import Gettext
from zhuji_core.formats import format_ntd
from zhuji_core.web.components import Grid, GridColumn, GridKind, GridRow
from zhuji_core.web.context import RequestContext
from zhuji_core.web.forms import row_faults

# Fields of row or form that every question of the grid is asked with.
SENDS = ("account_id", "fiscal_year", "posting_date")


def picked_account(account: Account, gettext: Gettext) -> Picked:
    notes = [gettext("{side}方科目").format(side=gettext(SIDE_TITLES[account.side]))]
    if account.subsidiary:
        kind = gettext(SUBSIDIARY_TITLES.get(account.subsidiary, account.subsidiary))
        notes.append(gettext("明細：{kind}").format(kind=kind))
    return Picked(value=account.code, code=account.code, label=account.name, note="　".join(notes))


def picked_revenue(row: RevenueRow, gettext: Gettext) -> Picked:
    return Picked(
        value=revenue_value(row.row_id),
        code=row.code,
        label=row.name,
        note=gettext("歲入　來源 {source}").format(source=row.source_code),
    )


def picked_subsidiary(one: KnownSubsidiary, gettext: Gettext) -> Picked:
    kind = gettext(SUBSIDIARY_TITLES.get(one.kind, one.kind))
    return Picked(
        value=subsidiary_value(one.kind, one.key),
        code=one.key,
        label=one.name,
        note=f"{kind}　{on_side(one.net_ntd, gettext)}",
    )


def on_side(net_ntd: int, gettext: Gettext) -> str:
    """Say a balance with its side: 借 1,200, 貸 300, 0."""
    if not net_ntd:
        return "0"
    side = Side.DEBIT if net_ntd > 0 else Side.CREDIT
    return f"{gettext(SIDE_TITLES[side])} {format_ntd(abs(net_ntd))}"


def account_words(
    account: Account | None, *, posted_ntd: int, amount_ntd: int, also_ntd: int, gettext: Gettext
) -> AvailabilityAnswer:
    """Say the account's balance before and after this entry; what turns it round is marked."""
    if account is None:
        return AvailabilityAnswer(text=gettext("查無此會計科目"), state="unknown")
    before_ntd = posted_ntd + also_ntd
    after_ntd = before_ntd + amount_ntd
    before, after = (on_side(net_ntd, gettext) for net_ntd in (before_ntd, after_ntd))
    if not amount_ntd:
        return AvailabilityAnswer(text=gettext("餘額 {before}").format(before=before), state="ok")
    text = gettext("餘額 {before}；本筆後 {after}").format(before=before, after=after)
    if after_ntd < 0 if account.side is Side.DEBIT else after_ntd > 0:
        return AvailabilityAnswer(text=gettext("{text}（反向）").format(text=text), state="unknown")
    return AvailabilityAnswer(text=text, state="ok")


def voucher_grid(
    context: RequestContext, typed: TypedVoucher, *, agency_code: str, faults: Mapping[str, str]
) -> Grid:
    """Return the grid with the entries typed so far and at least two rows (without script)."""
    tr = context.gettext

    def lookup(name: str) -> str:
        return context.path(f"accounting/entries/{name}?agency_code={agency_code}")

    return Grid(
        caption=tr("分錄"),
        columns=(
            GridColumn(
                name="account",
                title=tr("會計科目（代碼或名稱）"),
                kind=GridKind.PICKER,
                width=3,
                picker_url=lookup("accounts"),
                required=True,
            ),
            GridColumn(
                name="debit", title=tr("借方"), unit=tr("元"), kind=GridKind.AMOUNT, width=1
            ),
            GridColumn(
                name="credit", title=tr("貸方"), unit=tr("元"), kind=GridKind.AMOUNT, width=1
            ),
            GridColumn(name="description", title=tr("說明"), width=2, length_max=200),
            GridColumn(
                name="control_row",
                title=tr("預算科目"),
                kind=GridKind.PICKER,
                width=2,
                picker_url=lookup("budget-rows"),
            ),
            GridColumn(
                name="subsidiary",
                title=tr("明細對象（代碼 名稱）"),
                kind=GridKind.PICKER,
                width=2,
                picker_url=lookup("subsidiaries"),
            ),
        ),
        rows=_rows(typed, faults),
        rows_max=LINES_MAX,
        availability_url=lookup("balance"),
        availability_key="account_id",
        availability_title=tr("科目餘額"),
        balanced=("debit", "credit"),
        hidden=("object_code",),
        sends=SENDS,
    )


def _rows(typed: TypedVoucher, faults: Mapping[str, str]) -> tuple[GridRow, ...]:
    rows = [
        GridRow(values=line, errors=row_faults(faults, number))
        for number, line in enumerate(typed.lines)
    ]
    if len(rows) < LINES_MAX:
        rows.append(GridRow())
    return (*rows, GridRow()) if len(rows) == 1 else tuple(rows)
