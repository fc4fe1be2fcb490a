"""The roles of a county's offices, as every county begins with them.

The county's own table (``kernel.role``) says titles, dates and permissions; here stands what the
rules need to know of a role: whether it moves money, only reads, or administers people.
"""

from __future__ import annotations

import enum

from zhuji_core.values import N_, Value


class RoleKind(enum.StrEnum):
    """``reader``: holds permissions to read, and can be given no other."""

    MONEY = "money"
    READER = "reader"
    ADMINISTRATOR = "administrator"


class Role(Value, frozen=True, kw_only=True):
    role_code: str
    title: str
    title_en: str
    kind: RoleKind = RoleKind.MONEY


# Offices after 會計法, 預算法 and 公庫法. Host operators (HOST) are no role of a county.
ROLES = (
    Role(role_code="REQ", title=N_("經辦"), title_en="Requester"),
    Role(role_code="SUP", title=N_("業務主管"), title_en="Unit head"),
    Role(role_code="PROC", title=N_("採購"), title_en="Procurement"),
    Role(role_code="CASH", title=N_("出納"), title_en="Cashier"),
    Role(role_code="REV", title=N_("審核"), title_en="Reviewer"),
    Role(role_code="PREP", title=N_("製票"), title_en="Voucher preparer"),
    Role(role_code="BOOK", title=N_("登帳"), title_en="Bookkeeper"),
    Role(role_code="CACC", title=N_("主辦會計"), title_en="Chief accountant"),
    Role(role_code="HEAD", title=N_("機關首長"), title_en="Head of agency"),
    Role(
        role_code="DEL_A",
        title=N_("主計授權代簽人"),
        title_en="Delegated signatory, accounting",
    ),
    Role(role_code="DEL_H", title=N_("機關授權代簽人"), title_en="Delegated signatory, head"),
    Role(role_code="SEND", title=N_("放行"), title_en="Releaser to treasury"),
    Role(role_code="TRX", title=N_("支付審核"), title_en="Treasury auditor"),
    Role(role_code="TRR", title=N_("支付覆核放行"), title_en="Treasury releaser"),
    Role(role_code="TCM", title=N_("庫款調度"), title_en="Cash and debt manager"),
    Role(role_code="BAS", title=N_("主計處"), title_en="County accounting office"),
    Role(role_code="FREV", title=N_("財政歲入"), title_en="Revenue officer"),
    Role(role_code="AUD", title=N_("審計"), title_en="Auditor", kind=RoleKind.READER),
    Role(
        role_code="ADM",
        title=N_("系統管理"),
        title_en="Administrator",
        kind=RoleKind.ADMINISTRATOR,
    ),
    Role(role_code="EXE", title=N_("主管資訊"), title_en="Executive", kind=RoleKind.READER),
    Role(
        role_code="PERF",
        title=N_("效能工程師"),
        title_en="Performance engineer",
        kind=RoleKind.READER,
    ),
)
ADMINISTRATOR = "ADM"
AUDITOR = "AUD"


def codes(*kinds: RoleKind) -> tuple[str, ...]:
    """Return the codes of the roles of these kinds, in the order of the table."""
    return tuple(role.role_code for role in ROLES if role.kind in kinds)
