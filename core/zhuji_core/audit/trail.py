"""One county's audit trail as a whole: checked in one snapshot of its database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from zhuji_core.audit import anchors, reading
from zhuji_core.audit.anchors import Anchor, AnchorKey
from zhuji_core.audit.verification import PrintedHead, Trail, Verification, verify


@contextlib.contextmanager
def snapshot(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a reading transaction in which entries and seals belong together throughout."""
    with engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


def verify_county(
    engine: sa.Engine,
    *,
    county: str,
    kept: Sequence[Anchor] = (),
    keys: Sequence[str] = (),
    printed: Sequence[PrintedHead] = (),
) -> Verification:
    """Check everything. ``kept`` anchors must be signed by one of ``keys``; ``printed`` need not.

    Without any anchor nobody can tell whether the end is missing or all was written anew.
    """
    with snapshot(engine) as connection:
        trail = read_trail(connection, county=county)
        trail.anchors, trail.printed = kept, printed
        trail.is_signed = lambda one: anchors.is_signed(one, keys=keys)
        return verify(trail)


def read_trail(connection: sa.Connection, *, county: str) -> Trail:
    """Return the county's trail without anchors; it is read while it is checked."""
    return Trail(
        county=county,
        entries=reading.entries(connection),
        seals=reading.seals(connection),
        is_hashing=reading.trigger_is_on(connection),
    )


def trusted_keys(key: AnchorKey, further: Sequence[str]) -> tuple[str, ...]:
    """Return the home's own key and those that the caller brought along (hexadecimal)."""
    return (key.public, *(anchors.ungrouped(one) for one in further))
