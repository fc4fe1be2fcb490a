"""What of a year's requests goes on in the next one: held (保留) or due (應付). Pure.

Each goes on as a request of the next year with a number of its own, that continues the first and
answers to its certification: it is claimed, advanced and released like any other, and nothing else
is ever certified on its money.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from zhuji_accounting.domain.carries.refusals import BroughtOnly
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.voucher import Subsidiary
from zhuji_accounting.domain.request import Brought, RequestLine, SpendingRequest
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import BroughtForward
from zhuji_core.values import N_, Value

LAPSED = "payable.lapsed"
BROUGHT_TITLES = {
    Brought.CARRIED: N_("以前年度保留"),
    Brought.OWED: N_("以前年度應付"),
}


class GoingOn(Value, frozen=True, kw_only=True):
    """What of one line goes on, whole NT dollars; ``origin_year``: whose budget it is of.

    ``creditor`` and ``creditor_id``: to whom what is due is owed.
    """

    request_id: uuid.UUID
    request_label: str
    brought: Brought
    origin_year: int
    line_no: int
    control_row_id: uuid.UUID
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    amount_ntd: int
    creditor: str = ""
    creditor_id: str = ""


class Continued(Value, frozen=True, kw_only=True):
    """A request of the next year and the lines that it continues, under their numbers."""

    request_id: uuid.UUID
    request_no: int
    fiscal_year: int
    agency_code: str
    lines: tuple[GoingOn, ...]

    @property
    def label(self) -> str:
        return f"{self.fiscal_year}{self.request_no:05}"

    @property
    def first(self) -> GoingOn:
        return self.lines[0]

    @property
    def amount_ntd(self) -> int:
        return sum(line.amount_ntd for line in self.lines)

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="accounting.request",
            document_id=self.request_id,
            label=self.label,
            agency_code=self.agency_code,
        )


def together(lines: Sequence[GoingOn]) -> list[tuple[GoingOn, ...]]:
    """Return the lines by the request that each makes, in the order of their first ones."""
    groups: dict[tuple[uuid.UUID, Brought], list[GoingOn]] = {}
    for line in lines:
        groups.setdefault((line.request_id, line.brought), []).append(line)
    return [tuple(group) for group in groups.values()]


def forwards(continued: Sequence[Continued]) -> list[BroughtForward]:
    """Return what fund control brings into the next year, a line each."""
    return [
        BroughtForward(
            control_row_id=line.control_row_id,
            commitment=one.document,
            carried_ntd=line.amount_ntd if line.brought is Brought.CARRIED else 0,
            owed_ntd=line.amount_ntd if line.brought is Brought.OWED else 0,
        )
        for one in continued
        for line in one.lines
    ]


def creditor_of(request: SpendingRequest) -> Subsidiary:
    """Return to whom what is due is owed, as the books of its own year named them (應付)."""
    key = request.creditor_id.strip() or request.payee.strip()
    return Subsidiary(kind="payee", key=key, name=request.payee.strip())


def lapsed_fact(
    request: SpendingRequest, amounts_ntd: Mapping[int, int], *, on_date: dt.date
) -> Fact:
    """Return what the books are told of dues that lapse (註銷應付): line number → NT dollars."""
    lines = {line.line_no: line for line in request.lines}
    return Fact(
        event_code=LAPSED,
        agency_code=request.agency_code,
        agency_name=request.agency_name,
        fiscal_year=request.fiscal_year,
        posting_date=on_date,
        memo=f"註銷 {request.origin_year} 年度應付 {request.label}",
        document=request.document,
        lines=tuple(
            FactLine(
                amounts_ntd={"amount": amount_ntd},
                control_row_id=lines[line_no].control_row_id,
                row_label=row_label(request, lines[line_no]),
                object_code=lines[line_no].object_code,
                detail_object_code=lines[line_no].detail_object_code,
                account=lines[line_no].account,
                description=request.continues_label,
                subsidiaries={"payee": creditor_of(request)},
            )
            for line_no, amount_ntd in sorted(amounts_ntd.items())
            if amount_ntd
        ),
    )


def require_own(request: SpendingRequest, *, action: str, unless: Brought | None = None) -> None:
    """Raise BroughtOnly for a request of former years, apart from those that are ``unless``."""
    if request.brought in {Brought.NOTHING, unless}:
        return
    raise BroughtOnly(
        label=request.label,
        origin_year=request.origin_year,
        what=BROUGHT_TITLES[request.brought],
        action=action,
    )


def row_label(request: SpendingRequest, line: RequestLine) -> str:
    """Return the words by which vouchers know the row of a line."""
    year = f"{request.origin_year} 年度 " if request.origin_year else ""
    return f"{year}{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}"
