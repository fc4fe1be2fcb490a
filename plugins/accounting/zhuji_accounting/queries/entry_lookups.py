"""What is asked while entries are keyed: accounts and their balances, whose, rows of the budget."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_accounting.domain.ledger.chart import Account, Chart
from zhuji_accounting.permissions import WRITE_VOUCHER
from zhuji_accounting.queries.control_rows import PICK_MAX, control_row_code, control_row_label
from zhuji_accounting.queries.revenue_rows import RevenueRow, pick_revenue_rows
from zhuji_core.contracts.funds import ControlRowQuery, FundPosition
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

BALANCE = sa.text("""
    SELECT COALESCE(sum(b.debit_ntd - b.credit_ntd), 0)::bigint AS net_ntd
      FROM accounting.account_balance AS b
     WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
       AND b.account_code = :account_code
""")
# Whose entries the books of the year hold already, of this account or of all.
SUBSIDIARIES = sa.text("""
    SELECT b.subsidiary_kind AS kind, b.subsidiary_key AS key, max(b.subsidiary_name) AS name,
           sum(b.debit_ntd - b.credit_ntd)::bigint AS net_ntd
      FROM accounting.subsidiary_balance AS b
     WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
       AND (:account_code = '' OR b.account_code = :account_code)
       AND (:text = '' OR strpos(lower(b.subsidiary_key), :text) > 0
            OR strpos(lower(b.subsidiary_name), :text) > 0)
     GROUP BY b.subsidiary_kind, b.subsidiary_key
     ORDER BY b.subsidiary_kind, b.subsidiary_key
     LIMIT :limit
""")


class KnownSubsidiary(Value, frozen=True, kw_only=True):
    """One payee, contract or person of the books; ``net_ntd`` is debit less credit."""

    kind: str
    key: str
    name: str
    net_ntd: int


def pick_accounts(chart: Chart, text: str) -> list[Account]:
    """Return the postable accounts that hold every word of ``text``, those by code first."""
    words = text.casefold().split()
    found = [
        account
        for account in chart.accounts
        if account.postable
        and all(word in f"{account.code} {account.name} {account.name_en}".casefold()
                for word in words)
    ]  # fmt: skip
    return sorted(
        found, key=lambda one: (not one.code.startswith(words[0] if words else ""), one.code)
    )[:PICK_MAX]


def only_account(chart: Chart, text: str) -> Account | None:
    """Return the one account that was meant by a text keyed without choosing, or None."""
    word = text.split(maxsplit=1)[0] if text.split() else ""
    known = chart.by_code.get(word)
    if known is not None and known.postable:
        return known
    found = pick_accounts(chart, text)
    exact = [one for one in found if one.name == text]
    candidates = exact or found
    return candidates[0] if len(candidates) == 1 else None


def account_balance_ntd(
    uow: UnitOfWork, *, agency_code: str, fiscal_year: int, account_code: str
) -> int:
    """Return debit less credit of what is posted to the account in the year."""
    uow.require(WRITE_VOUCHER, agency_code=agency_code)
    asked = {
        "agency_code": agency_code,
        "fiscal_year": fiscal_year,
        "account_code": account_code,
    }
    net_ntd: int = uow.connection.execute(BALANCE, asked).scalar_one()
    return net_ntd


def pick_subsidiaries(
    uow: UnitOfWork, *, agency_code: str, fiscal_year: int, account_code: str, text: str
) -> list[KnownSubsidiary]:
    """Return at most twenty of those whom the books of the year know."""
    uow.require(WRITE_VOUCHER, agency_code=agency_code)
    rows = uow.connection.execute(
        SUBSIDIARIES,
        {
            "agency_code": agency_code,
            "fiscal_year": fiscal_year,
            "account_code": account_code,
            "text": text.strip().casefold(),
            "limit": PICK_MAX,
        },
    ).mappings()
    return [KnownSubsidiary(**row) for row in rows]


def pick_budget_rows(
    uow: UnitOfWork, *, agency_code: str, fiscal_year: int, text: str
) -> Sequence[FundPosition]:
    """Return at most twenty rows of the agency's budget, for whoever keys its vouchers."""
    uow.require(WRITE_VOUCHER, agency_code=agency_code)
    return uow.hooks.find_control_rows(
        uow,
        ControlRowQuery(
            agency_code=agency_code, fiscal_year=fiscal_year, text=text, limit=PICK_MAX
        ),
    )


def only_budget_row(
    uow: UnitOfWork, *, agency_code: str, fiscal_year: int, text: str
) -> FundPosition | RevenueRow | None:
    """Return the one row that was meant by a text keyed without choosing, or None."""
    spent = pick_budget_rows(uow, agency_code=agency_code, fiscal_year=fiscal_year, text=text)
    earned = pick_revenue_rows(
        uow, agency_code=agency_code, fiscal_year=fiscal_year, text=text, limit=PICK_MAX
    )
    exact = [row for row in spent if text in {control_row_code(row), control_row_label(row)}]
    exact_earned = [row for row in earned if text in {row.code, row.label}]
    candidates: list[FundPosition | RevenueRow] = [*exact, *exact_earned] or [*spent, *earned]
    return candidates[0] if len(candidates) == 1 else None
