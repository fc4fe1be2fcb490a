"""Seal what has been committed: batches of leaves, chained, by one sealer at a time.

Off the hot path: writers never wait for a seal. Order is that of ``audit_id``. A number may be
given before another and committed after it, so a seal reaches only up to an entry that is
visible, and waits until every transaction is over that wrote entries when it was seen: whatever
is still missing below it then was rolled back and will never come.
"""

from __future__ import annotations

import datetime as dt
import time

import msgspec
import sqlalchemy as sa

from zhuji_core import tracing
from zhuji_core.audit import canonical
from zhuji_core.audit.canonical import Seal
from zhuji_core.county import UPKEEP
from zhuji_core.values import Value

# So many leaves are 160 kB; a backlog is worked off batch by batch.
BATCH_MAX = 5_000
# A writer holds its entries from FLUSH to commit, some milliseconds; one that takes longer than
# this is waited for by the next round, and meanwhile the alarm watches the lag.
WRITERS_WAIT_S = 2.0
POLL_S = 0.01
LOCK = "2026112306"

WATERMARK = sa.text("""
    SELECT (SELECT max(audit_id) FROM kernel.audit_entry) AS newest,
           (SELECT max(last_audit_id) FROM kernel.audit_seal) AS sealed
""")
# Every INSERT locks the table in this mode until its transaction ends; no reader does.
WRITERS = sa.text("""
    SELECT virtualtransaction
      FROM pg_locks
     WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
       AND relation = 'kernel.audit_entry'::regclass
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")
ONLY_ONE = sa.text(f"SELECT pg_try_advisory_xact_lock({LOCK})")
# A county that moves or is restored takes no seal: its chain goes on in one place only.
GATE = sa.text("SELECT state FROM kernel.hold_gate()")
LAST = sa.text("""
    SELECT batch_no, last_audit_id, entries_total, seal_hash
      FROM kernel.audit_seal
     ORDER BY batch_no DESC
     LIMIT 1
""")
LEAVES = sa.text("""
    SELECT audit_id, leaf
      FROM kernel.audit_entry
     WHERE audit_id > :after AND audit_id <= :newest
     ORDER BY audit_id
     LIMIT :batch
""")
KEEP = sa.text("""
    INSERT INTO kernel.audit_seal
           (batch_no, form, first_audit_id, last_audit_id, entries, entry_ids, leaves, root,
            previous_hash, entries_total, sealed_at, seal_hash)
    VALUES (:batch_no, :form, :first_audit_id, :last_audit_id, :entries,
            CAST(:entry_ids AS int8multirange), :leaves, :root,
            :previous_hash, :entries_total, :sealed_at, :seal_hash)
""")
STATUS = sa.text("""
    WITH head AS (
        SELECT batch_no, last_audit_id, entries_total, sealed_at, seal_hash
          FROM kernel.audit_seal
         ORDER BY batch_no DESC
         LIMIT 1
    ), waiting AS (
        SELECT recorded_at
          FROM kernel.audit_entry
         WHERE audit_id > COALESCE((SELECT last_audit_id FROM head), 0)
         ORDER BY audit_id
         LIMIT :backlog_max
    )
    SELECT h.*, w.backlog, w.oldest
      FROM (SELECT count(*) AS backlog, min(recorded_at) AS oldest FROM waiting) AS w
      LEFT JOIN head AS h ON true
""")
# Counting goes no further: more than this is simply far behind.
BACKLOG_MAX = 100_000


class SealStatus(Value, frozen=True, kw_only=True):
    """How far the seals are. ``lag_s`` is the age of the oldest entry without one, 0.0 if none."""

    batch_no: int
    last_audit_id: int
    entries_total: int
    head: str
    sealed_at: dt.datetime | None
    backlog: int
    lag_s: float


def seal_once(engine: sa.Engine, *, county: str, now: dt.datetime) -> Seal | None:
    """Seal the next batch; None when there is none, another seals, or a writer is not done."""
    with engine.connect() as connection:
        mark = connection.execute(WATERMARK).one()
    if mark.newest is None or mark.newest <= (mark.sealed or 0):
        return None
    with tracing.span("audit.seal"):
        if not _writers_are_done(engine):
            return None
        with engine.begin() as connection:
            if connection.execute(GATE).scalar_one() not in UPKEEP:
                return None
            if not connection.execute(ONLY_ONE).scalar_one():
                return None
            return _seal(connection, county=county, newest=mark.newest, now=now)


def seal_status(connection: sa.Connection, *, now: dt.datetime) -> SealStatus:
    """Return head, backlog and lag of the county."""
    row = connection.execute(STATUS, {"backlog_max": BACKLOG_MAX}).one()
    lag = now - row.oldest if row.oldest is not None else dt.timedelta()
    return SealStatus(
        batch_no=row.batch_no or 0,
        last_audit_id=row.last_audit_id or 0,
        entries_total=row.entries_total or 0,
        head=row.seal_hash.hex() if row.seal_hash is not None else "",
        sealed_at=row.sealed_at,
        backlog=row.backlog,
        lag_s=max(0.0, lag.total_seconds()),
    )


def epoch_text(moment: dt.datetime) -> str:
    """Write a moment as the database does: seconds since 1970 with six decimals."""
    since = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return f"{since.days * 86_400 + since.seconds}.{since.microseconds:06}"


def _writers_are_done(engine: sa.Engine) -> bool:
    """Wait for those that were writing entries at this moment; later ones do not matter."""
    deadline = time.monotonic() + WRITERS_WAIT_S
    waited_for = _writers(engine)
    while waited_for and time.monotonic() < deadline:
        time.sleep(POLL_S)
        waited_for &= _writers(engine)
    return not waited_for


def _writers(engine: sa.Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(WRITERS).scalars())


def _seal(connection: sa.Connection, *, county: str, newest: int, now: dt.datetime) -> Seal | None:
    last = connection.execute(LAST).one_or_none()
    after = last.last_audit_id if last is not None else 0
    rows = connection.execute(LEAVES, {"after": after, "newest": newest, "batch": BATCH_MAX}).all()
    if not rows:
        return None
    leaves = [bytes(row.leaf) for row in rows]
    unsigned = Seal(
        batch_no=last.batch_no + 1 if last is not None else 1,
        form=canonical.SEAL_FORM,
        first_audit_id=after + 1,
        last_audit_id=rows[-1].audit_id,
        entries=len(rows),
        entry_ids=canonical.ranges_of(row.audit_id for row in rows),
        leaves=b"".join(leaves),
        root=canonical.merkle_root(leaves),
        previous_hash=bytes(last.seal_hash) if last is not None else canonical.genesis(county),
        entries_total=(last.entries_total if last is not None else 0) + len(rows),
        sealed_at=epoch_text(now),
        seal_hash=b"",
    )
    seal = msgspec.structs.replace(unsigned, seal_hash=canonical.seal_hash(county, unsigned))
    _keep(connection, seal, sealed_at=now)
    return seal


def _keep(connection: sa.Connection, seal: Seal, *, sealed_at: dt.datetime) -> None:
    ranges = ",".join(f"[{first},{last}]" for first, last in seal.entry_ids)
    values = msgspec.structs.asdict(seal)
    connection.execute(KEEP, {**values, "entry_ids": f"{{{ranges}}}", "sealed_at": sealed_at})
