"""The pairs of characters of a text are cut from one plain copy of it.

The planner pulled the copy's expression up into each of its uses: the text was normalised three
times for each of its characters, on each write of a request, claim, advance or voucher (also when
a certification changed nothing but the request's state). ``OFFSET 0`` keeps it where it is. The
function returns what it returned, so the indexes stay, for this release and the one before it.
"""

from __future__ import annotations

from alembic import op

revision = "accounting_0022"
down_revision = "accounting_0021"
branch_labels = None
depends_on = None

GRAMS = """
CREATE OR REPLACE FUNCTION accounting.grams(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 5000 AS $$
    SELECT COALESCE(array_agg(DISTINCT g.pair), '{}'::text[])
      FROM (SELECT regexp_replace(lower(normalize(words, NFKC)), '[[:space:]]', ' ', 'g') AS plain
            OFFSET 0) AS t,
           LATERAL (SELECT substr(t.plain, n, 2) AS pair
                      FROM generate_series(1, length(t.plain) - 1) AS n
                    OFFSET 0) AS g
     WHERE strpos(g.pair, ' ') = 0
$$;
"""
BACK = """
CREATE OR REPLACE FUNCTION accounting.grams(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 5000 AS $$
    SELECT COALESCE(array_agg(DISTINCT substr(t.plain, n, 2)), '{}'::text[])
      FROM (SELECT lower(normalize(words, NFKC)) AS plain) AS t,
           generate_series(1, length(t.plain) - 1) AS n
     WHERE substr(t.plain, n, 2) !~ '[[:space:]]'
$$;
"""


def upgrade() -> None:
    op.execute(GRAMS)


def downgrade() -> None:
    op.execute(BACK)
