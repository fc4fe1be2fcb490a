"""The chart of accounts (會計科目) of some fiscal years: data, never constants of the code."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import Value

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


class Account(Value, frozen=True, kw_only=True):
    """One account. ``subsidiary``: the kind of subsidiary ledger (明細分類帳) that it controls.

    ``postable``: entries may name it (a heading takes none).
    """

    code: str
    name: str
    name_en: str = ""
    side: Side
    account_class: AccountClass
    postable: bool = True
    subsidiary: str = ""


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
