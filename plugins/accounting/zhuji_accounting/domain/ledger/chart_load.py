"""A county's own chart against what is kept: years, accounts in use, the rules that name them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from zhuji_accounting.domain.ledger.chart import OPEN_YEAR, Account, Chart
from zhuji_accounting.domain.ledger.chart_sheet import ChartProblem, ChartRow, Place
from zhuji_accounting.domain.ledger.posting_rules import AccountMatch, RuleSet, by_accounts
from zhuji_accounting.domain.ledger.rule_checks import RuleFault, faults_of
from zhuji_accounting.domain.request import Period
from zhuji_core.values import N_, DomainError, Value

_RULE_KINDS = {
    "account": "rule-account",
    "heading": "rule-heading",
    "subsidiary": "rule-subsidiary",
    "unbalanced": "rule-balance",
    "budgetary": "rule-balance",
}


class Years(Value, frozen=True, kw_only=True):
    """What a known chart keeps of its years when another comes; ``last`` before ``first``: none."""

    name: str
    first: int
    last: int


class ChartInvalid(DomainError):
    """Cells of the table of accounts are wrong, so none of it is kept."""

    code = "E-CHART-INVALID"
    message = N_("會計科目表有 {count} 處錯誤，未載入任何科目。請依所列儲存格更正後再載入。")
    status_code = 422
    problems: tuple[ChartProblem, ...] = ()

    @classmethod
    def of(cls, problems: Sequence[ChartProblem]) -> ChartInvalid:
        refusal = cls(count=len(problems))
        refusal.problems = tuple(problems)
        return refusal


class ChartOverlap(DomainError):
    """Two charts of the county would hold in the same fiscal year."""

    code = "E-CHART-OVERLAP"
    message = N_("會計科目表「{name}」與「{other}」的適用年度重疊（{first} 至 {last} 年度）。")


class ChartYears(DomainError):
    """A year that has vouchers would be left without a chart."""

    code = "E-CHART-YEARS"
    message = N_("{fiscal_year} 年度已有傳票，會計科目表「{name}」的適用年度不得不含該年度。")


class ChartFileMissing(DomainError):
    """No file was chosen."""

    code = "E-CHART-FILE"
    message = N_("請選擇會計科目表檔案。")
    status_code = 422


class ChartHeadWrong(DomainError):
    """Code, title or years of the chart itself."""

    code = "E-CHART-HEAD"
    message = N_("會計科目表的代號、名稱或適用年度有誤：{why}")
    status_code = 422


def make_room(known: Sequence[Chart], new: Chart) -> list[Years]:
    """Return the charts whose years change because of ``new``, and what they keep.

    What came with the module gives way; a chart of the county that is still open ends the year
    before an open one that follows it. Raises ChartOverlap for every other common year, and where
    a chart would be cut in two, since its later years would have none.
    """
    changed = []
    for one in known:
        if one.name == new.name or one.last < new.first_year or new.last < one.first_year:
            continue
        follows = new.last == OPEN_YEAR == one.last and one.first_year < new.first_year
        around = one.first_year < new.first_year and new.last < one.last
        if around or not (one.shipped or follows):
            raise ChartOverlap(
                name=new.name,
                other=one.name,
                first=max(one.first_year, new.first_year),
                last=min(one.last, new.last),
            )
        if one.first_year < new.first_year:
            changed.append(Years(name=one.name, first=one.first_year, last=new.first_year - 1))
        else:
            changed.append(Years(name=one.name, first=new.last + 1, last=one.last))
    return changed


def used_problems(
    new: Chart, rows: Sequence[ChartRow], used: Mapping[str, int], known: Sequence[Chart]
) -> Iterator[ChartProblem]:
    """Tell which account in use would vanish, become a heading, or be another kind of account.

    ``used``: code → a fiscal year of the new chart that has vouchers on it.
    """
    by_code = {row.text("code"): row for row in rows}
    accounts = new.by_code
    for code, fiscal_year in sorted(used.items()):
        detail: dict[str, str | int] = {"number": code, "fiscal_year": fiscal_year}
        now = accounts.get(code)
        before = next(
            (one.by_code.get(code) for one in known if one.first_year <= fiscal_year <= one.last),
            None,
        )
        if now is None:
            yield ChartProblem(kind="gone", place=Place(), detail=detail)
        elif not now.postable:
            yield by_code[code].problem("used-heading", "postable", **detail)
        elif before is not None and _kind(now) != _kind(before):
            yield by_code[code].problem("used-kind", "account_class", **detail)


def _kind(account: Account) -> tuple[object, ...]:
    return account.account_class, account.side, account.subsidiary


def former_codes(
    rows: Sequence[ChartRow], new: Chart, base: Chart
) -> tuple[Mapping[str, str], list[ChartProblem]]:
    """Return which account of ``base`` each account of ``new`` takes the place of."""
    told: dict[str, ChartRow] = {}
    problems = []
    for row in rows:
        former = row.text("former")
        if not former:
            continue
        account, now = base.by_code.get(former), new.by_code[row.text("code")]
        if account is None:
            problems.append(row.problem("former", "former", number=former, chart=base.title))
        elif former in told:
            also = told[former].cells.get("former", told[former].place.text)
            problems.append(row.problem("former-twice", "former", number=former, also=also))
        elif (account.account_class, account.side) != (now.account_class, now.side):
            problems.append(row.problem("former-class", "former", number=now.code))
        told.setdefault(former, row)
    return {former: row.text("code") for former, row in told.items()}, problems


def first_rules(
    base: RuleSet, codes: Mapping[str, str], new: Chart, *, version: int, reason: str
) -> RuleSet:
    """Return the rules that a new chart begins with: those of ``base``, by its own accounts."""

    def renamed(matches: Sequence[AccountMatch]) -> tuple[AccountMatch, ...]:
        return tuple(
            msgspec.structs.replace(one, code=codes.get(one.code, one.code)) for one in matches
        )

    return RuleSet(
        rule_set_id=uuid.uuid5(new.document_id, f"rules {version}"),
        chart=new.name,
        version=version,
        effective_on=Period(fiscal_year=new.first_year, period=1).begins_on,
        rules=tuple(by_accounts(rule, codes) for rule in base.rules),
        objects=renamed(base.objects),
        sources=renamed(base.sources),
        reason=reason,
    )


def rule_problems(rules: RuleSet, new: Chart, rows: Sequence[ChartRow]) -> list[ChartProblem]:
    """Tell which rule the chart would break, at the cell of its account."""
    by_code = {row.text("code"): row for row in rows}
    return [_rule_problem(fault, by_code) for fault in faults_of(rules, new)]


def _rule_problem(fault: RuleFault, by_code: Mapping[str, ChartRow]) -> ChartProblem:
    kind = _RULE_KINDS[fault.kind]
    detail = {"number": fault.account, "title": fault.title}
    row = by_code.get(fault.account)
    if row is None:
        return ChartProblem(kind=kind, place=Place(), detail=detail)
    field = {"heading": "postable", "subsidiary": "subsidiary"}.get(fault.kind, "code")
    return row.problem(kind, field, **detail)
