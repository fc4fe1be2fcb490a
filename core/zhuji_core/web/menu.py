"""The kernel's own verbs in the left column, below those of the modules.

A page of the kernel that people reach from everywhere adds a line here. The kernel's group is
shown last, because administrators come to it once a week and clerks never.
"""

from __future__ import annotations

from zhuji_core import tracing
from zhuji_core.modules import Permission
from zhuji_core.permissions import (
    CHANGE_SETTING,
    MAKE_TOKEN,
    READ_ABNORMAL_USE,
    READ_AUDIT,
    READ_EVENTS,
    READ_EXCEPTIONS,
    READ_MODULES,
    READ_PASSES,
    READ_PERSONAL_READS,
    READ_PROPOSALS,
    READ_SETTINGS,
    READ_TIMES,
    READ_USERS,
)
from zhuji_core.values import N_, Value

TITLE = N_("系統管理")


class KernelItem(Value, frozen=True, kw_only=True):
    """A page of the kernel, shown to whoever holds ``permission`` somewhere (None: everybody).

    ``path`` is relative to the county (``kernel/users``).
    """

    title: str
    path: str
    permission: Permission | None


ITEMS: tuple[KernelItem, ...] = (
    KernelItem(title=N_("模組管理"), path="kernel/modules", permission=READ_MODULES),
    KernelItem(title=N_("使用者"), path="kernel/users", permission=READ_USERS),
    KernelItem(title=N_("角色與權限"), path="kernel/roles", permission=READ_USERS),
    KernelItem(title=N_("提案"), path="kernel/proposals", permission=READ_PROPOSALS),
    KernelItem(title=N_("職能分工例外"), path="kernel/exceptions", permission=READ_EXCEPTIONS),
    KernelItem(title=N_("職務代理"), path="kernel/delegations", permission=None),
    KernelItem(title=N_("緊急調閱"), path="kernel/break-glass", permission=READ_PASSES),
    KernelItem(title=N_("帳號安全"), path="kernel/security", permission=None),
    KernelItem(title=N_("程式介面（API）"), path="api/docs", permission=CHANGE_SETTING),
    KernelItem(title=N_("縣市設定"), path="kernel/settings", permission=READ_SETTINGS),
    KernelItem(title=N_("背景作業"), path="kernel/jobs", permission=None),
    KernelItem(title=N_("事件處理"), path="kernel/events", permission=READ_EVENTS),
    KernelItem(title=N_("稽核紀錄"), path="kernel/audit", permission=READ_AUDIT),
    KernelItem(title=N_("稽核日報"), path="kernel/audit/daily", permission=READ_AUDIT),
    KernelItem(title=N_("機器權杖"), path="kernel/tokens", permission=MAKE_TOKEN),
    KernelItem(
        title=N_("個資查閱紀錄"), path="kernel/personal-reads", permission=READ_PERSONAL_READS
    ),
    KernelItem(title=N_("異常使用報表"), path="kernel/abnormal-use", permission=READ_ABNORMAL_USE),
    # The pages come with the package that watches; a host without it has none.
    *(
        (KernelItem(title=N_("時間與瓶頸"), path="kernel/times", permission=READ_TIMES),)
        if tracing.has_observability()
        else ()
    ),
)
