"""Prove the books: balances, subsidiary ledgers and numbers recomputed from the entries alone."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.ledger.kept_accounts import kept_accounts
from zhuji_accounting.queries.charts import charts, newest_rules
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# Each statement gives rows (what, difference_ntd); a row without a difference is only counted.
ACCOUNTS = sa.text("""
    WITH entered AS (
        SELECT e.fiscal_year, e.agency_code, e.account_code, e.period,
               sum(e.debit_ntd) AS debit_ntd, sum(e.credit_ntd) AS credit_ntd
          FROM accounting.ledger_entry AS e
         GROUP BY e.fiscal_year, e.agency_code, e.account_code, e.period
    )
    SELECT concat_ws(' ', fiscal_year, agency_code, account_code, period) AS what,
           (abs(COALESCE(e.debit_ntd, 0) - COALESCE(b.debit_ntd, 0))
            + abs(COALESCE(e.credit_ntd, 0) - COALESCE(b.credit_ntd, 0)))::bigint
               AS difference_ntd
      FROM entered AS e
      FULL JOIN accounting.account_balance AS b
           USING (fiscal_year, agency_code, account_code, period)
""")
SUBSIDIARIES = sa.text("""
    WITH entered AS (
        SELECT e.fiscal_year, e.agency_code, e.account_code, e.subsidiary_kind, e.subsidiary_key,
               e.period, sum(e.debit_ntd) AS debit_ntd, sum(e.credit_ntd) AS credit_ntd
          FROM accounting.ledger_entry AS e
         WHERE e.subsidiary_kind <> ''
         GROUP BY e.fiscal_year, e.agency_code, e.account_code, e.subsidiary_kind,
                  e.subsidiary_key, e.period
    )
    SELECT concat_ws(' ', fiscal_year, agency_code, account_code, subsidiary_kind,
                     subsidiary_key, period) AS what,
           (abs(COALESCE(e.debit_ntd, 0) - COALESCE(b.debit_ntd, 0))
            + abs(COALESCE(e.credit_ntd, 0) - COALESCE(b.credit_ntd, 0)))::bigint
               AS difference_ntd
      FROM entered AS e
      FULL JOIN accounting.subsidiary_balance AS b
           USING (fiscal_year, agency_code, account_code, subsidiary_kind, subsidiary_key, period)
""")
ROWS = sa.text("""
    WITH entered AS (
        SELECT e.fiscal_year, w.side, e.agency_code, e.account_code, w.row_id, e.period,
               sum(e.debit_ntd) AS debit_ntd, sum(e.credit_ntd) AS credit_ntd
          FROM accounting.ledger_entry AS e
         CROSS JOIN LATERAL (VALUES ('expenditure', e.control_row_id),
                                    ('revenue', e.revenue_row_id)) AS w (side, row_id)
         WHERE w.row_id IS NOT NULL
         GROUP BY e.fiscal_year, w.side, e.agency_code, e.account_code, w.row_id, e.period
    )
    SELECT concat_ws(' ', fiscal_year, agency_code, account_code, row_id, period) AS what,
           (abs(COALESCE(e.debit_ntd, 0) - COALESCE(b.debit_ntd, 0))
            + abs(COALESCE(e.credit_ntd, 0) - COALESCE(b.credit_ntd, 0)))::bigint
               AS difference_ntd
      FROM entered AS e
      FULL JOIN accounting.row_balance AS b
           USING (fiscal_year, side, agency_code, account_code, row_id, period)
""")
# A control account equals its subsidiary ledger: where one entry of an account names whose it is,
# all do.
CONTROLS = sa.text("""
    SELECT concat_ws(' ', e.fiscal_year, e.agency_code, e.account_code, 'control') AS what,
           CASE WHEN bool_or(e.subsidiary_kind <> '')
                THEN COALESCE(sum(e.debit_ntd + e.credit_ntd)
                                  FILTER (WHERE e.subsidiary_kind = ''), 0)
                ELSE 0 END::bigint AS difference_ntd
      FROM accounting.ledger_entry AS e
     GROUP BY e.fiscal_year, e.agency_code, e.account_code
     LIMIT 1000000000
""")
ENTRIES = sa.text("""
    WITH entry AS (
        SELECT e.voucher_id, e.line_no, e.account_code, e.debit_ntd, e.credit_ntd,
               e.control_row_id, e.revenue_row_id, e.subsidiary_kind, e.subsidiary_key,
               e.fiscal_year, e.agency_code, e.period, e.posting_date
          FROM accounting.ledger_entry AS e
    ), line AS (
        SELECT l.voucher_id, l.line_no, l.account_code, l.debit_ntd, l.credit_ntd,
               l.control_row_id, l.revenue_row_id, l.subsidiary_kind, l.subsidiary_key,
               v.fiscal_year, v.agency_code, v.period, v.posting_date
          FROM accounting.voucher_line AS l
          JOIN accounting.voucher AS v USING (voucher_id)
         WHERE v.state = 'posted'
    )
    SELECT concat_ws(' ', voucher_id, line_no) AS what,
           CASE WHEN to_jsonb(e) IS NOT DISTINCT FROM to_jsonb(l) THEN 0
                ELSE greatest(1, abs(COALESCE(e.debit_ntd, 0) - COALESCE(l.debit_ntd, 0))
                                 + abs(COALESCE(e.credit_ntd, 0) - COALESCE(l.credit_ntd, 0)))
            END::bigint AS difference_ntd
      FROM entry AS e
      FULL JOIN line AS l USING (voucher_id, line_no)
""")
VOUCHERS = sa.text("""
    SELECT concat_ws(' ', e.agency_code, e.voucher_id) AS what,
           abs(sum(e.debit_ntd) - sum(e.credit_ntd))::bigint AS difference_ntd
      FROM accounting.ledger_entry AS e
     GROUP BY e.agency_code, e.voucher_id
     LIMIT 1000000000
""")
NUMBERS = sa.text("""
    SELECT concat_ws(' ', v.agency_code, v.fiscal_year, v.kind, 'numbers') AS what,
           abs(max(v.voucher_no) - count(*))::bigint AS difference_ntd
      FROM accounting.voucher AS v
     WHERE v.state = 'posted'
     GROUP BY v.agency_code, v.fiscal_year, v.kind
     LIMIT 1000000000
""")
# What documents keep is moved by documents, by the system, and by reversals; nobody keys it. One
# that was taken back by a reversal is done with.
KEYED = sa.text("""
    SELECT concat_ws(' ', e.agency_code, e.voucher_id, e.account_code, 'keyed') AS what,
           CASE WHEN v.source_id IS NULL AND v.reverses_id IS NULL AND NOT v.automatic
                 AND NOT EXISTS (SELECT FROM accounting.voucher AS o
                                  WHERE o.reverses_id = v.voucher_id AND o.state = 'posted')
                THEN e.debit_ntd + e.credit_ntd ELSE 0 END::bigint AS difference_ntd
      FROM jsonb_to_recordset(CAST(:kept AS jsonb))
           AS k (first_year integer, last_year integer, account_code text)
      JOIN accounting.ledger_entry AS e
        ON e.account_code = k.account_code
       AND e.fiscal_year BETWEEN k.first_year AND k.last_year
      JOIN accounting.voucher AS v USING (voucher_id)
     LIMIT 1000000000
""")
CHECKS: Mapping[str, sa.TextClause] = {
    "accounts": ACCOUNTS,
    "subsidiaries": SUBSIDIARIES,
    "rows": ROWS,
    "controls": CONTROLS,
    "entries": ENTRIES,
    "vouchers": VOUCHERS,
    "numbers": NUMBERS,
    "keyed": KEYED,
}
# Counted and added up where the rows are: a county's year has 1.2 million of them.
SUMMARY = """
    SELECT count(*) AS checked, COALESCE(sum(c.difference_ntd), 0)::bigint AS drift_ntd,
           (array_agg(c.what || ': ' || c.difference_ntd ORDER BY c.what)
                FILTER (WHERE c.difference_ntd <> 0))[1:100] AS errors
      FROM ({check}) AS c
"""


class LedgerVerification(Value, frozen=True, kw_only=True):
    """Rows ``checked`` by each check, the sum of all differences, and the first that differ."""

    checked: Mapping[str, int]
    drift_ntd: int
    errors: tuple[str, ...]


def verify_ledger(uow: UnitOfWork) -> LedgerVerification:
    """Recompute balances, subsidiary ledgers and numbers from the entries; read-only."""
    checked, drift_ntd, errors = {}, 0, []
    known = {"kept": msgspec.json.encode(_kept(uow)).decode()}
    for name, check in CHECKS.items():
        summary = sa.text(SUMMARY.replace("{check}", check.text))
        row = uow.connection.execute(summary, known if check is KEYED else {}).one()
        checked[name] = row.checked
        drift_ntd += row.drift_ntd
        errors += [f"{name}: {error}" for error in row.errors or ()]
    return LedgerVerification(checked=checked, drift_ntd=drift_ntd, errors=tuple(errors))


def _kept(uow: UnitOfWork) -> list[dict[str, object]]:
    """Return the accounts that documents keep, with the years of their chart."""
    return [
        {"first_year": chart.first_year, "last_year": chart.last, "account_code": code}
        for chart in charts(uow)
        for rules in [newest_rules(uow, chart)]
        if rules is not None
        for code in kept_accounts(chart, rules)
    ]
