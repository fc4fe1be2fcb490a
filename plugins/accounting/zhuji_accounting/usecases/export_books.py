"""Write a year's books as text for hledger, ledger or beancount: an oracle that is not ours."""

from __future__ import annotations

from collections.abc import Iterator

from zhuji_accounting.domain.ledger.control_text import ControlText
from zhuji_accounting.domain.ledger.plain_text import Names, lines_of
from zhuji_accounting.domain.ledger.voucher import ADJUSTMENT_PERIOD
from zhuji_accounting.domain.request import Period
from zhuji_accounting.queries.charts import chart_of
from zhuji_accounting.queries.controlled import controlled, kept_positions
from zhuji_accounting.queries.plain_books import kept_balances, posted_in
from zhuji_core.uow import UnitOfWork


def export_books(
    uow: UnitOfWork, *, fiscal_year: int, form: str, text: ControlText | None = None
) -> Iterator[str]:
    """Yield the lines of the file of all agencies: vouchers and the budget's control ledger.

    ``text`` is given by whoever compares the control ledger afterwards. Read-only. Raises NoChart
    and NoFundControl.
    """
    by_code = chart_of(uow, fiscal_year).by_code
    names = Names(
        form=form,
        names={code: account.name for code, account in by_code.items()},
        classes={code: account.account_class for code, account in by_code.items()},
    )
    text = text or ControlText(form=form)
    yield from lines_of(
        posted_in(uow, fiscal_year),
        kept_balances(uow, fiscal_year),
        fiscal_year=fiscal_year,
        names=names,
        control=text.postings(controlled(uow, fiscal_year=fiscal_year)),
    )
    yield from text.kept(
        kept_positions(uow, text.row_ids),
        day=Period(fiscal_year=fiscal_year, period=ADJUSTMENT_PERIOD).ends_on,
    )
