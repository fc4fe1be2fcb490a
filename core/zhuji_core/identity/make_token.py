"""Make, list and revoke tokens of machines."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.accounts import UserAccount, UserUnknown
from zhuji_core.identity.machine_tokens import hint_of, new_token
from zhuji_core.identity.sessions import digest
from zhuji_core.ids import new_id
from zhuji_core.permissions import MAKE_TOKEN, MODULE, REVOKE_TOKEN
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

NAME_FORM = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
# A person with more machines than this has lost sight of them.
TOKENS_MAX = 50
LIST_MAX = 200

INSERT = sa.text("""
    INSERT INTO kernel.machine_token
           (token_id, token_digest, hint, owner_id, name, permissions, agencies, made_by, made_at,
            valid_from, valid_to)
    SELECT :token_id, :token_digest, :hint, u.user_id, :name, CAST(:permissions AS text[]),
           CAST(:agencies AS text[]), :made_by, :now, :now, :valid_to
      FROM kernel.user_account AS u
     WHERE u.user_id = :owner_id AND u.state = 'active'
       AND (SELECT count(*) FROM kernel.machine_token AS t
             WHERE t.owner_id = u.user_id AND t.revoked_at IS NULL AND t.valid_to > :now)
           < :tokens_max
        ON CONFLICT (owner_id, name) WHERE revoked_at IS NULL DO NOTHING
    RETURNING token_id
""")
STATE = sa.text("SELECT state FROM kernel.user_account WHERE user_id = :owner_id")
LIST = sa.text("""
    SELECT t.token_id, t.name, t.hint, t.permissions, t.agencies, t.made_at, t.valid_to,
           t.used_at, t.revoked_at, u.user_id AS owner_id, u.account AS owner_account,
           u.name AS owner_name, u.agency_code AS owner_agency_code
      FROM kernel.machine_token AS t
      JOIN kernel.user_account AS u ON u.user_id = t.owner_id
     WHERE (CAST(:owner_id AS uuid) IS NULL OR t.owner_id = :owner_id)
       AND (CAST(:token_id AS uuid) IS NULL OR t.token_id = :token_id)
     ORDER BY t.revoked_at IS NOT NULL, t.made_at DESC, t.token_id
     LIMIT :limit
""")
REVOKE = sa.text("""
    UPDATE kernel.machine_token
       SET revoked_at = :now
     WHERE token_id = :token_id AND revoked_at IS NULL
    RETURNING token_id
""")


class TokenInvalid(DomainError):
    """A name, a scope or a last day that a token cannot have."""

    code = "E-TOKEN-FORM"
    message = N_(
        "權杖名稱須為 1 至 40 個小寫英文字母、數字或 . _ -，至少一項權限，效期 1 至 {days_max} 日。"
    )
    status_code = 422


class TokenTaken(DomainError):
    """The same person has a token of this name, or as many tokens as one may have."""

    code = "E-TOKEN-TAKEN"
    message = N_(
        "已有名稱為「{name}」的權杖，或有效的權杖已達 {tokens_max} 個，請先撤銷不用的權杖。"
    )


class TokenExceeds(DomainError):
    """A token may do no more than its owner."""

    code = "E-TOKEN-EXCEEDS"
    message = N_("權杖不得超過持有人目前的權限：{permission}。")
    status_code = 403


class TokenUnknown(DomainError):
    """No such token, or of somebody else, or revoked before."""

    code = "E-TOKEN-UNKNOWN"
    message = N_("查無此權杖，或已撤銷。")
    status_code = 404


class MachineToken(Value, frozen=True, kw_only=True):
    """A token as lists show it. ``agencies`` None: wherever its owner may act."""

    token_id: uuid.UUID
    name: str
    hint: str
    permissions: tuple[str, ...]
    agencies: tuple[str, ...] | None
    made_at: dt.datetime
    valid_to: dt.datetime
    used_at: dt.datetime | None
    revoked_at: dt.datetime | None
    owner: UserAccount

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="kernel.token",
            document_id=self.token_id,
            label=f"{self.owner.account}/{self.name}",
            agency_code=self.owner.agency_code,
        )


class WantedToken(Value, frozen=True, kw_only=True):
    """What a token shall be. ``agencies`` empty: wherever its owner may act."""

    name: str
    permissions: tuple[str, ...]
    agencies: tuple[str, ...] = ()
    days: int = 90


class MadeToken(Value, frozen=True, kw_only=True):
    """The token's own text, shown once, with what it is."""

    text: str
    token: MachineToken


def make_token(
    uow: UnitOfWork, wanted: WantedToken, *, owner_id: uuid.UUID | None = None
) -> MadeToken:
    """Make a token of the actor, or (``owner_id``, for operators) of another person.

    A person gives a token no right that they do not hold themselves; an operator may name any,
    since a request is judged by what the owner may do at that moment. Raises Forbidden,
    TokenInvalid, TokenExceeds, TokenTaken or UserUnknown; then nothing is kept.
    """
    uow.require(MAKE_TOKEN)
    _check(uow, wanted)
    owner = owner_id or uow.actor.user_id
    if owner == uow.actor.user_id:
        _check_scope(uow, wanted)
    text = new_token()
    token_id = new_id()
    made = uow.connection.execute(
        INSERT,
        {
            "token_id": token_id,
            "token_digest": digest(text),
            "hint": hint_of(text),
            "owner_id": owner,
            "name": wanted.name,
            "permissions": sorted(set(wanted.permissions)),
            "agencies": sorted(set(wanted.agencies)) or None,
            "made_by": uow.actor.user_id,
            "now": uow.now,
            "valid_to": uow.now + dt.timedelta(days=wanted.days),
            "tokens_max": TOKENS_MAX,
        },
    ).one_or_none()
    if made is None:
        _say_why_not(uow, wanted, owner=owner)
    (token,) = _list(uow, token_id=token_id)
    uow.audit(MAKE_TOKEN.name, token.document, after=token)
    return MadeToken(text=text, token=token)


def list_tokens(uow: UnitOfWork, *, owner_id: uuid.UUID | None = None) -> list[MachineToken]:
    """Return the tokens of ``owner_id``, revoked ones last; None: of everybody.

    A person sees their own; all others need REVOKE_TOKEN, or it raises Forbidden.
    """
    if owner_id != uow.actor.user_id:
        uow.require(REVOKE_TOKEN)
    return _list(uow, owner_id=owner_id)


def revoke_token(uow: UnitOfWork, *, token_id: uuid.UUID) -> MachineToken:
    """End a token from the next request on; raise TokenUnknown.

    A person revokes their own; those of others need REVOKE_TOKEN, else they are unknown.
    """
    found = _list(uow, token_id=token_id)
    if not found or not (
        found[0].owner.user_id == uow.actor.user_id or uow.actor.may(REVOKE_TOKEN)
    ):
        raise TokenUnknown
    done = uow.connection.execute(REVOKE, {"token_id": token_id, "now": uow.now}).one_or_none()
    if done is None:
        raise TokenUnknown
    uow.audit(REVOKE_TOKEN.name, found[0].document)
    return found[0]


def _check(uow: UnitOfWork, wanted: WantedToken) -> None:
    days_max = uow.settings(CountySettings, module=MODULE).token_days_max
    good_name = NAME_FORM.fullmatch(wanted.name)
    if not good_name or not wanted.permissions or not 1 <= wanted.days <= days_max:
        raise TokenInvalid(days_max=days_max, fields={"name": TokenInvalid.message})


def _check_scope(uow: UnitOfWork, wanted: WantedToken) -> None:
    held = uow.actor.permissions
    for name in wanted.permissions:
        codes = held.get(name, ())
        wide = "*" in codes
        if not codes or any(code not in codes and not wide for code in wanted.agencies):
            raise TokenExceeds(permission=name, fields={"permissions": TokenExceeds.message})


def _say_why_not(uow: UnitOfWork, wanted: WantedToken, *, owner: uuid.UUID) -> None:
    if uow.connection.execute(STATE, {"owner_id": owner}).scalar_one_or_none() != "active":
        raise UserUnknown(user=str(owner))
    raise TokenTaken(name=wanted.name, tokens_max=TOKENS_MAX)


def _list(
    uow: UnitOfWork, *, owner_id: uuid.UUID | None = None, token_id: uuid.UUID | None = None
) -> list[MachineToken]:
    rows: Sequence[sa.RowMapping] = (
        uow.connection.execute(
            LIST, {"owner_id": owner_id, "token_id": token_id, "limit": LIST_MAX}
        )
        .mappings()
        .all()
    )
    return [_token(row) for row in rows]


def _token(row: sa.RowMapping) -> MachineToken:
    return MachineToken(
        token_id=row["token_id"],
        name=row["name"],
        hint=row["hint"],
        permissions=tuple(row["permissions"]),
        agencies=None if row["agencies"] is None else tuple(row["agencies"]),
        made_at=row["made_at"],
        valid_to=row["valid_to"],
        used_at=row["used_at"],
        revoked_at=row["revoked_at"],
        owner=UserAccount(
            user_id=row["owner_id"],
            account=row["owner_account"],
            name=row["owner_name"],
            agency_code=row["owner_agency_code"],
        ),
    )
