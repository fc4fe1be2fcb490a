"""A county's own chart of accounts as cells of a table: every wrong cell is named. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from zhuji_accounting.domain.ledger.chart import (
    CLASS_TITLES,
    SIDE_TITLES,
    Account,
    AccountClass,
    Side,
)
from zhuji_accounting.domain.ledger.voucher_rules import SUBSIDIARY_TITLES
from zhuji_core.values import N_, Value

ACCOUNTS_MAX = 2_000  # the uniform regulations name some three hundred
HEAD_ROWS_MAX = 30
DEPTH_MAX = 6
NAME_MAX = 80
CODE_FORM = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,15}\Z", re.ASCII)
_HEADS: Mapping[str, re.Pattern[str]] = {
    "code": re.compile(r"^(科目代號|科目代碼|科目編號|代號|代碼|code)$", re.IGNORECASE),
    "name": re.compile(r"^(科目名稱|名稱|name)$", re.IGNORECASE),
    "name_en": re.compile(r"^(英文名稱|name_en)$", re.IGNORECASE),
    "account_class": re.compile(r"^(類別|科目類別|account_class)$", re.IGNORECASE),
    "side": re.compile(r"^(正常餘額|借貸別|side)$", re.IGNORECASE),
    "parent": re.compile(r"^(上級科目|上級代號|上級|parent)$", re.IGNORECASE),
    "postable": re.compile(r"^(可否記帳|記帳|postable)$", re.IGNORECASE),
    "subsidiary": re.compile(r"^(明細帳|明細|subsidiary)$", re.IGNORECASE),
    "former": re.compile(r"^(原科目代號|原代號|former)$", re.IGNORECASE),
}
NEEDED = {"code", "name", "account_class", "side"}
# Who printed an exported table, and when: the last line of our own files.
_PRINTED = re.compile(r"\d{2,3}-\d{2}-\d{2}\d{2}:\d{2}\Z")
_CLASSES = {
    **{str(one): one for one in AccountClass},
    **{title: one for one, title in CLASS_TITLES.items()},
}
_SIDES = {
    **{str(one): one for one in Side},
    **{title: one for one, title in SIDE_TITLES.items()},
    "借方": Side.DEBIT,
    "貸方": Side.CREDIT,
}
_POSTABLE = {
    **dict.fromkeys(("可記帳", "可", "是", "Y", "true", "True"), True),
    **dict.fromkeys(("統馭科目", "統馭", "否", "N", "false", "False"), False),
}
_SUBSIDIARIES = {
    "": "",
    **{kind: kind for kind in SUBSIDIARY_TITLES},
    **{title: kind for kind, title in SUBSIDIARY_TITLES.items()},
}
PROBLEMS: Mapping[str, str] = {
    "head": N_("找不到表頭。須有欄位：科目代號、科目名稱、類別、正常餘額。"),
    "count": N_("科目 {count} 個，超過上限 {limit} 個。"),
    "code": N_("科目代號「{text}」須為 1 至 16 個英數字、點或連字號。"),
    "twice": N_("科目代號 {number} 重複，已列於 {also}。"),
    "name": N_("科目 {number} 須有名稱（至多 80 字）。"),
    "class": N_("類別「{text}」須為：資產、負債、淨資產、收入、支出、預算。"),
    "side": N_("正常餘額「{text}」須為：借、貸。"),
    "postable": N_("可否記帳「{text}」須為：可記帳、統馭科目。"),
    "subsidiary": N_("明細帳「{text}」須為：受款人、契約、暫付案、保證金案、人員，或空白。"),
    "heading-subsidiary": N_("統馭科目 {number} 不記帳，不設明細帳。"),
    "parent": N_("上級科目 {number} 不在表內。"),
    "parent-postable": N_("上級科目 {number} 可記帳，不得有下級科目；請改為統馭科目。"),
    "parent-class": N_("上級科目 {number} 之類別不同。"),
    "circle": N_("科目 {number} 之上級循環或超過 {limit} 層。"),
    "former": N_("原科目代號 {number} 不在現行科目表「{chart}」。"),
    "former-twice": N_("原科目代號 {number} 對應兩個科目，已列於 {also}。"),
    "former-class": N_("科目 {number} 取代之原科目類別或餘額方向不同。"),
    "gone": N_("科目 {number} 於 {fiscal_year} 年度已有傳票，不得自科目表消失。"),
    "used-heading": N_("科目 {number} 於 {fiscal_year} 年度已有傳票，不得改為統馭科目。"),
    "used-kind": N_(
        "科目 {number} 於 {fiscal_year} 年度已有傳票，不得改變類別、餘額方向或明細帳。"
    ),
    "rule-account": N_(
        "分錄規則「{title}」使用之科目 {number} 在新科目表沒有對應；"
        "請列入，或於「原科目代號」欄指明由何科目取代。"
    ),
    "rule-heading": N_("科目 {number} 為分錄規則「{title}」所用，須可記帳。"),
    "rule-subsidiary": N_("科目 {number} 之明細帳與分錄規則「{title}」所記不同。"),
    "rule-balance": N_("分錄規則「{title}」依新科目表借貸不平衡（預算科目須自成平衡）。"),
}  # fmt: skip


class SheetLike(Protocol):
    """A sheet of a workbook, or a CSV file."""

    @property
    def name(self) -> str: ...
    @property
    def rows(self) -> Sequence[Sequence[object]]: ...


class Place(Value, frozen=True, kw_only=True):
    """Where in a file; ``cell`` as spreadsheets call it (B7); a program's rows have none."""

    sheet: str = ""
    row: int = 0
    cell: str = ""

    @property
    def text(self) -> str:
        return self.cell or str(self.row)


class ChartProblem(Value, frozen=True, kw_only=True):
    """What is wrong and where: ``kind`` is a key of PROBLEMS, ``detail`` what its text names."""

    kind: str
    place: Place
    detail: Mapping[str, str | int]


class ChartRow(Value, frozen=True, kw_only=True):
    """One row as it was given: texts of its cells and where each stands."""

    place: Place
    cells: Mapping[str, str]
    texts: Mapping[str, str]

    def text(self, field: str) -> str:
        return self.texts.get(field, "")

    def problem(self, kind: str, field: str, **detail: str | int) -> ChartProblem:
        place = Place(sheet=self.place.sheet, row=self.place.row, cell=self.cells.get(field, ""))
        return ChartProblem(kind=kind, place=place, detail=detail)


def chart_rows(sheets: Sequence[SheetLike]) -> list[ChartRow]:
    """Return the rows below the first head that names the needed columns, of every sheet."""
    rows: list[ChartRow] = []
    for sheet in sheets:
        for at, cells in enumerate(sheet.rows[:HEAD_ROWS_MAX]):
            columns = _columns(cells)
            if columns.keys() >= NEEDED:
                rows += _rows(sheet, at + 1, columns)
                break
    return rows


def _columns(cells: Sequence[object]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, value in enumerate(cells):
        for field, pattern in _HEADS.items():
            if pattern.match(squeezed(value)):
                found.setdefault(field, column)
    return found


def _rows(sheet: SheetLike, first: int, columns: Mapping[str, int]) -> Iterator[ChartRow]:
    for number, cells in enumerate(sheet.rows[first:], first + 1):
        given = {
            field: cells[column] if column < len(cells) else "" for field, column in columns.items()
        }
        texts = {
            field: read_as(value) if field in {"name", "name_en"} else squeezed(value)
            for field, value in given.items()
        }
        if any(texts.values()) and not any(_PRINTED.search(text) for text in texts.values()):
            yield ChartRow(
                place=Place(sheet=sheet.name, row=number),
                cells={field: cell_name(number, column) for field, column in columns.items()},
                texts=texts,
            )


def accounts_from(rows: Sequence[ChartRow]) -> tuple[tuple[Account, ...], list[ChartProblem]]:
    """Return the accounts of ``rows``, or every cell of them that is wrong."""
    if not rows:
        return (), [ChartProblem(kind="head", place=Place(), detail={})]
    if len(rows) > ACCOUNTS_MAX:
        return (), [
            rows[ACCOUNTS_MAX].problem("count", "code", count=len(rows), limit=ACCOUNTS_MAX)
        ]
    reader = _Reader(rows)
    return reader.accounts(), reader.problems


class _Reader:
    """Reads rows of which the parent may stand below its child."""

    def __init__(self, rows: Sequence[ChartRow]) -> None:
        self._rows = rows
        self._first: dict[str, ChartRow] = {}
        self._parents = {row.text("parent") for row in rows}
        self.problems: list[ChartProblem] = []

    def accounts(self) -> tuple[Account, ...]:
        for row in self._rows:
            self._check_cells(row)
        for row in self._rows:
            self._check_parent(row)
        if self.problems:
            return ()
        return tuple(self._account(row) for row in self._rows)

    def _check_cells(self, row: ChartRow) -> None:
        code = row.text("code")
        if not CODE_FORM.match(code):
            self._say(row, "code", "code", text=code[:40])
        elif code in self._first:
            also = self._first[code]
            self._say(
                row, "twice", "code", number=code, also=also.cells.get("code", also.place.text)
            )
        else:
            self._first[code] = row
        if not 1 <= len(row.text("name")) <= NAME_MAX:
            self._say(row, "name", "name", number=code)
        for kind, field, words in (
            ("class", "account_class", _CLASSES),
            ("side", "side", _SIDES),
            ("subsidiary", "subsidiary", _SUBSIDIARIES),
        ):
            if row.text(field) not in words:
                self._say(row, kind, field, text=row.text(field)[:40])
        if row.text("postable") and row.text("postable") not in _POSTABLE:
            self._say(row, "postable", "postable", text=row.text("postable")[:40])
        elif row.text("subsidiary") and not self._postable(row):
            self._say(row, "heading-subsidiary", "subsidiary", number=code)

    def _check_parent(self, row: ChartRow) -> None:
        parent = row.text("parent")
        if not parent:
            return
        above = self._first.get(parent)
        if above is None:
            self._say(row, "parent", "parent", number=parent)
            return
        if self._postable(above):
            self._say(row, "parent-postable", "parent", number=parent)
        if _CLASSES.get(above.text("account_class")) != _CLASSES.get(row.text("account_class")):
            self._say(row, "parent-class", "parent", number=parent)
        at, depth = row, 0
        while at.text("parent") in self._first and depth <= DEPTH_MAX:
            at, depth = self._first[at.text("parent")], depth + 1
        if depth > DEPTH_MAX:
            self._say(row, "circle", "parent", number=row.text("code"), limit=DEPTH_MAX)

    def _postable(self, row: ChartRow) -> bool:
        """A row that does not say it takes entries unless it is a heading of others."""
        said = _POSTABLE.get(row.text("postable"))
        return row.text("code") not in self._parents if said is None else said

    def _account(self, row: ChartRow) -> Account:
        return Account(
            code=row.text("code"),
            name=row.text("name"),
            name_en=row.text("name_en")[:NAME_MAX],
            side=_SIDES[row.text("side")],
            account_class=_CLASSES[row.text("account_class")],
            postable=self._postable(row),
            subsidiary=_SUBSIDIARIES[row.text("subsidiary")],
            parent=row.text("parent"),
            former=row.text("former"),
        )

    def _say(self, row: ChartRow, kind: str, field: str, **detail: str | int) -> None:
        self.problems.append(row.problem(kind, field, **detail))


def cell_name(row: int, column: int) -> str:
    """Return what a spreadsheet calls the cell: column 0 of row 7 is A7."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return f"{name}{row}"


def squeezed(value: object) -> str:
    """Return a cell's text with full-width forms made half-width and every space removed."""
    return "".join(unicodedata.normalize("NFKC", _plain(value)).split())


def read_as(value: object) -> str:
    """Return a cell's text for reading, with single spaces between its words."""
    return " ".join(_plain(value).split())


def _plain(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
