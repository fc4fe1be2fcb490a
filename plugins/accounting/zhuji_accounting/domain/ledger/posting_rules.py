"""Posting rules (會計事項與分錄對照) as data: which entries a business event makes. Pure.

Every event has a code; a rule says voucher kind, automatic or by hand, and entries. The idea is the
event-code table of DGBAS's own county system (domain §3, S7).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_accounting.domain.ledger.chart import Chart, Side
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.refusals import (
    NoAccountForObject,
    NoPostingRule,
    WithheldUntold,
)
from zhuji_accounting.domain.ledger.voucher import VoucherKind, VoucherLine, numbered
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, Value

BY_OBJECT = "@object"  # by the object of the line (用途別)
BY_SOURCE = "@source"  # by the source of revenue (來源別)
CHOSEN = "@chosen"  # by a person, under the name after the colon (``@chosen:bank``)
WITHHELD = "withheld"
# What facts call their amounts. The first four are of documents, the others of a year's end.
AMOUNT_TITLES: Mapping[str, str] = {
    "amount": N_("金額"),
    WITHHELD: N_("代扣數"),
    "debit": N_("借方餘額"),
    "credit": N_("貸方餘額"),
    "budget": N_("預算數"),
    "allotted": N_("已分配數"),
    "unallotted": N_("未分配數"),
    "rest": N_("差額"),
}


class Entry(Value, frozen=True, kw_only=True):
    """One entry of a rule. ``account``: a code, or one of the words above.

    ``amount``: the name of the fact's amount. ``by_row``: keep the rows of the budget apart, so
    that the books can be read by budget line. ``subsidiary``: whose, kept apart too.
    """

    side: Side
    account: str
    amount: str = "amount"
    by_row: bool = False
    subsidiary: str = ""


class PostingRule(Value, frozen=True, kw_only=True):
    """What one business event makes. ``automatic``: posted without a person (自動傳票).

    ``manual``: offered to people who prepare vouchers; the others are made by documents only.
    """

    event_code: str
    title: str
    kind: VoucherKind
    entries: tuple[Entry, ...]
    automatic: bool = False
    manual: bool = False


class AccountMatch(Value, frozen=True, kw_only=True):
    """Codes that begin with ``prefix`` (and are of the 經資門 ``account``, if given) go here."""

    prefix: str
    code: str
    account: str = ""


class RuleSet(Value, frozen=True, kw_only=True):
    """The rules of a chart from a date on. A set never changes: a new version follows it."""

    rule_set_id: uuid.UUID
    chart: str
    version: int
    effective_on: dt.date
    rules: tuple[PostingRule, ...]
    objects: tuple[AccountMatch, ...]
    sources: tuple[AccountMatch, ...]
    reason: str = ""

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="accounting.rules",
            document_id=self.rule_set_id,
            label=f"{self.chart} v{self.version}",
            agency_code="",
        )

    @property
    def manual_rules(self) -> tuple[PostingRule, ...]:
        return tuple(rule for rule in self.rules if rule.manual)

    def find(self, event_code: str) -> PostingRule | None:
        """Return the rule of an event, or None: the set is older than the event."""
        return next((rule for rule in self.rules if rule.event_code == event_code), None)

    def rule(self, event_code: str) -> PostingRule:
        """Return the rule of an event; raise NoPostingRule."""
        found = self.find(event_code)
        if found is None:
            raise NoPostingRule(event_code=event_code, chart=self.chart, version=self.version)
        return found


def by_accounts(rule: PostingRule, codes: Mapping[str, str]) -> PostingRule:
    """Return the rule by other accounts: code → the one that takes its place."""
    return msgspec.structs.replace(
        rule,
        entries=tuple(
            msgspec.structs.replace(entry, account=codes.get(entry.account, entry.account))
            for entry in rule.entries
        ),
    )


def amounts_of(*rules: PostingRule) -> tuple[str, ...]:
    """Return the names of amounts that any of the rules asks for."""
    return tuple(dict.fromkeys(entry.amount for rule in rules for entry in rule.entries))


def chosen_names(*rules: PostingRule) -> tuple[str, ...]:
    """Return the names of accounts that people choose, of any of the rules."""
    chosen = [
        entry.account.partition(":")[2]
        for rule in rules
        for entry in rule.entries
        if entry.account.startswith(CHOSEN)
    ]
    return tuple(dict.fromkeys(chosen))


def match(matches: Sequence[AccountMatch], code: str, account: str) -> str:
    """Return the account of the longest prefix of ``code``; empty when none fits.

    Of equal prefixes the one that names the 經資門 counts.
    """
    fitting = [
        one for one in matches if code.startswith(one.prefix) and one.account in {"", account}
    ]
    best = max(fitting, key=lambda one: (len(one.prefix), bool(one.account)), default=None)
    return "" if best is None else best.code


def require_withheld_told(fact: Fact, rules: RuleSet) -> None:
    """Raise WithheldUntold when something is withheld and no entry of the event's rule says so.

    Kept rules may be older than what a document tells. Raises NoPostingRule too.
    """
    rule = rules.rule(fact.event_code)
    withheld_ntd = sum(line.amounts_ntd.get(WITHHELD, 0) for line in fact.lines)
    if withheld_ntd and WITHHELD not in amounts_of(rule):
        raise WithheldUntold(
            chart=rules.chart, version=rules.version, title=rule.title, withheld_ntd=withheld_ntd
        )


def entries_of(
    rule: PostingRule, fact: Fact, *, rules: RuleSet, chart: Chart
) -> tuple[VoucherLine, ...]:
    """Return the entries that ``fact`` makes, debits first; none when all its amounts are zero.

    A negative amount stands on the other side. Entries of one account, row and subsidiary are one.
    Raises NoAccountForObject when an object or a source leads to no account.
    """
    names = {code: account.name for code, account in chart.by_code.items()}
    sums: dict[tuple[object, ...], VoucherLine] = {}
    for entry in rule.entries:
        for line in fact.lines:
            amount_ntd = line.amounts_ntd.get(entry.amount, 0)
            if not amount_ntd:
                continue
            made = _line(entry, line, amount_ntd, rules=rules, names=names)
            key = (entry.side, made.account_code, made.control_row_id, made.revenue_row_id,
                   made.subsidiary_kind, made.subsidiary_key)  # fmt: skip
            sums[key] = made if key not in sums else _sum(sums[key], made)
    return numbered([_net(line) for line in sums.values() if line.debit_ntd != line.credit_ntd])


def _line(
    entry: Entry, line: FactLine, amount_ntd: int, *, rules: RuleSet, names: Mapping[str, str]
) -> VoucherLine:
    code = _account(entry, line, rules)
    whose = line.subsidiaries.get(entry.subsidiary)
    return VoucherLine(
        line_no=0,
        account_code=code,
        account_name=names.get(code, ""),
        debit_ntd=amount_ntd if entry.side is Side.DEBIT else 0,
        credit_ntd=amount_ntd if entry.side is Side.CREDIT else 0,
        description=line.description,
        control_row_id=line.control_row_id if entry.by_row else None,
        revenue_row_id=line.revenue_row_id if entry.by_row else None,
        row_label=line.row_label if entry.by_row else "",
        object_code=(line.detail_object_code or line.object_code) if entry.by_row else "",
        subsidiary_kind="" if whose is None else whose.kind,
        subsidiary_key="" if whose is None else whose.key,
        subsidiary_name="" if whose is None else whose.name,
    )


def _account(entry: Entry, line: FactLine, rules: RuleSet) -> str:
    if entry.account == BY_OBJECT:
        code = line.detail_object_code or line.object_code
        found = match(rules.objects, code, line.account) or match(
            rules.objects, line.object_code, line.account
        )
    elif entry.account == BY_SOURCE:
        code, found = line.source_code, match(rules.sources, line.source_code, "")
    elif entry.account.startswith(CHOSEN):
        code = entry.account.partition(":")[2]
        found = line.accounts.get(code, "")
    else:
        return entry.account
    if not found:
        raise NoAccountForObject(
            number=code, row_label=line.row_label, chart=rules.chart, version=rules.version
        )
    return found


def _sum(one: VoucherLine, other: VoucherLine) -> VoucherLine:
    return VoucherLine(
        **{
            **{name: getattr(one, name) for name in one.__struct_fields__},
            "debit_ntd": one.debit_ntd + other.debit_ntd,
            "credit_ntd": one.credit_ntd + other.credit_ntd,
            "description": one.description if one.description == other.description else "",
        }
    )


def _net(line: VoucherLine) -> VoucherLine:
    """Put a negative amount on the other side."""
    net_ntd = line.debit_ntd - line.credit_ntd
    return VoucherLine(
        **{
            **{name: getattr(line, name) for name in line.__struct_fields__},
            "debit_ntd": max(net_ntd, 0),
            "credit_ntd": max(-net_ntd, 0),
        }
    )
