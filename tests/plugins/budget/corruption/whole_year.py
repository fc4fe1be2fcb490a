"""A county in which every table of the budget holds rows, each made by its use case."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from tests.plugins.budget.changes.drawn_moves import line, revenue
from tests.plugins.budget.changes.drawn_year import given_small
from tests.plugins.budget.changes.given import HEAD, OFFICE, WRITER, post, settle, submit
from tests.plugins.budget.codes.test_withdrawing import CODES, load
from tests.plugins.budget.estimates.given import NEXT, SUPPLIES, complete, given_estimate, write
from tests.plugins.budget.given import AGENCY, LINE, YEAR, do, document, move, rows_of
from tests.plugins.budget.given_former import given_former, spend_former
from tests.plugins.budget.given_schedules import approve, comment, opened
from tests.plugins.budget.given_schedules import submit as submit_schedule
from tests.plugins.budget.given_schedules import write as write_months
from tests.plugins.budget.test_month_reports import submitted as report_submitted
from tests.plugins.budget.test_supervisors import supervised
from tests.plugins.budget.unit_book.test_import import SMALL
from tests.plugins.budget.unit_book.test_import import given_estimate as given_other_estimate
from tests.plugins.budget.unit_book.test_small_book import OBJECTS, PLAN, printed
from zhuji_budget.domain.ceiling import Ceiling
from zhuji_budget.domain.changes.model import Change, ChangeKind
from zhuji_budget.domain.changes.new_rows import WantedRow
from zhuji_budget.domain.schedule import Side
from zhuji_budget.store.execution import Executed, follow
from zhuji_budget.usecases.accept_month_report import accept_month_report
from zhuji_budget.usecases.import_unit_book import import_unit_book
from zhuji_budget.usecases.note_releases import note_releases
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_budget.usecases.review_estimate import review_estimate
from zhuji_budget.usecases.set_ceilings import set_ceilings
from zhuji_budget.usecases.share_line import share_line
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import FundsMove, MoveKind
from zhuji_core.testing.counties import CountyUnderTest, given_actor

OWN_CODES = YEAR + 20  # a table of the county itself, for a year that is far
FROZEN = """
    SELECT r.control_row_id, r.agency_code FROM budget.control_row AS r
     WHERE r.frozen_ntd > 0 ORDER BY r.line_code, r.object_code LIMIT 1
"""
BOOK = """
    INSERT INTO budget.book (book_id, fiscal_year, file_name, digest, lines, total_ntd, imported_at)
    VALUES (gen_random_uuid(), :year, '預算書.xls', 'ab12', 1, 1000, now())
"""
POOLED = "SELECT line_id FROM budget.budget_line WHERE pooled ORDER BY code LIMIT 1"
REVENUES = "SELECT revenue_row_id FROM budget.revenue_row WHERE agency_code = :a ORDER BY code"


def given_whole_year(county: CountyUnderTest) -> None:
    """A year enacted, allotted, changed, spent and reported, and the next one being prepared."""
    county.settings["budget"] = {"commit_basis": "annual"}
    given_small(county)
    rows = rows_of(county, line_code=LINE)
    _documents(county, rows)
    _schedules(county, rows)
    _spent(county, rows[1])
    spend_former(county, given_former(county, rows[1], carried_ntd=500, owed_ntd=30), 120)
    _pooled(county)
    _reported(county)
    _prepared(county)
    for kind in CODES:
        load(county, kind, OWN_CODES, OWN_CODES)
    county.execute(BOOK, year=YEAR)


def _documents(county: CountyUnderTest, rows: Sequence[uuid.UUID]) -> None:
    post(county, ChangeKind.VIREMENT, (rows[1], -9_000, 4), (rows[3], 9_000, 4))
    gone = post(county, ChangeKind.VIREMENT, (rows[1], -10, 4), (rows[2], 10, 4))
    with county.uow(given_actor(WRITER)) as uow:
        back = reverse_change(uow, document_id=gone.document_id, reason="誤植")
    settle(county, back)
    (frozen,) = county.rows(FROZEN)
    post(
        county, ChangeKind.RELEASE, (frozen.control_row_id, 100, 0), agency_code=frozen.agency_code
    )
    advance = post(county, ChangeKind.ADVANCE, (rows[1], 500, 0))
    post(county, ChangeKind.INCLUSION, (rows[2], 400, 0), advance_id=advance.document_id)
    taken = county.rows(REVENUES, a=AGENCY)[0].revenue_row_id
    new = WantedRow(line_code="3201010103", line_name="數位服務", object_code="02")
    wanted = [
        line(rows[1], 12_345, 5),
        revenue(taken, 12_000, 6),
        WantedChangeLine(amount_ntd=7_000, month=0, new_row=new),
    ]
    settle(county, submit(county, _draft(county, wanted).document_id))
    _draft(county, [line(rows[1], 5, 0)])


def _draft(county: CountyUnderTest, lines: Sequence[WantedChangeLine]) -> Change:
    wanted = WantedChange(
        kind=ChangeKind.SUPPLEMENT,
        purpose="執行所需",
        lines=tuple(lines),
        fiscal_year=YEAR,
        agency_code=AGENCY,
    )
    with county.uow(given_actor(WRITER)) as uow:
        return write_change(uow, wanted=wanted)


def _schedules(county: CountyUnderTest, rows: Sequence[uuid.UUID]) -> None:
    """A revision of the months to come, approved; revenue by its own schedule; one at work."""
    months = "SELECT allotment_ntd AS m FROM budget.control_row WHERE control_row_id = :row"
    (was,) = county.rows(months, row=rows[2])
    later = [*was.m[:10], was.m[10] - 50, was.m[11] + 50]
    taken = county.rows(REVENUES, a=AGENCY)[0].revenue_row_id
    for side, row, ntd in (
        (Side.EXPENDITURE, rows[2], later),
        (Side.REVENUE, taken, [0] * 3 + [1_000] * 2 + [13_000] + [1_000] * 6),
    ):
        made = opened(county, side=side)
        write_months(county, made, {row: ntd})
        submit_schedule(county, made)
        comment(county, made)
        approve(county, made)
    opened(county)
    with county.uow() as uow:
        note_releases(uow, fiscal_year=YEAR, agency_code=AGENCY)


def _spent(county: CountyUnderTest, row: uuid.UUID) -> None:
    """One request held, spent, advanced, settled, owed; another one told by events."""
    do(county, move(row, 1_000, number=1, document_kind="test.request"))
    for number, (kind, amount_ntd) in enumerate(
        (
            (MoveKind.EXPEND, 300),
            (MoveKind.ADVANCE, 200),
            (MoveKind.SETTLE, 150),
            (MoveKind.RETURN, 50),
            (MoveKind.RECOVER, 40),
            (MoveKind.OWE, 30),
        ),
        start=100,
    ):
        claim = DocumentRef(
            kind="test.claim",
            document_id=uuid.UUID(int=number),
            label=f"報 {number}",
            agency_code=AGENCY,
        )
        of = document(1, "test.request")
        do(
            county,
            FundsMove(
                control_row_id=row, kind=kind, amount_ntd=amount_ntd, document=claim, commitment=of
            ),
        )
    do(county, move(row, 70, number=2))
    with county.uow() as uow:
        told = Executed(
            event_id=uuid.uuid4(),
            month_key=YEAR * 100 + 3,
            control_row_id=row,
            certified_ntd=70,
            released_ntd=0,
        )
        follow(uow, [told])
        uow.audit("test.follow", document(1))


def _pooled(county: CountyUnderTest) -> None:
    (pooled,) = county.rows(POOLED)
    with county.uow() as uow:
        share_line(uow, line_id=pooled.line_id, agency_codes=["0001020000"])


def _reported(county: CountyUnderTest) -> None:
    report = report_submitted(county)
    with county.uow(given_actor(OFFICE)) as uow:
        accept_month_report(uow, report_id=report.report_id)


def _prepared(county: CountyUnderTest) -> None:
    """Next year: an estimate that was reviewed, one from a unit book, ceilings, a supervisor."""
    estimate_id = given_estimate(county)
    write(county, estimate_id, SUPPLIES)
    complete(county, estimate_id)
    with county.uow() as uow:
        submit_estimate(uow, estimate_id=estimate_id)
    with county.uow(given_actor(HEAD)) as uow:
        review_estimate(uow, estimate_id=estimate_id, cuts=())
    with county.uow() as uow:
        set_ceilings(
            uow, fiscal_year=NEXT, wanted=[Ceiling(agency_code=AGENCY, ceiling_ntd=900_000_000)]
        )
    supervised(county, "0001020000")
    county.business_date = dt.date(2025, 3, 15)
    book = given_other_estimate(county, year=115, agency_code=SMALL)
    with county.uow() as uow:
        import_unit_book(uow, estimate_id=book, file=printed(計畫=PLAN, 用途別=OBJECTS))
    county.business_date = dt.date(2016, 3, 15)
