"""What a module says of itself to the kernel: plain frozen values, returned by its hooks.

And why a module cannot be used, or not be written with, or not be switched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from zhuji_core.values import N_, DomainError, Value

Scope = Literal["agency", "county"]


class ModuleInfo(Value, frozen=True, kw_only=True):
    """Name (also its database schema and URL part), title in 正體中文, and what it needs.

    ``verbs``: what its audited verbs are called that are no permissions (``budget.change.submit``).
    ``follows``: the types of events that ``on_events`` is told of; empty: of all. The relay passes
    over the others without reading them, for good: a type added later is told from then on.
    ``search``: the path of its search of everything (``accounting/search``), which the field of the
    top bar asks with ``?text=``.
    """

    name: str
    title: str
    version: str
    requires: tuple[str, ...] = ()
    verbs: Mapping[str, str] = msgspec.field(default_factory=dict)
    follows: tuple[str, ...] = ()
    search: str = ""


class Permission(Value, frozen=True, kw_only=True):
    """The right to do one verb: ``module.noun.verb``, held by roles, per agency or county.

    ``roles`` are the roles that hold it in a new county; afterwards the county decides.
    """

    name: str
    title: str
    scope: Scope
    roles: tuple[str, ...]


class NavItem(Value, frozen=True, kw_only=True):
    """One verb in the left column; ``path`` is relative to the county (``accounting/requests``).

    ``waiting`` is how many documents wait for the actor.
    """

    title: str
    path: str
    waiting: int = 0


class WorkItem(Value, frozen=True, kw_only=True):
    """What waits for the actor, shown on the first page; ``path`` is relative to the county."""

    title: str
    path: str
    count: int
    oldest_days: int
    amount_ntd: int


class HotPath(Value, frozen=True, kw_only=True):
    """A route whose speed users feel; ``p95_ms_max`` is server time, checked by load tests."""

    name: str
    operation_id: str
    p95_ms_max: int


class DemoAccount(Value, frozen=True, kw_only=True):
    """A sign-in that the demo prints: account, name, roles, and agency ('' = whole county).

    ``does`` says in few words what a newcomer can do with it, each marked with N_. The kernel
    fills ``agency_name`` when it makes the account.
    """

    account: str
    name: str
    roles: tuple[str, ...]
    agency_code: str
    county_wide: bool = False
    does: tuple[str, ...] = ()
    agency_name: str = ""


class DemoStep(Value, frozen=True, kw_only=True):
    """One thing that ``zhuji demo --check`` did through HTTP, and what came back."""

    title: str
    expected: str
    got: str
    passed: bool
    figures: Mapping[str, int] = msgspec.field(default_factory=dict)


class ModuleDisabled(DomainError):
    """The county has switched the module off: its commands and jobs change nothing either."""

    code = "E-MODULE-DISABLED"
    message = N_("模組「{title}」未啟用，不能異動其資料。請洽縣市系統管理人員啟用。")
    status_code = 404


class ModuleReadOnly(DomainError):
    """The licence of the module has ended: it can be read and exported, and nothing is lost."""

    code = "E-MODULE-READ-ONLY"
    message = N_(
        "模組「{title}」的授權已於 {last_day} 屆滿，目前僅供查詢與匯出，既有資料均完整保留。"
        "安裝新授權後即可恢復異動。"
    )
    status_code = 403


class ModuleUnlicensed(DomainError):
    """No licence of the county names the module for today."""

    code = "E-MODULE-UNLICENSED"
    message = N_("本縣市目前沒有模組「{title}」的有效授權，請洽主機維運人員安裝授權。")


class ModuleUnknown(DomainError):
    """No module of this name is installed on this host."""

    code = "E-MODULE-UNKNOWN"
    message = N_("查無模組「{module}」，已安裝的模組：{installed}。")
    status_code = 404


class ModuleRequires(DomainError):
    """A module cannot work without another one that would be off."""

    code = "E-MODULE-REQUIRES"
    message = N_("模組「{module}」須與「{needs}」一併啟用。")
