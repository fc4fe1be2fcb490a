"""A county's own table of codes, as cells of a spreadsheet: every wrong cell is named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from zhuji_budget.domain.books.model import Place, Problem, SheetLike
from zhuji_budget.domain.books.problems import problem
from zhuji_budget.domain.books.text import cell_name, letters, squeezed
from zhuji_budget.domain.code_set import CODES_MAX, SEGMENTS, Code
from zhuji_budget.domain.roles import ROLES, Role
from zhuji_core.values import Value

HEAD_ROWS_MAX = 30
LEVELS_MAX = 3
LENGTH_MAX = 6  # digits of one segment of a line's code
CODE_FORM = re.compile(r"[0-9A-Za-z]{1,16}\Z", re.ASCII)
ACCOUNTS: Mapping[str, str] = {
    "": "",
    "經常門": "current",
    "經常": "current",
    "current": "current",
    "資本門": "capital",
    "資本": "capital",
    "capital": "capital",
    "兩者": "either",
    "經資門": "either",
    "either": "either",
}
_HEADS: Mapping[str, re.Pattern[str]] = {
    "code": re.compile(r"^(代碼|編號|科目編號|科目代號|代號|code)$", re.IGNORECASE),
    "name": re.compile(r"^(名稱|科目名稱|科目|name)$", re.IGNORECASE),
    "parent": re.compile(r"^(上級代碼|上級編號|上級|parent)$", re.IGNORECASE),
    "account": re.compile(r"^(經資門|經資門別|account)$", re.IGNORECASE),
    "role": re.compile(r"^(性質|role)$", re.IGNORECASE),
    "segment": re.compile(r"^(碼段|段|segment)$", re.IGNORECASE),
    "length": re.compile(r"^(碼數|位數|length)$", re.IGNORECASE),
}
# Who printed an exported table, and when: the last line of our own files.
_PRINTED = re.compile(r"\d{2,3}-\d{2}-\d{2}\d{2}:\d{2}\Z")
NEEDED: Mapping[str, tuple[str, ...]] = {
    "object": ("code", "name"),
    "function": ("code", "name"),
    "source": ("code", "name"),
    "scheme": ("segment", "length"),
}


class CodeRow(Value, frozen=True, kw_only=True):
    """One row as it was given: texts of its cells and where each stands."""

    place: Place
    cells: Mapping[str, str]
    texts: Mapping[str, str]

    def text(self, field: str) -> str:
        return self.texts.get(field, "")

    def at(self, field: str) -> Place:
        return Place(
            file=self.place.file,
            sheet=self.place.sheet,
            row=self.place.row,
            cell=self.cells.get(field, ""),
        )


def code_rows(
    sheets: Sequence[SheetLike], *, kind: str, file: str
) -> tuple[list[CodeRow], list[Problem]]:
    """Return the rows below the first head that names the columns of ``kind``, of every sheet."""
    rows: list[CodeRow] = []
    for sheet in sheets:
        for at, cells in enumerate(sheet.rows[:HEAD_ROWS_MAX]):
            columns = _columns(cells)
            if set(NEEDED[kind]) <= columns.keys():
                rows += _rows(sheet, at + 1, columns, file)
                break
    if rows:
        return rows, []
    detail: dict[str, str | int] = {"heads": _HEADS_TOLD[kind]}
    return [], [problem("E-CODE-HEAD", Place(file=file), detail=detail)]


_HEADS_TOLD: Mapping[str, str] = {
    "object": "代碼、名稱、上級代碼、經資門、性質",
    "function": "代碼、名稱、上級代碼、性質",
    "source": "代碼、名稱、上級代碼",
    "scheme": "碼段、碼數",
}


def _columns(cells: Sequence[object]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, value in enumerate(cells):
        text = squeezed(value)
        for field, pattern in _HEADS.items():
            if pattern.match(text):
                found.setdefault(field, column)
    return found


def _rows(sheet: SheetLike, first: int, columns: Mapping[str, int], file: str) -> Iterator[CodeRow]:
    for number, cells in enumerate(sheet.rows[first:], first + 1):
        texts = {
            field: (letters if field == "name" else squeezed)(
                cells[column] if column < len(cells) else ""
            )
            for field, column in columns.items()
        }
        if any(texts.values()) and not any(_PRINTED.search(text) for text in texts.values()):
            yield CodeRow(
                place=Place(file=file, sheet=sheet.name, row=number),
                cells={field: cell_name(number, column) for field, column in columns.items()},
                texts=texts,
            )


def checked_codes(rows: Sequence[CodeRow], *, kind: str) -> tuple[tuple[Code, ...], list[Problem]]:
    """Return the codes of ``rows``, or every cell of them that is wrong."""
    if len(rows) > CODES_MAX:
        detail: dict[str, str | int] = {"count": len(rows), "limit": CODES_MAX}
        return (), [problem("E-CODE-COUNT", rows[CODES_MAX].place, detail=detail)]
    checker = _Segments(rows) if kind == "scheme" else _Tree(rows, kind)
    return checker.codes(), checker.problems


class _Tree:
    """Codes with parents; the parent may stand below its child."""

    def __init__(self, rows: Sequence[CodeRow], kind: str) -> None:
        self._rows, self._kind = rows, kind
        self.problems: list[Problem] = []
        self._first: dict[str, CodeRow] = {}
        self._unplaced: set[Place] = set()  # rows without a way up to the first level

    def codes(self) -> tuple[Code, ...]:
        for row in self._rows:
            self._check_form(row)
        for row in self._rows:
            self._level(row, says=True)
        self._check_digits()
        for row in self._rows:
            self._check_role(row)
        if self._kind == "object" and self._rows and not self.problems:
            self._require_personnel()
        made = [self._code(row) for row in self._rows if row is self._first.get(row.text("code"))]
        return () if self.problems else tuple(made)

    def _check_form(self, row: CodeRow) -> None:
        code = row.text("code")
        if not CODE_FORM.match(code):
            self._say("E-CODE-FORM", row, "code", text=code[:40])
        elif code in self._first:
            first = self._first[code]
            self.problems.append(
                problem("E-CODE-TWICE", row.at("code"), also=first.at("code"),
                        detail={"number": code})
            )  # fmt: skip
        else:
            self._first[code] = row
        if not row.text("name"):
            self._say("E-CODE-NAME", row, "name", number=code)
        if row.text("account") not in ACCOUNTS:
            self._say("E-CODE-ACCOUNT", row, "account", text=row.text("account")[:40])

    def _check_digits(self) -> None:
        """Codes of one level have as many digits, and begin as the code above them.

        A row whose place in the tree is not known yet says that first.
        """
        sound = [
            (row, self._level(row))
            for row in self._rows
            if row.place not in self._unplaced and CODE_FORM.match(row.text("code"))
        ]
        digits: dict[int, Counter[int]] = {}
        for row, level in sound:
            digits.setdefault(level, Counter())[len(row.text("code"))] += 1
        for row, level in sound:
            code, parent = row.text("code"), row.text("parent")
            (expected, _), *_others = digits[level].most_common()
            if len(code) != expected:
                self._say("E-CODE-DIGITS", row, "code", number=code, digits=len(code),
                          expected=expected)  # fmt: skip
            elif not code.startswith(parent.rstrip("0")):
                self._say("E-CODE-PREFIX", row, "parent", number=code, parent=parent)

    def _check_role(self, row: CodeRow) -> None:
        """A role is one of its kind's words, and of objects it stands at the first level."""
        text = row.text("role")
        if not text or self._kind not in ROLES:
            return
        if text not in _ROLE_WORDS[self._kind]:
            words = "、".join(ROLES[self._kind].values())
            self._say("E-CODE-ROLE", row, "role", text=text[:40], words=words)
        elif self._kind == "object" and row.text("parent"):
            self._say("E-CODE-ROLE-LEVEL", row, "role", number=row.text("code"))

    def _require_personnel(self) -> None:
        """Without it nobody could tell what virement must not reach (預算法 63)."""
        words = _ROLE_WORDS[self._kind]
        if not any(words.get(row.text("role")) == Role.PERSONNEL for row in self._rows):
            self.problems.append(problem("E-CODE-ROLE-NONE", Place(file=self._rows[0].place.file)))

    def _code(self, row: CodeRow) -> Code:
        level = self._level(row)
        account = ACCOUNTS.get(row.text("account"), "")
        if self._kind == "object" and not account:
            above = self._first.get(row.text("parent"))
            account = (ACCOUNTS.get(above.text("account"), "") if above else "") or "current"
        return Code(
            code=row.text("code"),
            name=row.text("name"),
            parent=row.text("parent"),
            level=level,
            account=account,
            role=_ROLE_WORDS.get(self._kind, {}).get(row.text("role"), ""),
        )

    def _level(self, row: CodeRow, *, says: bool = False) -> int:
        """Count the way up; a parent that is not there, or a circle, is named if ``says``."""
        level, at = 1, row
        while parent := at.text("parent"):
            if parent not in self._first:
                self._unplaced.add(row.place)
                if at is row and says:
                    self._say("E-CODE-PARENT", row, "parent", number=parent)
                return level
            at, level = self._first[parent], level + 1
            if level > LEVELS_MAX:
                number = row.text("code")
                self._unplaced.add(row.place)
                if says:
                    self._say("E-CODE-DEPTH", row, "parent", number=number, limit=LEVELS_MAX)
                return LEVELS_MAX
        return level

    def _say(self, code: str, row: CodeRow, field: str, **detail: str | int) -> None:
        self.problems.append(problem(code, row.at(field), detail=detail))


# A role in Chinese, as exported, or as the API writes it.
_ROLE_WORDS: Mapping[str, Mapping[str, str]] = {
    kind: {word: str(role) for role, title in roles.items() for word in (str(role), title)}
    for kind, roles in ROLES.items()
}
_SEGMENT_WORDS: Mapping[str, str] = {
    **{word: name for name, word in SEGMENTS.items()},
    **{name: name for name in SEGMENTS},
}


class _Segments:
    """The runs of digits of a line's code, from the left."""

    def __init__(self, rows: Sequence[CodeRow]) -> None:
        self._rows = rows
        self.problems: list[Problem] = []

    def codes(self) -> tuple[Code, ...]:
        made: dict[str, Code] = {}
        for row in self._rows:
            name = _SEGMENT_WORDS.get(row.text("segment"), "")
            length = row.text("length")
            if not name:
                words = "、".join(SEGMENTS.values())
                self._say("E-CODE-SEGMENT", row, "segment", text=row.text("segment"), words=words)
            elif name in made:
                self._say("E-CODE-SEGMENT-TWICE", row, "segment", text=row.text("segment"))
            if not (length.isascii() and length.isdigit() and 1 <= int(length) <= LENGTH_MAX):
                self._say("E-CODE-LENGTH", row, "length", text=length[:40], limit=LENGTH_MAX)
            elif name:
                made.setdefault(name, Code(code=name, length=int(length)))
        if not self.problems and not {"agency", "item"} <= made.keys():
            self._say("E-CODE-SEGMENTS", self._rows[-1], "segment")
        return () if self.problems else tuple(made.values())

    def _say(self, code: str, row: CodeRow, field: str, **detail: str | int) -> None:
        self.problems.append(problem(code, row.at(field), detail=detail))
