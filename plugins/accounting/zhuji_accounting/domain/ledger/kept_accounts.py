"""Accounts that documents keep: what stands there is made by budget, request, claim, advance. Pure.

Which they are follows from the rules, never from digits: an account that rules of documents name
and no rule that people use does. Of revenue and expenditure people correct the accounts; of these
they cannot, for each balance equals its documents: 預算控制, 契約責任, 暫付, 預付, 零用金, 應付.
"""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_accounting.domain.ledger.chart import AccountClass, Chart
from zhuji_accounting.domain.ledger.posting_rules import RuleSet
from zhuji_accounting.domain.ledger.refusals import AccountKept
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.domain.ledger.voucher_rules import is_keyed

CORRECTED = {AccountClass.REVENUE, AccountClass.EXPENDITURE, AccountClass.NET_ASSET}


def kept_accounts(chart: Chart, rules: RuleSet) -> Mapping[str, str]:
    """Return the accounts that only documents move: code → the first event that moves it."""
    keyed = {entry.account for rule in rules.manual_rules for entry in rule.entries}
    known = chart.by_code
    kept: dict[str, str] = {}
    for rule in rules.rules:
        for entry in rule.entries:
            account = known.get(entry.account)
            if account is None or entry.account in keyed:
                continue
            if account.account_class not in CORRECTED:
                kept.setdefault(entry.account, rule.title)
    return kept


def require_not_kept(voucher: Voucher, kept: Mapping[str, str]) -> None:
    """Raise AccountKept where an entry that somebody keyed moves an account that documents keep.

    What a document or the system made, and the reversal of a voucher, is not keyed.
    """
    if voucher.automatic or not is_keyed(voucher):
        return
    for line in voucher.lines:
        if line.account_code in kept:
            raise AccountKept(
                line_no=line.line_no,
                account_code=line.account_code,
                account_name=line.account_name,
                event=kept[line.account_code],
                fields={f"lines-{line.line_no - 1}-account_code": AccountKept.message},
            )
