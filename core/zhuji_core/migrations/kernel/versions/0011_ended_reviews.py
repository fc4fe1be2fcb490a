"""What was done by an exception that has ended is reviewed too: reviewers are found by all."""

from __future__ import annotations

from alembic import op

revision = "kernel_0011"
down_revision = "kernel_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE INDEX duty_exception_all_of_reviewer ON kernel.duty_exception (reviewer_id)
    """)


def downgrade() -> None:
    op.execute("DROP INDEX kernel.duty_exception_all_of_reviewer")
