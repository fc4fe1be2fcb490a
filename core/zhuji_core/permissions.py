"""The rights of the kernel itself, declared as a module declares its own."""

from __future__ import annotations

from zhuji_core.modules import Permission
from zhuji_core.values import N_

MODULE = "kernel"

READ_USERS = Permission(
    name="kernel.user.read",
    title=N_("查詢使用者與角色"),
    scope="county",
    roles=("ADM", "BAS", "AUD"),
)
CREATE_USER = Permission(
    name="kernel.user.create", title=N_("新增使用者"), scope="county", roles=("ADM",)
)
CHANGE_USER = Permission(
    name="kernel.user.change", title=N_("修改、停用或恢復使用者"), scope="county", roles=("ADM",)
)
GRANT_ROLE = Permission(
    name="kernel.role.grant", title=N_("提案授予或終止角色"), scope="county", roles=("ADM",)
)
CHANGE_ROLE = Permission(
    name="kernel.role.change", title=N_("提案變更角色權限"), scope="county", roles=("ADM",)
)
APPROVE_GRANT = Permission(
    name="kernel.grant.approve", title=N_("核准角色授予"), scope="county", roles=("ADM",)
)
# Whoever does a work appoints a deputy for it; auditors and executives do none.
APPOINT_DEPUTY = Permission(
    name="kernel.delegation.appoint",
    title=N_("指定代理人"),
    scope="agency",
    roles=(
        "REQ", "SUP", "PROC", "CASH", "REV", "PREP", "BOOK", "CACC", "HEAD", "DEL_A", "DEL_H",
        "SEND", "TRX", "TRR", "TCM", "BAS", "FREV", "ADM",
    ),
)  # fmt: skip
# Of others; who appointed a deputy, and the deputy, end it themselves.
END_DELEGATION = Permission(
    name="kernel.delegation.end", title=N_("終止他人之代理"), scope="county", roles=("ADM",)
)
READ_EXCEPTIONS = Permission(
    name="kernel.exception.read",
    title=N_("查詢職能分工例外"),
    scope="county",
    roles=("ADM", "BAS", "AUD"),
)
PROPOSE_EXCEPTION = Permission(
    name="kernel.exception.propose",
    title=N_("提案職能分工例外"),
    scope="county",
    roles=("ADM", "BAS"),
)
APPROVE_EXCEPTION = Permission(
    name="kernel.exception.approve",
    title=N_("核准或終止職能分工例外"),
    scope="county",
    roles=("ADM", "BAS"),
)
READ_PROPOSALS = Permission(
    name="kernel.proposal.read",
    title=N_("查詢提案"),
    scope="county",
    roles=("ADM", "BAS", "AUD"),
)
MAKE_PROPOSAL = Permission(
    name="kernel.proposal.make", title=N_("提出或撤回提案"), scope="county", roles=("ADM", "BAS")
)
DECIDE_PROPOSAL = Permission(
    name="kernel.proposal.decide", title=N_("決定提案"), scope="county", roles=("ADM", "BAS")
)
CHANGE_SETTING = Permission(
    name="kernel.setting.change", title=N_("變更縣市設定"), scope="county", roles=("ADM",)
)
APPROVE_SETTING = Permission(
    name="kernel.setting.approve",
    title=N_("核准內部控制設定"),
    scope="county",
    roles=("ADM", "BAS"),
)
READ_SETTINGS = Permission(
    name="kernel.setting.read",
    title=N_("查詢縣市設定"),
    scope="county",
    roles=("ADM", "BAS", "AUD"),
)
# Of others; everybody ends their own.
END_SESSION = Permission(
    name="kernel.session.end", title=N_("強制登出使用者"), scope="county", roles=("ADM",)
)
RESET_PASSWORD = Permission(
    name="kernel.password.reset", title=N_("產生密碼重設碼"), scope="county", roles=("ADM",)
)

READ_MODULES = Permission(
    name="kernel.module.read", title=N_("查詢模組與授權"), scope="county", roles=("ADM", "AUD")
)
SWITCH_MODULE = Permission(
    name="kernel.module.switch", title=N_("啟用及停用模組"), scope="county", roles=("ADM",)
)
# Proposed by one, decided by another.
RESET_FACTORS = Permission(
    name="kernel.factor.reset", title=N_("清除使用者的安全金鑰"), scope="county", roles=("ADM",)
)
MAKE_TOKEN = Permission(
    name="kernel.token.make",
    title=N_("建立機器權杖"),
    scope="agency",
    roles=("ADM", "BAS", "CACC", "REV"),
)
# Of others; everybody revokes their own.
REVOKE_TOKEN = Permission(
    name="kernel.token.revoke", title=N_("撤銷他人的機器權杖"), scope="county", roles=("ADM",)
)
READ_PERSONAL_READS = Permission(
    name="kernel.personal-read.read",
    title=N_("查詢個資查閱紀錄"),
    scope="county",
    roles=("ADM", "AUD"),
)
READ_ABNORMAL_USE = Permission(
    name="kernel.abnormal-use.read",
    title=N_("查詢異常使用報表"),
    scope="county",
    roles=("ADM", "AUD"),
)

# Accounts, roles, settings, sessions: what administrators do themselves.
READ_AUDIT = Permission(
    name="kernel.audit.read", title=N_("查詢稽核紀錄"), scope="county", roles=("AUD", "BAS", "ADM")
)
# All the rest too: requests, budgets, payments.
READ_BUSINESS_AUDIT = Permission(
    name="kernel.audit.read-business",
    title=N_("查詢業務稽核紀錄"),
    scope="county",
    roles=("AUD", "BAS"),
)
READ_PASSES = Permission(
    name="kernel.break-glass.read",
    title=N_("查詢緊急調閱"),
    scope="county",
    roles=("ADM", "BAS", "AUD"),
)
END_PASS = Permission(
    name="kernel.break-glass.end", title=N_("終止緊急調閱"), scope="county", roles=("ADM",)
)

READ_EVENTS = Permission(
    name="kernel.event.read", title=N_("查詢事件處理情形"), scope="county", roles=("ADM", "AUD")
)
REPLAY_EVENT = Permission(
    name="kernel.event.replay", title=N_("重送事件"), scope="county", roles=("ADM",)
)
SKIP_EVENT = Permission(
    name="kernel.event.skip", title=N_("略過事件"), scope="county", roles=("ADM",)
)

# Of others; everybody sees and cancels their own.
READ_JOBS = Permission(
    name="kernel.job.read", title=N_("查詢所有背景作業"), scope="county", roles=("ADM", "AUD")
)
CANCEL_JOB = Permission(
    name="kernel.job.cancel", title=N_("取消他人之背景作業"), scope="county", roles=("ADM",)
)

# What takes how long in this county and whose fault it is; no name or figure of anybody.
READ_TIMES = Permission(
    name="kernel.time.read",
    title=N_("查詢本縣市的時間與瓶頸"),
    scope="county",
    roles=("PERF", "AUD"),
)

ALL = (
    READ_USERS,
    CREATE_USER,
    CHANGE_USER,
    GRANT_ROLE,
    CHANGE_ROLE,
    APPROVE_GRANT,
    APPOINT_DEPUTY,
    END_DELEGATION,
    READ_EXCEPTIONS,
    PROPOSE_EXCEPTION,
    APPROVE_EXCEPTION,
    READ_PROPOSALS,
    MAKE_PROPOSAL,
    DECIDE_PROPOSAL,
    CHANGE_SETTING,
    APPROVE_SETTING,
    READ_SETTINGS,
    END_SESSION,
    READ_MODULES,
    SWITCH_MODULE,
    RESET_PASSWORD,
    RESET_FACTORS,
    READ_AUDIT,
    READ_BUSINESS_AUDIT,
    MAKE_TOKEN,
    REVOKE_TOKEN,
    READ_PERSONAL_READS,
    READ_ABNORMAL_USE,
    READ_PASSES,
    END_PASS,
    READ_EVENTS,
    REPLAY_EVENT,
    SKIP_EVENT,
    READ_JOBS,
    CANCEL_JOB,
    READ_TIMES,
)
