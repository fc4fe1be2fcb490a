"""Statements (平衡表, 收入支出表) laid out from balances of accounts. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from zhuji_accounting.domain.ledger.chart import Account, AccountClass, Chart, Side
from zhuji_core.reports.sheet import SheetRow, SheetValue
from zhuji_core.values import N_, Value

SURPLUS = N_("本期餘絀")
EMPTY: tuple[SheetValue, ...] = ("", "", None, None)


class Balance(Value, frozen=True, kw_only=True):
    """One account: what it moved since the year began, and in the month (the last months) alone.

    ``opening_ntd`` was brought forward: debits less credits.
    """

    account_code: str
    debit_ntd: int
    credit_ntd: int
    month_debit_ntd: int
    month_credit_ntd: int
    opening_ntd: int = 0

    @property
    def net_ntd(self) -> int:
        return self.opening_ntd + self.debit_ntd - self.credit_ntd

    @property
    def month_net_ntd(self) -> int:
        return self.month_debit_ntd - self.month_credit_ntd

    @property
    def before_ntd(self) -> int:
        return self.net_ntd - self.month_net_ntd


class Item(Value, frozen=True, kw_only=True):
    """A line of a statement: an account, or a sum of several."""

    code: str
    name: str
    now_ntd: int
    before_ntd: int


def balance_sheet(
    chart: Chart, balances: Sequence[Balance], *, paths: Mapping[str, str]
) -> tuple[list[SheetRow], tuple[SheetValue, ...]]:
    """Return the rows of the two sides beside each other, and their totals.

    Before the reform of the accounts (a chart whose budgetary accounts stand against real ones)
    every account stands on the side of its balance: 資力及資產 and 負擔、負債及賸餘.
    """
    assets, claims = _sides(chart, balances)
    rows = [
        SheetRow(
            values=(*_cells(left), *_cells(right)),
            paths={
                **({"asset_ntd": paths[left.code]} if left and left.code in paths else {}),
                **({"claim_ntd": paths[right.code]} if right and right.code in paths else {}),
            },
        )
        for left, right in itertools.zip_longest(assets, claims)
    ]
    totals = (
        N_("資產合計"), None, *_sums(assets), N_("負債及淨資產合計"), None, *_sums(claims)
    )  # fmt: skip
    return rows, totals


def income_statement(
    chart: Chart,
    balances: Sequence[Balance],
    *,
    paths: Mapping[str, str],
    month_paths: Mapping[str, str] = {},
) -> list[SheetRow]:
    """Return revenue, expenditure and what is over, of the month and since the year began."""
    rows = []
    surplus_ntd = [0, 0]
    for kind, sign, title in (
        (AccountClass.REVENUE, -1, N_("收入合計")),
        (AccountClass.EXPENDITURE, 1, N_("支出合計")),
    ):
        sums = [0, 0]
        for account, balance in _of(chart, balances, kind):
            month_ntd, year_ntd = sign * balance.month_net_ntd, sign * balance.net_ntd
            if not (month_ntd or year_ntd):
                continue
            known = {
                "month_ntd": month_paths.get(account.code),
                "year_ntd": paths.get(account.code),
            }
            rows.append(
                SheetRow(
                    values=(account.code, account.name, month_ntd, year_ntd),
                    paths={name: path for name, path in known.items() if path},
                )
            )
            sums = [sums[0] + month_ntd, sums[1] + year_ntd]
        rows.append(SheetRow(values=("", title, *sums), strong=True))
        surplus_ntd = [surplus_ntd[0] - sign * sums[0], surplus_ntd[1] - sign * sums[1]]
    rows.append(SheetRow(values=("", SURPLUS, *surplus_ntd), strong=True))
    return rows


def _sides(chart: Chart, balances: Sequence[Balance]) -> tuple[list[Item], list[Item]]:
    if not chart.budgetary_apart:
        everything = [
            (account, balance)
            for kind in AccountClass
            for account, balance in _of(chart, balances, kind)
        ]
        return (
            [_item(*one, sign=1) for one in everything if one[0].side is Side.DEBIT],
            [_item(*one, sign=-1) for one in everything if one[0].side is Side.CREDIT],
        )
    assets = [_item(*one, sign=1) for one in _of(chart, balances, AccountClass.ASSET)]
    claims = [
        _item(*one, sign=-1)
        for kind in (AccountClass.LIABILITY, AccountClass.NET_ASSET)
        for one in _of(chart, balances, kind)
    ]
    nominal = [
        balance
        for kind in (AccountClass.REVENUE, AccountClass.EXPENDITURE)
        for _, balance in _of(chart, balances, kind)
    ]
    surplus = Item(
        code="",
        name=SURPLUS,
        now_ntd=-sum(one.net_ntd for one in nominal),
        before_ntd=-sum(one.before_ntd for one in nominal),
    )
    shown = [one for one in (*claims, surplus) if one.now_ntd or one.before_ntd]
    return [one for one in assets if one.now_ntd or one.before_ntd], shown


def _of(
    chart: Chart, balances: Sequence[Balance], kind: AccountClass
) -> list[tuple[Account, Balance]]:
    accounts = chart.by_code
    return [
        (accounts[one.account_code], one)
        for one in balances
        if one.account_code in accounts and accounts[one.account_code].account_class is kind
    ]


def _item(account: Account, balance: Balance, *, sign: int) -> Item:
    return Item(
        code=account.code,
        name=account.name,
        now_ntd=sign * balance.net_ntd,
        before_ntd=sign * balance.before_ntd,
    )


def _cells(item: Item | None) -> tuple[SheetValue, ...]:
    return EMPTY if item is None else (item.code, item.name, item.now_ntd, item.before_ntd)


def _sums(items: Sequence[Item]) -> tuple[int, int]:
    return sum(one.now_ntd for one in items), sum(one.before_ntd for one in items)
