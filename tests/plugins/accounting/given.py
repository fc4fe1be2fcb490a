"""What tests of accounting begin with, saying only what matters.

Two made-up governments, so that nothing works for one county's codes alone: 甲 certifies against
the allotment to date with the old object codes, 乙 against the annual balance with other codes.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import sqlalchemy as sa

from tests.plugins.budget.given_equal import given_equal
from zhuji_accounting.domain.certification import Certification
from zhuji_accounting.domain.request import RequestKind, SpendingRequest
from zhuji_accounting.usecases.approve_request import approve_request
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.follow_budget import follow_budget
from zhuji_accounting.usecases.submit_request import submit_request
from zhuji_accounting.usecases.write_request import WantedLine, WantedRequest, write_request
from zhuji_budget.permissions import LOAD_CODES
from zhuji_budget.store import digests
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.contracts.budgets import AllotmentReleased, BudgetEnacted, ChangePosted
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.actor import Actor
from zhuji_core.ids import new_id
from zhuji_core.testing.counties import CountyUnderTest, given_actor

YEAR = 105
MARCH = 3
TOLD = BudgetEnacted | AllotmentReleased | ChangePosted
FOLLOWED = DocumentRef(
    kind="test.office", document_id=uuid.UUID(int=105), label="某機關", agency_code="A1"
)
# What the relay does after each round, without one: accounting has read the log to its end.
READ_TO_THE_END = """
    INSERT INTO kernel.event_cursor (module, transaction_id, sequence)
    SELECT 'accounting', e.transaction_id, e.sequence FROM kernel.event AS e
     ORDER BY e.transaction_id DESC, e.sequence DESC LIMIT 1
        ON CONFLICT (module) DO UPDATE
       SET transaction_id = excluded.transaction_id, sequence = excluded.sequence
"""
# What a relay of a running application had put aside was told with the rest.
NOTHING_WAITS = "DELETE FROM kernel.event_waiting WHERE module = 'accounting'"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One control row of a made-up government; ``budget_ntd`` for the year."""

    object_code: str
    object_name: str
    account: str
    budget_ntd: int


@dataclass(frozen=True, kw_only=True)
class Government:
    """A made-up government; ``details``: second-level code → (parent, account).

    ``has_own_codes``: its objects are not those that the law's tables have for the year.
    """

    agency_code: str
    line_code: str
    line_name: str
    commit_basis: str
    rows: tuple[Row, ...]
    details: Mapping[str, tuple[str, str]]
    has_own_codes: bool = False


ALPHA = Government(
    agency_code="A1",
    line_code="3302010101",
    line_name="行政管理",
    commit_basis="allotted",
    rows=(
        Row(object_code="01", object_name="人事費", account="current", budget_ntd=36_000_000),
        Row(object_code="02", object_name="業務費", account="current", budget_ntd=12_000_000),
        Row(object_code="03", object_name="設備及投資", account="capital", budget_ntd=1_200_000),
    ),
    details={"0271": ("02", "current"), "0306": ("03", "capital")},
)
BETA = Government(
    agency_code="乙-77",
    line_code="K.4.b",
    line_name="道路養護",
    commit_basis="annual",
    rows=(
        Row(object_code="1000", object_name="人事費", account="current", budget_ntd=1_000_001),
        Row(object_code="2000", object_name="業務費", account="current", budget_ntd=500_003),
        Row(object_code="3000", object_name="設備及投資", account="capital", budget_ntd=77),
    ),
    details={"2051": ("2000", "current"), "3015": ("3000", "capital")},
    has_own_codes=True,
)


@dataclass(kw_only=True)
class Office:
    """An accounting office of one government: its county, its control rows, its people."""

    county: CountyUnderTest
    government: Government
    rows: dict[str, uuid.UUID]
    writer: Actor = field(init=False)
    head: Actor = field(init=False)
    reviewer: Actor = field(init=False)

    def __post_init__(self) -> None:
        code = self.government.agency_code
        self.writer = given_actor(101, agency_code=code, name="經辦甲")
        self.head = given_actor(102, agency_code=code, name="主管乙")
        self.reviewer = given_actor(103, agency_code=code, name="審核丙")

    @property
    def supplies(self) -> uuid.UUID:
        """The row of 業務費."""
        return self.rows[self.government.rows[1].object_code]

    @property
    def supplies_available_ntd(self) -> int:
        """What is available on 業務費 while nothing is held: by March, or for the year."""
        budget_ntd = self.government.rows[1].budget_ntd
        if self.government.commit_basis == "annual":
            return budget_ntd
        return sum(month_amounts(budget_ntd)[:MARCH])

    def draft(self, *amounts_ntd: int, purpose: str = "購置文具", **more: str) -> SpendingRequest:
        """Write a draft with one line for each amount, on 業務費."""
        return self.write(
            [(self.supplies, amount_ntd) for amount_ntd in amounts_ntd], purpose, **more
        )

    def write(
        self, lines: Sequence[tuple[uuid.UUID, int]], purpose: str = "購置文具", **more: str
    ) -> SpendingRequest:
        fields = {"basis": "105 年 3 月簽", "payee": "甲商行", **more}
        wanted = WantedRequest(
            kind=RequestKind.ORDINARY,
            purpose=purpose,
            basis=fields["basis"],
            payee=fields["payee"],
            lines=tuple(
                WantedLine(
                    control_row_id=row,
                    amount_ntd=amount_ntd,
                    detail_object_code=fields.get("detail_object_code", ""),
                )
                for row, amount_ntd in lines
            ),
        )
        with self.county.uow(self.writer) as uow:
            return write_request(uow, wanted=wanted)

    def submitted(self, *amounts_ntd: int, **more: str) -> SpendingRequest:
        return self.submit(self.draft(*amounts_ntd, **{"purpose": unique(), **more}))

    def submit(self, request: SpendingRequest) -> SpendingRequest:
        with self.county.uow(self.writer) as uow:
            return submit_request(uow, request_id=request.request_id)

    def approved(self, *amounts_ntd: int, **more: str) -> SpendingRequest:
        return self.approve(self.submitted(*amounts_ntd, **more))

    def approve(self, request: SpendingRequest) -> SpendingRequest:
        with self.county.uow(self.head) as uow:
            return approve_request(uow, request_id=request.request_id)

    def certified(self, *amounts_ntd: int, **more: str) -> Certification:
        request = self.approved(*amounts_ntd, **more)
        with self.county.uow(self.reviewer) as uow:
            outcome = certify_requests(uow, request_ids=[request.request_id])[0]
        assert outcome.certification is not None, outcome.refusal
        return outcome.certification

    def follow(self) -> None:
        """Tell accounting what the budget told so far, as the relay does."""
        follow(self.county)

    def close_through(self, period: int, *, first: int = 1) -> None:
        """Close the months up to ``period`` once the books have followed the budget."""
        self.county.begun(f"closed {first}-{period}", lambda: self._close(first, period))

    def _close(self, first: int, period: int) -> None:
        self.follow()
        for month in range(first, period + 1):
            with self.county.uow(self.reviewer) as uow:
                close_period(
                    uow,
                    fiscal_year=YEAR,
                    period=month,
                    agency_code=self.government.agency_code,
                )

    def encumbered_ntd(self, row: uuid.UUID | None = None) -> int:
        """Return the counter of the row (業務費)."""
        found = self.county.rows(
            "SELECT encumbered_ntd FROM budget.control_row WHERE control_row_id = :row",
            row=row or self.supplies,
        )
        amount_ntd: int = found[0].encumbered_ntd
        return amount_ntd


def follow(county: CountyUnderTest) -> None:
    """Tell accounting what the budget told so far, to the end of the log."""
    told = county.rows(
        "SELECT body::text AS body FROM kernel.event WHERE type LIKE 'budget.%' ORDER BY sequence"
    )
    with county.uow() as uow:
        follow_budget(uow, [msgspec.json.decode(row.body, type=TOLD) for row in told])
        uow.audit("test.followed", FOLLOWED)
    county.execute(READ_TO_THE_END)
    county.execute(NOTHING_WAITS)


def unique() -> str:
    return f"購置文具 {uuid.uuid4().hex[:8]}"


def month_amounts(budget_ntd: int) -> list[int]:
    """Twelve equal months to the dollar: what does not divide goes to the last months."""
    return [budget_ntd * month // 12 - budget_ntd * (month - 1) // 12 for month in range(1, 13)]


def given_office(county: CountyUnderTest, government: Government = ALPHA) -> Office:
    """Give the county the government's budget, enacted and allotted; it is March."""
    county.settings["budget"] = {"commit_basis": government.commit_basis}
    rows = county.begun(f"office {government!r}", lambda: _made_office(county, government))
    return Office(county=county, government=government, rows=dict(rows))


def _made_office(county: CountyUnderTest, government: Government) -> Mapping[str, uuid.UUID]:
    document_id, line_id = new_id(), new_id()
    county.execute(
        "INSERT INTO budget.fiscal_year (fiscal_year, document_id) VALUES (:year, :id)"
        " ON CONFLICT DO NOTHING",
        year=YEAR,
        id=document_id,
    )
    insert_line(county, government, line_id)
    rows = {
        row.object_code: insert_row(county, government, line_id, row) for row in government.rows
    }
    _insert_details(county, government)
    with county.uow() as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="府授主一字第 1 號")
    with county.uow() as uow:
        given_equal(uow, fiscal_year=YEAR)
    return rows


def insert_line(
    county: CountyUnderTest, government: Government, line_id: uuid.UUID, year: int = YEAR
) -> None:
    county.execute(
        "INSERT INTO budget.budget_line (line_id, fiscal_year, code, name, agency_code,"
        " agency_name, department_code, department_name, plan_code, plan_name, bill_ntd)"
        " VALUES (:line, :year, :code, :name, :agency, '某機關', 'D', '某主管', 'P', '一般行政',"
        " :ntd)",
        line=line_id,
        year=year,
        code=government.line_code,
        name=government.line_name,
        agency=government.agency_code,
        ntd=sum(row.budget_ntd for row in government.rows),
    )


def insert_row(
    county: CountyUnderTest,
    government: Government,
    line_id: uuid.UUID,
    row: Row,
    year: int = YEAR,
) -> uuid.UUID:
    row_id = new_id()
    county.execute(
        "INSERT INTO budget.control_row (control_row_id, line_id, fiscal_year, agency_code,"
        " line_code, line_name, object_code, object_name, account, bill_ntd)"
        " VALUES (:row, :line, :year, :agency, :code, :name, :object, :title, :account, :ntd)",
        row=row_id,
        line=line_id,
        year=year,
        agency=government.agency_code,
        code=government.line_code,
        name=government.line_name,
        object=row.object_code,
        title=row.object_name,
        account=row.account,
        ntd=row.budget_ntd,
    )
    return row_id


def insert_objects(
    county: CountyUnderTest, government: Government, name: str, *, first: int, last: int
) -> uuid.UUID:
    """Give the county the government's objects as a table of its own for these years."""
    document_id = new_id()
    county.execute(
        "INSERT INTO budget.code_set (kind, name, fiscal_year_from, fiscal_year_to, shipped,"
        " document_id, loaded_at)"
        " VALUES ('object', :name, :first, :last, false, :document, now())",
        name=name,
        first=first,
        last=last,
        document=document_id,
    )
    for row in government.rows:
        county.execute(
            "INSERT INTO budget.object_code (pack, code, level, name, account, role,"
            " fiscal_year_from, fiscal_year_to)"
            " VALUES (:pack, :code, 1, :name, :account, :role, :first, :last)",
            pack=name,
            code=row.object_code,
            name=row.object_name,
            account="capital" if row.account == "capital" else "either",
            role="personnel" if row.object_name == "人事費" else "",
            first=first,
            last=last,
        )
    return document_id


def say_loaded(county: CountyUnderTest, document_id: uuid.UUID) -> None:
    """Say in the audit that a table of codes was loaded as it now stands."""
    document = DocumentRef(
        kind="budget.codes", document_id=document_id, label="made-up", agency_code=""
    )
    with county.uow() as uow:
        rows = uow.connection.execute(sa.text(digests.CODES)).all()
        (now,) = (row.now for row in rows if row.document_id == document_id)
        uow.audit(LOAD_CODES.name, document, after=now)


def _insert_details(county: CountyUnderTest, government: Government) -> None:
    loaded = None
    if government.has_own_codes:
        loaded = insert_objects(county, government, "made-up", first=0, last=999)
    for code, (parent, account) in government.details.items():
        county.execute(
            "INSERT INTO budget.object_code (pack, code, level, parent_code, name, account,"
            " fiscal_year_from, fiscal_year_to)"
            " VALUES ('made-up', :code, 2, :parent, '二級', :account, 0, 999)",
            code=code,
            parent=parent,
            account=account,
        )
    if loaded is not None:
        say_loaded(county, loaded)


KEPT = (
    "accounting.spending_request",
    "accounting.request_line",
    "accounting.certification",
    "accounting.receipt_line",
    "accounting.release",
    "accounting.closed_period",
    "budget.control_row",
    "budget.budget_movement",
    "kernel.event",
    "kernel.audit_entry",
    "kernel.number_counter",
    "kernel.idempotency_key",
)


def everything(county: CountyUnderTest) -> dict[str, list[str]]:
    """Return all that a use case may keep, row by row, to compare before and after."""
    return {
        table: sorted(
            row.kept
            for row in county.rows(f"SELECT t::text AS kept FROM {table} AS t")  # noqa: S608
        )
        for table in KEPT
    }
