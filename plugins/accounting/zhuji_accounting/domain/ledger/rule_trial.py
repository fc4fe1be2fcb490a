"""What a rule would make of a fact, beside what another makes of it; and the fact behind a voucher.

Pure. Vouchers do not keep the fact that they record. It is found again from their entries by the
rule that made them, and believed only when that rule makes the same entries of it once more.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.chart import Chart, Side
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.posting_rules import (
    BY_OBJECT,
    BY_SOURCE,
    CHOSEN,
    Entry,
    PostingRule,
    RuleSet,
    entries_of,
)
from zhuji_accounting.domain.ledger.voucher import Subsidiary, Voucher, VoucherLine
from zhuji_core.values import N_, DomainError, Value

NO_ROW = (None, None)
TRIED = N_("（試算）")  # the name of what stands only in a trial


class RowWords(Value, frozen=True, kw_only=True):
    """What the budget says of a row: object and 經資門 of spending, source of revenue."""

    object_code: str = ""
    account: str = ""
    source_code: str = ""


class FactNotFound(DomainError):
    """The voucher was not made by a rule, or its entries were changed by hand since."""

    code = "E-RULE-TRIAL-VOUCHER"
    message = N_("傳票 {label} 不是由此會計事項之分錄規則產生，或分錄已經人工修改，不能用以試算。")
    status_code = 422


class NothingMade(DomainError):
    """The rule makes no entries of these amounts."""

    code = "E-RULE-TRIAL-EMPTY"
    message = N_("依此規則，這些金額不產生任何分錄。")
    status_code = 422


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """The voucher that a version makes, and why the books would refuse it, if they would."""

    version: int
    lines: tuple[VoucherLine, ...] = ()
    kind: str = ""
    refusal: DomainError | None = None

    @property
    def debit_ntd(self) -> int:
        return sum(line.debit_ntd for line in self.lines)

    @property
    def credit_ntd(self) -> int:
        return sum(line.credit_ntd for line in self.lines)


def tried(voucher: Voucher, *, version: int, chart: Chart, today: dt.date) -> Tried:
    """Tell whether the books would take the voucher; nothing is written."""
    refusal: DomainError | None = None
    try:
        if not voucher.lines:
            raise NothingMade
        voucher_rules.require_postable(voucher, chart=chart, today=max(today, voucher.posting_date))
    except DomainError as error:
        refusal = error
        # The voucher is not kept, so its handle would lead nowhere.
        refusal.detail = {**error.detail, "label": TRIED}
    return Tried(version=version, lines=voucher.lines, kind=str(voucher.kind), refusal=refusal)


def fact_behind(
    voucher: Voucher, rules: RuleSet, chart: Chart, rows: Mapping[uuid.UUID, RowWords]
) -> Fact:
    """Return the fact that ``rules`` made ``voucher`` of; raise FactNotFound, NoPostingRule.

    An amount's parts are those of its entry that tells most apart: by row, by subsidiary.
    """
    rule = rules.rule(voucher.event_code)
    by_entry = _divided(rule, rules, voucher.lines)
    parts: list[FactLine] = []
    if by_entry is not None:
        for amount in dict.fromkeys(entry.amount for entry in rule.entries):
            _add(parts, _parts(amount, rule, by_entry, rows))
    fact = Fact(
        event_code=voucher.event_code,
        agency_code=voucher.agency_code,
        agency_name=voucher.agency_name,
        fiscal_year=voucher.fiscal_year,
        posting_date=voucher.posting_date,
        memo=voucher.memo,
        document=voucher.source,
        document_count=voucher.document_count,
        lines=tuple(parts),
        period=voucher.period,
    )
    if not parts or not _made_again(voucher, rule, fact, rules, chart):
        raise FactNotFound(label=voucher.label)
    return fact


def _divided(
    rule: PostingRule, rules: RuleSet, lines: Sequence[VoucherLine]
) -> list[list[VoucherLine]] | None:
    """Return for each entry of the rule the lines that it made; None when one has none."""
    by_entry: list[list[VoucherLine]] = [[] for _ in rule.entries]
    for line in lines:
        side = Side.DEBIT if line.debit_ntd else Side.CREDIT
        fitting = [n for n, entry in enumerate(rule.entries) if _fits(entry, line, rules)]
        if not fitting:
            return None
        # A negative amount stands on the other side, so the side only decides between two.
        best = min(fitting, key=lambda n: (rule.entries[n].side is not side, n))
        by_entry[best].append(line)
    return by_entry


def _fits(entry: Entry, line: VoucherLine, rules: RuleSet) -> bool:
    has_row = (line.control_row_id, line.revenue_row_id) != NO_ROW
    if has_row and not entry.by_row:
        return False
    if line.subsidiary_kind and line.subsidiary_kind != entry.subsidiary:
        return False
    if entry.account == BY_OBJECT:
        return any(line.account_code == one.code for one in rules.objects)
    if entry.account == BY_SOURCE:
        return any(line.account_code == one.code for one in rules.sources)
    return entry.account.startswith(CHOSEN) or entry.account == line.account_code


def _parts(
    amount: str,
    rule: PostingRule,
    by_entry: Sequence[Sequence[VoucherLine]],
    rows: Mapping[uuid.UUID, RowWords],
) -> list[FactLine]:
    """Return the parts of one amount; what only other entries tell of them is added to each."""
    own = [n for n, entry in enumerate(rule.entries) if entry.amount == amount and by_entry[n]]
    if not own:
        return []
    widest = max(own, key=lambda n: (rule.entries[n].by_row, len(by_entry[n])))
    parts = [_part(rule.entries[widest], line, rows) for line in by_entry[widest]]
    for n in own:
        if n == widest:
            continue
        entry = rule.entries[n]
        told = {(one.control_row_id, one.revenue_row_id): one for one in by_entry[n]}
        for at, part in enumerate(parts):
            line = told.get((part.control_row_id, part.revenue_row_id)) or by_entry[n][0]
            parts[at] = _told(part, entry, line)
    return parts


def _part(entry: Entry, line: VoucherLine, rows: Mapping[uuid.UUID, RowWords]) -> FactLine:
    row_id = line.control_row_id or line.revenue_row_id
    words = RowWords() if row_id is None else rows.get(row_id, RowWords())
    object_code = words.object_code or line.object_code
    signed = line.debit_ntd - line.credit_ntd
    part = FactLine(
        amounts_ntd={entry.amount: signed if entry.side is Side.DEBIT else -signed},
        control_row_id=line.control_row_id,
        revenue_row_id=line.revenue_row_id,
        row_label=line.row_label,
        object_code=object_code,
        detail_object_code=line.object_code if line.object_code != object_code else "",
        account=words.account,
        source_code=words.source_code,
        description=line.description,
    )
    return _told(part, entry, line)


def _told(part: FactLine, entry: Entry, line: VoucherLine) -> FactLine:
    """Add whose the part is, and which account was chosen for it, as the entry's line tells."""
    subsidiaries, accounts = dict(part.subsidiaries), dict(part.accounts)
    if line.subsidiary_kind:
        subsidiaries[entry.subsidiary] = Subsidiary(
            kind=line.subsidiary_kind, key=line.subsidiary_key, name=line.subsidiary_name
        )
    if entry.account.startswith(CHOSEN):
        accounts[entry.account.partition(":")[2]] = line.account_code
    return msgspec.structs.replace(part, subsidiaries=subsidiaries, accounts=accounts)


def _add(parts: list[FactLine], more: Sequence[FactLine]) -> None:
    """Add another amount's parts: one that names no row belongs to the first part there is."""
    for part in more:
        plain = (part.control_row_id, part.revenue_row_id) == NO_ROW and not part.accounts
        if parts and plain and not part.amounts_ntd.keys() & parts[0].amounts_ntd.keys():
            parts[0] = msgspec.structs.replace(
                parts[0],
                amounts_ntd={**parts[0].amounts_ntd, **part.amounts_ntd},
                subsidiaries={**part.subsidiaries, **parts[0].subsidiaries},
            )
        else:
            parts.append(part)


def _made_again(
    voucher: Voucher, rule: PostingRule, fact: Fact, rules: RuleSet, chart: Chart
) -> bool:
    try:
        made = entries_of(rule, fact, rules=rules, chart=chart)
    except DomainError:
        return False
    return sorted(map(_key, made)) == sorted(map(_key, voucher.lines))


def _key(line: VoucherLine) -> tuple[str | int, ...]:
    return (
        line.account_code, line.debit_ntd, line.credit_ntd, str(line.control_row_id),
        str(line.revenue_row_id), line.subsidiary_kind, line.subsidiary_key,
    )  # fmt: skip
