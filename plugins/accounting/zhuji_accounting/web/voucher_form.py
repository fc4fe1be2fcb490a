"""The voucher form: what was typed, as text, and what it means."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Mapping

from zhuji_accounting.domain.ledger.chart import Account, Chart, Side
from zhuji_accounting.domain.ledger.posting_rules import BY_SOURCE, Entry, RuleSet, match
from zhuji_accounting.domain.ledger.voucher import LINES_MAX, Voucher, VoucherKind
from zhuji_accounting.queries.charts import Posting, chart_of
from zhuji_accounting.queries.entry_lookups import only_account, only_budget_row
from zhuji_accounting.queries.revenue_rows import RevenueRow
from zhuji_accounting.usecases.write_voucher import WantedEntry, WantedVoucher
from zhuji_core.formats import (
    AmountMalformed,
    DateMalformed,
    date_key,
    format_ntd,
    parse_date,
    parse_ntd,
    roc_year,
)
from zhuji_core.ids import read_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.forms import grid_rows

HEAD_FIELDS = (
    "kind", "posting_date", "fiscal_year", "memo", "document_count", "event_code", "amount",
    "revenue_row",
)  # fmt: skip
LINE_FIELDS = (
    "account", "account_id", "debit", "credit", "description", "control_row", "control_row_id",
    "subsidiary", "subsidiary_id", "object_code",
)  # fmt: skip
DOCUMENTS_MAX = 9_999
REVENUE = "revenue:"
AMOUNT = "amount"  # what rules call the amount where there is only one
YEAR = re.compile("[1-9][0-9]{1,2}")


class VoucherFormInvalid(DomainError):
    """Something typed cannot be read; every such field is named at once."""

    code = "E-VOUCHER-FORM"
    message = N_("傳票有 {count} 個欄位無法解讀，請修正後再存。")
    status_code = 422


KIND_MISSING = N_("請選取種類。")
DATE_MALFORMED = N_("請填有效日期，如 1050331。")
YEAR_MALFORMED = N_("請填年度三位數，如 105；空白為傳票日期之年度。")
COUNT_MALFORMED = N_("請填 0 至 9999 之張數。")
ACCOUNT_MISSING = N_("請選取會計科目。")
ACCOUNT_UNKNOWN = N_("查無此會計科目，請由選單（F4）選取。")
ONE_SIDE = N_("借方或貸方須擇一填正整數。")
ROW_UNKNOWN = N_("查無此預算科目，請由選單（F4）選取。")
NO_SUBSIDIARY = N_("此科目不設明細帳，請清除明細對象或由選單選取。")


class TypedVoucher(Value, frozen=True, kw_only=True):
    """The form as it was typed; shown again unchanged when it is refused."""

    head: Mapping[str, str]
    lines: tuple[Mapping[str, str], ...] = ()
    revision: int = 0


def typed_voucher(fields: Iterable[tuple[str, str]]) -> TypedVoucher:
    """Take what a form or a draft holds."""
    given = list(fields)
    head = {name: value.strip() for name, value in given if name in HEAD_FIELDS}
    revision = next((value for name, value in given if name == "revision"), "0")
    return TypedVoucher(
        head={**dict.fromkeys(HEAD_FIELDS, ""), **head},
        lines=tuple(
            {name: row.get(name, "") for name in LINE_FIELDS}
            for row in grid_rows(given, rows_max=LINES_MAX)
        ),
        revision=int(revision) if revision.isdecimal() else 0,
    )


def blank_voucher(uow: UnitOfWork) -> TypedVoucher:
    head = dict.fromkeys(HEAD_FIELDS, "")
    today = date_key(uow.business_date)
    return TypedVoucher(head=head | {"kind": str(VoucherKind.JOURNAL), "posting_date": today})


def typed_from(voucher: Voucher) -> TypedVoucher:
    """Return the saved voucher as it would be typed."""
    return TypedVoucher(
        head=dict.fromkeys(HEAD_FIELDS, "")
        | {
            "kind": str(voucher.kind),
            "posting_date": date_key(voucher.posting_date),
            "fiscal_year": str(voucher.fiscal_year),
            "memo": voucher.memo,
            "document_count": str(voucher.document_count or ""),
            "event_code": voucher.event_code,
        },
        lines=tuple(
            {
                "account": f"{line.account_code} {line.account_name}".strip(),
                "account_id": line.account_code,
                "debit": format_ntd(line.debit_ntd, zero=""),
                "credit": format_ntd(line.credit_ntd, zero=""),
                "description": line.description,
                "control_row": line.row_label,
                "control_row_id": str(line.control_row_id or "")
                or revenue_value(line.revenue_row_id),
                "subsidiary": f"{line.subsidiary_key} {line.subsidiary_name}".strip(),
                "subsidiary_id": subsidiary_value(line.subsidiary_kind, line.subsidiary_key),
                # The detail object belongs to its row; another row brings its own.
                "object_code": f"{line.control_row_id or ''} {line.object_code}".strip(),
            }
            for line in voucher.lines
        ),
        revision=voucher.revision,
    )


def filled_by_rule(
    typed: TypedVoucher, posting: Posting, revenue: RevenueRow | None = None
) -> TypedVoucher:
    """Return the form with the entries of the chosen event in place of those typed.

    The row of ``revenue`` says which account its source has. Accounts that people choose stay open,
    and so do amounts that the rule calls by other names.
    """
    event_code = typed.head["event_code"]
    rule = next((one for one in posting.rules.manual_rules if one.event_code == event_code), None)
    if rule is None:
        return typed
    return TypedVoucher(
        head={**typed.head, "kind": str(rule.kind), "memo": typed.head["memo"] or rule.title},
        lines=tuple(
            _of_rule(entry, typed.head["amount"], posting, revenue) for entry in rule.entries
        ),
        revision=typed.revision,
    )


def _of_rule(
    entry: Entry, amount: str, posting: Posting, revenue: RevenueRow | None
) -> Mapping[str, str]:
    account = posting.chart.by_code.get(_account_code(entry, posting.rules, revenue))
    side = "debit" if entry.side is Side.DEBIT else "credit"
    row = revenue if entry.by_row else None
    return {
        **dict.fromkeys(LINE_FIELDS, ""),
        "account": f"{account.code} {account.name}" if account else "",
        "account_id": account.code if account else "",
        "control_row": row.label if row else "",
        "control_row_id": revenue_value(row.row_id) if row else "",
        side: amount if entry.amount == AMOUNT else "",
    }


def _account_code(entry: Entry, rules: RuleSet, revenue: RevenueRow | None) -> str:
    if entry.account != BY_SOURCE or revenue is None:
        return entry.account
    return match(rules.sources, revenue.source_code, "")


def revenue_value(row_id: uuid.UUID | None) -> str:
    """Return what the hidden field of a chosen row of revenue holds; one of spending has its id."""
    return f"{REVENUE}{row_id}" if row_id else ""


def subsidiary_value(kind: str, key: str) -> str:
    """Return what the hidden field of a chosen subsidiary holds."""
    return f"{kind}:{key}" if key else ""


def year_of(uow: UnitOfWork, fiscal_year: str, posting_date: str) -> int:
    """Return the fiscal year that is meant so far: as keyed, else that of the date, else now's."""
    if YEAR.fullmatch(fiscal_year):
        return int(fiscal_year)
    try:
        return roc_year(parse_date(posting_date, reference=uow.business_date))
    except DateMalformed:
        return uow.fiscal_year


def wanted_voucher(uow: UnitOfWork, typed: TypedVoucher, *, agency_code: str) -> WantedVoucher:
    """Read what was typed; raise VoucherFormInvalid naming every field that cannot be read."""
    head, faults = typed.head, dict[str, str]()
    fiscal_year = year_of(uow, head["fiscal_year"], head["posting_date"])
    reader = _Reader(uow, chart_of(uow, fiscal_year), agency_code, fiscal_year, faults)
    lines = tuple(reader.entry(number, row) for number, row in enumerate(typed.lines))
    if head["kind"] not in set(VoucherKind):
        faults["kind"] = KIND_MISSING
    if head["fiscal_year"] and not YEAR.fullmatch(head["fiscal_year"]):
        faults["fiscal_year"] = YEAR_MALFORMED
    count = _count(head["document_count"], faults)
    posting_date = _date(head["posting_date"], faults, today=uow.business_date)
    if faults:
        raise VoucherFormInvalid(count=len(faults), fields=faults)
    return WantedVoucher(
        kind=VoucherKind(head["kind"]),
        posting_date=posting_date,
        memo=head["memo"],
        lines=lines,
        document_count=count,
        event_code=head["event_code"],
        fiscal_year=fiscal_year,
        agency_code=agency_code,
        revision=typed.revision,
    )


def _date(text: str, faults: dict[str, str], *, today: dt.date) -> dt.date:
    try:
        return parse_date(text, reference=today)
    except DateMalformed:
        faults["posting_date"] = DATE_MALFORMED
        return today


def _count(text: str, faults: dict[str, str]) -> int:
    try:
        count = parse_ntd(text) if text else 0
    except AmountMalformed:
        count = -1
    if not 0 <= count <= DOCUMENTS_MAX:
        faults["document_count"] = COUNT_MALFORMED
        return 0
    return count


class _Reader:
    """Reads the rows of the grid; what cannot be read goes into ``faults`` by its field."""

    def __init__(
        self,
        uow: UnitOfWork,
        chart: Chart,
        agency_code: str,
        fiscal_year: int,
        faults: dict[str, str],
    ) -> None:
        self._uow = uow
        self._chart = chart
        self._agency_code = agency_code
        self._fiscal_year = fiscal_year
        self._faults = faults

    def entry(self, number: int, row: Mapping[str, str]) -> WantedEntry:
        own = f"lines-{number}-"
        account = self._account(own, row)
        debit_ntd, credit_ntd = self._sides(own, row)
        control_row_id, revenue_row_id = self._budget_row(own, row)
        kind, key, name = self._subsidiary(own, row, account)
        of_row, _, object_code = row["object_code"].partition(" ")
        return WantedEntry(
            account_code=account.code if account else "",
            debit_ntd=debit_ntd,
            credit_ntd=credit_ntd,
            description=row["description"],
            control_row_id=control_row_id,
            revenue_row_id=revenue_row_id,
            object_code=object_code if of_row == str(control_row_id) else "",
            subsidiary_kind=kind,
            subsidiary_key=key,
            subsidiary_name=name,
        )

    def _account(self, own: str, row: Mapping[str, str]) -> Account | None:
        chosen = self._chart.by_code.get(row["account_id"])
        text = row["account"]
        found = chosen or (only_account(self._chart, text) if text else None)
        if found is None:
            self._faults[f"{own}account"] = ACCOUNT_UNKNOWN if text else ACCOUNT_MISSING
        return found

    def _sides(self, own: str, row: Mapping[str, str]) -> tuple[int, int]:
        amounts = []
        for name in ("debit", "credit"):
            try:
                amounts.append(parse_ntd(row[name]) if row[name] else 0)
            except AmountMalformed:
                self._faults[f"{own}{name}"] = ONE_SIDE
                amounts.append(0)
        debit_ntd, credit_ntd = amounts
        told = f"{own}debit" in self._faults or f"{own}credit" in self._faults
        if not told and (min(amounts) != 0 or max(amounts) <= 0):
            self._faults[f"{own}{'debit' if debit_ntd or not credit_ntd else 'credit'}"] = ONE_SIDE
        return debit_ntd, credit_ntd

    def _budget_row(
        self, own: str, row: Mapping[str, str]
    ) -> tuple[uuid.UUID | None, uuid.UUID | None]:
        """Return the control row, or the row of revenue, that was chosen or is meant."""
        chosen = row["control_row_id"]
        if of_revenue := read_id(chosen.removeprefix(REVENUE)):
            return (None, of_revenue) if chosen.startswith(REVENUE) else (of_revenue, None)
        if not row["control_row"]:
            return None, None
        found = only_budget_row(
            self._uow,
            agency_code=self._agency_code,
            fiscal_year=self._fiscal_year,
            text=row["control_row"],
        )
        if found is None:
            self._faults[f"{own}control_row"] = ROW_UNKNOWN
            return None, None
        if isinstance(found, RevenueRow):
            return None, found.row_id
        return found.control_row_id, None

    def _subsidiary(
        self, own: str, row: Mapping[str, str], account: Account | None
    ) -> tuple[str, str, str]:
        """Return kind, key and name; a new one is keyed as code and name, with a space between."""
        text = row["subsidiary"]
        if not text:
            return "", "", ""
        kind, _, key = row["subsidiary_id"].partition(":")
        if kind and key:
            return kind, key, text.removeprefix(key).strip() or key
        if account is not None and not account.subsidiary:
            self._faults[f"{own}subsidiary"] = NO_SUBSIDIARY
        parts = text.split(maxsplit=1)
        return account.subsidiary if account else "", parts[0], parts[-1]
