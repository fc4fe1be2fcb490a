"""The sealer's rounds: seal, measure, warn, and carry the head out of the database."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path

from zhuji_core import tracing
from zhuji_core.access import CountyAccess
from zhuji_core.audit.anchors import Anchor, AnchorKey, append_anchor, last_anchor
from zhuji_core.audit.sealing import BATCH_MAX, SealStatus, seal_once, seal_status
from zhuji_core.settings import TAIPEI, business_date

log = logging.getLogger("zhuji.audit")

INTERVAL_S = 1.0
# An entry older than this without a seal is an alarm: until then its change could go unnoticed.
LAG_ALARM_S = 5.0
# While it lasts the log says so again and again, but does not fill the disk.
ALARM_AGAIN_S = 60.0
# A head leaves the machine's database this often while there is work, and at the end of a day.
ANCHOR_INTERVAL = dt.timedelta(minutes=1)
# The rest of a large backlog is left to the next round, so that every county has its turn.
BATCHES_MAX = 20


class Keeper:
    """Keeps the seals of the counties of one host; one object for each process.

    ``places`` are the folders of anchors: the home's own, and a second one.
    """

    def __init__(self, *, key: AnchorKey, places: tuple[Path, ...]) -> None:
        self._key = key
        self._places = places
        self._anchored: dict[tuple[Path, str], Anchor | None] = {}
        self._warned: dict[str, dt.datetime] = {}

    def keep(self, access: CountyAccess) -> SealStatus:
        """Do one round for a county; whatever fails is the caller's to log."""
        county = access.county.code
        for _ in range(BATCHES_MAX):
            seal = seal_once(access.engine, county=county, now=access.clock())
            if seal is None or seal.entries < BATCH_MAX:
                break
        with access.statements.connect() as connection:
            status = seal_status(connection, now=access.clock())
        tracing.gauge("audit.backlog", status.backlog, county=county)
        tracing.gauge("audit.lag_s", status.lag_s, county=county)
        self._warn(county, status, now=access.clock())
        self.anchor(access, status)
        return status

    def anchor(self, access: CountyAccess, status: SealStatus, *, at_once: bool = False) -> None:
        """Write the head to every folder in which one is due, ``at_once`` to all of them."""
        for place in self._places:
            last = self._last(place, access.county.code)
            if last is not None or status.batch_no:
                self._anchor(access, status, place=place, last=last, at_once=at_once)

    def _anchor(
        self,
        access: CountyAccess,
        status: SealStatus,
        *,
        place: Path,
        last: Anchor | None,
        at_once: bool,
    ) -> None:
        now = access.clock()
        moved = last is None or status.batch_no != last.batch_no
        rested = last is None or now - last.written_at >= ANCHOR_INTERVAL
        if not (moved and (rested or at_once)) and not _day_is_over(last, now=now):
            return
        settings = access.settings()
        today = business_date(settings, now=now)
        day = today if last is None else business_date(settings, now=last.written_at)
        closes = day < today
        if closes or (moved and (rested or at_once)):
            self._write(access.county.code, status, place=place, day=day, closes=closes, now=now)

    def _write(
        self,
        county: str,
        status: SealStatus,
        *,
        place: Path,
        day: dt.date,
        closes: bool,
        now: dt.datetime,
    ) -> None:
        anchor = self._key.sign(
            Anchor(
                county=county,
                business_date=day,
                written_at=now,
                batch_no=status.batch_no,
                last_audit_id=status.last_audit_id,
                entries=status.entries_total,
                head=status.head,
                closes_day=closes,
            )
        )
        append_anchor(place, anchor)
        self._anchored[place, county] = anchor

    def _last(self, place: Path, county: str) -> Anchor | None:
        if (place, county) not in self._anchored:
            self._anchored[place, county] = last_anchor(place, county)
        return self._anchored[place, county]

    def _warn(self, county: str, status: SealStatus, *, now: dt.datetime) -> None:
        if status.lag_s <= LAG_ALARM_S:
            if self._warned.pop(county, None) is not None:
                log.warning("%s: audit entries are sealed again", county)
            return
        told = self._warned.get(county)
        if told is None or (now - told).total_seconds() >= ALARM_AGAIN_S:
            self._warned[county] = now
            log.error(
                "%s: %d audit entries without a seal, the oldest for %.0f s",
                county, status.backlog, status.lag_s,
            )  # fmt: skip


def _day_is_over(last: Anchor | None, *, now: dt.datetime) -> bool:
    """Tell whether the calendar moved on; only then are the settings asked for a fixed date."""
    if last is None:
        return False
    return now.astimezone(TAIPEI).date() != last.written_at.astimezone(TAIPEI).date()
