"""What people type to find something, as a pattern of SQL's LIKE: every sign means itself."""

from __future__ import annotations


def literal(text: str) -> str:
    """Return ``text`` as a part of a pattern, in which ``%`` and ``_`` of it are no wildcards."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def containing(text: str) -> str:
    """Return the pattern of everything that has ``text`` in it, blanks around it left out."""
    return f"%{literal(text.strip())}%"
