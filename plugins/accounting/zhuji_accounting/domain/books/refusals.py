"""Why a book cannot be shown."""

from __future__ import annotations

from zhuji_core.values import N_, DomainError


class BookNotFound(DomainError):
    """No book has this name."""

    code = "E-BOOK-NOT-FOUND"
    message = N_("沒有名為「{name}」的帳簿或會計報表。")
    status_code = 404


class BookMonths(DomainError):
    """The months are not 1–13, or the first comes after the last."""

    code = "E-BOOK-MONTHS"
    message = N_(
        "月份有誤：自 {first} 月至 {period} 月。月份為 1 至 13（13 為整理期間），起月不得晚於迄月。"
    )
    status_code = 422


class BookOfFuture(DomainError):
    """A month that has not begun has no books yet."""

    code = "E-REPORT-FUTURE"
    message = N_(
        "{fiscal_year} 年度 {period} 月自 {begins} 起，今日為 {today}，尚無「{title}」。"
        "請改查已開始之月份。"
    )


class BookAgency(DomainError):
    """This book is kept by each agency for itself."""

    code = "E-BOOK-AGENCY"
    message = N_("「{title}」由各機關分別設置，請選擇機關。")
    status_code = 422


class BookAccount(DomainError):
    """The chart of the year has no such account."""

    code = "E-BOOK-ACCOUNT"
    message = N_("{fiscal_year} 年度會計科目表「{chart}」沒有科目 {account_code}。")
    status_code = 422


class BookWhose(DomainError):
    """One account's entries were asked for without saying which account."""

    code = "E-BOOK-WHOSE"
    message = N_("「{title}」須指定會計科目、明細對象或預算科目，請由帳簿或報表點選。")
    status_code = 422
