"""The chart of accounts (會計科目) of some fiscal years: data, never constants of the code."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterator, Mapping, Sequence

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, Value

OPEN_YEAR = 999  # what a chart without a last year is stored with


class Side(enum.StrEnum):
    """The side on which an entry stands, or on which an account grows (借, 貸)."""

    DEBIT = "debit"
    CREDIT = "credit"

    @property
    def other(self) -> Side:
        return Side.CREDIT if self is Side.DEBIT else Side.DEBIT


class AccountClass(enum.StrEnum):
    """What kind of account it is; ``budgetary`` accounts balance among themselves (預算科目)."""

    ASSET = "asset"
    LIABILITY = "liability"
    NET_ASSET = "net_asset"
    REVENUE = "revenue"
    EXPENDITURE = "expenditure"
    BUDGETARY = "budgetary"


SIDE_TITLES = {Side.DEBIT: N_("借"), Side.CREDIT: N_("貸")}
CLASS_TITLES = {
    AccountClass.ASSET: N_("資產"),
    AccountClass.LIABILITY: N_("負債"),
    AccountClass.NET_ASSET: N_("淨資產"),
    AccountClass.REVENUE: N_("收入"),
    AccountClass.EXPENDITURE: N_("支出"),
    AccountClass.BUDGETARY: N_("預算"),
}


class Account(Value, frozen=True, kw_only=True):
    """One account. ``subsidiary``: the kind of subsidiary ledger (明細分類帳) that it controls.

    ``postable``: entries may name it (a heading takes none). ``parent``: the code of the heading
    above it, "" at the top. ``former``: the account whose place it takes, of the chart that it came
    after; "" for one that takes none's.
    """

    code: str
    name: str
    name_en: str = ""
    side: Side
    account_class: AccountClass
    postable: bool = True
    subsidiary: str = ""
    parent: str = ""
    former: str = ""


class Branch(Value, frozen=True, kw_only=True):
    """An account where it stands in the tree: ``depth`` 0 at the top of its class."""

    account: Account
    depth: int


def tree_of(accounts: Sequence[Account]) -> tuple[Branch, ...]:
    """Return the accounts by class and code, each below its heading.

    One whose heading is not among them, or that is its own heading, stands at the top.
    """
    below: dict[str, list[Account]] = {}
    codes = {account.code for account in accounts}
    order = list(AccountClass)
    for account in sorted(accounts, key=lambda one: (order.index(one.account_class), one.code)):
        parent = account.parent if account.parent in codes - {account.code} else ""
        below.setdefault(parent, []).append(account)
    return tuple(_branches("", 0, below))


def _branches(parent: str, depth: int, below: Mapping[str, list[Account]]) -> Iterator[Branch]:
    for account in below.get(parent, ()):
        yield Branch(account=account, depth=depth)
        yield from _branches(account.code, depth + 1, below)


class Chart(Value, frozen=True, kw_only=True):
    """The accounts of the fiscal years ``first_year`` to ``last_year`` (None: still in use).

    ``budgetary_apart``: budgetary accounts balance among themselves in every voucher; before the
    reform of the accounts they stood against real ones (可支庫款 / 預計支用數).
    """

    name: str
    title: str
    first_year: int
    last_year: int | None
    accounts: tuple[Account, ...]
    budgetary_apart: bool = True
    source: str = ""
    shipped: bool = False
    document_id: uuid.UUID = uuid.UUID(int=0)

    @property
    def last(self) -> int:
        return OPEN_YEAR if self.last_year is None else self.last_year

    @property
    def by_code(self) -> Mapping[str, Account]:
        return {account.code: account for account in self.accounts}

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="accounting.chart", document_id=self.document_id, label=self.name, agency_code=""
        )
