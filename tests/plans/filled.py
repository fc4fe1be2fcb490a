"""A county with enough of everything for its plans to be those of a city; the same every time.

By ``loadtests.data`` and by SQL what it does not make. ANALYZE is told to read each table whole and
to draw no sample, so that its statistics, and with them the plans, are always the same.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from loadtests.data import booking
from loadtests.data.booking import Effort
from loadtests.data.copying import Size, agency_of, fill
from tests.plans.offices import LISTED
from tests.plans.shapes import Rows
from tests.plugins.accounting.given import follow
from tests.plugins.budget.given_equal import given_equal
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.testing.counties import CountyUnderTest

YEAR = 105
SIZE = Size(fiscal_year=YEAR, agencies=96, requests=4_800)
VOUCHERS = 4_800
LARGE = 1_000  # rows
# ANALYZE reads so many rows for each of its target (PostgreSQL, std_typanalyze).
TARGET, SAMPLED = 1_000, 300
JANUARY, DECEMBER = dt.date(2016, 1, 4), dt.date(2016, 12, 20)
MADE = """
-- What waits: some of each list, and some of each state.
UPDATE accounting.spending_request SET state = 'certified'
 WHERE state = 'closed' AND request_no % 40 = 0;
UPDATE accounting.spending_request SET state = 'withdrawn'
 WHERE state = 'unit_approved' AND request_no % 4 > 0;
UPDATE accounting.spending_request
   SET state = 'submitted', approved_by = NULL, approved_by_name = '', approved_at = NULL
 WHERE state = 'unit_approved' AND request_no % 3 = 0;
UPDATE accounting.claim SET state = 'submitted', business_date = NULL WHERE claim_no % 30 = 0;
INSERT INTO accounting.voucher
SELECT (jsonb_populate_record(v, jsonb_build_object(
            'voucher_id', md5('voucher' || v.voucher_no || v.kind || v.agency_code)::uuid,
            'state', 'prepared', 'voucher_no', NULL, 'source_kind', '', 'source_id', NULL))).*
  FROM accounting.voucher AS v WHERE v.voucher_no % 30 = 0 AND v.state = 'posted';
-- Advances: most of them settled.
INSERT INTO accounting.advance
       (advance_id, fiscal_year, agency_code, agency_name, state, advance_no, kind, request_id,
        request_label, memo, settle_by, receiver_name, amount_ntd, created_by, created_by_name,
        created_at, submitted_at, granted_on)
SELECT md5('advance' || r.request_id)::uuid, r.fiscal_year, r.agency_code, r.agency_name,
       CASE WHEN r.request_no % 40 = 20 THEN 'submitted' WHEN r.request_no % 20 = 10 THEN 'granted'
            ELSE 'closed' END,
       r.request_no, 'general', r.request_id, r.fiscal_year || lpad(r.request_no::text, 5, '0'),
       r.purpose, '2016-12-31', '示範領款', r.amount_ntd, r.created_by, r.created_by_name,
       r.created_at, r.submitted_at, CASE WHEN r.request_no % 40 <> 20 THEN date '2016-06-01' END
  FROM accounting.spending_request AS r
 WHERE r.state = 'closed' AND r.request_no % 2 = 0 ORDER BY r.agency_code, r.request_no;
INSERT INTO accounting.advance_line
       (advance_id, line_no, request_id, request_line_no, control_row_id, line_code, line_name,
        object_code, object_name, account, amount_ntd, settled_ntd)
SELECT a.advance_id, l.line_no, l.request_id, l.line_no, l.control_row_id, l.line_code,
       l.line_name, l.object_code, l.object_name, l.account, l.amount_ntd,
       CASE WHEN a.state = 'closed' THEN l.amount_ntd ELSE 0 END
  FROM accounting.advance AS a JOIN accounting.request_line AS l USING (request_id)
 ORDER BY a.agency_code, a.advance_no, l.line_no;
"""
# What was told and audited of the requests; a transaction of twenty events each.
TOLD = """
INSERT INTO kernel.event (event_id, transaction_id, type, document_id, body, recorded_at)
SELECT md5('event' || r.request_id || t.told)::uuid,
       ((row_number() OVER (ORDER BY t.told, r.agency_code, r.request_no)) / 20 + 1)::text::xid8,
       t.told, r.request_id, '{}', r.created_at
  FROM accounting.spending_request AS r
 CROSS JOIN (VALUES ('accounting.request.1'), ('accounting.request.2')) AS t (told)
 ORDER BY t.told, r.agency_code, r.request_no;
INSERT INTO kernel.audit_entry
       (recorded_at, business_date, actor_id, actor_account, action, document_kind, document_id,
        document_label, agency_code, after, trace_id)
SELECT r.created_at, '2016-03-15', r.created_by, 'user' || r.request_no % 50,
       'accounting.' || a.act,
       'accounting.request', r.request_id, r.fiscal_year || lpad(r.request_no::text, 5, '0'),
       r.agency_code, '{"state": "closed"}', md5(r.request_id::text)
  FROM accounting.spending_request AS r
 CROSS JOIN (VALUES ('submit_request'), ('certify_requests')) AS a (act)
 ORDER BY a.act, r.agency_code, r.request_no;
"""
# What was told was followed; and what moved lies in the order of its days, as if day by day.
SETTLED = """
DELETE FROM kernel.event_cursor;
INSERT INTO kernel.event_cursor (module, transaction_id, sequence, moved_at)
SELECT m.module, e.transaction_id, e.sequence, e.recorded_at
  FROM (VALUES ('budget'), ('accounting')) AS m (module)
 CROSS JOIN (SELECT transaction_id, sequence, recorded_at FROM kernel.event
              ORDER BY transaction_id DESC, sequence DESC LIMIT 1) AS e;
CREATE INDEX by_day ON budget.budget_movement (business_date, movement_id);
CLUSTER budget.budget_movement USING by_day;
DROP INDEX budget.by_day;
"""
ROWS = """
    SELECT n.nspname || '.' || c.relname AS name, c.reltuples::bigint AS rows
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname IN ('kernel', 'budget', 'accounting')
"""
SOME = """
    SELECT (SELECT request_id FROM accounting.spending_request
             WHERE agency_code = :agency AND state = 'closed'
             ORDER BY request_no LIMIT 1) AS request,
           (SELECT claim_id FROM accounting.claim
             WHERE agency_code = :agency AND state = 'approved'
             ORDER BY claim_no LIMIT 1) AS claim,
           (SELECT voucher_id FROM accounting.voucher
             WHERE agency_code = :agency AND state = 'posted'
             ORDER BY voucher_id LIMIT 1) AS voucher,
           (SELECT control_row_id FROM budget.control_row
             WHERE agency_code = :agency
             ORDER BY enacted_ntd DESC LIMIT 1) AS control_row,
           (SELECT line_id FROM budget.budget_line
             WHERE agency_code = :agency
             ORDER BY code LIMIT 1) AS line,
           (SELECT account_code FROM accounting.account_balance
             WHERE agency_code = :agency
             GROUP BY account_code ORDER BY count(*) DESC, account_code LIMIT 1) AS account
"""


@dataclass(kw_only=True)
class Filled:
    """The county, one agency of many with a document of each kind, and the size of its tables."""

    county: CountyUnderTest
    rows: Rows
    agencies: tuple[str, ...]
    some: Mapping[str, uuid.UUID] = field(default_factory=dict)
    account: str = ""

    @property
    def agency(self) -> str:
        return self.agencies[40]


def filled(county: CountyUnderTest) -> Filled:
    """Fill the county: a year budgeted, certified, claimed and posted, and what waits in it."""
    county.settings["budget"] = {"commit_basis": "annual"}
    county.business_date = JANUARY
    fill(county.uow, SIZE, with_requests=True, told=_unheard)
    with county.uow() as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="示範")
        given_equal(uow, fiscal_year=YEAR)
    follow(county)
    county.business_date = DECEMBER
    booking.work(county.uow, SIZE, Effort(vouchers=VOUCHERS), told=_unheard)
    county.corrupt(MADE)
    county.corrupt(LISTED)
    county.execute(TOLD)
    county.corrupt(SETTLED)
    return _analysed(county)


def _analysed(county: CountyUnderTest) -> Filled:
    with county.admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"SET default_statistics_target = {TARGET}")
        connection.exec_driver_sql("VACUUM (FREEZE, ANALYZE)")
    rows = {row.name: row.rows for row in county.rows(ROWS)}
    assert max(rows.values()) < TARGET * SAMPLED, "beyond that ANALYZE draws a sample"
    made = Filled(
        county=county,
        rows=Rows(of=rows, large=LARGE),
        agencies=tuple(sorted(agency_of(number, SIZE).code for number in range(SIZE.agencies))),
    )
    (some,) = county.rows(SOME, agency=made.agency)
    made.some = {key: value for key, value in some._mapping.items() if key != "account"}
    made.account = some.account
    return made


def _unheard(_done: int, _of: int) -> None:
    """Nobody watches."""
