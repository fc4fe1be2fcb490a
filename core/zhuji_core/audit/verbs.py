"""What people call the verbs that the kernel audits and that are no permissions."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.values import N_

TITLES: Mapping[str, str] = {
    "kernel.agency.ensure": N_("登錄機關"),
    "kernel.factor.add": N_("登錄安全金鑰"),
    "kernel.factor.remove": N_("移除安全金鑰"),
    "kernel.factor.rename": N_("變更安全金鑰名稱"),
    "kernel.module.disable": N_("停用模組"),
    "kernel.module.enable": N_("啟用模組"),
    "kernel.password.change": N_("變更密碼"),
    "kernel.password.redeem": N_("以重設碼設定密碼"),
    "kernel.password.refuse": N_("目前密碼不正確"),
    "kernel.password.temporary": N_("設定暫用密碼"),
    "kernel.permission.declare": N_("登錄權限"),
    "kernel.recovery-code.make": N_("產生救援碼"),
    "kernel.recovery-code.use": N_("使用救援碼"),
    "kernel.role.end": N_("終止角色"),
    "kernel.exception.end": N_("終止職能分工例外"),
    "kernel.exception.review": N_("覆核職能分工例外"),
    "kernel.session.act": N_("切換執行身分"),
    "kernel.session.close": N_("登出"),
    "kernel.session.open": N_("登入"),
    "kernel.session.refuse": N_("登入遭拒"),
    "kernel.session.step": N_("登入待完成"),
    "kernel.user.disable-idle": N_("停用久未登入的帳號"),
}


# What happens to a proposal is told by the verb behind the name of its kind.
DECISIONS: Mapping[str, str] = {
    "propose": N_("提案"),
    "approve": N_("核准提案"),
    "reject": N_("駁回提案"),
    "withdraw": N_("撤回提案"),
}


def action_title(action: str, title: str) -> str:
    """Return the permission's ``title`` of an action, or what its verb is called."""
    return TITLES.get(action, title) if title == action else title
