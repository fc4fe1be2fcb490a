"""The rights of the kernel itself, declared as a module declares its own."""

from __future__ import annotations

from zhuji_core.modules import Permission

MODULE = "kernel"

CREATE_USER = Permission(
    name="kernel.user.create", title="新增使用者", scope="county", roles=("ADM",)
)
GRANT_ROLE = Permission(name="kernel.role.grant", title="授予角色", scope="county", roles=("ADM",))
CHANGE_SETTING = Permission(
    name="kernel.setting.change", title="變更縣市設定", scope="county", roles=("ADM",)
)
# Of others; everybody ends their own.
END_SESSION = Permission(
    name="kernel.session.end", title="強制登出使用者", scope="county", roles=("ADM",)
)

READ_MODULES = Permission(
    name="kernel.module.read", title="查詢模組與授權", scope="county", roles=("ADM", "AUD")
)
SWITCH_MODULE = Permission(
    name="kernel.module.switch", title="啟用及停用模組", scope="county", roles=("ADM",)
)

ALL = (
    CREATE_USER,
    GRANT_ROLE,
    CHANGE_SETTING,
    END_SESSION,
    READ_MODULES,
    SWITCH_MODULE,
)
