"""State and epoch of the county, beside its data, where each writer's transaction sees them."""

from __future__ import annotations

from alembic import op

revision = "kernel_0002"
down_revision = "kernel_0001"
branch_labels = None
depends_on = None

# Written by the administrator alone (``db/states.py``): the county's role may only read them.
COLUMNS = """
ALTER TABLE kernel.this_county
    ADD COLUMN state  text   NOT NULL DEFAULT 'open'
               CHECK (state IN ('open', 'read_only', 'moving', 'restoring', 'suspended')),
    ADD COLUMN epoch  bigint NOT NULL DEFAULT 1 CHECK (epoch > 0),
    ADD COLUMN reason text   NOT NULL DEFAULT '' CHECK (length(reason) <= 500);
"""

# A writer holds the gate, shared, from its last statement to its commit; whoever changes the
# state takes it alone. So a change waits for those that passed, and whoever comes later sees it.
# A function of its own, because a statement sees the database as of its beginning, before it
# waited; a volatile function looks again after waiting. The lock costs no write and no row: it is
# gone with the transaction (``uow.py`` names the same number).
GATE = """
CREATE FUNCTION kernel.hold_gate() RETURNS TABLE (state text, epoch bigint, reason text)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock_shared(2026112303);
    RETURN QUERY SELECT t.state, t.epoch, t.reason FROM kernel.this_county AS t;
END
$$;
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(GATE)


def downgrade() -> None:
    op.execute("DROP FUNCTION kernel.hold_gate()")
    op.execute(
        "ALTER TABLE kernel.this_county DROP COLUMN state, DROP COLUMN epoch, DROP COLUMN reason"
    )
