"""Codes as data with effective years: a county's own objects, functions, sources, segments."""

from __future__ import annotations

from alembic import op

revision = "budget_0004"
down_revision = "budget_0003"
branch_labels = None
depends_on = None


# One set of a kind holds in a year (of segments several may): the constraints stand behind the
# rule that refuses with the years. ``shipped``: it came with the module.
SETS = """
CREATE TABLE budget.code_set (
    kind             text    NOT NULL CHECK (kind IN ('object', 'function', 'source', 'scheme')),
    name             text    NOT NULL CHECK (name <> ''),
    fiscal_year_from integer NOT NULL,
    fiscal_year_to   integer NOT NULL,
    source           text    NOT NULL DEFAULT '',
    shipped          boolean NOT NULL,
    document_id      uuid    NOT NULL UNIQUE,
    loaded_at        timestamptz NOT NULL,
    PRIMARY KEY (kind, name),
    CHECK (fiscal_year_from <= fiscal_year_to),
    CONSTRAINT one_set_of_objects EXCLUDE USING gist
        (int4range(fiscal_year_from, fiscal_year_to, '[]') WITH &&) WHERE (kind = 'object'),
    CONSTRAINT one_set_of_functions EXCLUDE USING gist
        (int4range(fiscal_year_from, fiscal_year_to, '[]') WITH &&) WHERE (kind = 'function'),
    CONSTRAINT one_set_of_sources EXCLUDE USING gist
        (int4range(fiscal_year_from, fiscal_year_to, '[]') WITH &&) WHERE (kind = 'source')
);

-- Functions (政事別) and sources of revenue (來源別); objects are in object_code.
CREATE TABLE budget.class_code (
    kind        text    NOT NULL CHECK (kind IN ('function', 'source')),
    set_name    text    NOT NULL,
    code        text    NOT NULL,
    level       integer NOT NULL CHECK (level BETWEEN 1 AND 3),
    parent_code text    NOT NULL DEFAULT '',
    name        text    NOT NULL,
    PRIMARY KEY (kind, set_name, code),
    FOREIGN KEY (kind, set_name) REFERENCES budget.code_set ON DELETE CASCADE
);

-- How a government cuts the codes of its budget lines, from the left.
CREATE TABLE budget.code_segment (
    scheme   text    NOT NULL,
    position integer NOT NULL,
    segment  text    NOT NULL
                     CHECK (segment IN ('function', 'department', 'agency', 'plan', 'item')),
    length   integer NOT NULL CHECK (length BETWEEN 1 AND 6),
    PRIMARY KEY (scheme, position),
    UNIQUE (scheme, segment)
);

-- What was imported before had the shipped generations of objects.
INSERT INTO budget.code_set
       (kind, name, fiscal_year_from, fiscal_year_to, shipped, document_id, loaded_at)
SELECT 'object', o.pack, min(o.fiscal_year_from), max(o.fiscal_year_to), true,
       gen_random_uuid(), now()
  FROM budget.object_code AS o
 GROUP BY o.pack;
"""
BACK = """
DROP TABLE budget.code_segment;
DROP TABLE budget.class_code;
DROP TABLE budget.code_set;
"""


def upgrade() -> None:
    op.execute(SETS)


def downgrade() -> None:
    op.execute(BACK)
