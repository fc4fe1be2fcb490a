"""The spending request (動支申請, 請示) and the rules of its life. Pure: no clock, database or web.

States: draft → submitted → unit_approved → certified → closed; returned, withdrawn.
"""

from __future__ import annotations

import calendar
import datetime as dt
import enum
import hashlib
import re
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from zhuji_accounting.domain.labels import draft_label
from zhuji_accounting.domain.ledger.voucher import ADJUSTMENT_MONTHS, ADJUSTMENT_PERIOD
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.formats import ROC_OFFSET
from zhuji_core.values import Value

LINES_MAX = 10  # the official form has ten lines; more is a second request
TEXT_MAX = 500
# A number as people read it or without its year; a shorter one means too many.
NUMBER = re.compile(r"[0-9]{4,12}")
LABEL_LENGTH = 8  # three digits of the year and at least five of the number
NTD_MAX = (
    10**15
)  # five hundred times what all counties spend in a year, and ten of them fit a bigint


class RequestState(enum.StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNIT_APPROVED = "unit_approved"
    CERTIFIED = "certified"
    CLOSED = "closed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class Brought(enum.StrEnum):
    """What a request continues of another one's, brought forward from its year (以前年度)."""

    NOTHING = ""
    CARRIED = "carried"  # 保留: held and not spent
    OWED = "owed"  # 應付: spent in its year, and not paid


class RequestKind(enum.StrEnum):
    """What kind of spending it is (動支種類)."""

    ORDINARY = "ordinary"
    PURCHASE = "purchase"
    CONTRACT = "contract"
    TRAVEL = "travel"
    PAYROLL = "payroll"
    SUBSIDY = "subsidy"


class RequestLine(Value, frozen=True, kw_only=True):
    """One control row and the whole NT dollars asked of it, with the words it is known by."""

    line_no: int
    control_row_id: uuid.UUID
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    account: str
    amount_ntd: int
    released_ntd: int = 0
    claimed_ntd: int = 0
    advanced_ntd: int = 0
    detail_object_code: str = ""
    description: str = ""

    @property
    def held_ntd(self) -> int:
        """What is still held once certified: certified − claimed − advanced − released.

        ``advanced_ntd`` is paid out and not answered for yet: settled it counts as claimed, paid
        back as released.
        """
        return self.amount_ntd - self.claimed_ntd - self.advanced_ntd - self.released_ntd


def request_nos_in(text: str, *, fiscal_year: int) -> list[int]:
    """Return the numbers that stand in what somebody typed: ``10500001`` and ``00001`` are 1."""
    year = str(fiscal_year)
    return [int(number.removeprefix(year)) for number in NUMBER.findall(text)]


def requests_named_in(text: str, *, today: dt.date, most: int) -> dict[int, list[int]]:
    """Return by year the numbers that stand in what somebody typed, at most as many as ``most``.

    A whole number names its year: last year's is claimed of in the two months after it.
    """
    this = Period.of(today).fiscal_year
    late = str(Period.of_year(today, this - 1).fiscal_year)
    named: dict[int, list[int]] = {}
    for number in NUMBER.findall(text)[:most]:
        whole = len(number) >= LABEL_LENGTH and number.startswith(late)
        year = late if whole else str(this)
        named.setdefault(int(year), []).append(int(number.removeprefix(year)))
    return named


class SpendingRequest(Value, frozen=True, kw_only=True):
    """A request with its lines. ``request_no`` is 0 until it is submitted."""

    request_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    state: RequestState
    kind: RequestKind
    purpose: str
    basis: str
    created_by: uuid.UUID
    created_by_name: str
    lines: tuple[RequestLine, ...]
    request_no: int = 0
    payee: str = ""
    duplicate_reason: str = ""
    approved_by: uuid.UUID | None = None
    approved_by_name: str = ""
    return_reason: str = ""
    revision: int = 1
    # For whom a deputy wrote or approved it; None: in the own name.
    created_for: uuid.UUID | None = None
    approved_for: uuid.UUID | None = None
    # The certified request that this one adds to (追加).
    supplements_id: uuid.UUID | None = None
    supplements_label: str = ""
    hold_until: dt.date | None = None  # None: until the year ends
    # The contract that an award (決標) made of it; empty before.
    contract_no: str = ""
    contractor: str = ""
    # Of former years: what it continues, of which year's budget, and to whom what is due is owed.
    brought: Brought = Brought.NOTHING
    origin_year: int = 0
    continues_id: uuid.UUID | None = None
    continues_label: str = ""
    creditor_id: str = ""

    @property
    def amount_ntd(self) -> int:
        return sum(line.amount_ntd for line in self.lines)

    @property
    def is_held(self) -> bool:
        """Tell whether it was certified: then its lines say what became of the money."""
        return self.state in {RequestState.CERTIFIED, RequestState.CLOSED}

    @property
    def held_ntd(self) -> int:
        return sum(line.held_ntd for line in self.lines)

    @property
    def is_booked(self) -> bool:
        """Tell whether the books keep what it holds (支出保留數): a contract's, or carried over."""
        if self.brought is Brought.OWED:
            return False
        return bool(self.contract_no) or self.brought is Brought.CARRIED

    def asked_before_ntd(self, line: RequestLine) -> int:
        """Return what earlier lines of the request ask of the same row of the budget."""
        return sum(
            one.amount_ntd
            for one in self.lines
            if one.control_row_id == line.control_row_id and one.line_no < line.line_no
        )

    @property
    def label(self) -> str:
        """Return the number that people read (``10500001``), or the handle of a draft."""
        if self.request_no:
            return f"{self.fiscal_year}{self.request_no:05}"
        return draft_label(self.request_id)

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="accounting.request",
            document_id=self.request_id,
            label=self.label,
            agency_code=self.agency_code,
        )

    @property
    def content_digest(self) -> bytes:
        """SHA-256 of what is asked for: two open requests with one digest are a duplicate."""
        content: list[Any] = [self.purpose.strip(), self.basis.strip(), self.payee.strip()]
        content.append(sorted((str(line.control_row_id), line.amount_ntd) for line in self.lines))
        if self.supplements_label:
            content.append(self.supplements_label)
        return hashlib.sha256(msgspec.json.encode(content)).digest()

    def summary(self) -> dict[str, object]:
        """Return what the audit keeps of the request before and after a change."""
        return {
            "state": str(self.state),
            "kind": str(self.kind),
            "purpose": self.purpose,
            "basis": self.basis,
            "payee": self.payee,
            "supplements": self.supplements_label,
            "hold_until": self.hold_until,
            "contract_no": self.contract_no,
            "contractor": self.contractor,
            "continues": self.continues_label,
            "amount_ntd": self.amount_ntd,
            "lines": [
                {
                    "line_no": line.line_no,
                    "control_row_id": line.control_row_id,
                    "detail_object_code": line.detail_object_code,
                    "amount_ntd": line.amount_ntd,
                    "released_ntd": line.released_ntd,
                    "claimed_ntd": line.claimed_ntd,
                    "advanced_ntd": line.advanced_ntd,
                }
                for line in self.lines
            ],
        }


class Period(Value, frozen=True, kw_only=True):
    """A month of a fiscal year (1–12; 13 is the adjustment period 整理期間)."""

    fiscal_year: int
    period: int

    @classmethod
    def of(cls, date: dt.date) -> Period:
        return cls(fiscal_year=date.year - ROC_OFFSET, period=date.month)

    @classmethod
    def of_year(cls, date: dt.date, fiscal_year: int) -> Period:
        """Return the month in which an act on a document of ``fiscal_year`` counts.

        In the two months after that year it is the adjustment period (整理期間, 決算法 2).
        """
        month = cls.of(date)
        if month.fiscal_year == fiscal_year + 1 and month.period <= ADJUSTMENT_MONTHS:
            return cls(fiscal_year=fiscal_year, period=ADJUSTMENT_PERIOD)
        return month

    @property
    def begins_on(self) -> dt.date:
        """Return its first day; of 13 the first after the year."""
        if self.period == ADJUSTMENT_PERIOD:
            return dt.date(self.fiscal_year + ROC_OFFSET + 1, 1, 1)
        return dt.date(self.fiscal_year + ROC_OFFSET, self.period, 1)

    @property
    def ends_on(self) -> dt.date:
        """Return its last day; of 13 the last of February after the year."""
        begins = self.begins_on
        last = ADJUSTMENT_MONTHS if self.period == ADJUSTMENT_PERIOD else begins.month
        return begins.replace(month=last, day=calendar.monthrange(begins.year, last)[1])


def state_of(lines: Sequence[RequestLine]) -> RequestState:
    """Return the state of a certified request: closed when it holds and has advanced nothing."""
    holds = any(line.held_ntd or line.advanced_ntd for line in lines)
    return RequestState.CERTIFIED if holds else RequestState.CLOSED


def numbered(lines: Sequence[RequestLine]) -> tuple[RequestLine, ...]:
    """Number ``lines`` from 1 in their order."""
    return tuple(
        msgspec.structs.replace(line, line_no=number) for number, line in enumerate(lines, 1)
    )
