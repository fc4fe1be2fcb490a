"""What a county may set about its accounting."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec

from zhuji_core.values import N_

MODULE = "accounting"


class ReservationEnd(enum.StrEnum):
    """What becomes of held money when its day has passed (保留期限屆滿)."""

    REMIND = "remind"
    RELEASE = "release"


RESERVATION_ENDS = {
    ReservationEnd.REMIND.value: N_("提醒經辦及會計辦理"),
    ReservationEnd.RELEASE.value: N_("由系統釋放"),
}


class AccountingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a county keeps its accounts.

    ``reservation_end``: what becomes of a reservation whose day has passed; contracts, what is
    being claimed and what is asked to be carried over are never released by the system.
    ``reservation_notice_days``: so many days before its day a reservation stands on the worklists
    of who asked for it and of accounting.
    ``petty_cash_document_ntd_max``: petty cash pays no receipt above it, in whole NT dollars.
    ``return_answer_days``: a returned remittance (退匯) is answered within so many days.
    ``carry_over_first_month``: from this month of the year on carry-over requests are written.
    ``certified_together``: certifications that arrive while another one is being committed share
    the next transaction; off: each has its own. A single one is as quick either way; among many
    it saves the waits for rows and for the disk, and each waits for its group.
    """

    reservation_end: Annotated[
        ReservationEnd,
        msgspec.Meta(title=N_("保留期限屆滿之簽證"), extra={"choices": RESERVATION_ENDS}),
    ] = ReservationEnd.REMIND
    reservation_notice_days: Annotated[
        int,
        msgspec.Meta(ge=0, le=90, title=N_("保留期限屆滿前幾日提醒")),
    ] = 14
    petty_cash_document_ntd_max: Annotated[
        int,
        msgspec.Meta(ge=1, le=1_000_000, title=N_("零用金單筆限額（元）")),
    ] = 10_000
    return_answer_days: Annotated[
        int,
        msgspec.Meta(ge=1, le=60, title=N_("退匯通知後幾日內須處理")),
    ] = 7
    carry_over_first_month: Annotated[
        int,
        msgspec.Meta(ge=1, le=12, title=N_("自幾月起可申請保留")),
    ] = 12
    certified_together: Annotated[
        bool,
        msgspec.Meta(title=N_("同時送達之簽證合併於一次交易辦理")),
    ] = True
