"""An operator, what one may do, and the rights of the host, declared like those of a module."""

from __future__ import annotations

import uuid
from typing import Literal

from zhuji_core.values import N_, DomainError, Value

OperatorRole = Literal["OPR", "PERF", "EXEC"]
ROLE_TITLES: dict[OperatorRole, str] = {
    "OPR": N_("集中維運人員"),
    "PERF": N_("效能工程師"),
    "EXEC": N_("主管資訊人員"),
}


class HostPermission(Value, frozen=True, kw_only=True):
    """The right to do one verb on the host: ``host.noun.verb``; never a right in a county."""

    name: str
    title: str
    roles: tuple[OperatorRole, ...]


READ_COUNTIES = HostPermission(
    name="host.county.read", title=N_("查詢各縣市狀態"), roles=("OPR", "PERF", "EXEC")
)
CHANGE_COUNTY = HostPermission(
    name="host.county.change", title=N_("暫停、恢復縣市及更名"), roles=("OPR",)
)
READ_AUDIT = HostPermission(name="host.audit.read", title=N_("查詢維運稽核紀錄"), roles=("OPR",))
MANAGE_OPERATORS = HostPermission(
    name="host.operator.manage", title=N_("管理維運帳號"), roles=("OPR",)
)
REQUEST_PASS = HostPermission(
    name="host.break-glass.request", title=N_("申請緊急調閱"), roles=("OPR",)
)
DECIDE_PASS = HostPermission(
    name="host.break-glass.decide", title=N_("核准緊急調閱"), roles=("OPR",)
)
# What takes how long, without a name or figure of any county.
READ_TIMES = HostPermission(name="host.time.read", title=N_("查詢時間與瓶頸"), roles=("PERF",))
ALL = (
    READ_COUNTIES,
    CHANGE_COUNTY,
    READ_AUDIT,
    MANAGE_OPERATORS,
    REQUEST_PASS,
    DECIDE_PASS,
    READ_TIMES,
)


class HostForbidden(DomainError):
    """The operator holds no role with this right."""

    code = "E-HOST-FORBIDDEN"
    message = N_("您的維運帳號沒有「{title}」的權限。")
    status_code = 403


class Operator(Value, frozen=True, kw_only=True):
    """Somebody who works on the host; ``operator_id`` None: whoever runs a command there.

    Who may start ``zhuji`` on the host holds its secrets and can do anything anyway, so a command
    has every right; the audit shows the account of the machine.
    """

    operator_id: uuid.UUID | None
    account: str
    name: str
    roles: tuple[OperatorRole, ...]

    def may(self, permission: HostPermission) -> bool:
        return self.operator_id is None or any(role in permission.roles for role in self.roles)

    def require(self, permission: HostPermission) -> None:
        """Raise HostForbidden unless the operator may."""
        if not self.may(permission):
            raise HostForbidden(title=permission.title)
