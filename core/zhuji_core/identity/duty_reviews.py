"""The supervisor's review of what was done by a written exception, and the reminder of it."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from zhuji_core.identity.duty_exceptions import (
    ExceptionEnded,
    WrittenException,
    lock_exception,
    review_due,
)
from zhuji_core.ids import new_id
from zhuji_core.modules import WorkItem
from zhuji_core.proposals.propose import require_words
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# A review takes some days of a supervisor's time before the exception stops to count.
REMIND_DAYS = 14

REVIEW = sa.text("""
    WITH due AS (
        UPDATE kernel.duty_exception SET review_due_on = :review_due_on
         WHERE exception_id = :exception_id
    )
    INSERT INTO kernel.duty_exception_review
           (review_id, exception_id, findings, uses, business_date, reviewed_by, reviewed_at)
    VALUES (:review_id, :exception_id, :findings, :uses, :business_date, :reviewed_by, :now)
""")
# What was done since the last review, even by an exception that has ended since; or nothing yet and
# the day of the next one is near. A review says how many acts it has seen.
WAITING = sa.text("""
    SELECT count(*) AS exceptions, min(COALESCE(used.used_at, e.approved_at)) AS oldest
      FROM kernel.duty_exception AS e
      LEFT JOIN LATERAL (
           SELECT x.used_at
             FROM kernel.duty_exception_use AS x
            WHERE x.exception_id = e.exception_id
            ORDER BY x.use_id
           OFFSET (SELECT COALESCE(max(r.uses), 0) FROM kernel.duty_exception_review AS r
                    WHERE r.exception_id = e.exception_id)
            LIMIT 1
           ) AS used ON true
     WHERE e.reviewer_id = :reviewer_id
       AND (used.used_at IS NOT NULL
            OR (e.ended_at IS NULL AND e.review_due_on <= :remind_on AND e.valid_to >= :today))
""")


REVIEWS = sa.text("""
    SELECT r.findings, r.uses, r.business_date, u.name AS reviewed_by
      FROM kernel.duty_exception_review AS r
      LEFT JOIN kernel.user_account AS u ON u.user_id = r.reviewed_by
     WHERE r.exception_id = :exception_id
     ORDER BY r.review_id DESC
     LIMIT 200
""")


class ExceptionReview(Value, frozen=True, kw_only=True):
    """What a reviewer found of the first ``uses`` acts."""

    findings: str
    uses: int
    business_date: dt.date
    reviewed_by: str | None


class NotReviewer(DomainError):
    """The supervisor named in the exception reviews, and nobody else."""

    code = "E-NOT-REVIEWER"
    message = N_("例外 {number} 之事後覆核人為 {reviewer}，僅其本人得覆核。")
    status_code = 403


def reviews_of(uow: UnitOfWork, *, exception_id: uuid.UUID) -> list[ExceptionReview]:
    """Return the last 200 reviews of the exception, newest first."""
    rows = uow.connection.execute(REVIEWS, {"exception_id": exception_id})
    return [ExceptionReview(**row) for row in rows.mappings()]


def waiting_reviews(uow: UnitOfWork) -> list[WorkItem]:
    """Say how many exceptions wait for the actor's review.

    Anybody may be the reviewer, so everybody is asked for, by one look into an index of reviewers.
    """
    row = uow.connection.execute(
        WAITING,
        {
            "reviewer_id": uow.actor.user_id,
            "today": uow.business_date,
            "remind_on": uow.business_date + dt.timedelta(days=REMIND_DAYS),
        },
    ).one()
    if not row.exceptions:
        return []
    return [
        WorkItem(
            title=N_("待覆核職能分工例外"),
            path="kernel/exceptions",
            count=row.exceptions,
            oldest_days=max(0, (uow.now - row.oldest) // dt.timedelta(days=1)),
            amount_ntd=0,
        )
    ]


def review_exception(
    uow: UnitOfWork, *, exception_id: uuid.UUID, findings: str
) -> WrittenException:
    """Say what the acts done by the exception were found to be; it counts on until the next time.

    What was done by one that has ended since is reviewed all the same; that day is not moved then.
    Raises ExceptionUnknown, NotReviewer, ExceptionEnded (nothing is left to be reviewed) or
    ProposalReasonMissing.
    """
    words = require_words(findings)
    found = lock_exception(uow, exception_id)
    if uow.actor.user_id != found.reviewer_id:
        raise NotReviewer(number=found.number, reviewer=found.reviewer_name)
    ended = found.ended_at is not None
    if ended and not found.unreviewed:
        raise ExceptionEnded(number=found.number)
    due = found.review_due_on if ended else review_due(uow)
    uow.connection.execute(
        REVIEW,
        {
            "review_id": new_id(),
            "exception_id": exception_id,
            "findings": words,
            "uses": found.uses,
            "review_due_on": due,
            "business_date": uow.business_date,
            "reviewed_by": uow.actor.user_id,
            "now": uow.now,
        },
    )
    uow.audit(
        "kernel.exception.review",
        found.document,
        before={"review_due_on": found.review_due_on},
        after={"review_due_on": due, "findings": words, "uses": found.uses},
    )
    return found
