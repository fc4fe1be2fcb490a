"""The books and statements of accounting, each defined once."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_accounting.domain.books.definition import Book
from zhuji_accounting.domain.books.refusals import BookNotFound
from zhuji_core.reports.sheet import SheetColumn, SheetKind
from zhuji_core.values import N_


def _amount(name: str, title: str) -> SheetColumn:
    return SheetColumn(name=name, title=title, kind=SheetKind.AMOUNT)


def _code(name: str, title: str) -> SheetColumn:
    return SheetColumn(name=name, title=title, kind=SheetKind.CODE)


DATE = SheetColumn(name="posting_date", title=N_("日期"), kind=SheetKind.DATE)
VOUCHER = _code("voucher", N_("傳票號"))
MEMO = SheetColumn(name="memo", title=N_("摘要"), wide=True)
ACCOUNT_CODE = _code("account_code", N_("科目代號"))
ACCOUNT = SheetColumn(name="account", title=N_("會計科目"), wide=True)
WHOSE = SheetColumn(name="whose", title=N_("明細"))
DEBIT, CREDIT = _amount("debit_ntd", N_("借方金額")), _amount("credit_ntd", N_("貸方金額"))
SIDE = SheetColumn(name="side", title=N_("借或貸"), kind=SheetKind.WORD)
BALANCE = _amount("balance_ntd", N_("餘額"))
ENTRY = (
    DATE,
    VOUCHER,
    MEMO,
    SheetColumn(name="against", title=N_("對方科目"), wide=True),
    WHOSE,
    DEBIT,
    CREDIT,
    SIDE,
    BALANCE,
)
MOVED = (
    _amount("before_ntd", N_("期初餘額")),
    DEBIT,
    CREDIT,
    SIDE,
    BALANCE,
)
# What the treasury takes in and pays out for the agency; the sums beside what makes them up.
TREASURY = (
    _amount("remitted_ntd", N_("繳庫")),
    _amount("recovered_ntd", N_("收回")),
    _amount("returned_ntd", N_("退匯")),
    _amount("received_ntd", N_("收入")),
    _amount("transferred_ntd", N_("撥付")),
    _amount("refunded_ntd", N_("退還")),
    _amount("resent_ntd", N_("重匯、繳回")),
    _amount("paid_ntd", N_("支出")),
)
BROUGHT = (
    _amount("amount_ntd", N_("轉入數")),
    _amount("month_ntd", N_("本月實現或支付")),
    _amount("realised_ntd", N_("累計實現或支付")),
    _amount("released_ntd", N_("註銷")),
    _amount("left_ntd", N_("餘額")),
)

BOOKS: Mapping[str, Book] = {
    book.name: book
    for book in (
        Book(
            name="journal",
            title=N_("日記簿"),
            about=N_("傳票登帳之分錄，依日期及登帳順序。"),
            columns=(DATE, VOUCHER, ACCOUNT_CODE, ACCOUNT, WHOSE, MEMO, DEBIT, CREDIT),
            of_agency=True,
            ranged=True,
        ),
        Book(
            name="ledger",
            title=N_("總分類帳"),
            about=N_("各科目之期初、借貸及餘額；點選科目為其逐筆分錄。"),
            columns=(ACCOUNT_CODE, ACCOUNT, *MOVED),
            of_agency=True,
            ranged=True,
        ),
        Book(
            name="account",
            title=N_("總分類帳（科目）"),
            about=N_("一個科目之逐筆分錄及餘額。"),
            columns=ENTRY,
            of_agency=True,
            by_account=True,
            needs=("account_code",),
            ranged=True,
        ),
        Book(
            name="subsidiaries",
            title=N_("明細分類帳"),
            about=N_("受款人、契約、暫付、保證金、人員之明細，各明細合計等於統制科目。"),
            columns=(
                ACCOUNT_CODE,
                ACCOUNT,
                SheetColumn(name="kind", title=N_("類別"), kind=SheetKind.WORD),
                _code("key", N_("明細代號")),
                WHOSE,
                *MOVED,
            ),
            of_agency=True,
            by_account=True,
            by_subsidiary=True,
            ranged=True,
        ),
        Book(
            name="subsidiary",
            title=N_("明細分類帳（單戶）"),
            about=N_("一個受款人、契約、暫付案、保證金案或人員之逐筆分錄及餘額。"),
            columns=ENTRY,
            of_agency=True,
            by_account=True,
            needs=("subsidiary_kind", "subsidiary_key"),
            by_subsidiary=True,
            ranged=True,
        ),
        Book(
            name="trial-balance",
            title=N_("總分類帳試算表"),
            about=N_("各科目本月及累計之借貸發生額與餘額，借貸合計相等。"),
            columns=(
                ACCOUNT_CODE,
                ACCOUNT,
                _amount("month_debit_ntd", N_("本月借方")),
                _amount("month_credit_ntd", N_("本月貸方")),
                _amount("debit_ntd", N_("借方發生")),
                _amount("credit_ntd", N_("貸方發生")),
                _amount("debit_balance_ntd", N_("借餘")),
                _amount("credit_balance_ntd", N_("貸餘")),
            ),
        ),
        Book(
            name="budget-row",
            title=N_("預算科目之分錄"),
            about=N_("一個預算控制項目或歲入科目之逐筆分錄。"),
            columns=(DATE, VOUCHER, ACCOUNT_CODE, ACCOUNT, WHOSE, MEMO, DEBIT, CREDIT),
            of_agency=True,
            by_row=True,
            ranged=True,
            needs=("row_id",),
        ),
        Book(
            name="former-years",
            title=N_("以前年度應付及保留累計表"),
            about=N_("各年度轉入之應付及保留：轉入、本月及累計實現、註銷、餘額。"),
            columns=(
                SheetColumn(name="origin_year", title=N_("年度"), kind=SheetKind.NUMBER),
                SheetColumn(name="kind", title=N_("種類"), kind=SheetKind.WORD),
                _code("agency_code", N_("機關代碼")),
                _code("row", N_("預算科目")),
                SheetColumn(name="name", title=N_("名稱"), wide=True),
                *BROUGHT,
            ),
        ),
        Book(
            name="former-years-requests",
            title=N_("以前年度應付及保留（各案）"),
            about=N_("一個以前年度預算科目之各動支案。"),
            columns=(
                _code("request", N_("動支編號")),
                _code("continues", N_("轉入自")),
                SheetColumn(name="origin_year", title=N_("年度"), kind=SheetKind.NUMBER),
                SheetColumn(name="kind", title=N_("種類"), kind=SheetKind.WORD),
                SheetColumn(name="purpose", title=N_("用途"), wide=True),
                SheetColumn(name="payee", title=N_("受款人"), wide=True),
                *BROUGHT,
            ),
            of_agency=True,
            by_row=True,
            needs=("row_id",),
        ),
        Book(
            name="account-agencies",
            title=N_("科目餘額（各機關）"),
            about=N_("一個科目在各機關之借貸發生額與餘額。"),
            columns=(
                _code("agency_code", N_("機關代碼")),
                SheetColumn(name="agency", title=N_("機關"), wide=True),
                DEBIT,
                CREDIT,
                SIDE,
                BALANCE,
            ),
            by_account=True,
            needs=("account_code",),
        ),
        Book(
            name="cash",
            title=N_("現金出納表"),
            about=N_("現金、專戶存款及零用金各月之結存、收入、付出。"),
            columns=(
                ACCOUNT_CODE,
                ACCOUNT,
                SheetColumn(name="month", title=N_("月份"), kind=SheetKind.NUMBER),
                _amount("before_ntd", N_("上月結存")),
                _amount("received_ntd", N_("本月收入")),
                _amount("paid_ntd", N_("本月付出")),
                _amount("balance_ntd", N_("本月結存")),
            ),
            by_account=True,
            ranged=True,
        ),
        Book(
            name="treasury",
            title=N_("公庫收支日報（本機關部分）"),
            about=N_(
                "公庫為本機關收付之逐日數：繳庫、收回、退匯為收入，撥付、退還、重匯及繳回為支出；"
                "退匯在公庫，不動本機關帳。點選金額為其逐筆明細。"
            ),
            columns=(DATE, *TREASURY, _amount("net_ntd", N_("累計淨額"))),
            of_agency=True,
            ranged=True,
        ),
        Book(
            name="treasury-day",
            title=N_("公庫收支明細"),
            about=N_("一日之公庫收支逐筆：傳票、退匯通知及重匯。"),
            columns=(DATE, VOUCHER, MEMO, *TREASURY),
            of_agency=True,
            by_day=True,
            ranged=True,
            needs=("day",),
        ),
        Book(
            name="petty-cash",
            title=N_("零用金備查簿"),
            about=N_("零用金之撥款、逐張單據支付、撥還及繳回，及其結存；單據自送出報支案起列入。"),
            columns=(
                DATE,
                _code("fund", N_("零用金案")),
                SheetColumn(name="what", title=N_("事項"), kind=SheetKind.WORD),
                _code("paper", N_("單據號碼")),
                MEMO,
                _amount("in_ntd", N_("收入")),
                _amount("out_ntd", N_("支出")),
                _amount("net_ntd", N_("結存")),
            ),
            of_agency=True,
            ranged=True,
        ),
        Book(
            name="balance-sheet",
            title=N_("平衡表"),
            about=N_("資產、負債及淨資產，與上月比較。"),
            columns=(
                _code("asset_code", N_("科目代號")),
                SheetColumn(name="asset", title=N_("資產"), kind=SheetKind.WORD, wide=True),
                _amount("asset_ntd", N_("本月")),
                _amount("asset_before_ntd", N_("上月")),
                _code("claim_code", N_("科目代號")),
                SheetColumn(name="claim", title=N_("負債及淨資產"), kind=SheetKind.WORD, wide=True),
                _amount("claim_ntd", N_("本月")),
                _amount("claim_before_ntd", N_("上月")),
            ),
        ),
        Book(
            name="income-statement",
            title=N_("收入支出表"),
            about=N_("收入、支出及餘絀，本月及累計。"),
            columns=(
                ACCOUNT_CODE,
                ACCOUNT,
                _amount("month_ntd", N_("本月數")),
                _amount("year_ntd", N_("累計數")),
            ),
        ),
    )
}


def book_named(name: str) -> Book:
    """Return the book; raise BookNotFound."""
    if name not in BOOKS:
        raise BookNotFound(name=name)
    return BOOKS[name]
