"""What was enacted and approved is final for the database too: baseline, council, schedules."""

from __future__ import annotations

from alembic import op

revision = "budget_0023"
down_revision = "budget_0022"
branch_labels = None
depends_on = None

# Columns of the baseline; counters, months and marks beside them go on changing. A trigger of
# these columns costs a statement nothing that sets others, as certification does. Rows of a bill
# (with an amount, not enacted, not changed) are not asked one by one when the year is enacted.
BASELINE = {
    "budget_line": (
        "line_id", "book_id", "fiscal_year", "code", "name", "agency_code", "agency_name",
        "department_code", "department_name", "plan_code", "plan_name", "bill_ntd",
        "last_year_ntd", "function_code",
    ),
    "control_row": (
        "control_row_id", "line_id", "fiscal_year", "agency_code", "line_code", "line_name",
        "object_code", "object_name", "account", "bill_ntd", "council_ntd", "enacted_ntd",
    ),
    "revenue_row": (
        "revenue_row_id", "fiscal_year", "agency_code", "agency_name", "code", "name",
        "source_code", "source_name", "account", "legal_basis", "explanation", "last_year_ntd",
        "bill_ntd", "council_ntd", "enacted_ntd",
    ),
}  # fmt: skip
OF_A_BILL = "OLD.bill_ntd > 0 AND OLD.enacted_ntd = 0 AND OLD.changes_ntd = 0"
FUNCTIONS = """
CREATE FUNCTION budget.enacted_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM budget.fiscal_year AS y
                WHERE y.fiscal_year = OLD.fiscal_year AND y.state <> 'bill') THEN
        RAISE EXCEPTION 'the budget of % is enacted and never changes', OLD.fiscal_year;
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE FUNCTION budget.year_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept budget.fiscal_year;
BEGIN
    IF OLD.state = 'bill' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        kept := NEW;
        kept.state := OLD.state;
        IF kept IS NOT DISTINCT FROM OLD AND NEW.state <> 'bill' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the budget of % is enacted and never changes', OLD.fiscal_year;
END
$$;
CREATE FUNCTION budget.council_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM budget.control_row AS r
                 JOIN budget.fiscal_year AS y USING (fiscal_year)
                WHERE r.control_row_id IN (NEW.control_row_id, OLD.control_row_id)
                  AND y.state <> 'bill') THEN
        RAISE EXCEPTION 'what the council decided is enacted and never changes';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE FUNCTION budget.council_on_revenue_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM budget.revenue_row AS r
                 JOIN budget.fiscal_year AS y USING (fiscal_year)
                WHERE r.revenue_row_id IN (NEW.revenue_row_id, OLD.revenue_row_id)
                  AND y.state <> 'bill') THEN
        RAISE EXCEPTION 'what the council decided is enacted and never changes';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE FUNCTION budget.approved_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'approved' THEN
        RAISE EXCEPTION 'schedule % is approved and never changes', OLD.schedule_id;
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE FUNCTION budget.line_of_approved_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM budget.allotment_schedule AS s
                WHERE s.schedule_id IN (NEW.schedule_id, OLD.schedule_id)
                  AND s.state = 'approved') THEN
        RAISE EXCEPTION 'the schedule of this line is approved and never changes';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$$;
"""
# Trigger, when, table, function.
TRIGGERS = (
    ("year_is_final", "UPDATE OR DELETE", "fiscal_year", "year_is_final"),
    ("council_is_final", "INSERT OR UPDATE OR DELETE", "council_change", "council_is_final"),
    (
        "council_is_final", "INSERT OR UPDATE OR DELETE", "council_revenue",
        "council_on_revenue_is_final",
    ),
    ("approved_is_final", "UPDATE OR DELETE", "allotment_schedule", "approved_is_final"),
    (
        "approved_is_final", "INSERT OR UPDATE OR DELETE", "allotment_line",
        "line_of_approved_is_final",
    ),
    *(("enacted_stays", "DELETE", table, "enacted_is_final") for table in BASELINE),
)  # fmt: skip


def upgrade() -> None:
    op.execute(FUNCTIONS)
    for name, when, table, function in TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON budget.{table}"
            f" FOR EACH ROW EXECUTE FUNCTION budget.{function}()"
        )
    for table, columns in BASELINE.items():
        differs = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)
        if "enacted_ntd" in columns:
            differs = f"NOT ({OF_A_BILL}) AND ({differs})"
        op.execute(
            f"CREATE TRIGGER enacted_is_final BEFORE UPDATE OF {', '.join(columns)}"
            f" ON budget.{table} FOR EACH ROW WHEN ({differs})"
            " EXECUTE FUNCTION budget.enacted_is_final()"
        )


def downgrade() -> None:
    for table in BASELINE:
        op.execute(f"DROP TRIGGER enacted_is_final ON budget.{table}")
    for name, _, table, _ in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON budget.{table}")
    for name in (
        "enacted_is_final", "year_is_final", "council_is_final", "council_on_revenue_is_final",
        "approved_is_final", "line_of_approved_is_final",
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION budget.{name}()")
