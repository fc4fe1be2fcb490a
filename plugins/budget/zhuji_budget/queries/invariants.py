"""What must hold of a budget that documents changed: each a query that finds what breaks it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from zhuji_budget.domain.changes.legality import SHARE
from zhuji_budget.queries.acts import CHECKS_OF_ACTS, SUBJECTS_OF_ACTS
from zhuji_budget.queries.final import FINALS, check_final
from zhuji_budget.queries.former_rows import CHECKS_OF_FORMER, SUBJECTS_OF_FORMER
from zhuji_budget.queries.headings import BASELINE, CODES, TOTALS, Checked, check_headings
from zhuji_budget.queries.recordings import RECORDED, check_recordings
from zhuji_budget.queries.said import SAID, check_said
from zhuji_budget.queries.shipped import SHIPPED, check_shipped
from zhuji_budget.queries.stamps import STAMPED, check_stamps
from zhuji_budget.store.control_rows import ALLOTTED
from zhuji_budget.store.roles import RESERVE, RESERVES, ROLE, VOTED
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

FOUND_MAX = 1000

# What a document says and what it moved, row by row and month by month; both ways round.
DOCUMENTS = """
    WITH said AS (
        SELECT d.document_id, l.control_row_id, x.kind, x.month, sum(x.amount_ntd) AS amount_ntd
          FROM budget.change_document AS d
          JOIN budget.change_line AS l USING (document_id)
         CROSS JOIN LATERAL (
               SELECT CASE WHEN d.kind IN ('condition', 'release') THEN 'freeze'
                           ELSE 'change' END AS kind,
                      0 AS month,
                      CASE d.kind WHEN 'release' THEN -l.amount_ntd
                                  ELSE l.amount_ntd END AS amount_ntd
                UNION ALL
               SELECT 'allot', l.month,
                      CASE d.kind WHEN 'condition' THEN -l.amount_ntd ELSE l.amount_ntd END
                WHERE l.month > 0) AS x
         WHERE d.state IN ('posted', 'reversed') AND d.kind <> 'advance'
           AND l.control_row_id IS NOT NULL
         GROUP BY 1, 2, 3, 4
        HAVING sum(x.amount_ntd) <> 0
    ), moved AS (
        SELECT m.document_id, m.control_row_id, m.kind, COALESCE(m.month, 0) AS month,
               sum(m.amount_ntd) AS amount_ntd
          FROM budget.budget_movement AS m
         WHERE m.document_kind = 'budget.change'
         GROUP BY 1, 2, 3, 4
        HAVING sum(m.amount_ntd) <> 0
    )
    SELECT document_id::text || ' ' || control_row_id::text || ' ' || kind || ' ' || month::text
               AS what,
           (COALESCE(s.amount_ntd, 0) - COALESCE(v.amount_ntd, 0))::bigint AS difference_ntd
      FROM said AS s
      FULL JOIN moved AS v USING (document_id, control_row_id, kind, month)
     WHERE s.amount_ntd IS DISTINCT FROM v.amount_ntd
"""
# The same of revenue, and its counters by its movements.
REVENUE_DOCUMENTS = """
    WITH said AS (
        SELECT d.document_id, l.revenue_row_id, x.kind, x.month, sum(l.amount_ntd) AS amount_ntd
          FROM budget.change_document AS d
          JOIN budget.change_line AS l USING (document_id)
         CROSS JOIN LATERAL (SELECT 'change' AS kind, 0 AS month
                              UNION ALL
                             SELECT 'allot', l.month WHERE l.month > 0) AS x
         WHERE d.state IN ('posted', 'reversed') AND l.revenue_row_id IS NOT NULL
         GROUP BY 1, 2, 3, 4
        HAVING sum(l.amount_ntd) <> 0
    ), moved AS (
        SELECT m.document_id, m.revenue_row_id, m.kind, COALESCE(m.month, 0) AS month,
               sum(m.amount_ntd) AS amount_ntd
          FROM budget.revenue_movement AS m
         WHERE m.document_kind = 'budget.change'
         GROUP BY 1, 2, 3, 4
        HAVING sum(m.amount_ntd) <> 0
    )
    SELECT document_id::text || ' ' || revenue_row_id::text || ' ' || kind || ' ' || month::text
               AS what,
           (COALESCE(s.amount_ntd, 0) - COALESCE(v.amount_ntd, 0))::bigint AS difference_ntd
      FROM said AS s
      FULL JOIN moved AS v USING (document_id, revenue_row_id, kind, month)
     WHERE s.amount_ntd IS DISTINCT FROM v.amount_ntd
"""
REVENUE_COUNTERS = f"""
    SELECT r.code || ' ' || r.agency_code AS what,
           (abs(r.enacted_ntd - COALESCE(m.enacted_ntd, 0))
            + abs(r.changes_ntd - COALESCE(m.changes_ntd, 0))
            + abs({ALLOTTED} - COALESCE(m.allotted_ntd, 0)))::bigint AS difference_ntd
      FROM budget.revenue_row AS r
      LEFT JOIN (SELECT revenue_row_id,
                        COALESCE(sum(amount_ntd) FILTER (WHERE kind = 'enact'), 0) AS enacted_ntd,
                        COALESCE(sum(amount_ntd) FILTER (WHERE kind = 'change'), 0) AS changes_ntd,
                        COALESCE(sum(amount_ntd) FILTER (WHERE kind = 'allot'), 0) AS allotted_ntd
                   FROM budget.revenue_movement
                  GROUP BY revenue_row_id) AS m USING (revenue_row_id)
     WHERE (r.enacted_ntd, r.changes_ntd, {ALLOTTED})
           IS DISTINCT FROM (COALESCE(m.enacted_ntd, 0), COALESCE(m.changes_ntd, 0),
                             COALESCE(m.allotted_ntd, 0))
"""
# A reversed document has one reversal that took effect, and the lines of both cancel out.
REVERSALS = """
    SELECT d.document_id::text AS what,
           abs(d.amount_ntd) AS difference_ntd
      FROM budget.change_document AS d
      LEFT JOIN budget.change_document AS o
             ON o.reverses_id = d.document_id AND o.state = 'posted'
     WHERE (d.state = 'reversed') <> (o.document_id IS NOT NULL)
        OR (o.document_id IS NOT NULL AND EXISTS (
               SELECT FROM budget.change_line AS l
                WHERE l.document_id IN (d.document_id, o.document_id)
                GROUP BY l.control_row_id, l.revenue_row_id, l.month
               HAVING sum(l.amount_ntd) <> 0))
"""
# 預算法 63: in and out over the year at most a fifth of the original budget.
VIREMENTS = f"""
    SELECT r.line_code || ' ' || r.object_code AS what,
           (greatest(x.in_ntd, x.out_ntd) - r.enacted_ntd / {SHARE})::bigint AS difference_ntd
      FROM (SELECT y.control_row_id,
                   COALESCE(sum(y.amount_ntd) FILTER (WHERE y.amount_ntd > 0), 0) AS in_ntd,
                   COALESCE(-sum(y.amount_ntd) FILTER (WHERE y.amount_ntd < 0), 0) AS out_ntd
              FROM (SELECT l.control_row_id, l.document_id, sum(l.amount_ntd) AS amount_ntd
                      FROM budget.change_line AS l
                      JOIN budget.change_document AS d USING (document_id)
                     WHERE d.kind = 'virement' AND d.state = 'posted' AND d.reverses_id IS NULL
                     GROUP BY l.control_row_id, l.document_id) AS y
             GROUP BY y.control_row_id) AS x
      JOIN budget.control_row AS r USING (control_row_id)
     WHERE greatest(x.in_ntd, x.out_ntd) > r.enacted_ntd / {SHARE}
"""
# Transfers create no money, and an advance is included to its amount at most.
TRANSFERS = """
    SELECT d.document_id::text AS what, sum(l.amount_ntd)::bigint AS difference_ntd
      FROM budget.change_document AS d
      JOIN budget.change_line AS l USING (document_id)
     WHERE d.state IN ('posted', 'reversed')
       AND d.kind IN ('virement', 'first_reserve', 'second_reserve', 'pooled')
     GROUP BY d.document_id
    HAVING sum(l.amount_ntd) <> 0
     LIMIT 1000
"""
ADVANCES = """
    SELECT a.document_id::text AS what, (sum(d.amount_ntd) - a.amount_ntd)::bigint
               AS difference_ntd
      FROM budget.change_document AS a
      JOIN budget.change_document AS d
        ON d.advance_id = a.document_id AND d.kind = 'inclusion' AND d.state = 'posted'
       AND d.reverses_id IS NULL
     GROUP BY a.document_id
    HAVING sum(d.amount_ntd) > a.amount_ntd
     LIMIT 1000
"""
# budget = allotted + unallotted, unallotted never below what is frozen; each month by itself is
# the sum of its movements (the counters' check adds the months up).
MONTHS = f"""
    WITH moved AS (
        SELECT m.control_row_id, ARRAY[{
    ", ".join(
        f"COALESCE(sum(m.amount_ntd) FILTER (WHERE m.month = {month}), 0)::bigint"
        for month in range(1, 13)
    )
}] AS months
          FROM budget.budget_movement AS m
         WHERE m.kind = 'allot'
         GROUP BY m.control_row_id
    )
    SELECT r.line_code || ' ' || r.object_code || ' ' || x.month::text AS what,
           (x.allotted_ntd - COALESCE(x.moved_ntd, 0))::bigint AS difference_ntd
      FROM budget.control_row AS r
      LEFT JOIN moved AS m USING (control_row_id)
     CROSS JOIN LATERAL unnest(r.allotment_ntd, m.months) WITH ORDINALITY
           AS x (allotted_ntd, moved_ntd, month)
     WHERE (r.allotment_ntd IS DISTINCT FROM m.months OR 0 > ANY (r.allotment_ntd))
       AND (x.allotted_ntd <> COALESCE(x.moved_ntd, 0) OR x.allotted_ntd < 0)
"""
LIMITS = f"""
    SELECT r.line_code || ' ' || r.object_code AS what,
           greatest(r.encumbered_ntd + r.advanced_ntd + r.expended_ntd, {ALLOTTED})
               - (r.enacted_ntd + r.changes_ntd - r.frozen_ntd) AS difference_ntd
      FROM budget.control_row AS r
     WHERE greatest(r.encumbered_ntd + r.advanced_ntd + r.expended_ntd, {ALLOTTED})
           > r.enacted_ntd + r.changes_ntd - r.frozen_ntd
"""
# 預算法 61: what is paid was allotted before, so it never is more than the year's allotment.
PAID = f"""
    SELECT r.line_code || ' ' || r.object_code AS what,
           r.advanced_ntd + r.expended_ntd - {ALLOTTED} AS difference_ntd
      FROM budget.control_row AS r
     WHERE r.advanced_ntd + r.expended_ntd > {ALLOTTED}
"""
# What reports add up by: the row's own words are those of its line, so that totals by agency are
# the same on either road.
WORDS = """
    SELECT r.line_code || ' ' || r.object_code AS what, r.enacted_ntd + r.changes_ntd
               AS difference_ntd
      FROM budget.control_row AS r
      JOIN budget.budget_line AS b USING (line_id)
     WHERE (r.fiscal_year, r.agency_code, r.line_code)
           IS DISTINCT FROM (b.fiscal_year, b.agency_code, b.code)
"""
# 預算法 63: nothing flows into personnel; and 22: a first reserve of one per cent at most, unless
# the council passed more and the reason is written down.
PERSONNEL = f"""
    SELECT r.line_code || ' ' || r.object_code AS what, sum(l.amount_ntd)::bigint AS difference_ntd
      FROM budget.change_document AS d
      JOIN budget.change_line AS l USING (document_id)
      JOIN budget.control_row AS r USING (control_row_id)
      JOIN budget.budget_line AS b ON b.line_id = r.line_id
     WHERE d.kind = 'virement' AND d.state = 'posted' AND d.reverses_id IS NULL
       AND {ROLE} = 'personnel'
     GROUP BY d.document_id, r.control_row_id
    HAVING sum(l.amount_ntd) > 0
     LIMIT 1000
"""
FIRST_RESERVES = f"""
    SELECT x.fiscal_year::text || ' ' || x.agency_code AS what,
           x.reserve_ntd - x.current_ntd / 100 AS difference_ntd
      FROM ({RESERVES}) AS x
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     WHERE x.reserve_ntd > x.current_ntd / 100 AND y.state <> 'bill' AND y.reserve_reason = ''
"""
# The same of what later acts added: each that raised a first reserve, by what was voted until then.
RAISED_RESERVES = f"""
    WITH voted AS ({VOTED})
    SELECT v.document_id::text || ' ' || v.agency_code AS what,
           (x.reserve_ntd + w.reserve_ntd - div(x.current_ntd + w.current_ntd, 100))::bigint
               AS difference_ntd
      FROM voted AS v
      JOIN budget.change_document AS d USING (document_id)
      JOIN ({RESERVES}) AS x
        ON x.fiscal_year = d.fiscal_year AND x.agency_code = v.agency_code
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum(o.reserve_ntd), 0) AS reserve_ntd,
                  COALESCE(sum(o.current_ntd), 0) AS current_ntd
             FROM voted AS o
             JOIN budget.change_document AS e USING (document_id)
            WHERE o.agency_code = v.agency_code AND e.fiscal_year = d.fiscal_year
              AND o.posted_at <= v.posted_at) AS w
     WHERE v.state = 'posted' AND v.reverses_id IS NULL AND v.reserve_ntd > 0
       AND x.reserve_ntd + w.reserve_ntd > div(x.current_ntd + w.current_ntd, 100)
"""
# 預算法 22, 64, 70: a reserve is moved to where it is spent. And each row says which one it is.
RESERVES_USED = """
    SELECT r.fiscal_year::text || ' ' || r.line_code || ' ' || r.object_code AS what,
           r.encumbered_ntd + r.advanced_ntd + r.expended_ntd AS difference_ntd
      FROM budget.control_row AS r
     WHERE r.reserve <> '' AND r.encumbered_ntd + r.advanced_ntd + r.expended_ntd <> 0
"""
RESERVES_MARKED = f"""
    SELECT x.fiscal_year::text || ' ' || x.line_code || ' ' || x.object_code AS what,
           x.budget_ntd AS difference_ntd
      FROM (SELECT r.fiscal_year, r.line_code, r.object_code, r.reserve,
                   r.enacted_ntd + r.changes_ntd AS budget_ntd, {RESERVE} AS told
              FROM budget.control_row AS r
              JOIN budget.budget_line AS b USING (line_id)) AS x
     WHERE x.reserve <> x.told
"""
# What an invariant is asked of, and how many of it there are.
SUBJECTS: Mapping[str, str] = {
    "documents": """
        SELECT count(*) FROM budget.change_document WHERE state IN ('posted', 'reversed')
    """,
    "control rows": "SELECT count(*) FROM budget.control_row",
    "months of control rows": "SELECT 12 * count(*) FROM budget.control_row",
    "revenue rows": "SELECT count(*) FROM budget.revenue_row",
    **SUBJECTS_OF_ACTS,
    **SUBJECTS_OF_FORMER,
}
CHECKS: Mapping[str, tuple[str, str]] = {
    "a document and its movements differ": ("documents", DOCUMENTS),
    "a document and its movements of revenue differ": ("documents", REVENUE_DOCUMENTS),
    "a row of revenue and its movements differ": ("revenue rows", REVENUE_COUNTERS),
    "a reversal does not cancel its document": ("documents", REVERSALS),
    "virement beyond a fifth of the original budget": ("control rows", VIREMENTS),
    "virement into personnel": ("documents", PERSONNEL),
    "a first reserve beyond one per cent of current expenditure": ("control rows", FIRST_RESERVES),
    "an act raised a first reserve beyond one per cent": ("documents", RAISED_RESERVES),
    "a reserve was certified or spent": ("control rows", RESERVES_USED),
    "a control row says another reserve than its codes": ("control rows", RESERVES_MARKED),
    "a transfer does not balance": ("documents", TRANSFERS),
    "more is included than was advanced": ("documents", ADVANCES),
    "the allotment of a month and its movements differ": ("months of control rows", MONTHS),
    "used or allotted beyond the budget": ("control rows", LIMITS),
    "advanced and spent beyond the allotment": ("control rows", PAID),
    "a control row and its line name another year, agency or code": ("control rows", WORDS),
    **CHECKS_OF_ACTS,
    **CHECKS_OF_FORMER,
}
STATEMENTS = {
    name: sa.text(f"SELECT what, difference_ntd FROM ({sql}) AS x ORDER BY what LIMIT {FOUND_MAX}")
    for name, (_, sql) in CHECKS.items()
}
HEADINGS = frozenset({BASELINE, TOTALS, CODES})
NAMES = (
    *CHECKS,
    BASELINE,
    TOTALS,
    CODES,
    *(one.invariant for one in FINALS),
    *(one.invariant for one in SAID),
    RECORDED,
    STAMPED,
    SHIPPED,
)
COUNTS = sa.text("SELECT " + ", ".join(f'({sql}) AS "{name}"' for name, sql in SUBJECTS.items()))


class Asked(Value, frozen=True, kw_only=True):
    """One invariant: of how many it was asked, and how many break it."""

    invariant: str
    of: str
    checked: int
    broken: int


class Invariants(Value, frozen=True, kw_only=True):
    """How many effective documents were looked at, each invariant, and what breaks them."""

    documents: int
    asked: tuple[Asked, ...]
    errors: tuple[str, ...]


def check_invariants(uow: UnitOfWork, only: Collection[str] | None = None) -> Invariants:
    """Ask every invariant (or ``only`` these) of the whole county; what breaks it is told by rows.

    Invariants about headings are asked together: one of them asks all three.
    """
    counts = uow.connection.execute(COUNTS).mappings().one()
    found = [*_by_sql(uow, counts, only)]
    if only is None or not HEADINGS.isdisjoint(only):
        found += check_headings(uow)
    found += [*check_final(uow, only), *check_said(uow, only)]
    if only is None or RECORDED in only:
        found.append(check_recordings(uow))
    if only is None or STAMPED in only:
        found.append(check_stamps(uow))
    if only is None or SHIPPED in only:
        found.append(check_shipped(uow))
    return Invariants(
        documents=counts["documents"],
        asked=tuple(
            Asked(
                invariant=one.invariant,
                of=one.of,
                checked=one.checked,
                broken=len(one.errors),
            )
            for one in found
        ),
        errors=tuple(f"{one.invariant}: {error}" for one in found for error in one.errors),
    )


def _by_sql(
    uow: UnitOfWork, counts: Mapping[Any, Any], only: Collection[str] | None
) -> Iterator[Checked]:
    for name, (of, _) in CHECKS.items():
        if only is not None and name not in only:
            continue
        broken = uow.connection.execute(STATEMENTS[name])
        yield Checked(
            invariant=name,
            of=of,
            checked=int(counts[of]),
            errors=tuple(f"{row.what} {row.difference_ntd:,}" for row in broken),
        )
