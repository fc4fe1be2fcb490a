"""SQL of what a control row had moved by a day: its counters as they were, from its movements.

Every kind of movement says which counters it changes (core/docs/funds.md). The baseline, what the
council froze and the months of a schedule are of the whole year, whenever they were recorded; a
change counts from its own day.
"""

from __future__ import annotations

from zhuji_budget.store.movements import signed

# A subquery beside ``budget.control_row AS r``; it is asked with :month and :last_day.
MOVED = f"""
                 (SELECT sum(m.amount_ntd) FILTER (WHERE m.kind IN ('enact', 'change'))
                             AS budget_ntd,
                         sum(m.amount_ntd) FILTER (WHERE m.kind = 'freeze') AS frozen_ntd,
                         sum(m.amount_ntd) FILTER (WHERE m.kind = 'allot' AND m.month <= :month)
                             AS allotted_ntd,
                         sum({signed("encumbered")}) AS encumbered_ntd,
                         sum({signed("advanced")}) AS advanced_ntd,
                         sum({signed("expended")}) AS expended_ntd,
                         sum({signed("payable")}) AS payable_ntd
                    FROM budget.budget_movement AS m
                   WHERE m.control_row_id = r.control_row_id
                     AND (m.business_date <= :last_day OR m.kind = 'enact'
                          OR (m.kind IN ('allot', 'freeze')
                              AND m.document_kind <> 'budget.change')))
"""
