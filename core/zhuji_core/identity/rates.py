"""How often somebody may ask, counted in PostgreSQL by one statement (GCRA, a leaking bucket).

A row says when its subject's allowance will be whole again. Each request moves that moment on by
the time in which one request is refilled, and is refused when it would lie further ahead than the
whole allowance: never more than the limit is granted at one moment, whoever asks from however many
processes. Certification is not limited: no ordinary request of a person comes by here.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from zhuji_core.values import N_, DomainError, Value

# A refused request moves nothing. A moment further ahead than two whole allowances was written by
# a clock that has been set back since: it is forgotten, or nobody would be let in for so long. The
# row of another's first request may be newer than this statement's snapshot: then nothing comes
# back, and the request waits for one refill.
TAKE = """
    WITH taken AS (
        INSERT INTO {table} AS r (bucket, subject, full_at)
        VALUES (:bucket, :subject, CAST(:now AS timestamptz) + CAST(:refill AS interval))
            ON CONFLICT (bucket, subject) DO UPDATE
           SET full_at = CASE WHEN r.full_at > :now + 2 * CAST(:whole AS interval)
                              THEN :now ELSE GREATEST(r.full_at, :now) END
                         + CAST(:refill AS interval)
         WHERE CASE WHEN r.full_at > :now + 2 * CAST(:whole AS interval)
                              THEN :now ELSE GREATEST(r.full_at, :now) END
               + CAST(:refill AS interval)
               <= CAST(:now AS timestamptz) + CAST(:whole AS interval)
        RETURNING full_at
    )
    SELECT true AS granted, full_at FROM taken
     UNION ALL
    SELECT false, r.full_at
      FROM {table} AS r
     WHERE r.bucket = :bucket AND r.subject = :subject
       AND NOT EXISTS (SELECT FROM taken)
"""
OF_A_COUNTY = sa.text(TAKE.format(table="kernel.rate_limit"))


class Rate(Value, frozen=True, kw_only=True):
    """``limit`` requests at one moment, refilled evenly over ``per_s`` seconds."""

    name: str
    limit: int
    per_s: int

    @property
    def refill(self) -> dt.timedelta:
        return dt.timedelta(microseconds=math.ceil(self.per_s * 1_000_000 / self.limit))

    @property
    def whole(self) -> dt.timedelta:
        """How long an empty allowance takes to be whole: ``per_s``, to some microseconds."""
        return self.refill * self.limit


class Allowance(Value, frozen=True, kw_only=True):
    """What is left of a rate: ``remaining`` requests now; the next one in ``retry_after_s``."""

    rate: Rate
    remaining: int
    retry_after_s: int

    @property
    def headers(self) -> Mapping[str, str]:
        """``RateLimit`` and its policy, as draft-ietf-httpapi-ratelimit-headers writes them."""
        rate = self.rate
        return {
            "RateLimit-Policy": f'"{rate.name}";q={rate.limit};w={rate.per_s}',
            "RateLimit": f'"{rate.name}";r={self.remaining};t={self.retry_after_s}',
        }


class TooManyRequests(DomainError):
    """More requests than the county's settings grant one person, address or token."""

    code = "E-RATE"
    message = N_("操作過於頻繁，請於 {retry_after_s} 秒後再試。")
    status_code = 429

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        super().__init__(retry_after_s=allowance.retry_after_s)

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.allowance.retry_after_s), **self.allowance.headers}


def take(
    engine: sa.Engine,
    rate: Rate,
    *,
    subject: str,
    now: dt.datetime,
    statement: sa.TextClause = OF_A_COUNTY,
) -> Allowance:
    """Count one request of ``subject``; raise TooManyRequests. One round trip of its own.

    ``engine`` is in autocommit. ``statement`` is ``TAKE`` with a table of the same columns, for
    whoever counts outside of a county.
    """
    with engine.connect() as connection:
        row: Any = connection.execute(
            statement,
            {
                "bucket": rate.name,
                "subject": subject,
                "now": now,
                "refill": rate.refill,
                "whole": rate.whole,
            },
        ).one_or_none()
    return judged(
        rate,
        granted=row is not None and row.granted,
        full_at=now + rate.whole if row is None else row.full_at,
        now=now,
    )


def judged(rate: Rate, *, granted: bool, full_at: dt.datetime, now: dt.datetime) -> Allowance:
    """Return what is left when a request was ``granted``; raise TooManyRequests otherwise."""
    ahead = max(full_at - now, dt.timedelta())
    wait = ahead + rate.refill - rate.whole
    allowance = Allowance(
        rate=rate,
        remaining=max((rate.whole - ahead) // rate.refill, 0),
        retry_after_s=max(math.ceil(wait / dt.timedelta(seconds=1)), 0 if granted else 1),
    )
    if not granted:
        raise TooManyRequests(allowance)
    return allowance
