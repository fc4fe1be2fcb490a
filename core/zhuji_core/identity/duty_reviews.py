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
from zhuji_core.values import N_, DomainError

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
# What was done since the last review, or nothing yet and the day of the next one is near. A review
# says how many acts it has seen.
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
     WHERE e.reviewer_id = :reviewer_id AND e.ended_at IS NULL
       AND (used.used_at IS NOT NULL
            OR (e.review_due_on <= :remind_on AND e.valid_to >= :today))
""")


class NotReviewer(DomainError):
    """The supervisor named in the exception reviews, and nobody else."""

    code = "E-NOT-REVIEWER"
    message = N_("例外 {number} 之事後覆核人為 {reviewer}，僅其本人得覆核。")
    status_code = 403


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

    Raises ExceptionUnknown, NotReviewer, ExceptionEnded or ProposalReasonMissing.
    """
    words = require_words(findings)
    found = lock_exception(uow, exception_id)
    if uow.actor.user_id != found.reviewer_id:
        raise NotReviewer(number=found.number, reviewer=found.reviewer_name)
    if found.ended_at is not None:
        raise ExceptionEnded(number=found.number)
    due = review_due(uow)
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
