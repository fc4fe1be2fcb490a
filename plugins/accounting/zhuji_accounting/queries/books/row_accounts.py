"""Which accounts record what of a row of the budget: by the rules in force, never by digits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from zhuji_accounting.domain.ledger.chart import AccountClass, Chart, Side
from zhuji_accounting.domain.ledger.posting_rules import BY_OBJECT, PostingRule, RuleSet
from zhuji_accounting.domain.request import Period
from zhuji_accounting.queries.charts import rules_during
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# What brings money into the agency's own hands: cash, bank accounts, petty cash.
CASH = {"revenue.self-collected", "guarantee.received", "custody.received", "petty-cash.drawn"}
# What the treasury pays for the agency, and what it takes in: the side of the treasury's account.
TRANSFERRED, REMITTED = {"petty-cash.drawn", "advance.paid"}, {"revenue.banked"}
SPENDING, CONTRACT = "expenditure.paid", "contract.encumbered"


def row_accounts(
    uow: UnitOfWork, chart: Chart, *, fiscal_year: int, until: dt.date
) -> Mapping[str, Sequence[str]]:
    """Return for each part of a row (``PARTS``) the codes of its accounts.

    Vouchers keep the version that made them, so every version counts that held in the year so far.
    """
    january = Period(fiscal_year=fiscal_year, period=1).begins_on
    versions = rules_during(uow, chart, first=january, last=until)
    return {
        "realised": _debited(versions, SPENDING),
        "contract": _debited(versions, CONTRACT),
        "collected": _of_class(chart, AccountClass.REVENUE),
        "remitted": _of_class(chart, AccountClass.EXPENDITURE),
    }


def cash_accounts(uow: UnitOfWork, chart: Chart, *, fiscal_year: int, until: dt.date) -> list[str]:
    """Return the accounts in which the agency keeps money: those that its receipts debit."""
    january = Period(fiscal_year=fiscal_year, period=1).begins_on
    versions = rules_during(uow, chart, first=january, last=until)
    return sorted(
        {
            entry.account
            for rules in versions
            for rule in rules.rules
            if rule.event_code in CASH
            for entry in rule.entries
            if entry.side is Side.DEBIT and entry.account in chart.by_code
        }
    )


class TreasuryAccounts(Value, frozen=True, kw_only=True):
    """The accounts in which the agency's books keep what the treasury pays and takes in.

    ``automatic``: events that move them without money: allotments, the end of a year.
    """

    transferred: tuple[str, ...]
    remitted: tuple[str, ...]
    automatic: tuple[str, ...]


def treasury_accounts(
    uow: UnitOfWork, chart: Chart, *, fiscal_year: int, until: dt.date
) -> TreasuryAccounts:
    """Return the accounts that payments credit (公庫撥入數) and remittances debit (繳付公庫數)."""
    january = Period(fiscal_year=fiscal_year, period=1).begins_on
    versions = rules_during(uow, chart, first=january, last=until)
    rules = [rule for version in versions for rule in version.rules]
    return TreasuryAccounts(
        transferred=_of_side(rules, TRANSFERRED, Side.CREDIT),
        remitted=_of_side(rules, REMITTED, Side.DEBIT),
        automatic=tuple(sorted({rule.event_code for rule in rules if rule.automatic})),
    )


def _of_side(rules: Sequence[PostingRule], events: AbstractSet[str], side: Side) -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                entry.account
                for rule in rules
                if rule.event_code in events
                for entry in rule.entries
                if entry.side is side
            }
        )
    )


def _debited(versions: Sequence[RuleSet], event_code: str) -> list[str]:
    """Return the accounts that the rules of an event debit row by row."""
    codes: set[str] = set()
    for rules in versions:
        for rule in rules.rules:
            if rule.event_code != event_code:
                continue
            for entry in rule.entries:
                if entry.side is Side.DEBIT and entry.by_row:
                    by_object = entry.account == BY_OBJECT
                    codes.update(
                        [one.code for one in rules.objects] if by_object else [entry.account]
                    )
    return sorted(codes)


def _of_class(chart: Chart, kind: AccountClass) -> list[str]:
    return [account.code for account in chart.accounts if account.account_class is kind]
