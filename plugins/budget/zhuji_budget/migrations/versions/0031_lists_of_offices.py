"""Changes, schedules and estimates of an office, and those that it supervises, by an index each."""

from __future__ import annotations

from alembic import op

revision = "budget_0031"
down_revision = "budget_0030"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX change_document_agency
    ON budget.change_document (fiscal_year, agency_code, document_id DESC);
CREATE INDEX change_document_supervisor
    ON budget.change_document (fiscal_year, supervisor_code, document_id DESC);
CREATE INDEX allotment_schedule_list ON budget.allotment_schedule (fiscal_year, schedule_id DESC);
CREATE INDEX allotment_schedule_agency
    ON budget.allotment_schedule (fiscal_year, agency_code, schedule_id DESC);
CREATE INDEX allotment_schedule_supervisor
    ON budget.allotment_schedule (fiscal_year, supervisor_code, schedule_id DESC);
CREATE INDEX estimate_supervisor ON budget.estimate (fiscal_year, supervisor_code, agency_code);
"""
BACK = """
DROP INDEX budget.change_document_agency;
DROP INDEX budget.change_document_supervisor;
DROP INDEX budget.allotment_schedule_list;
DROP INDEX budget.allotment_schedule_agency;
DROP INDEX budget.allotment_schedule_supervisor;
DROP INDEX budget.estimate_supervisor;
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    op.execute(BACK)
