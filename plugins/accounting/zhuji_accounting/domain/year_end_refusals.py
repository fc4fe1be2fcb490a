"""Why a year cannot be ended or opened again."""

from __future__ import annotations

from zhuji_core.values import N_, DomainError


class YearState(DomainError):
    """The year is ended already, or is not ended; no month of an ended year is opened alone."""

    code = "E-YEAR-STATE"
    message = N_("{agency_code} {fiscal_year} 年度目前為「{state}」，不能執行此作業。")


class YearOrder(DomainError):
    """A year is ended before the next one's first month is closed, and opened again after none."""

    code = "E-YEAR-ORDER"
    message = N_(
        "{fiscal_year} 年度不能{action}：{other_year} 年度目前為「{state}」。"
        "次年度 1 月關帳前須先辦理本年度結帳；重開本年度前須先重開次年度各月。"
    )


class YearForward(DomainError):
    """What the year carried into the next one was used there: the year stays ended."""

    code = "E-YEAR-FORWARD"
    message = N_(
        "{fiscal_year} 年度不能重開：轉入次年度之 {count} 案已動用，合計 {used_ntd:,}：{requests}。"
        "已報支、暫付、註銷或辦理中者須先沖回或撤回。"
    )


class YearCommitments(DomainError):
    """Money is held of the year of which nobody decided what becomes (預算法 72)."""

    code = "E-YEAR-COMMITMENTS"
    message = N_(
        "{fiscal_year} 年度尚有 {count} 行簽證未結清，合計 {held_ntd:,}。"
        "須於整理期間內逐筆報支、釋放，或申請保留並經核定（預算法 72）。"
    )


class YearAdvances(DomainError):
    """Money is out on advances of the year: each is settled or paid back first."""

    code = "E-YEAR-ADVANCES"
    message = N_(
        "{fiscal_year} 年度尚有 {count} 筆暫付未結清，合計 {outstanding_ntd:,}：{advances}。"
        "年度結帳前須逐筆轉正或繳回；轉正及繳回得於整理期間辦理。"
    )


class YearLeftover(DomainError):
    """An account that the end of the year closes keeps a balance: its rules do not reach it."""

    code = "E-YEAR-LEFTOVER"
    message = N_(
        "{fiscal_year} 年度結帳後下列科目仍有餘額：{accounts}。"
        "請先以傳票轉正，或洽主計處檢視結帳分錄規則。"
    )


class YearOpening(DomainError):
    """A subsidiary ledger tells only of a part of what its account holds: not all would go on."""

    code = "E-YEAR-OPENING"
    message = N_(
        "{fiscal_year} 年度下列科目之餘額無法全數轉入次年度：{accounts}。"
        "明細帳合計須等於科目餘額；請先以傳票轉正，或洽主計處。"
    )


class YearMapping(DomainError):
    """Nobody says in which account of the next year's chart a balance opens."""

    code = "E-YEAR-MAPPING"
    message = N_(
        "{fiscal_year} 年度「{chart}」下列科目之餘額，"
        "在次年度「{next_chart}」沒有可轉入之科目：{accounts}。"
        "請於次年度會計科目表之「原科目代號」欄指定承接之科目"
        "（須得記帳，明細類別相同），或先以傳票轉正。"
    )
