"""What the kernel and the modules say of their tables."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from zhuji_core.values import Value

VERSION_TABLE = "schema_revision"
# Where the first release kept it, and looks still: see decision 12.
OLD_VERSION_TABLE = "alembic_version"


class Migrations(Value, frozen=True, kw_only=True):
    """``path`` holds Alembic's ``versions/``; all they make lies in ``schema``.

    ``append_only`` are tables that the county's role may only read and add to. ``previous`` is
    the newest revision that the first release knows, where that release has this schema.
    """

    path: Path
    schema: str
    append_only: tuple[str, ...] = ()
    previous: str = ""


_OWN = Path(str(files("zhuji_core") / "migrations"))

KERNEL = Migrations(
    path=_OWN / "kernel",
    schema="kernel",
    append_only=(
        "audit_entry",
        "audit_seal",
        "event",
        "personal_read",
        "setting_version",
        "this_county",
        "duty_exception_use",
        "duty_exception_review",
    ),
    previous="kernel_0001",
)
PLATFORM = Migrations(
    path=_OWN / "platform",
    schema="platform",
    append_only=("audit_entry", "licence"),
    previous="platform_0001",
)
