"""The end of a year (年度終了): which facts close its accounts and open those of the next. Pure.

Which accounts are closed, and against which, is data: the posting rules ``year.close-…``. An entry
of such a rule takes the whole balance of its account. Entries that share the name of an amount take
the balance of the first of them, ``rest`` is what then balances the voucher, and ``@chosen`` stands
for every account of revenue and expenditure.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from zhuji_accounting.domain.ledger.chart import AccountClass, Chart, Side
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.posting_rules import (
    CHOSEN,
    Entry,
    PostingRule,
    RuleSet,
    entries_of,
)
from zhuji_accounting.domain.ledger.refusals import NoAccountForObject
from zhuji_accounting.domain.ledger.voucher import (
    ADJUSTMENT_PERIOD,
    CLOSING_PERIOD,
    LINES_MAX,
    OPENING_PERIOD,
    Subsidiary,
    VoucherLine,
)
from zhuji_accounting.domain.request import Period
from zhuji_accounting.domain.year_end_refusals import YearLeftover, YearMapping, YearOpening
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import Value

CLOSING = "year.close-"
OPENING = "year.open-balances"
REST = "rest"
WHOSE = "whose"  # the name under which an opening entry finds whose it is
NOMINAL = (AccountClass.REVENUE, AccountClass.EXPENDITURE)


class Piece(Value, frozen=True, kw_only=True):
    """A part of an account's balance: of one row of the budget, of one subsidiary ledger."""

    account_code: str
    net_ntd: int
    control_row_id: uuid.UUID | None = None
    row_label: str = ""
    object_code: str = ""
    subsidiary_kind: str = ""
    subsidiary_key: str = ""
    subsidiary_name: str = ""

    @property
    def whose(self) -> Subsidiary | None:
        if not self.subsidiary_kind:
            return None
        return Subsidiary(
            kind=self.subsidiary_kind, key=self.subsidiary_key, name=self.subsidiary_name
        )


class YearHead(Value, frozen=True, kw_only=True):
    """Of whose year the end is, and the document that tells of it."""

    agency_code: str
    agency_name: str
    fiscal_year: int
    document: DocumentRef

    @property
    def closes_on(self) -> dt.date:
        """Return the last day of the two months after the year (決算法 2)."""
        return self._adjustment.ends_on

    @property
    def opens_on(self) -> dt.date:
        return self._adjustment.begins_on

    @property
    def _adjustment(self) -> Period:
        return Period(fiscal_year=self.fiscal_year, period=ADJUSTMENT_PERIOD)


def source_label(fiscal_year: int) -> str:
    """Return what the vouchers of the end of a year name as their source."""
    return f"{fiscal_year} 年度結帳"


class YearBalances(Value, frozen=True, kw_only=True):
    """What the books of the year hold: debits − credits by account, and the parts of some."""

    net_ntd: Mapping[str, int]
    pieces: tuple[Piece, ...]

    def parts(self, account_code: str) -> list[Piece]:
        return [piece for piece in self.pieces if piece.account_code == account_code]


def divided_accounts(chart: Chart, rules: RuleSet) -> set[str]:
    """Return the accounts whose parts the end of the year needs, not their balance alone."""
    divided = {account.code for account in chart.accounts if account.subsidiary}
    for rule in rules.rules:
        if rule.event_code.startswith(CLOSING):
            divided |= {entry.account for entry in rule.entries if entry.by_row}
    return divided


def closing_facts(
    head: YearHead, balances: YearBalances, *, chart: Chart, rules: RuleSet
) -> tuple[list[Fact], dict[str, int]]:
    """Return the facts that close the year's accounts, and the balances that remain.

    Raises YearLeftover when an account that must be closed is not.
    """
    net = dict(balances.net_ntd)
    facts = []
    for rule in rules.rules:
        if not rule.event_code.startswith(CLOSING):
            continue
        current = msgspec.structs.replace(balances, net_ntd=net)
        fact = _fact(head, rule, _lines(rule, current, chart, rules))
        entries = entries_of(rule, fact, rules=rules, chart=chart)
        if entries:
            facts.append(fact)
        _add(net, entries)
    _require_closed(head, net, chart, rules)
    return facts, {code: amount_ntd for code, amount_ntd in net.items() if amount_ntd}


def _fact(head: YearHead, rule: PostingRule, lines: tuple[FactLine, ...]) -> Fact:
    return Fact(
        event_code=rule.event_code,
        agency_code=head.agency_code,
        agency_name=head.agency_name,
        fiscal_year=head.fiscal_year,
        posting_date=head.closes_on,
        memo=rule.title,
        document=head.document,
        lines=lines,
        period=CLOSING_PERIOD,
    )


def _add(net: dict[str, int], entries: Sequence[VoucherLine]) -> None:
    for line in entries:
        net[line.account_code] = net.get(line.account_code, 0) + line.debit_ntd - line.credit_ntd


def _lines(
    rule: PostingRule, balances: YearBalances, chart: Chart, rules: RuleSet
) -> tuple[FactLine, ...]:
    if any(entry.account.startswith(CHOSEN) for entry in rule.entries):
        return tuple(_nominal(balances, chart, rules))
    named: dict[str, Entry] = {}
    for entry in sorted(rule.entries, key=lambda one: not one.by_row):
        named.setdefault(entry.amount, entry)
    lines = [
        line
        for name, entry in named.items()
        if name != REST
        for line in _whole(name, entry, balances)
    ]
    rest = named.get(REST)
    if rest is not None:
        lines.append(FactLine(amounts_ntd={REST: _rest_ntd(rule, rest, lines)}))
    return tuple(lines)


def _whole(name: str, entry: Entry, balances: YearBalances) -> Iterator[FactLine]:
    """Yield what takes the balance of the entry's account to zero, by row where it is kept so."""
    sign = 1 if entry.side is Side.CREDIT else -1
    if not entry.by_row:
        yield FactLine(amounts_ntd={name: sign * balances.net_ntd.get(entry.account, 0)})
        return
    for piece in balances.parts(entry.account):
        whose = piece.whose
        yield FactLine(
            amounts_ntd={name: sign * piece.net_ntd},
            control_row_id=piece.control_row_id,
            row_label=piece.row_label,
            object_code=piece.object_code,
            subsidiaries={} if whose is None else {entry.subsidiary: whose},
        )


def _rest_ntd(rule: PostingRule, rest: Entry, lines: Sequence[FactLine]) -> int:
    """Return what balances the voucher, on the side of the entry ``rest``."""
    sums: dict[str, int] = {}
    for line in lines:
        for name, amount_ntd in line.amounts_ntd.items():
            sums[name] = sums.get(name, 0) + amount_ntd
    net_ntd = sum(
        sums.get(entry.amount, 0) * (1 if entry.side is Side.DEBIT else -1)
        for entry in rule.entries
        if entry is not rest
    )
    return net_ntd if rest.side is Side.CREDIT else -net_ntd


def _nominal(balances: YearBalances, chart: Chart, rules: RuleSet) -> Iterator[FactLine]:
    """Yield each account of revenue and expenditure against the net assets (淨資產)."""
    own = [
        account.code
        for account in chart.accounts
        if account.account_class is AccountClass.NET_ASSET
    ]
    for account in sorted(chart.accounts, key=lambda one: one.code):
        net_ntd = balances.net_ntd.get(account.code, 0)
        if account.account_class not in NOMINAL or not net_ntd:
            continue
        if not own:
            raise NoAccountForObject(
                number=AccountClass.NET_ASSET,
                row_label=account.name,
                chart=rules.chart,
                version=rules.version,
            )
        debit, credit = (own[0], account.code) if net_ntd > 0 else (account.code, own[0])
        yield FactLine(
            amounts_ntd={"debit": abs(net_ntd), "credit": abs(net_ntd)},
            accounts={"debit": debit, "credit": credit},
        )


def _require_closed(head: YearHead, net: Mapping[str, int], chart: Chart, rules: RuleSet) -> None:
    closes_nominal = any(
        entry.account.startswith(CHOSEN)
        for rule in rules.rules
        if rule.event_code.startswith(CLOSING)
        for entry in rule.entries
    )
    wanted = (AccountClass.BUDGETARY, *(NOMINAL if closes_nominal else ()))
    left = {
        account.code: net.get(account.code, 0)
        for account in chart.accounts
        if account.account_class in wanted and net.get(account.code, 0)
    }
    if left:
        raise YearLeftover(
            fiscal_year=head.fiscal_year,
            accounts="、".join(f"{code} {amount_ntd:,}" for code, amount_ntd in left.items()),
            arithmetic=left,
        )


def opening_facts(
    head: YearHead,
    net_ntd: Mapping[str, int],
    balances: YearBalances,
    *,
    chart: Chart,
    next_chart: Chart,
    opens: Mapping[str, str],
) -> list[Fact]:
    """Return the facts that bring what remained of the year into the next one.

    As many as it takes, each balanced: a voucher has at most LINES_MAX entries. Accounts with a
    subsidiary ledger are brought forward for each of whom it tells. Where another chart serves the
    next year, ``opens`` says in which of its accounts each balance opens. Raises YearMapping for
    one of which nobody says it, YearOpening when not all of it would stand in ``next_chart``.
    """
    known = chart.by_code
    whose = {
        piece.account_code
        for piece in balances.pieces
        if known[piece.account_code].subsidiary
        and known[piece.account_code].account_class not in {*NOMINAL, AccountClass.BUDGETARY}
    }
    parts = [
        piece
        for code in sorted({*net_ntd, *whose})
        for piece in _brought(code, net_ntd.get(code, 0), balances, chart)
        if piece.net_ntd
    ]
    _require_whole(head, net_ntd, parts, chart)
    moved = _in_next_chart(head, parts, chart, next_chart, opens)
    return [
        Fact(
            event_code=OPENING,
            agency_code=head.agency_code,
            agency_name=head.agency_name,
            fiscal_year=head.fiscal_year + 1,
            posting_date=head.opens_on,
            memo=f"{head.fiscal_year} 年度餘額轉入",
            document=head.document,
            lines=lines,
            period=OPENING_PERIOD,
        )
        for lines in _balanced(moved)
    ]


def _require_whole(
    head: YearHead, net_ntd: Mapping[str, int], parts: Sequence[Piece], chart: Chart
) -> None:
    """Raise YearOpening, which names each account of which its ledger tells only a part."""
    brought: dict[str, int] = {}
    for piece in parts:
        brought[piece.account_code] = brought.get(piece.account_code, 0) + piece.net_ntd
    lost = {
        code: net_ntd.get(code, 0) - brought.get(code, 0)
        for code in sorted({*net_ntd, *brought})
        if net_ntd.get(code, 0) != brought.get(code, 0)
    }
    if lost:
        raise YearOpening(
            fiscal_year=head.fiscal_year, accounts=_named(chart, lost), arithmetic=lost
        )


def _in_next_chart(
    head: YearHead,
    parts: Sequence[Piece],
    chart: Chart,
    next_chart: Chart,
    opens: Mapping[str, str],
) -> list[Piece]:
    """Return the parts under the accounts of the next year's chart, those of one account added.

    An account that keeps a subsidiary ledger takes only what names whose it is.
    """
    takes = next_chart.by_code
    moved: dict[tuple[str, str, str], Piece] = {}
    lost: dict[str, int] = {}
    for piece in parts:
        account = takes.get(opens.get(piece.account_code, ""))
        if account is None or (account.subsidiary and account.subsidiary != piece.subsidiary_kind):
            lost[piece.account_code] = lost.get(piece.account_code, 0) + piece.net_ntd
            continue
        apart = (piece.subsidiary_kind, piece.subsidiary_key) if account.subsidiary else ("", "")
        key = (account.code, *apart)
        name = piece.subsidiary_name if account.subsidiary else ""
        before = moved[key].net_ntd if key in moved else 0
        moved[key] = Piece(
            account_code=account.code,
            net_ntd=before + piece.net_ntd,
            subsidiary_kind=apart[0],
            subsidiary_key=apart[1],
            subsidiary_name=name,
        )
    if lost:
        raise YearMapping(
            fiscal_year=head.fiscal_year,
            chart=chart.title,
            next_chart=next_chart.title,
            accounts=_named(chart, lost),
            arithmetic=lost,
        )
    return [piece for piece in moved.values() if piece.net_ntd]


def _named(chart: Chart, amounts_ntd: Mapping[str, int]) -> str:
    known = chart.by_code
    return "、".join(
        f"{code} {known[code].name if code in known else ''} {ntd:,}"
        for code, ntd in amounts_ntd.items()
    )


def _brought(code: str, net_ntd: int, balances: YearBalances, chart: Chart) -> Iterator[Piece]:
    """Yield the balance by whose it is; the rows of the old year's budget end with it."""
    account = chart.by_code.get(code)
    if account is None or not account.subsidiary:
        yield Piece(account_code=code, net_ntd=net_ntd)
        return
    sums: dict[tuple[str, str], Piece] = {}
    for piece in balances.parts(code):
        key = (piece.subsidiary_kind, piece.subsidiary_key)
        before = sums[key].net_ntd if key in sums else 0
        sums[key] = msgspec.structs.replace(
            piece, net_ntd=before + piece.net_ntd, control_row_id=None, row_label="", object_code=""
        )
    yield from sums.values()


def _balanced(parts: Sequence[Piece]) -> Iterator[tuple[FactLine, ...]]:
    """Yield groups of lines of which each balances: debits are matched with credits in order."""
    debits = [piece for piece in parts if piece.net_ntd > 0]
    owed = [piece for piece in parts if piece.net_ntd < 0]
    left_ntd = [abs(piece.net_ntd) for piece in (*debits, *owed)]
    group: dict[tuple[str, str, str, str], FactLine] = {}
    at, other = 0, len(debits)
    while at < len(debits) and other < len(left_ntd):
        matched_ntd = min(left_ntd[at], left_ntd[other])
        _take(group, "debit", debits[at], matched_ntd)
        _take(group, "credit", owed[other - len(debits)], matched_ntd)
        left_ntd[at] -= matched_ntd
        left_ntd[other] -= matched_ntd
        at += not left_ntd[at]
        other += not left_ntd[other]
        if len(group) > LINES_MAX - 2:
            yield tuple(group.values())
            group = {}
    assert not any(left_ntd), "debits and credits of the books are equal, and all were brought"
    if group:
        yield tuple(group.values())


def _take(
    group: dict[tuple[str, str, str, str], FactLine], side: str, piece: Piece, amount_ntd: int
) -> None:
    key = (side, piece.account_code, piece.subsidiary_kind, piece.subsidiary_key)
    before = group[key].amounts_ntd[side] if key in group else 0
    whose = piece.whose
    group[key] = FactLine(
        amounts_ntd={side: before + amount_ntd},
        accounts={side: piece.account_code},
        subsidiaries={} if whose is None else {WHOSE: whose},
    )
