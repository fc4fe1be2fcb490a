"""A county has performance engineers of its own; its role of that code, if it made one, stays."""

from __future__ import annotations

from alembic import op

revision = "kernel_0012"
down_revision = "kernel_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        INSERT INTO kernel.role (role_code, title, title_en)
        VALUES ('PERF', '效能工程師', 'Performance engineer')
            ON CONFLICT (role_code) DO NOTHING
    """)


def downgrade() -> None:
    # An older program knows no such right; it is written anew, with who holds it, when one does.
    op.execute("DELETE FROM kernel.role_permission WHERE permission = 'kernel.time.read'")
    op.execute("DELETE FROM kernel.permission WHERE permission = 'kernel.time.read'")
    # Whoever was given the role keeps it.
    op.execute("""
        DELETE FROM kernel.role AS r
         WHERE r.role_code = 'PERF'
           AND NOT EXISTS (SELECT 1 FROM kernel.role_permission AS h WHERE h.role_code = 'PERF')
           AND NOT EXISTS (SELECT 1 FROM kernel.role_grant AS g WHERE g.role_code = 'PERF')
    """)
