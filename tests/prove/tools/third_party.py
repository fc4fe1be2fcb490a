"""A module that nobody installed: written into a folder, found by its entry point like any other.

It only has tables, and gets a further migration whenever ``grow`` is called.
"""

from __future__ import annotations

import os
from pathlib import Path

NAME = "growing"
PLUGIN = f"""
from pathlib import Path

from zhuji_core.db.migrations import Migrations
from zhuji_core.hookspecs import hookimpl
from zhuji_core.modules import ModuleInfo


@hookimpl
def register_module():
    return ModuleInfo(name="{NAME}", title="成長", version="1")


@hookimpl
def register_migrations():
    path = Path(__file__).parent / "migrations"
    return Migrations(path=path, schema="{NAME}", append_only=("thing_1",))
"""
# A little of everything that migrations do: a table with rows, an index, a column with a
# default, a check, a function; and, where told, a failure in one county only.
MIGRATION = '''
from alembic import op

revision, down_revision = "{name}_{number:04}", {before}
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE {name}.thing_{number} (id bigint PRIMARY KEY, text text NOT NULL);
        INSERT INTO {name}.thing_{number} SELECT n, md5(n::text) FROM generate_series(1, 2000) AS n;
        CREATE INDEX thing_{number}_text ON {name}.thing_{number} (text);
        ALTER TABLE {name}.thing_1 ADD COLUMN more_{number} integer NOT NULL DEFAULT {number};
        ALTER TABLE {name}.thing_1 ADD CHECK (more_{number} >= 0);
        CREATE FUNCTION {name}.answer_{number}() RETURNS integer LANGUAGE sql AS 'SELECT {number}';
    """)
    op.execute("""
        DO $$ BEGIN
            IF (SELECT code FROM kernel.this_county) = '{failing}' THEN
                RAISE EXCEPTION 'this county is not as the migration expects';
            END IF;
        END $$
    """)


def downgrade() -> None:
    raise NotImplementedError
'''


def write(folder: Path) -> None:
    """Write the module without migrations; ``PYTHONPATH=folder`` installs it."""
    package = folder / f"zhuji_{NAME}"
    (package / "migrations" / "versions").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(PLUGIN, encoding="utf-8")
    told = folder / f"zhuji_{NAME}-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: zhuji-{NAME}\nVersion: 1\n")
    (told / "entry_points.txt").write_text(f"[zhuji.modules]\n{NAME} = zhuji_{NAME}.plugin\n")


def grow(folder: Path, *, by: int = 1, failing: str = "") -> int:
    """Add migrations, the last of which fails in county ``failing``; return how many there are."""
    versions = folder / f"zhuji_{NAME}" / "migrations" / "versions"
    there = len(list(versions.glob("*.py")))
    for number in range(there + 1, there + by + 1):
        before = f'"{NAME}_{number - 1:04}"' if number > 1 else None
        text = MIGRATION.format(
            name=NAME,
            number=number,
            before=before,
            failing=failing if number == there + by else "",
        )
        (versions / f"{number:04}.py").write_text(text, encoding="utf-8")
    return there + by


def environment(folder: Path, home: Path) -> dict[str, str]:
    """Variables of a ``zhuji`` that finds the module and uses the databases of ``home``."""
    dropped = {"ZHUJI_DATABASE_URL", "OTEL_EXPORTER_OTLP_ENDPOINT", "ZHUJI_TRACE_FILE"}
    inherited = {name: value for name, value in os.environ.items() if name not in dropped}
    return {
        **inherited,
        "PYTHONPATH": str(folder),
        "ZHUJI_HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
