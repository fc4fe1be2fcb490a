"""SQL that writes remittances that the bank returned, and what became of them."""

from __future__ import annotations

import uuid

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.remittances.refusals import NoticeTwice
from zhuji_accounting.domain.remittances.returned import ReturnedRemittance, return_label
from zhuji_accounting.domain.request import Period
from zhuji_accounting.store.requests import PERIOD_GATE
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# The gate of the month in which the day counts, before any document (core/docs/locks.md).
PASS_GATE = sa.text(f"""
    SELECT pg_advisory_xact_lock_shared(
               {PERIOD_GATE}, CAST(:fiscal_year * 100 + :period AS integer))
""")
CLAIM_YEAR = sa.text("SELECT c.fiscal_year FROM accounting.claim AS c WHERE c.claim_id = :claim_id")
SAME = sa.text("""
    SELECT r.fiscal_year, r.return_no
      FROM accounting.returned_remittance AS r
     WHERE r.fiscal_year = :fiscal_year AND r.notice_no = :notice_no
""")
# What came back of a payee and is with the treasury still, or with the agency's budget again.
NOT_SENT_AGAIN = sa.text("""
    SELECT COALESCE(sum(r.amount_ntd), 0)::bigint
      FROM accounting.returned_remittance AS r
      LEFT JOIN accounting.remittance_answer AS a USING (return_id)
     WHERE r.claim_id = :claim_id AND r.payee_no = :payee_no
       AND a.kind IS DISTINCT FROM 're_remit'
""")
INSERT = sa.text("""
    INSERT INTO accounting.returned_remittance
           (return_id, fiscal_year, period, agency_code, agency_name, return_no, claim_id,
            claim_label, payee_no, payee_name, bank_code, branch_code, account_no, amount_ntd,
            notice_no, returned_on, reason, answer_by, recorded_by, recorded_by_name, recorded_for,
            recorded_at)
    VALUES (:return_id, :fiscal_year, :period, :agency_code, :agency_name, :return_no, :claim_id,
            :claim_label, :payee_no, :payee_name, :bank_code, :branch_code, :account_no,
            :amount_ntd, :notice_no, :returned_on, :reason, :answer_by, :recorded_by,
            :recorded_by_name, :recorded_for, :now)
""")
NOTICE_ONCE = "returned_remittance_notice_once"
ANSWER = sa.text("""
    INSERT INTO accounting.remittance_answer
           (return_id, fiscal_year, period, agency_code, kind, settled_on, amount_ntd, slip_no,
            bank_code, branch_code, account_no, recovery_id, recovery_label, answered_by,
            answered_by_name, answered_for, answered_at)
    VALUES (:return_id, :fiscal_year, :period, :agency_code, :kind, :settled_on, :amount_ntd,
            :slip_no, :bank_code, :branch_code, :account_no, :recovery_id, :recovery_label,
            :answered_by, :answered_by_name, :answered_for, :now)
""")


def pass_gate(uow: UnitOfWork, period: Period) -> None:
    """Share the gate of the period, so that it is not closed until the commit."""
    given = {"fiscal_year": period.fiscal_year, "period": period.period}
    uow.connection.execute(PASS_GATE, given)


def claim_year(uow: UnitOfWork, claim_id: uuid.UUID) -> int | None:
    """Return the claim's fiscal year, or None: there is no such claim."""
    year: int | None = uow.connection.execute(
        CLAIM_YEAR, {"claim_id": claim_id}
    ).scalar_one_or_none()
    return year


def not_sent_again_ntd(uow: UnitOfWork, claim_id: uuid.UUID, payee_no: int) -> int:
    """Return what came back of a payee of the locked claim and was not sent again, NT dollars."""
    given = {"claim_id": claim_id, "payee_no": payee_no}
    amount_ntd: int = uow.connection.execute(NOT_SENT_AGAIN, given).scalar_one()
    return amount_ntd


def insert(uow: UnitOfWork, made: ReturnedRemittance, *, period: Period) -> None:
    """Write the return; raise NoticeTwice for a notice that is booked already."""
    notice = made.notice
    given = {"fiscal_year": period.fiscal_year, "notice_no": notice.notice_no}
    same = uow.connection.execute(SAME, given).one_or_none()
    if same is not None:
        raise _twice(notice.notice_no, return_label(same.fiscal_year, same.return_no))
    try:
        uow.connection.execute(
            INSERT,
            {
                **msgspec.structs.asdict(made),
                **msgspec.structs.asdict(notice),
                "period": period.period,
                "now": uow.now,
            },
        )
    except sa.exc.IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", "") != NOTICE_ONCE:
            raise
        raise _twice(notice.notice_no, N_("（剛登記者）")) from error


def _twice(notice_no: str, other: str) -> NoticeTwice:
    return NoticeTwice(notice_no=notice_no, other=other, fields={"notice_no": N_("請核對號碼。")})


def answer(uow: UnitOfWork, answered: ReturnedRemittance, *, period: Period) -> None:
    """Write what became of the return, whose claim is locked."""
    assert answered.answer is not None, "it was answered"
    uow.connection.execute(
        ANSWER,
        {
            **msgspec.structs.asdict(answered.answer),
            "return_id": answered.return_id,
            "agency_code": answered.agency_code,
            "amount_ntd": answered.amount_ntd,
            "fiscal_year": period.fiscal_year,
            "period": period.period,
            "kind": str(answered.answer.kind),
            "now": uow.now,
        },
    )
