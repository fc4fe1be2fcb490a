"""Write a year's books as text for hledger, ledger or beancount: an oracle that is not ours."""

from __future__ import annotations

from collections.abc import Iterator

from zhuji_accounting.domain.ledger.plain_text import Names, lines_of
from zhuji_accounting.queries.charts import chart_of
from zhuji_accounting.queries.plain_books import kept_balances, posted_in
from zhuji_core.uow import UnitOfWork


def export_books(uow: UnitOfWork, *, fiscal_year: int, form: str) -> Iterator[str]:
    """Yield the lines of the file of all agencies; read-only. Raises NoChart."""
    by_code = chart_of(uow, fiscal_year).by_code
    names = Names(
        form=form,
        names={code: account.name for code, account in by_code.items()},
        classes={code: account.account_class for code, account in by_code.items()},
    )
    yield from lines_of(
        posted_in(uow, fiscal_year),
        kept_balances(uow, fiscal_year),
        fiscal_year=fiscal_year,
        names=names,
    )
