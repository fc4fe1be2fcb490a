"""Written exceptions from separation of duties: proposed, approved, used, ended.

A small school has one accountant who is there twice a week. For a person, a rule, an agency and a
time the county may allow both steps in writing, when a supervisor reviews afterwards what was
done that way (補償性控制). An exception that is not reviewed in time does not count any more.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity import grant_store
from zhuji_core.identity.accounts import AgencyUnknown, UserAccount, UserUnknown
from zhuji_core.identity.actor import DutyException
from zhuji_core.identity.agencies import find_agency
from zhuji_core.identity.duties import BY_CODE, Step
from zhuji_core.identity.grants import UserDisabled, period_of
from zhuji_core.ids import new_id
from zhuji_core.numbering import take_numbers
from zhuji_core.permissions import (
    APPROVE_EXCEPTION,
    MODULE,
    PROPOSE_EXCEPTION,
    READ_EXCEPTIONS,
)
from zhuji_core.proposals.model import Foreseen, Proposal, ProposalKind, ProposedChange
from zhuji_core.proposals.propose import require_words
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

NUMBER_KIND = "duty-exception"
DAYS_MAX = 366
PAGE_ROWS = 50

INSERT = sa.text("""
    WITH flagged AS (
        UPDATE kernel.user_account SET duty_exceptions = true WHERE user_id = :user_id
    )
    INSERT INTO kernel.duty_exception
           (exception_id, number, user_id, rule_code, agency_code, valid_from, valid_to, reason,
            reviewer_id, review_due_on, proposal_id, approved_at)
    VALUES (:exception_id, :number, :user_id, :rule_code, :agency_code, :valid_from, :valid_to,
            :reason, :reviewer_id, :review_due_on, :proposal_id, :now)
""")
COLUMNS = """
    e.exception_id, e.number, e.user_id, u.name AS user_name, u.account, e.rule_code,
    e.agency_code, e.valid_from, e.valid_to, e.reason, e.reviewer_id, v.name AS reviewer_name,
    e.review_due_on, e.ended_at, e.end_reason,
    (SELECT count(*) FROM kernel.duty_exception_use AS x
      WHERE x.exception_id = e.exception_id) AS uses,
    (SELECT COALESCE(max(r.uses), 0) FROM kernel.duty_exception_review AS r
      WHERE r.exception_id = e.exception_id) AS reviewed
"""
# Newest first, by key; ``person`` NULL: those of everybody, else as the person or the reviewer.
LIST = sa.text(f"""
    SELECT {COLUMNS}
      FROM kernel.duty_exception AS e
      JOIN kernel.user_account AS u ON u.user_id = e.user_id
      JOIN kernel.user_account AS v ON v.user_id = e.reviewer_id
     WHERE (CAST(:person AS uuid) IS NULL OR e.user_id = :person OR e.reviewer_id = :person)
       AND (CAST(:before AS uuid) IS NULL OR e.exception_id < :before)
     ORDER BY e.exception_id DESC
     LIMIT :limit
""")  # noqa: S608 (constants of this file)
LOCK = sa.text(f"""
    SELECT {COLUMNS}
      FROM kernel.duty_exception AS e
      JOIN kernel.user_account AS u ON u.user_id = e.user_id
      JOIN kernel.user_account AS v ON v.user_id = e.reviewer_id
     WHERE e.exception_id = :exception_id
       FOR NO KEY UPDATE OF e
""")  # noqa: S608 (constants of this file)
USES = sa.text("""
    SELECT x.document_kind, x.document_label, x.step, x.business_date, u.name AS used_by
      FROM kernel.duty_exception_use AS x
      LEFT JOIN kernel.user_account AS u ON u.user_id = x.used_by
     WHERE x.exception_id = :exception_id
     ORDER BY x.use_id DESC
     LIMIT 200
""")
NOTE = sa.text("""
    INSERT INTO kernel.duty_exception_use
           (use_id, exception_id, document_kind, document_id, document_label, step,
            business_date, used_by, used_at)
    SELECT x.use_id, x.exception_id, :document_kind, :document_id, :document_label, :step,
           :business_date, :used_by, :now
      FROM unnest(CAST(:use_ids AS uuid[]), CAST(:exception_ids AS uuid[]))
           AS x (use_id, exception_id)
""")
END = sa.text("""
    UPDATE kernel.duty_exception
       SET ended_at = :now, ended_by = :ended_by, end_reason = :reason
     WHERE exception_id = :exception_id
""")


class RuleNotExceptable(DomainError):
    """No such rule, or one that has no exceptions."""

    code = "E-DUTY-RULE"
    message = N_("規則「{rule}」不存在或不得有例外。")
    status_code = 422


class ExceptionPeriod(DomainError):
    """An exception is for a time, not for ever, and not for the past."""

    code = "E-EXCEPTION-PERIOD"
    message = N_("例外期間有誤：須自今日以後起算、迄日不早於起日，且最長 {days_max} 日。")
    status_code = 422


class ReviewerSame(DomainError):
    """Nobody reviews what he did himself."""

    code = "E-EXCEPTION-REVIEWER"
    message = N_("事後覆核人不得為本人，且須為使用中之帳號。")
    status_code = 422


class ExceptionOwn(DomainError):
    """Whom an exception frees from a rule does not approve it, whoever proposed it."""

    code = "E-EXCEPTION-OWN"
    message = N_("例外不得由適用例外之本人（或其代理人）核准，須由另一人決定。")
    status_code = 403


class ExceptionUnknown(DomainError):
    """No such exception."""

    code = "E-EXCEPTION-UNKNOWN"
    message = N_("查無此例外紀錄。")
    status_code = 404


class ExceptionEnded(DomainError):
    """It is over already."""

    code = "E-EXCEPTION-ENDED"
    message = N_("例外 {number} 已終止。")


class WantedException(Value, frozen=True, kw_only=True):
    """This person may do both steps of the rule in this agency for this time."""

    user_id: uuid.UUID
    rule_code: str
    agency_code: str
    valid_from: dt.date
    valid_to: dt.date
    reviewer_id: uuid.UUID
    reason: str


class WrittenException(Value, frozen=True, kw_only=True):
    """An exception as the auditor reads it; ``uses`` counts the acts done by it.

    ``reviewed``: so many of them the reviewer has seen.
    """

    exception_id: uuid.UUID
    number: str
    user_id: uuid.UUID
    user_name: str
    account: str
    rule_code: str
    agency_code: str
    valid_from: dt.date
    valid_to: dt.date
    reason: str
    reviewer_id: uuid.UUID
    reviewer_name: str
    review_due_on: dt.date
    ended_at: dt.datetime | None
    end_reason: str
    uses: int
    reviewed: int = 0

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="kernel.duty-exception",
            document_id=self.exception_id,
            label=self.number,
            agency_code=self.agency_code,
        )

    @property
    def unreviewed(self) -> int:
        return self.uses - self.reviewed

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether it counts: in its time, not ended, and reviewed in time."""
        in_time = self.valid_from <= day <= self.valid_to and self.review_due_on >= day
        return in_time and self.ended_at is None


class ExceptionUse(Value, frozen=True, kw_only=True):
    document_kind: str
    document_label: str
    step: str
    business_date: dt.date
    used_by: str | None


def note_uses(
    uow: UnitOfWork, used: Sequence[DutyException], *, document: DocumentRef, step: Step
) -> dict[str, object]:
    """Note which exceptions an act was done by; return what its audit entry says of them.

    Nothing, and no round trip, for an act that needed none.
    """
    if not used:
        return {}
    uow.connection.execute(
        NOTE,
        {
            "use_ids": [new_id() for _ in used],
            "exception_ids": [one.exception_id for one in used],
            "document_kind": document.kind,
            "document_id": document.document_id,
            "document_label": document.label,
            "step": str(step),
            "business_date": uow.business_date,
            "used_by": uow.actor.user_id,
            "now": uow.now,
        },
    )
    return {"duty_exceptions": [one.number for one in used]}


def list_exceptions(
    uow: UnitOfWork, *, before: uuid.UUID | None = None, limit: int = PAGE_ROWS
) -> list[WrittenException]:
    """Return exceptions, newest first, one more than ``limit`` when there are more.

    Whoever may not read those of everybody sees the own and those to review.
    """
    person = None if uow.actor.may(READ_EXCEPTIONS) else uow.actor.user_id
    rows = uow.connection.execute(LIST, {"person": person, "before": before, "limit": limit + 1})
    return [WrittenException(**row) for row in rows.mappings()]


def uses_of(uow: UnitOfWork, *, exception_id: uuid.UUID) -> list[ExceptionUse]:
    """Return the last 200 acts done by the exception, newest first."""
    rows = uow.connection.execute(USES, {"exception_id": exception_id})
    return [ExceptionUse(**row) for row in rows.mappings()]


def find_exception(uow: UnitOfWork, *, exception_id: uuid.UUID) -> WrittenException:
    """Return the exception; raise ExceptionUnknown for whom it does not concern."""
    found = lock_exception(uow, exception_id)
    concerned = uow.actor.user_id in {found.user_id, found.reviewer_id}
    if not concerned and not uow.actor.may(READ_EXCEPTIONS):
        raise ExceptionUnknown
    return found


def end_exception(uow: UnitOfWork, *, exception_id: uuid.UUID, reason: str) -> WrittenException:
    """End an exception at once; taking a right needs one person.

    Raises Forbidden, ExceptionUnknown, ExceptionEnded or ProposalReasonMissing.
    """
    uow.require(APPROVE_EXCEPTION)
    words = require_words(reason)
    found = lock_exception(uow, exception_id)
    if found.ended_at is not None:
        raise ExceptionEnded(number=found.number)
    uow.connection.execute(
        END,
        {
            "exception_id": exception_id,
            "now": uow.now,
            "ended_by": uow.actor.user_id,
            "reason": words,
        },
    )
    uow.audit("kernel.exception.end", found.document, before=found, after={"reason": words})
    return found


def lock_exception(uow: UnitOfWork, exception_id: uuid.UUID) -> WrittenException:
    """Return the exception, locked when something may be written; raise ExceptionUnknown."""
    statement = READ_ONE if uow.read_only else LOCK
    row = uow.connection.execute(statement, {"exception_id": exception_id}).mappings()
    found = row.one_or_none()
    if found is None:
        raise ExceptionUnknown
    return WrittenException(**found)


# The same without the lock, for pages: a read-only transaction takes none.
READ_ONE = sa.text(str(LOCK).replace("FOR NO KEY UPDATE OF e", ""))


def review_due(uow: UnitOfWork) -> dt.date:
    """Return the day until which it counts without a review from now on."""
    days = uow.settings(CountySettings, module=MODULE).exception_review_days
    return uow.business_date + dt.timedelta(days=days)


def _foresee(uow: UnitOfWork, wanted: WantedException) -> Foreseen:
    rule = BY_CODE.get(wanted.rule_code)
    if rule is None or not rule.exceptable:
        raise RuleNotExceptable(rule=wanted.rule_code, fields={"rule_code": N_("請選擇規則")})
    days = (wanted.valid_to - wanted.valid_from).days + 1
    if wanted.valid_from < uow.business_date or not 1 <= days <= DAYS_MAX:
        raise ExceptionPeriod(days_max=DAYS_MAX, fields={"valid_to": N_("請檢查起迄日期")})
    agency = find_agency(uow, agency_code=wanted.agency_code)
    if agency is None:
        raise AgencyUnknown(agency_code=wanted.agency_code)
    person, reviewer = _persons(uow, wanted)
    return Foreseen(
        document=person.document,
        subject=f"{wanted.user_id}/{wanted.rule_code}/{wanted.agency_code}",
        facts={N_("事後覆核人"): f"{reviewer.account} {reviewer.name}"},
        changes=(
            ProposedChange(label=N_("規則"), after=rule.title),
            ProposedChange(label=N_("機關"), after=f"{agency.agency_code} {agency.name}"),
            ProposedChange(label=N_("期間"), after=period_of(wanted.valid_from, wanted.valid_to)),
            ProposedChange(label=N_("事後覆核人"), after=reviewer.name),
        ),
    )


def _persons(uow: UnitOfWork, wanted: WantedException) -> tuple[UserAccount, UserAccount]:
    """Lock both in order of their ids; the reviewer is another, and at work."""
    found = {
        user_id: grant_store.lock_holder(uow, user_id)
        for user_id in sorted({wanted.user_id, wanted.reviewer_id})
    }
    person, reviewer = found[wanted.user_id], found[wanted.reviewer_id]
    if person is None:
        raise UserUnknown(user=str(wanted.user_id))
    if person.user.state != "active":
        raise UserDisabled(account=person.user.account)
    same = wanted.reviewer_id == wanted.user_id
    if same or reviewer is None or reviewer.user.state != "active":
        raise ReviewerSame(fields={"reviewer": ReviewerSame.message})
    return person.user, reviewer.user


def _apply(uow: UnitOfWork, wanted: WantedException, proposal: Proposal) -> None:
    if wanted.user_id in uow.actor.persons:
        raise ExceptionOwn
    year = uow.fiscal_year
    number = take_numbers(uow, agency_code=wanted.agency_code, fiscal_year=year, kind=NUMBER_KIND)[
        0
    ]
    exception_id = new_id()
    uow.connection.execute(
        INSERT,
        {
            "exception_id": exception_id,
            "number": f"{wanted.agency_code}-{year}例{number:04}",
            "user_id": wanted.user_id,
            "rule_code": wanted.rule_code,
            "agency_code": wanted.agency_code,
            "valid_from": wanted.valid_from,
            "valid_to": wanted.valid_to,
            "reason": wanted.reason,
            "reviewer_id": wanted.reviewer_id,
            "review_due_on": review_due(uow),
            "proposal_id": proposal.proposal_id,
            "now": uow.now,
        },
    )
    kept = lock_exception(uow, exception_id)
    uow.audit(APPROVE_EXCEPTION.name, kept.document, after=kept)


EXCEPTION: ProposalKind[WantedException] = ProposalKind(
    name=PROPOSE_EXCEPTION.name,
    title=N_("職能分工例外"),
    payload=WantedException,
    version=1,
    propose=PROPOSE_EXCEPTION,
    decide=APPROVE_EXCEPTION,
    foresee=_foresee,
    apply=_apply,
)
