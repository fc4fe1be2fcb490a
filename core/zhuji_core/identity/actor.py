"""Who acts, and what this person may do where."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from zhuji_core.modules import Permission
from zhuji_core.values import N_, DomainError, Value

# Stands for "every agency of the county" in the codes of a permission.
WHOLE_COUNTY = "*"


class Forbidden(DomainError):
    """The actor holds no role, valid today, with this permission for this agency."""

    code = "E-FORBIDDEN"
    message = N_("您沒有「{title}」的權限（機關 {agency_code}）。請洽貴機關系統管理人員。")
    status_code = 403


class NotGrantedToToken(Forbidden):
    """The owner of the token may, but the token was made with a narrower scope."""

    message = N_(
        "權杖「{token}」未獲授予「{title}」（{permission}，機關 {agency_code}）。"
        "請改用範圍包含此項之權杖，或另建立權杖。"
    )


class NotOfEmergencyAccess(Forbidden):
    """Emergency access gives rights to read, in the whole county, and nothing else."""

    message = N_("緊急調閱僅供查詢，不含「{title}」的權限。")


class Principal(Value, frozen=True, kw_only=True):
    """Whom a deputy (代理人) acts for in this session, and by which appointment."""

    user_id: uuid.UUID
    account: str
    name: str
    delegation_id: uuid.UUID


class DutyException(Value, frozen=True, kw_only=True):
    """A written exception from a rule of separation of duties, in force for this person today."""

    exception_id: uuid.UUID
    number: str
    user_id: uuid.UUID
    rule_code: str
    agency_code: str


class Actor(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A signed-in person; ``permissions`` maps a permission to agency codes (``*``: all).

    ``context`` is how the person came to act, where it was not simply by signing in
    (``on_behalf_of``, ``token``, ``break_glass``, an operator's ``reason``); every audit entry
    keeps it. Whoever ``reads_only`` (an operator with emergency access) opens no unit of work that
    writes.

    ``owner_may`` is, by a machine's token, what its owner may: ``permissions`` is the part of it
    that the token was granted.

    ``agency_code`` is where the person acts now. With ``on_behalf_of`` the roles and permissions
    are those of that other person, as far as they were delegated.
    """

    user_id: uuid.UUID
    account: str
    name: str
    agency_code: str
    agency_name: str
    roles: tuple[str, ...]
    role_titles: tuple[str, ...]
    permissions: Mapping[str, tuple[str, ...]]
    context: Mapping[str, str] = {}
    owner_may: Mapping[str, tuple[str, ...]] = {}
    reads_only: bool = False
    on_behalf_of: Principal | None = None
    duty_exceptions: tuple[DutyException, ...] = ()

    @property
    def persons(self) -> frozenset[uuid.UUID]:
        """Whoever stands behind an act: separation of duties asks about each of them."""
        if self.on_behalf_of is None:
            return frozenset({self.user_id})
        return frozenset({self.user_id, self.on_behalf_of.user_id})

    @property
    def signature(self) -> str:
        """Return the name under an act: ``王小明（代理李大華）`` for a deputy."""
        if self.on_behalf_of is None:
            return self.name
        return f"{self.name}（代理{self.on_behalf_of.name}）"

    def may(self, permission: Permission, *, agency_code: str | None = None) -> bool:
        """Without ``agency_code``: whether the actor may do it anywhere at all."""
        return _includes(self.permissions, permission, agency_code)

    def agencies(self, permission: Permission) -> tuple[str, ...] | None:
        """Codes of the agencies in which the actor may do it; None: in all of the county."""
        codes = self.permissions.get(permission.name, ())
        return None if WHOLE_COUNTY in codes else tuple(code for code in codes if code)

    def require(self, permission: Permission, *, agency_code: str | None = None) -> None:
        """Raise Forbidden unless the actor may."""
        if self.may(permission, agency_code=agency_code):
            return
        told: dict[str, Any] = {
            "title": permission.title,
            "permission": permission.name,
            "agency_code": agency_code or self.agency_code,
        }
        if "break_glass" in self.context:
            raise NotOfEmergencyAccess(**told)
        if _includes(self.owner_may, permission, agency_code):
            raise NotGrantedToToken(**told, token=self.context.get("token", ""))
        raise Forbidden(**told)


def _includes(
    permissions: Mapping[str, tuple[str, ...]], permission: Permission, agency_code: str | None
) -> bool:
    codes = permissions.get(permission.name, ())
    if agency_code is None or WHOLE_COUNTY in codes:
        return bool(codes)
    return agency_code in codes


# The kernel itself: seeds, imports and jobs that no person started. It may do everything.
SYSTEM_USER_ID = uuid.UUID(int=0)
SYSTEM_ACCOUNT = "system"


def system_actor(permissions: Mapping[str, tuple[str, ...]], *, reason: str = "") -> Actor:
    """Return the actor for commands of an operator and for jobs; the audit shows 'system'.

    ``reason``: why an operator does it, where it was said; every audit entry keeps it.
    """
    return Actor(
        user_id=SYSTEM_USER_ID,
        account=SYSTEM_ACCOUNT,
        name="系統",
        agency_code="",
        agency_name="",
        roles=(),
        role_titles=(),
        permissions=permissions,
        context={"reason": reason} if reason else {},
    )
