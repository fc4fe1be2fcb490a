"""The verbs of accounting in the left column, with how many documents wait."""

from __future__ import annotations

from zhuji_accounting.permissions import (
    APPROVE_REQUEST,
    CERTIFY_REQUEST,
    READ_ADVANCES,
    READ_CLAIMS,
    READ_REGISTER,
    READ_REQUESTS,
    READ_VOUCHERS,
    WRITE_CLAIM,
    WRITE_REQUEST,
    WRITE_VOUCHER,
)
from zhuji_accounting.queries.worklist import waiting
from zhuji_core.modules import NavItem, Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# (right, title, path, state that waits there)
ITEMS: tuple[tuple[Permission, str, str, str], ...] = (
    (WRITE_REQUEST, N_("新增動支申請"), "accounting/requests/new", ""),
    (APPROVE_REQUEST, N_("核准"), "accounting/requests/waiting/approval", "submitted"),
    (
        CERTIFY_REQUEST,
        N_("經費簽證"),
        "accounting/requests/waiting/certification",
        "unit_approved",
    ),
    (READ_REQUESTS, N_("動支申請"), "accounting/requests", "returned"),
    (WRITE_CLAIM, N_("新增報支案"), "accounting/claims/new", ""),
    (READ_CLAIMS, N_("報支案"), "accounting/claims", ""),
    (READ_ADVANCES, N_("暫付案"), "accounting/advances", ""),
    (READ_ADVANCES, N_("未結清暫付"), "accounting/open-advances", ""),
    (READ_CLAIMS, N_("支出收回"), "accounting/recoveries", ""),
    (READ_CLAIMS, N_("退匯"), "accounting/returned-remittances", ""),
    (WRITE_VOUCHER, N_("製作傳票"), "accounting/vouchers/new", ""),
    (READ_VOUCHERS, N_("傳票"), "accounting/vouchers", ""),
    (READ_VOUCHERS, N_("帳簿及會計報表"), "accounting/books", ""),
    (READ_REQUESTS, N_("未結清簽證"), "accounting/reservations", ""),
    (READ_REQUESTS, N_("保留案"), "accounting/carry-overs", ""),
    (READ_REGISTER, N_("簽證登記簿"), "accounting/register", ""),
    (READ_REGISTER, N_("會計月份"), "accounting/periods", ""),
    (READ_VOUCHERS, N_("留存報表"), "accounting/report-sets", ""),
    (READ_VOUCHERS, N_("年度結帳"), "accounting/year-ends", ""),
    (READ_VOUCHERS, N_("會計科目及分錄規則"), "accounting/charts", ""),
)


def menu(uow: UnitOfWork) -> list[NavItem]:
    """Return what the actor may do, in the order of the work."""
    counts = waiting(uow).by_state
    return [
        NavItem(title=title, path=path, waiting=counts.get(state, 0))
        for permission, title, path, state in ITEMS
        if uow.actor.may(permission)
    ]
