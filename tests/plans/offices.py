"""Documents of which a county has some thousand a year, so that their lists are asked at a size.

Each fourth agency supervises (主管機關) the three after it.
"""

from __future__ import annotations

RANKED = """
    SELECT c.agency_code, row_number() OVER (ORDER BY c.agency_code) - 1 AS rank
      FROM (SELECT DISTINCT agency_code FROM budget.control_row) AS c
"""
SUPERVISED = f"""
    SELECT a.agency_code, s.agency_code AS supervisor_code
      FROM ({RANKED}) AS a JOIN ({RANKED}) AS s ON s.rank = a.rank - a.rank % 4 AND a.rank % 4 > 0
"""  # noqa: S608 (written here)
LISTED = f"""
INSERT INTO accounting.recovery
       (recovery_id, fiscal_year, agency_code, agency_name, recovery_no, claim_id, source_label,
        payer, slip_no, deposited_on, reason, amount_ntd, business_date, recorded_by,
        recorded_by_name, recorded_at)
SELECT md5('recovery' || c.claim_id)::uuid, c.fiscal_year, c.agency_code, c.agency_name,
       c.claim_no, c.claim_id, '示範', '示範領款', md5('slip' || c.claim_id), '2016-06-01', '示範',
       1, '2016-06-01', c.created_by, '甲', '2016-06-01'
  FROM accounting.claim AS c ORDER BY c.agency_code, c.claim_no;
INSERT INTO accounting.returned_remittance
       (return_id, fiscal_year, period, agency_code, agency_name, return_no, claim_id,
        claim_label, payee_no, payee_name, amount_ntd, notice_no, returned_on, reason, answer_by,
        recorded_by, recorded_by_name, recorded_at)
SELECT md5('return' || c.claim_id)::uuid, c.fiscal_year, 6, c.agency_code, c.agency_name,
       c.claim_no, c.claim_id, '示範', p.payee_no, p.name, 1, md5('notice' || c.claim_id),
       '2016-06-01', '示範', '2016-07-01', c.created_by, '甲', '2016-06-01'
  FROM accounting.claim AS c
  JOIN accounting.claim_payee AS p ON p.claim_id = c.claim_id AND p.payee_no = 1
 ORDER BY c.agency_code, c.claim_no;
INSERT INTO accounting.carry_over
       (carry_id, fiscal_year, agency_code, agency_name, state, carry_no, request_id,
        request_label, reason, evidence, creditor, creditor_id, contract_no, created_by,
        created_by_name, created_at, submitted_at)
SELECT md5('carry' || r.request_id)::uuid, r.fiscal_year, r.agency_code, r.agency_name,
       'submitted', r.request_no, r.request_id, '示範', '示範', '示範', '示範', '', '',
       r.created_by, '甲', '2016-12-20', '2016-12-20'
  FROM accounting.spending_request AS r WHERE r.state = 'closed'
 ORDER BY r.agency_code, r.request_no;
INSERT INTO accounting.year_end
       (year_end_id, fiscal_year, agency_code, agency_name, version, state, closed_by,
        closed_by_name, closed_at, reopened_at, reason)
SELECT md5('end' || a.agency_code || n.n)::uuid, 105, a.agency_code, a.agency_code, n.n,
       'reopened', md5('甲')::uuid, '甲', '2017-02-20', '2017-02-21', '示範'
  FROM ({RANKED}) AS a CROSS JOIN generate_series(1, 12) AS n (n) ORDER BY a.rank, n.n;
INSERT INTO budget.change_document
       (document_id, fiscal_year, agency_code, agency_name, kind, state, change_no, purpose,
        ground, amount_ntd, created_by, created_by_name, created_at, supervisor_code)
SELECT md5('change' || a.agency_code || n.n)::uuid, 105, a.agency_code, a.agency_code,
       'virement', 'submitted', n.n, '示範', '示範', 1, md5('甲')::uuid, '甲', '2016-06-01',
       COALESCE(s.supervisor_code, '')
  FROM ({RANKED}) AS a LEFT JOIN ({SUPERVISED}) AS s USING (agency_code)
 CROSS JOIN generate_series(1, 24) AS n (n) ORDER BY a.rank, n.n;
INSERT INTO budget.allotment_schedule
       (schedule_id, fiscal_year, agency_code, agency_name, side, kind, state, schedule_no,
        created_by, created_by_name, writers, created_at, submitted_on, approved_on,
        supervisor_code)
SELECT md5('schedule' || a.agency_code || n.n)::uuid, 105, a.agency_code, a.agency_code,
       'expenditure', 'revision', 'approved', 100 + n.n, md5('甲')::uuid, '甲', '{{}}',
       '2016-06-01', '2016-06-01', '2016-06-02', COALESCE(s.supervisor_code, '')
  FROM ({RANKED}) AS a LEFT JOIN ({SUPERVISED}) AS s USING (agency_code)
 CROSS JOIN generate_series(1, 24) AS n (n) ORDER BY a.rank, n.n;
INSERT INTO budget.estimate (estimate_id, fiscal_year, agency_code, agency_name, supervisor_code)
SELECT md5('estimate' || a.agency_code || y.y)::uuid, y.y, a.agency_code, a.agency_code,
       COALESCE(s.supervisor_code, '')
  FROM ({RANKED}) AS a LEFT JOIN ({SUPERVISED}) AS s USING (agency_code)
 CROSS JOIN generate_series(91, 106) AS y (y) ORDER BY y.y, a.rank;
"""  # noqa: S608 (written here)
