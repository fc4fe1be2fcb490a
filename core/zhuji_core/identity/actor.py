"""Who acts, and what this person may do where."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from zhuji_core.modules import Permission
from zhuji_core.values import N_, DomainError, Value

# Stands for "every agency of the county" in the codes of a permission.
WHOLE_COUNTY = "*"


class Forbidden(DomainError):
    """The actor holds no role, valid today, with this permission for this agency."""

    code = "E-FORBIDDEN"
    message = N_("您沒有「{title}」的權限（機關 {agency_code}）。請洽貴機關系統管理人員。")
    status_code = 403


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


class Actor(Value, frozen=True, kw_only=True):
    """A signed-in person; ``permissions`` maps a permission to agency codes (``*``: all).

    ``context`` is how the person came to act, where it was not simply by signing in
    (``on_behalf_of``, ``token``, ``break_glass``); every audit entry keeps it. Whoever
    ``reads_only`` (an operator with emergency access) opens no unit of work that writes.

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
        codes = self.permissions.get(permission.name, ())
        if agency_code is None or WHOLE_COUNTY in codes:
            return bool(codes)
        return agency_code in codes

    def agencies(self, permission: Permission) -> tuple[str, ...] | None:
        """Codes of the agencies in which the actor may do it; None: in all of the county."""
        codes = self.permissions.get(permission.name, ())
        return None if WHOLE_COUNTY in codes else tuple(code for code in codes if code)

    def require(self, permission: Permission, *, agency_code: str | None = None) -> None:
        """Raise Forbidden unless the actor may."""
        if not self.may(permission, agency_code=agency_code):
            raise Forbidden(
                title=permission.title,
                permission=permission.name,
                agency_code=agency_code or self.agency_code,
            )


# The kernel itself: seeds, imports and jobs that no person started. It may do everything.
SYSTEM_USER_ID = uuid.UUID(int=0)
SYSTEM_ACCOUNT = "system"


def system_actor(permissions: Mapping[str, tuple[str, ...]]) -> Actor:
    """Return the actor for commands of an operator and for jobs; the audit shows 'system'."""
    return Actor(
        user_id=SYSTEM_USER_ID,
        account=SYSTEM_ACCOUNT,
        name="系統",
        agency_code="",
        agency_name="",
        roles=(),
        role_titles=(),
        permissions=permissions,
    )
