"""Where a person acts now, and for whom: chosen for this session, in force from the next request.

A person works in one agency at a time (the top bar shows it). A deputy acts either in his own
name or for whom he stands in, never for both at once, so that every act is one person's duty.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.sessions import digest
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

ACT = "kernel.session.act"
CHOICES_MAX = 200

# Each side of the person: the own one, and one for each delegation that holds today; with the
# agencies in which that side has a role. A role in the whole county is at home in each of them.
CHOICES = sa.text("""
    WITH side AS (
        SELECT CAST(NULL AS uuid) AS delegation_id, u.user_id AS as_user, u.name,
               CAST(NULL AS text[]) AS roles, CAST(NULL AS text) AS lent_agency,
               u.agency_code AS home
          FROM kernel.user_account AS u
         WHERE u.user_id = :user_id
        UNION ALL
        SELECT d.delegation_id, d.delegator_id, p.name, d.roles, d.agency_code, p.agency_code
          FROM kernel.delegation AS d
          JOIN kernel.user_account AS p ON p.user_id = d.delegator_id AND p.state = 'active'
         WHERE d.deputy_id = :user_id AND d.ended_at IS NULL
           AND d.valid_from <= :today AND d.valid_to >= :today
    ), held AS (
        SELECT s.delegation_id, s.name, g.role_code,
               COALESCE(s.lent_agency, g.agency_code, s.home) AS agency_code,
               s.lent_agency IS NULL AND g.agency_code IS NULL AS county_wide
          FROM side AS s
          JOIN kernel.role_grant AS g ON g.user_id = s.as_user
         WHERE g.valid_from <= :today AND (g.valid_to IS NULL OR g.valid_to >= :today)
           AND (s.roles IS NULL OR g.role_code = ANY (s.roles))
           AND (s.lent_agency IS NULL OR g.agency_code IS NULL OR g.agency_code = s.lent_agency)
        UNION ALL
        SELECT s.delegation_id, s.name, '', s.home, false
          FROM side AS s
         WHERE s.delegation_id IS NULL
    )
    SELECT h.delegation_id, h.name, h.agency_code, a.name AS agency_name,
           array_remove(array_agg(DISTINCT h.role_code ORDER BY h.role_code), '') AS roles,
           bool_or(h.county_wide) AS county_wide
      FROM held AS h
      JOIN kernel.agency AS a ON a.agency_code = h.agency_code
     GROUP BY h.delegation_id, h.name, h.agency_code, a.name
     ORDER BY h.delegation_id NULLS FIRST, h.agency_code
     LIMIT :limit
""")
AGENCY = sa.text("SELECT name FROM kernel.agency WHERE agency_code = :agency_code")
CHOOSE = sa.text("""
    UPDATE kernel.web_session
       SET agency_code = :agency_code, delegation_id = :delegation_id
     WHERE token_digest = :token_digest
""")


class Side(Value, frozen=True, kw_only=True):
    """One way in which the person may act: as oneself or for another, in an agency.

    ``county_wide``: a role of this side holds in every agency, so any may be chosen.
    """

    delegation_id: uuid.UUID | None
    name: str
    agency_code: str
    agency_name: str
    roles: tuple[str, ...]
    county_wide: bool


class NotYourSide(DomainError):
    """No role of the person, or of whom the person stands in for, holds there today."""

    code = "E-ACTING"
    message = N_("您於機關「{agency_code}」目前沒有角色，或代理期間已過。")
    status_code = 403


def sides(uow: UnitOfWork) -> tuple[Side, ...]:
    """Return how the person may act today, the own side first."""
    rows = uow.connection.execute(
        CHOICES,
        {"user_id": uow.actor.user_id, "today": uow.business_date, "limit": CHOICES_MAX},
    )
    return tuple(Side(**{**row, "roles": tuple(row["roles"])}) for row in rows.mappings())


def act_as(
    uow: UnitOfWork, *, token: str, agency_code: str, delegation_id: uuid.UUID | None = None
) -> None:
    """Let the session of ``token`` act in ``agency_code``, for whom ``delegation_id`` says.

    Raises NotYourSide; then nothing is kept. What the side may do there is found anew with each
    request, so an appointment that ends leaves the deputy with the own rights at once.
    """
    same = [side for side in sides(uow) if side.delegation_id == delegation_id]
    named = any(side.agency_code == agency_code for side in same)
    known = uow.connection.execute(AGENCY, {"agency_code": agency_code}).scalar() is not None
    if not named and not (known and any(side.county_wide for side in same)):
        raise NotYourSide(agency_code=agency_code)
    uow.connection.execute(
        CHOOSE,
        {
            "agency_code": agency_code,
            "delegation_id": delegation_id,
            "token_digest": digest(token),
        },
    )
    uow.audit(
        ACT,
        DocumentRef(
            kind="kernel.session",
            document_id=uow.actor.user_id,
            label=uow.actor.account,
            agency_code=agency_code,
        ),
        before={"agency_code": uow.actor.agency_code, **uow.actor.context},
        after={"agency_code": agency_code, "delegation_id": delegation_id},
    )
