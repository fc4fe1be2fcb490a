"""SQL that keeps charts of accounts and sets of posting rules."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.chart_load import Years
from zhuji_accounting.domain.ledger.posting_rules import RuleSet
from zhuji_accounting.facts import shipped_charts
from zhuji_accounting.queries.charts import KEPT, RuleBody
from zhuji_core.uow import UnitOfWork

# Loading charts and rules waits for loading charts and rules, and for nothing else.
LOCK = sa.text("LOCK TABLE accounting.chart IN SHARE ROW EXCLUSIVE MODE")
KEEP = sa.text("""
    WITH kept AS (
        INSERT INTO accounting.chart
               (name, title, fiscal_year_from, fiscal_year_to, budgetary_apart, source, shipped,
                document_id, loaded_at)
        VALUES (:name, :title, :first, :last, :budgetary_apart, :source, :shipped, :document_id,
                :now)
        RETURNING name
    )
    INSERT INTO accounting.chart_account
           (chart, code, name, name_en, side, account_class, postable, subsidiary, parent_code,
            former)
    SELECT k.name, a.code, a.name, a.name_en, a.side, a.account_class, a.postable, a.subsidiary,
           a.parent, a.former
      FROM kept AS k
     CROSS JOIN jsonb_to_recordset(CAST(:accounts AS jsonb))
           AS a (code text, name text, name_en text, side text, account_class text,
                 postable boolean, subsidiary text, parent text, former text)
""")
KEEP_RULES = sa.text("""
    INSERT INTO accounting.rule_set
           (rule_set_id, chart, version, effective_on, body, reason, made_by, made_by_name,
            made_at)
    VALUES (:rule_set_id, :chart, :version, :effective_on, CAST(:body AS jsonb), :reason,
            :made_by, :made_by_name, :now)
        ON CONFLICT (rule_set_id) DO NOTHING
""")
YEARS = sa.text("""
    UPDATE accounting.chart
       SET fiscal_year_from = :first, fiscal_year_to = :last
     WHERE name = :name
""")
DROP = sa.text("DELETE FROM accounting.chart WHERE name = :name")
NEXT_VERSION = sa.text("""
    SELECT COALESCE(max(s.version), 0) + 1 FROM accounting.rule_set AS s WHERE s.chart = :chart
""")
# Accounts in the books of these years, or on vouchers that may still come into them.
USED = sa.text("""
    SELECT u.account_code AS code, min(u.fiscal_year) AS fiscal_year
      FROM (SELECT b.account_code, b.fiscal_year
              FROM accounting.account_balance AS b
             WHERE b.fiscal_year BETWEEN :first AND :last
             UNION
            SELECT l.account_code, v.fiscal_year
              FROM accounting.voucher AS v
              JOIN accounting.voucher_line AS l USING (voucher_id)
             WHERE v.fiscal_year BETWEEN :first AND :last
               AND v.state IN ('draft', 'prepared', 'reviewed', 'approved', 'returned')) AS u
     GROUP BY u.account_code
     ORDER BY u.account_code
     LIMIT 5000
""")


def ensure_shipped(uow: UnitOfWork) -> None:
    """Write what the module ships while the county keeps no chart of its own."""
    if uow.connection.execute(KEPT).scalar_one():
        return
    uow.connection.execute(LOCK)
    if uow.connection.execute(KEPT).scalar_one():
        return
    for chart, rules in shipped_charts():
        keep(uow, chart)
        keep_rules(uow, rules)


def keep(uow: UnitOfWork, chart: Chart) -> None:
    """Write a chart with its accounts."""
    uow.connection.execute(
        KEEP,
        {
            "name": chart.name,
            "title": chart.title,
            "first": chart.first_year,
            "last": chart.last,
            "budgetary_apart": chart.budgetary_apart,
            "source": chart.source,
            "shipped": chart.shipped,
            "document_id": chart.document_id,
            "now": uow.now,
            "accounts": msgspec.json.encode(
                [msgspec.structs.asdict(account) for account in chart.accounts]
            ).decode(),
        },
    )


def keep_rules(uow: UnitOfWork, rules: RuleSet) -> None:
    """Write a set of rules; one that is kept already stays as it is."""
    uow.connection.execute(
        KEEP_RULES,
        {
            "rule_set_id": rules.rule_set_id,
            "chart": rules.chart,
            "version": rules.version,
            "effective_on": rules.effective_on,
            "body": body_of(rules),
            "reason": rules.reason,
            "made_by": uow.actor.user_id,
            "made_by_name": uow.actor.signature,
            "now": uow.now,
        },
    )


def body_of(rules: RuleSet) -> str:
    """Return what the column ``body`` keeps of the rules, those in force and those of a draft."""
    body = RuleBody(rules=rules.rules, objects=rules.objects, sources=rules.sources)
    return msgspec.json.encode(body).decode()


def lock(uow: UnitOfWork) -> None:
    """Let nobody else load charts until the end of the transaction."""
    uow.connection.execute(LOCK)


def drop(uow: UnitOfWork, name: str) -> None:
    """Take a chart away; its rules stay, since vouchers keep the version that made them."""
    uow.connection.execute(DROP, {"name": name})


def set_years(uow: UnitOfWork, years: Years) -> None:
    """Change the years of a chart; one that keeps none is taken away."""
    if years.last < years.first:
        drop(uow, years.name)
    else:
        uow.connection.execute(YEARS, msgspec.structs.asdict(years))


def next_version(uow: UnitOfWork, chart: str) -> int:
    """Return the version that the chart's next set of rules has."""
    return int(uow.connection.execute(NEXT_VERSION, {"chart": chart}).scalar_one())


def used_accounts(uow: UnitOfWork, *, first: int, last: int) -> dict[str, int]:
    """Return the accounts that vouchers of these years use, each with such a year."""
    found = uow.connection.execute(USED, {"first": first, "last": last})
    return {row.code: row.fiscal_year for row in found}
