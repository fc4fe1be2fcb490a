"""What must hold between acts on the budget and what they moved: schedules, council, documents."""

from __future__ import annotations

from collections.abc import Mapping

# What an approved schedule says and what it moved, row by row and month by month; both ways.
SCHEDULES = """
    WITH said AS (
        SELECT s.schedule_id AS document_id, l.row_id, x.month, x.ntd - l.base_ntd[x.month] AS ntd
          FROM budget.allotment_schedule AS s
          JOIN budget.allotment_line AS l USING (schedule_id)
         CROSS JOIN LATERAL unnest(l.months_ntd) WITH ORDINALITY AS x (ntd, month)
         WHERE s.state = 'approved' AND x.ntd <> l.base_ntd[x.month]
    ), moved AS (
        SELECT m.document_id, m.control_row_id AS row_id, m.month, sum(m.amount_ntd) AS ntd
          FROM budget.budget_movement AS m
         WHERE m.kind = 'allot' AND m.document_kind = 'budget.allotment'
         GROUP BY 1, 2, 3
         UNION ALL
        SELECT m.document_id, m.revenue_row_id, m.month, sum(m.amount_ntd)
          FROM budget.revenue_movement AS m
         WHERE m.kind = 'allot' AND m.document_kind = 'budget.allotment'
         GROUP BY 1, 2, 3
    )
    SELECT document_id::text || ' ' || row_id::text || ' ' || month::text AS what,
           (COALESCE(s.ntd, 0) - COALESCE(v.ntd, 0))::bigint AS difference_ntd
      FROM said AS s
      FULL JOIN moved AS v USING (document_id, row_id, month)
     WHERE s.ntd IS DISTINCT FROM v.ntd
"""
# A budget is moved by an act on its own year: the year's enactment and allotment, an approved
# schedule of its agency, a posted document. (Money that is spent has documents of other modules.)
MOVED_BY = """
    WITH moved AS (
        SELECT r.fiscal_year, r.agency_code, 'expenditure' AS side, m.kind, m.document_kind,
               m.document_id, sum(abs(m.amount_ntd)) AS ntd
          FROM budget.budget_movement AS m
          JOIN budget.control_row AS r USING (control_row_id)
         WHERE m.kind IN ('enact', 'allot', 'change', 'freeze')
         GROUP BY 1, 2, 3, 4, 5, 6
         UNION ALL
        SELECT r.fiscal_year, r.agency_code, 'revenue', m.kind, m.document_kind, m.document_id,
               sum(abs(m.amount_ntd))
          FROM budget.revenue_movement AS m
          JOIN budget.revenue_row AS r USING (revenue_row_id)
         GROUP BY 1, 2, 3, 4, 5, 6
    )
    SELECT m.fiscal_year || ' ' || m.agency_code || ' ' || m.side || ' ' || m.kind || ' '
               || m.document_id::text AS what,
           m.ntd::bigint AS difference_ntd
      FROM moved AS m
     WHERE NOT CASE m.document_kind
               WHEN 'budget.year' THEN m.kind <> 'change' AND EXISTS (
                    SELECT FROM budget.fiscal_year AS y
                     WHERE y.document_id = m.document_id AND y.fiscal_year = m.fiscal_year
                       AND y.state <> 'bill')
               WHEN 'budget.allotment' THEN m.kind = 'allot' AND EXISTS (
                    SELECT FROM budget.allotment_schedule AS s
                     WHERE s.schedule_id = m.document_id AND s.fiscal_year = m.fiscal_year
                       AND s.agency_code = m.agency_code AND s.side = m.side
                       AND s.state = 'approved')
               WHEN 'budget.change' THEN m.kind <> 'enact' AND EXISTS (
                    SELECT FROM budget.change_document AS d
                     WHERE d.document_id = m.document_id AND d.fiscal_year = m.fiscal_year
                       AND d.state IN ('posted', 'reversed'))
               ELSE false END
"""
# What the council decided on each row is what the bill lost, and what enactment froze.
COUNCIL = """
    SELECT r.line_code || ' ' || r.object_code AS what,
           abs(r.council_ntd + COALESCE(c.cut_ntd, 0))
           + abs(COALESCE(f.frozen_ntd, 0) - COALESCE(c.frozen_ntd, 0)) AS difference_ntd
      FROM budget.control_row AS r
      JOIN budget.fiscal_year AS y USING (fiscal_year)
      LEFT JOIN budget.council_change AS c USING (control_row_id)
      LEFT JOIN (SELECT m.control_row_id, sum(m.amount_ntd)::bigint AS frozen_ntd
                   FROM budget.budget_movement AS m
                  WHERE m.kind = 'freeze' AND m.document_kind = 'budget.year'
                  GROUP BY 1) AS f USING (control_row_id)
     WHERE r.council_ntd <> -COALESCE(c.cut_ntd, 0)
        OR (y.state <> 'bill' AND COALESCE(f.frozen_ntd, 0) <> COALESCE(c.frozen_ntd, 0))
     UNION ALL
    SELECT r.code || ' ' || r.agency_code,
           abs(r.council_ntd - COALESCE(c.change_ntd, 0))
           + CASE y.state WHEN 'bill' THEN 0
                          ELSE abs(r.enacted_ntd - r.bill_ntd - r.council_ntd) END
      FROM budget.revenue_row AS r
      JOIN budget.fiscal_year AS y USING (fiscal_year)
      LEFT JOIN budget.council_revenue AS c USING (revenue_row_id)
     WHERE r.council_ntd <> COALESCE(c.change_ntd, 0)
        OR (y.state <> 'bill' AND r.enacted_ntd <> r.bill_ntd + r.council_ntd)
"""
# A row that a document made is called what the document says.
NEW_ROWS = """
    SELECT d.document_id::text || ' ' || l.line_no::text AS what, abs(l.amount_ntd)
               AS difference_ntd
      FROM budget.change_document AS d
      JOIN budget.change_line AS l USING (document_id)
      JOIN budget.control_row AS r USING (control_row_id)
      JOIN budget.budget_line AS b ON b.line_id = r.line_id
     WHERE d.state IN ('posted', 'reversed') AND l.new_row->>'row_id' = r.control_row_id::text
       AND ((r.line_name, r.object_name) IS DISTINCT FROM (l.line_name, l.object_name)
            OR ((l.new_row->>'makes_line')::boolean AND l.new_row->>'line_id' = b.line_id::text
                AND (b.name, b.agency_name, b.department_code, b.department_name, b.plan_code,
                     b.plan_name, b.function_code)
                    IS DISTINCT FROM (l.line_name, l.new_row->>'agency_name',
                                      l.new_row->>'department_code',
                                      l.new_row->>'department_name', l.new_row->>'plan_code',
                                      l.new_row->>'plan_name', l.new_row->>'function_code')))
     UNION ALL
    SELECT d.document_id::text || ' ' || l.line_no::text, abs(l.amount_ntd)
      FROM budget.change_document AS d
      JOIN budget.change_line AS l USING (document_id)
      JOIN budget.revenue_row AS r USING (revenue_row_id)
     WHERE d.state IN ('posted', 'reversed') AND l.new_row->>'row_id' = r.revenue_row_id::text
       AND (r.name, r.source_name) IS DISTINCT FROM (l.line_name, l.object_name)
"""
# The years of a code are those of its table.
YEARS_OF_CODES = """
    SELECT o.pack || ' ' || o.code AS what, 0::bigint AS difference_ntd
      FROM budget.object_code AS o
      JOIN budget.code_set AS s ON s.kind = 'object' AND s.name = o.pack
     WHERE (o.fiscal_year_from, o.fiscal_year_to)
           IS DISTINCT FROM (s.fiscal_year_from, s.fiscal_year_to)
"""
# What keeps the county's role from changing what is final (migrations 0022 and 0023).
GUARDED = """
    (VALUES ('change_document', 'posted_is_final'), ('change_line', 'posted_is_final'),
            ('fiscal_year', 'year_is_final'), ('council_change', 'council_is_final'),
            ('council_revenue', 'council_is_final'),
            ('allotment_schedule', 'approved_is_final'), ('allotment_line', 'approved_is_final'),
            ('budget_line', 'enacted_is_final'), ('budget_line', 'enacted_stays'),
            ('control_row', 'enacted_is_final'), ('control_row', 'enacted_stays'),
            ('budget_line', 'final_accounts_are_final'),
            ('revenue_row', 'enacted_is_final'), ('revenue_row', 'enacted_stays'))
        AS g (of_table, name)
"""
GUARDS = f"""
    SELECT g.name || ' of ' || g.of_table AS what, 0::bigint AS difference_ntd
      FROM {GUARDED}
     WHERE NOT EXISTS (SELECT FROM pg_trigger AS t
                        WHERE t.tgrelid = to_regclass('budget.' || g.of_table)
                          AND t.tgname = g.name AND t.tgenabled IN ('O', 'A'))
"""
CHECKS_OF_ACTS: Mapping[str, tuple[str, str]] = {
    "an approved schedule and its movements differ": ("approved schedules", SCHEDULES),
    "the budget moved by no act of its year": ("movements of the budget", MOVED_BY),
    "the council's decisions and the enacted budget differ": ("rows of all sides", COUNCIL),
    "a row is not what the document that made it says": ("documents", NEW_ROWS),
    "a code holds in other years than its table": ("codes of objects", YEARS_OF_CODES),
    "what keeps the final from being changed is off or gone": ("guards of tables", GUARDS),
}
SUBJECTS_OF_ACTS: Mapping[str, str] = {
    "approved schedules": """
        SELECT count(*) FROM budget.allotment_schedule WHERE state = 'approved'
    """,
    "movements of the budget": """
        SELECT (SELECT count(*) FROM budget.budget_movement
                 WHERE kind IN ('enact', 'allot', 'change', 'freeze'))
             + (SELECT count(*) FROM budget.revenue_movement)
    """,
    "codes of objects": "SELECT count(*) FROM budget.object_code",
    "guards of tables": f"SELECT count(*) FROM {GUARDED}",
    "rows of all sides": """
        SELECT (SELECT count(*) FROM budget.control_row)
             + (SELECT count(*) FROM budget.revenue_row)
    """,
}
