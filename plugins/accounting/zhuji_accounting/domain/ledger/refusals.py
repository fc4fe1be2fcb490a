"""Why a voucher may not be written, reviewed, posted or reversed."""

from __future__ import annotations

from typing import ClassVar

from zhuji_core.values import N_, DomainError


class VoucherNotFound(DomainError):
    """No such voucher in this county, or none that the actor may see."""

    code = "E-VOUCHER-NOT-FOUND"
    message = N_("查無此傳票，或您無權查閱。")
    status_code = 404


class VoucherState(DomainError):
    """The voucher is not in a state in which this may be done."""

    code = "E-VOUCHER-STATE"
    message = N_("傳票 {label} 目前為「{state}」，不能{action}（須為「{needed}」）。")


class VoucherStale(DomainError):
    """Somebody else changed the voucher since the form was opened."""

    code = "E-VOUCHER-STALE"
    message = N_("傳票 {label} 已被他人修改，請重新開啟後再改。")


class VoucherUnbalanced(DomainError):
    """Debits and credits differ (會計法 54)."""

    code = "E-UNBALANCED"
    message = N_(
        "傳票 {label} 借貸不平衡：借方合計 {debit_ntd:,}，貸方合計 {credit_ntd:,}，"
        "相差 {difference_ntd:,}。"
    )
    status_code = 422
    figure_words: ClassVar = {"debit_ntd": N_("借方合計"), "credit_ntd": N_("貸方合計")}


class VoucherLines(DomainError):
    """An entry has one whole positive amount on one side, and a voucher has two to 500."""

    code = "E-VOUCHER-LINES"
    message = N_(
        "傳票 {label} 第 {line_no} 行有誤：每行須選會計科目，且借方或貸方僅一邊填正整數金額"
        "（每張傳票 2 至 {lines_max} 行）。"
    )
    status_code = 422


class AccountKept(DomainError):
    """Documents keep the account: what stands there equals them, so nobody keys it (會計法 58)."""

    code = "E-ACCOUNT-KEPT"
    message = N_(
        "第 {line_no} 行：會計科目 {account_code} {account_name} 由單據記帳（如「{event}」），"
        "不得自行鍵入；請於該單據辦理，或以沖銷更正。"
    )
    status_code = 422


class AccountNotPostable(DomainError):
    """The account does not exist in the chart of the fiscal year, or takes no entries."""

    code = "E-ACCOUNT"
    message = N_(
        "第 {line_no} 行：會計科目 {account_code} 不存在於 {fiscal_year} 年度科目表或不得記帳。"
    )
    status_code = 422


class SubsidiaryMissing(DomainError):
    """The account controls a subsidiary ledger, so the entry says whose it is."""

    code = "E-SUBSIDIARY-MISSING"
    message = N_("第 {line_no} 行：會計科目 {account_code} 設有明細帳，請填明細對象（{kind}）。")
    status_code = 422


class BudgetaryMixed(DomainError):
    """Budgetary accounts balance among themselves, not with others (預算科目自成借貸平衡)."""

    code = "E-BUDGETARY-MIXED"
    message = N_(
        "傳票 {label} 預算科目借貸不平衡：借 {debit_ntd:,}，貸 {credit_ntd:,}；"
        "預算科目須自成平衡，不得與實際科目對沖。"
    )
    status_code = 422


class VoucherYear(DomainError):
    """The date is not in the fiscal year, nor in the two months after it (決算法 2)."""

    code = "E-VOUCHER-YEAR"
    message = N_(
        "傳票日期 {posting_date} 不在 {fiscal_year} 年度及其結束期間（次年 {months} 月底前）內。"
    )
    status_code = 422


class VoucherFuture(DomainError):
    """A voucher is not dated after the day of the act."""

    code = "E-VOUCHER-FUTURE"
    message = N_("傳票日期 {posting_date} 晚於今日 {today}，不得預先製票。")
    status_code = 422


class VoucherMemoMissing(DomainError):
    """A voucher says what it records (會計法 54 事由)."""

    code = "E-VOUCHER-MEMO"
    message = N_("請填傳票摘要（{text_max} 字以內）。")
    status_code = 422


class NoPostingRule(DomainError):
    """No rule of the set in force knows the event."""

    code = "E-NO-POSTING-RULE"
    message = N_(
        "分錄規則「{chart}」第 {version} 版沒有會計事項 {event_code} 的規則，請洽主計處："
        "起草新版分錄規則即帶入本事項之分錄，生效後再辦。"
    )


class WithheldUntold(DomainError):
    """The rule has no entries for what is withheld: the books would lose it."""

    code = "E-RULE-WITHHELD"
    message = N_(
        "分錄規則「{chart}」第 {version} 版之「{title}」沒有代扣數之分錄，本次代扣 "
        "{withheld_ntd:,} 元無從入帳，請洽主計處：於新版分錄規則加入代扣數之分錄，生效後再辦。"
    )


class NoAccountForObject(DomainError):
    """An object, a source or a choice leads to no account."""

    code = "E-NO-ACCOUNT"
    message = N_(
        "{row_label}：代碼 {number} 在分錄規則「{chart}」第 {version} 版沒有對應會計科目，"
        "請洽主計處。"
    )


class NoChart(DomainError):
    """No chart of accounts, or no set of posting rules, holds at this time."""

    code = "E-NO-CHART"
    message = N_("{fiscal_year} 年度沒有適用的會計科目表或分錄規則，請洽主計處。")


class AlreadyReversed(DomainError):
    """A voucher is reversed once."""

    code = "E-ALREADY-REVERSED"
    message = N_("傳票 {label} 已由傳票 {other} 沖銷，不得再沖銷。")


class VoucherBatch(DomainError):
    """So many at once are not taken."""

    code = "E-VOUCHER-BATCH"
    message = N_("一次可處理 1 至 {batch_max} 張傳票（您選了 {count} 張）。")
    status_code = 422


class VoucherRecords(DomainError):
    """The voucher records a document: it is changed or undone there, not here."""

    code = "E-VOUCHER-RECORDS"
    message = N_(
        "傳票 {label} 依來源單據或原傳票產生，分錄不得逕行修改、撤回或沖銷（日期、摘要、"
        "附件張數可更正）；請由來源單據辦理。"
    )


class VoucherRow(DomainError):
    """An entry names a row of the budget that is not this agency's."""

    code = "E-VOUCHER-ROW"
    message = N_("傳票所列預算科目不存在，或不屬於機關 {agency_code}。")
    status_code = 422


class RuleNotManual(DomainError):
    """Vouchers of this event are made by their documents, never by hand."""

    code = "E-RULE-NOT-MANUAL"
    message = N_("會計事項 {event_code}（{title}）由業務單據產生傳票，不得人工製票。")
    status_code = 422


class VouchersPending(DomainError):
    """Vouchers of the month are not posted yet, so its books are not complete (關帳)."""

    code = "E-VOUCHERS-PENDING"
    message = N_(
        "{fiscal_year} 年度 {period} 月尚有 {count} 張傳票未登帳（最早為 {oldest_on}「{memo}」），"
        "請先登帳或撤回後再關帳。"
    )


class EventsPending(DomainError):
    """The budget told things of this month that the books have not taken in yet (關帳)."""

    code = "E-EVENTS-PENDING"
    message = N_(
        "{fiscal_year} 年度 {period} 月尚有 {count} 件預算事項未入帳（最早生效於 {oldest_on}），"
        "其中 {stopped} 件入帳受阻（{problem}）。未受阻者數秒內自動入帳，請稍後再試；"
        "受阻者請洽主計處於「事件」頁處理。"
    )


class ChartNotFound(DomainError):
    """No chart of accounts of this name."""

    code = "E-CHART-NOT-FOUND"
    message = N_("查無此會計科目表。")
    status_code = 404


class RuleSetNotFound(DomainError):
    """The chart has no set of posting rules of this version."""

    code = "E-RULE-SET-NOT-FOUND"
    message = N_("查無此版分錄規則。")
    status_code = 404
