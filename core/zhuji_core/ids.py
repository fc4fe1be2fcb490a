"""Identifiers: UUIDv7, made here, never shown to people (people see numbers)."""

from __future__ import annotations

import datetime as dt
import os
import time
import uuid

# Newest first begins before this: a condition that a plan kept for all values can use.
AFTER_ALL = uuid.UUID(int=2**128 - 1)
# Oldest first begins after this moment and id.
BEFORE_ALL = dt.datetime.min.replace(tzinfo=dt.UTC), uuid.UUID(int=0)


def new_id() -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562): ordered by millisecond, so index pages are filled in order."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10))
    value = (milliseconds & ((1 << 48) - 1)) << 80 | random_bits
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def read_id(text: str) -> uuid.UUID | None:
    """Return the id that a form's choice names; None for what is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
