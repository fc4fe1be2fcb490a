"""Fill a county with control rows and unit-approved requests, by SQL: 64,000 in some seconds.

Every row gets the movements that prove its counters, as enactment and allotment write them, so
that nothing but certification is under test.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator, Sequence

import psycopg
import sqlalchemy as sa

from zhuji_core.ids import new_id
from zhuji_core.values import Value

FISCAL_YEAR = 105
BUSINESS_DATE = dt.date(2016, 3, 15)
MONTHS_BEGUN = 3
WRITER, APPROVER = uuid.UUID(int=1001), uuid.UUID(int=1002)

AGENCIES = """
    INSERT INTO kernel.agency (agency_code, name)
    SELECT a, '機關' || a FROM unnest(CAST(:agencies AS text[])) AS a
        ON CONFLICT DO NOTHING
"""
YEAR = """
    INSERT INTO budget.fiscal_year (fiscal_year, state, document_id, act_no)
    VALUES (105, 'allotted', :document_id, '府授主一字第1050000001號')
        ON CONFLICT DO NOTHING
"""
# Who enacted and allotted it: without these entries the year was put in by hand.
DECIDED = """
    INSERT INTO kernel.audit_entry
           (recorded_at, business_date, actor_id, actor_account, action, document_kind,
            document_id, document_label, agency_code, after, trace_id)
    SELECT now(), '2016-01-01', y.document_id, 'seed', d.action, 'budget.year', y.document_id,
           '105年度', '', jsonb_build_object('state', d.state), ''
      FROM budget.fiscal_year AS y
     CROSS JOIN (VALUES ('budget.year.enact', 'enacted'),
                        ('budget.allotment.approve', 'allotted')) AS d (action, state)
"""
LINES = """
    INSERT INTO budget.budget_line
           (line_id, fiscal_year, code, name, agency_code, agency_name, department_code,
            department_name, plan_code, plan_name, bill_ntd)
    SELECT w.control_row_id, 105, w.code, '行政管理 ' || w.code, w.agency_code,
           '機關' || w.agency_code, '0001', '市政府', '01', '一般行政',
           CAST(:month_ntd AS bigint) * 12
      FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[]), CAST(:agencies AS text[]))
           AS w (control_row_id, code, agency_code)
"""
ROWS = """
    INSERT INTO budget.control_row
           (control_row_id, line_id, fiscal_year, agency_code, line_code, line_name, object_code,
            object_name, account, bill_ntd, enacted_ntd, allotment_ntd)
    SELECT l.line_id, l.line_id, 105, l.agency_code, l.code, l.name, '02', '業務費', 'current',
           l.bill_ntd, l.bill_ntd, array_fill(CAST(:month_ntd AS bigint), ARRAY[12])
      FROM budget.budget_line AS l
     WHERE l.line_id = ANY (CAST(:ids AS uuid[]))
"""
MOVEMENTS = """
    INSERT INTO budget.budget_movement
           (control_row_id, kind, amount_ntd, month, document_kind, document_id, document_label,
            business_date, recorded_at, actor_id)
    SELECT r.control_row_id, m.kind, m.amount_ntd, m.month, 'budget.year', y.document_id, '105年度',
           '2016-01-01', now(), y.document_id
      FROM budget.control_row AS r
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     CROSS JOIN LATERAL (
           SELECT 'enact' AS kind, r.enacted_ntd AS amount_ntd, NULL::integer AS month
            UNION ALL
           SELECT 'allot', r.allotment_ntd[n], n FROM generate_series(1, 12) AS n) AS m
     WHERE r.control_row_id = ANY (CAST(:ids AS uuid[]))
     ORDER BY r.control_row_id, m.month NULLS FIRST
"""
COPY_REQUESTS = """
    COPY accounting.spending_request
         (request_id, fiscal_year, agency_code, agency_name, request_no, state, kind, purpose,
          basis, payee, duplicate_reason, amount_ntd, content_digest, created_by,
          created_by_name, created_at, submitted_at, approved_by, approved_by_name, approved_at)
    FROM STDIN
"""
COPY_LINES = """
    COPY accounting.request_line
         (request_id, line_no, control_row_id, line_code, line_name, object_code, object_name,
          account, amount_ntd)
    FROM STDIN
"""
EMPTY = """
    TRUNCATE accounting.spending_request, accounting.request_line, accounting.certification,
             accounting.receipt_line, accounting.release, budget.budget_movement,
             budget.control_row, budget.budget_line, kernel.event, kernel.audit_entry,
             kernel.idempotency_key, kernel.number_counter RESTART IDENTITY
"""


class Row(Value, frozen=True, kw_only=True):
    """A control row of the scenario."""

    control_row_id: uuid.UUID
    agency_code: str
    line_code: str


class Seeded(Value, frozen=True, kw_only=True):
    """Approved requests in order of their numbers, and the rows that they name."""

    rows: tuple[Row, ...]
    request_ids: tuple[uuid.UUID, ...]
    amount_ntd: int
    lines_per_request: int


class Scenario(Value, frozen=True, kw_only=True):
    """``funded``: for how many lines of ``amount_ntd`` each row has money to date.

    ``lines`` rows of one agency are named by each request, drawn with ``seed``. ``group``: a letter
    before its agencies' codes, so that two scenarios may stand beside each other.
    """

    requests: int
    funded: int
    rows: int = 1
    lines: int = 1
    agencies: int = 1
    amount_ntd: int = 3_000
    seed: int = 105
    group: str = "A"


def empty(admin: sa.Engine) -> None:
    """Take away what an earlier part left; people and rights stay."""
    with admin.begin() as connection:
        connection.execute(sa.text(EMPTY))


def fill(admin: sa.Engine, scenario: Scenario) -> Seeded:
    """Make the rows and the approved requests of ``scenario``."""
    assert scenario.rows % scenario.agencies == 0, "every agency has as many rows"
    rows = _fill_rows(admin, scenario)
    drawn = random.Random(scenario.seed)  # noqa: S311 (a repeatable scenario, no secret)
    of_agency: dict[str, list[Row]] = {}
    for row in rows:
        of_agency.setdefault(row.agency_code, []).append(row)
    books = list(of_agency.values())
    wanted = [
        (new_id(), drawn.sample(books[number % len(books)], scenario.lines))
        for number in range(scenario.requests)
    ]
    _copy_requests(admin, wanted, amount_ntd=scenario.amount_ntd)
    return Seeded(
        rows=tuple(rows),
        request_ids=tuple(request_id for request_id, _ in wanted),
        amount_ntd=scenario.amount_ntd,
        lines_per_request=scenario.lines,
    )


def _fill_rows(admin: sa.Engine, scenario: Scenario) -> list[Row]:
    # To date the allotment is exactly enough for `funded` lines: one dollar more is refused.
    to_date_ntd = scenario.funded * scenario.amount_ntd
    assert to_date_ntd % MONTHS_BEGUN == 0, "the money to date is spread over the months begun"
    rows = [
        Row(
            control_row_id=new_id(),
            agency_code=f"{scenario.group}{number % scenario.agencies:03}",
            line_code=f"{ord(scenario.group) - ord('A') + 1:02}{number:05}",
        )
        for number in range(scenario.rows)
    ]
    parameters = {
        "ids": [row.control_row_id for row in rows],
        "codes": [row.line_code for row in rows],
        "agencies": [row.agency_code for row in rows],
        "month_ntd": to_date_ntd // MONTHS_BEGUN,
        "document_id": new_id(),
    }
    with admin.begin() as connection:
        for sql in (AGENCIES, YEAR, DECIDED, LINES, ROWS, MOVEMENTS):
            named = {name: value for name, value in parameters.items() if f":{name}" in sql}
            connection.execute(sa.text(sql), named)
    return rows


def _copy_requests(
    admin: sa.Engine, wanted: Sequence[tuple[uuid.UUID, Sequence[Row]]], *, amount_ntd: int
) -> None:
    with admin.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection), "the engine speaks psycopg"
        with driver.transaction(), driver.cursor() as cursor:
            with cursor.copy(COPY_REQUESTS) as copy:
                for record in _request_records(wanted, amount_ntd=amount_ntd):
                    copy.write_row(record)
            with cursor.copy(COPY_LINES) as copy:
                for record in _line_records(wanted, amount_ntd=amount_ntd):
                    copy.write_row(record)
        driver.autocommit = True
        driver.execute("VACUUM ANALYZE accounting.spending_request")
        driver.execute("VACUUM ANALYZE accounting.request_line")
        driver.execute("VACUUM ANALYZE budget.control_row")
        driver.autocommit = False


def _request_records(
    wanted: Sequence[tuple[uuid.UUID, Sequence[Row]]], *, amount_ntd: int
) -> Iterator[tuple[object, ...]]:
    at = dt.datetime(2016, 3, 14, 2, tzinfo=dt.UTC)
    for number, (request_id, rows) in enumerate(wanted, 1):
        agency = rows[0].agency_code
        yield (
            request_id, FISCAL_YEAR, agency, f"機關{agency}", number, "unit_approved", "ordinary",
            f"購置辦公用品一批 {number}", f"105年3月簽呈第{number}號", "大台中文具行", "",
            amount_ntd * len(rows), number.to_bytes(32), WRITER, "經辦人", at, at, APPROVER,
            "業務主管", at,
        )  # fmt: skip


def _line_records(
    wanted: Sequence[tuple[uuid.UUID, Sequence[Row]]], *, amount_ntd: int
) -> Iterator[tuple[object, ...]]:
    for request_id, rows in wanted:
        for line_no, row in enumerate(rows, 1):
            yield (
                request_id, line_no, row.control_row_id, row.line_code, f"行政管理 {row.line_code}",
                "0200", "業務費", "current", amount_ntd,
            )  # fmt: skip
