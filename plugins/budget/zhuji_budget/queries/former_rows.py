"""What must hold of rows of former years (以前年度): what a year's end brought into the next."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_budget.store.carried_rows import BROUGHT, CARRY, DUE, HAS
from zhuji_budget.store.movements import signed

# Of former years (以前年度): the counters by their movements, no commitment below nothing, and of a
# row no more brought into the next year than it holds, or owes.
CARRIED_COUNTERS = f"""
    SELECT r.fiscal_year::text || ' ' || r.origin_year::text || ' ' || r.line_code || ' '
               || r.object_code AS what,
           (abs(r.carried_ntd - COALESCE(m.carried_ntd, 0))
            + abs(r.owed_ntd - COALESCE(m.owed_ntd, 0))
            + abs(r.encumbered_ntd - COALESCE(m.held_ntd, 0))
            + abs(r.advanced_ntd - COALESCE(m.advanced_ntd, 0))
            + abs(r.expended_ntd - COALESCE(m.expended_ntd, 0))
            + abs(r.payable_ntd - COALESCE(m.payable_ntd, 0)))::bigint AS difference_ntd
      FROM budget.carried_row AS r
      LEFT JOIN (SELECT m.control_row_id,
                        sum(m.amount_ntd) FILTER (WHERE m.kind = '{CARRY}') AS carried_ntd,
                        sum(m.amount_ntd) FILTER (WHERE m.kind = '{DUE}') AS owed_ntd,
                        {HAS}
                   FROM budget.carried_movement AS m
                  GROUP BY m.control_row_id) AS m USING (control_row_id)
     WHERE (r.carried_ntd, r.owed_ntd, r.encumbered_ntd, r.advanced_ntd, r.expended_ntd,
            r.payable_ntd)
           IS DISTINCT FROM (COALESCE(m.carried_ntd, 0), COALESCE(m.owed_ntd, 0),
                             COALESCE(m.held_ntd, 0), COALESCE(m.advanced_ntd, 0),
                             COALESCE(m.expended_ntd, 0), COALESCE(m.payable_ntd, 0))
"""
CARRIED_OVERDRAWN = f"""
    SELECT min(COALESCE(m.commitment_label, m.document_label)) AS what,
           -least(sum({signed("encumbered", BROUGHT)}), sum({signed("advanced", BROUGHT)}),
                  sum({signed("expended", BROUGHT)}), sum({signed("payable", BROUGHT)}))::bigint
               AS difference_ntd
      FROM budget.carried_movement AS m
     GROUP BY m.control_row_id, COALESCE(m.commitment_id, m.document_id)
    HAVING least(sum({signed("encumbered", BROUGHT)}), sum({signed("advanced", BROUGHT)}),
                 sum({signed("expended", BROUGHT)}), sum({signed("payable", BROUGHT)})) < 0
     LIMIT 1000
"""
CARRIED_OVER = """
    SELECT c.fiscal_year::text || ' ' || c.line_code || ' ' || c.object_code AS what,
           (greatest(c.carried_ntd - COALESCE(r.encumbered_ntd, 0), 0)
            + greatest(c.owed_ntd - COALESCE(r.payable_ntd, 0), 0))::bigint AS difference_ntd
      FROM budget.carried_row AS c
      LEFT JOIN (SELECT o.fiscal_year, o.encumbered_ntd, o.payable_ntd,
                        o.control_row_id AS origin_row_id
                   FROM budget.control_row AS o
                  UNION ALL
                 SELECT o.fiscal_year, o.encumbered_ntd, o.payable_ntd, o.origin_row_id
                   FROM budget.carried_row AS o) AS r
             ON r.origin_row_id = c.origin_row_id AND r.fiscal_year = c.fiscal_year - 1
     WHERE c.carried_ntd > COALESCE(r.encumbered_ntd, 0)
        OR c.owed_ntd > COALESCE(r.payable_ntd, 0)
"""
CARRIED_WORDS = """
    SELECT c.fiscal_year::text || ' ' || c.line_code || ' ' || c.object_code AS what,
           c.carried_ntd + c.owed_ntd AS difference_ntd
      FROM budget.carried_row AS c
      LEFT JOIN budget.control_row AS r ON r.control_row_id = c.origin_row_id
     WHERE (c.origin_year, c.agency_code, c.line_code, c.line_name, c.object_code, c.object_name,
            c.account)
           IS DISTINCT FROM (r.fiscal_year, r.agency_code, r.line_code, r.line_name, r.object_code,
                             r.object_name, r.account)
"""
ROWS = "rows of former years"
SUBJECTS_OF_FORMER: Mapping[str, str] = {ROWS: "SELECT count(*) FROM budget.carried_row"}
CHECKS_OF_FORMER: Mapping[str, tuple[str, str]] = {
    "a row of former years and its movements differ": (ROWS, CARRIED_COUNTERS),
    "a commitment of former years drew on more than it has": (ROWS, CARRIED_OVERDRAWN),
    "more was brought forward than the year before holds": (ROWS, CARRIED_OVER),
    "a row of former years is not that of its year of origin": (ROWS, CARRIED_WORDS),
}
