"""A change of the budget during the year: its kinds, states, lines and number.

One shape for every kind: from which control rows, to which, how much, in which month of the
allotment, on which legal ground. A posted document is never edited; another one reverses it.
"""

from __future__ import annotations

import enum
import uuid

from zhuji_budget.domain.changes.reserve_use import ReserveUse
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, Value

DOCUMENT_KIND = "budget.change"
LINES_MAX = 100
TEXT_MAX = 500
NTD_MAX = 10**15  # five hundred times what all counties spend in a year
MONTHS = 12


class ChangeKind(enum.StrEnum):
    VIREMENT = "virement"
    FIRST_RESERVE = "first_reserve"
    SECOND_RESERVE = "second_reserve"
    SUPPLEMENT = "supplement"
    REDUCTION = "reduction"
    CONDITION = "condition"
    RELEASE = "release"
    ADVANCE = "advance"
    INCLUSION = "inclusion"
    POOLED = "pooled"


class ChangeState(enum.StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SUPERVISING = "supervising"
    AGREED = "agreed"
    POSTED = "posted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"


KIND_TITLES: dict[ChangeKind, str] = {
    ChangeKind.VIREMENT: N_("經費流用"),
    ChangeKind.FIRST_RESERVE: N_("動支第一預備金"),
    ChangeKind.SECOND_RESERVE: N_("動支第二預備金"),
    ChangeKind.SUPPLEMENT: N_("追加預算"),
    ChangeKind.REDUCTION: N_("追減預算"),
    ChangeKind.CONDITION: N_("列管專案動支"),
    ChangeKind.RELEASE: N_("專案核准動支或解除凍結"),
    ChangeKind.ADVANCE: N_("墊付款"),
    ChangeKind.INCLUSION: N_("墊付款納入預算"),
    ChangeKind.POOLED: N_("統籌科目撥用"),
}
# The legal ground that each kind rests on: shown on the document and frozen with it.
GROUNDS: dict[ChangeKind, str] = {
    ChangeKind.VIREMENT: N_("預算法第 62 條、第 63 條"),
    ChangeKind.FIRST_RESERVE: N_("預算法第 22 條、第 64 條"),
    ChangeKind.SECOND_RESERVE: N_("預算法第 22 條、第 70 條"),
    ChangeKind.SUPPLEMENT: N_("預算法第 79 條、第 82 條"),
    ChangeKind.REDUCTION: N_("預算法第 81 條"),
    ChangeKind.CONDITION: N_("地方制度法第 41 條、預算執行要點"),
    ChangeKind.RELEASE: N_("地方制度法第 41 條、預算執行要點"),
    ChangeKind.ADVANCE: N_("經議會同意之墊付案"),
    ChangeKind.INCLUSION: N_("經議會同意之墊付案，補辦預算"),
    ChangeKind.POOLED: N_("預算執行要點統籌科目"),
}
STATE_TITLES: dict[ChangeState, str] = {
    ChangeState.DRAFT: N_("草稿"),
    ChangeState.SUBMITTED: N_("待機關首長核准"),
    ChangeState.SUPERVISING: N_("待主管機關核轉"),
    ChangeState.AGREED: N_("待主計處核定"),
    ChangeState.POSTED: N_("已生效"),
    ChangeState.RETURNED: N_("退回補正"),
    ChangeState.WITHDRAWN: N_("已撤回"),
    ChangeState.REVERSED: N_("已沖回"),
}
# Money that moves between rows: as much leaves as arrives.
TRANSFERS = frozenset(
    {
        ChangeKind.VIREMENT,
        ChangeKind.FIRST_RESERVE,
        ChangeKind.SECOND_RESERVE,
        ChangeKind.POOLED,
    }
)
# What the head of the agency asks for; the others begin in the budget office (domain §7).
BY_AGENCY = frozenset(
    {
        ChangeKind.VIREMENT,
        ChangeKind.FIRST_RESERVE,
        ChangeKind.SECOND_RESERVE,
        ChangeKind.RELEASE,
        ChangeKind.ADVANCE,
    }
)
RESERVES = frozenset({ChangeKind.FIRST_RESERVE, ChangeKind.SECOND_RESERVE})
# What the head of the agency decides alone (預算法 63: within one plan).
DECIDED_BY_HEAD = frozenset({ChangeKind.VIREMENT})


# What goes through the supervising agency (主管機關), where the county says that there is one.
THROUGH_SUPERVISOR = frozenset({ChangeKind.FIRST_RESERVE})
# An act of the council that changes the budget changes revenue with it (預算法 79–82).
WITH_REVENUE = frozenset({ChangeKind.SUPPLEMENT, ChangeKind.REDUCTION})


# Documents that may name a row which does not exist yet: an object that a line has not, or a line
# of its own where the council or the executive votes new money.
WITH_NEW_ROWS = frozenset(
    {
        ChangeKind.FIRST_RESERVE,
        ChangeKind.SECOND_RESERVE,
        ChangeKind.SUPPLEMENT,
        ChangeKind.ADVANCE,
        ChangeKind.INCLUSION,
        ChangeKind.POOLED,
    }
)
WITH_NEW_LINES = frozenset(
    {
        ChangeKind.SECOND_RESERVE,
        ChangeKind.SUPPLEMENT,
        ChangeKind.ADVANCE,
        ChangeKind.INCLUSION,
    }
)


class NewRow(Value, frozen=True, kw_only=True):
    """What a line's row will be, beside the line's own words; frozen when it was written.

    ``row_id`` and ``line_id`` are given before: rows are made with them when the document takes
    effect. ``makes_line``: the line of the book does not exist either.
    """

    row_id: uuid.UUID
    line_id: uuid.UUID
    makes_line: bool = False
    is_revenue: bool = False
    agency_name: str = ""
    department_code: str = ""
    department_name: str = ""
    plan_code: str = ""
    plan_name: str = ""
    function_code: str = ""
    role: str = ""
    pooled: bool = False


class ChangeLine(Value, frozen=True, kw_only=True):
    """NT dollars that leave (−) or reach (+) a row; ``month`` 0: what is not allotted.

    Of expenditure it names a control row, of revenue a row of revenue: then the object's code and
    name are those of its source (來源別). ``new_row``: the row did not exist when it was written.
    """

    line_no: int
    control_row_id: uuid.UUID | None = None
    revenue_row_id: uuid.UUID | None = None
    agency_code: str
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    account: str
    amount_ntd: int
    month: int = 0
    new_row: NewRow | None = None

    @property
    def is_to_be(self) -> bool:
        """Tell whether the row is still to be made."""
        return self.control_row_id is None and self.revenue_row_id is None

    @property
    def is_revenue(self) -> bool:
        to_be = self.new_row is not None and self.new_row.is_revenue
        return self.revenue_row_id is not None or (to_be and self.control_row_id is None)

    @property
    def row_id(self) -> uuid.UUID | None:
        """Return the row's id, also of one that is to be."""
        planned = self.new_row.row_id if self.new_row is not None else None
        return self.control_row_id or self.revenue_row_id or planned


class Change(Value, frozen=True, kw_only=True):
    """One document; ``change_no`` is 0 until it is submitted.

    ``writers``: all who keyed or sent it, and whom they acted for. ``reserve_use``: of a reserve
    alone, its case and the notice to the council.
    """

    document_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    kind: ChangeKind
    state: ChangeState
    purpose: str
    ground: str
    created_by: uuid.UUID
    created_by_name: str
    lines: tuple[ChangeLine, ...]
    change_no: int = 0
    act_no: str = ""
    reverses_id: uuid.UUID | None = None
    advance_id: uuid.UUID | None = None
    reserve_use: ReserveUse | None = None
    created_for: uuid.UUID | None = None
    writers: tuple[uuid.UUID, ...] = ()
    agreed_by: uuid.UUID | None = None
    agreed_for: uuid.UUID | None = None
    agreed_by_name: str = ""
    supervisor_code: str = ""
    supervisor_name: str = ""
    endorsed_by: uuid.UUID | None = None
    endorsed_for: uuid.UUID | None = None
    endorsed_by_name: str = ""
    posted_by_name: str = ""
    return_reason: str = ""
    revision: int = 1

    @property
    def hands(self) -> frozenset[uuid.UUID]:
        """Return whoever wrote the document, and whom they acted for."""
        began = {self.created_by} | ({self.created_for} if self.created_for else set())
        return frozenset(began | set(self.writers))

    @property
    def expenditures(self) -> tuple[ChangeLine, ...]:
        return tuple(line for line in self.lines if not line.is_revenue)

    @property
    def revenues(self) -> tuple[ChangeLine, ...]:
        return tuple(line for line in self.lines if line.is_revenue)

    @property
    def row_ids(self) -> list[uuid.UUID]:
        """Return the control rows of the document that exist, in order of id."""
        return sorted({line.control_row_id for line in self.lines if line.control_row_id})

    @property
    def revenue_row_ids(self) -> list[uuid.UUID]:
        return sorted({line.revenue_row_id for line in self.lines if line.revenue_row_id})

    @property
    def amount_ntd(self) -> int:
        """Return what moves of expenditure, or of revenue where the document has nothing else.

        The sum of what arrives, or of what leaves when nothing arrives.
        """
        lines = self.expenditures or self.revenues
        arrives = sum(line.amount_ntd for line in lines if line.amount_ntd > 0)
        return arrives or -sum(line.amount_ntd for line in lines)

    @property
    def revenue_ntd(self) -> int:
        """Return the change of revenue, signed."""
        return sum(line.amount_ntd for line in self.revenues)

    @property
    def label(self) -> str:
        """Return 流用 10500001, or the handle of a draft."""
        title = KIND_TITLES[self.kind]
        if self.change_no:
            return f"{title} {self.fiscal_year}{self.change_no:05}"
        return f"{title} 草稿 {self.document_id.hex[-6:].upper()}"

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind=DOCUMENT_KIND,
            document_id=self.document_id,
            label=self.label,
            agency_code=self.agency_code,
        )

    def summary(self) -> dict[str, object]:
        """Return what the audit keeps of the content."""
        return {
            "state": str(self.state),
            "purpose": self.purpose,
            "ground": self.ground,
            "amount_ntd": self.amount_ntd,
            **({} if self.reserve_use is None else {"reserve_use": self.reserve_use}),
            "lines": [[line.line_code, line.object_code, line.account, line.month, line.amount_ntd]
                      for line in self.lines],
        }  # fmt: skip
