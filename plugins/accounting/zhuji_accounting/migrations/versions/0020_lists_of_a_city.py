"""Lists of a year and what waits are read by an index at the size of a city."""

from __future__ import annotations

from alembic import op

revision = "accounting_0020"
down_revision = "accounting_0019"
branch_labels = None
depends_on = None

# A year's vouchers newest first, of the whole county: by the key alone a year without any was
# looked for in all the others. What waits is counted on each page, by the index without the table.
INDEXES = """
CREATE INDEX voucher_year ON accounting.voucher (fiscal_year, voucher_id DESC);
CREATE INDEX spending_request_year ON accounting.spending_request (fiscal_year, request_id DESC);
CREATE INDEX spending_request_counted ON accounting.spending_request (state, agency_code)
     INCLUDE (created_by, approved_by, submitted_at, created_at, amount_ntd)
 WHERE state IN ('draft', 'submitted', 'unit_approved', 'returned');
"""
BACK = """
DROP INDEX accounting.spending_request_counted;
DROP INDEX accounting.spending_request_year;
DROP INDEX accounting.voucher_year;
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    op.execute(BACK)
