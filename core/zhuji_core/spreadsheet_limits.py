"""What a spreadsheet from outside may ask of this machine; who asks more is refused."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from zhuji_core.values import N_, DomainError

# A whole city's largest book has 0.4 MB, 25 sheets and 11,540 cells: twenty times that is
# generous, and still read in about a second.
BYTES_MAX = 10_000_000
SHEETS_MAX = 200
ROWS_MAX = 100_000
COLUMNS_MAX = 1_000
CELLS_MAX = 3_000_000
# Sheet XML of numbers packs about 1:10, of equal rows 1:60; a bomb 1:1000.
UNPACKED_BYTES_MAX = 200_000_000
UNPACKED_RATIO_MAX = 150
ZIP_PARTS_MAX = 2_000

# Sheet name → (row, column) from 0 → the text of an error that a formula has as its result.
SheetFaults: TypeAlias = dict[tuple[int, int], str]
Faults: TypeAlias = dict[str, SheetFaults]
FAULT_MAX = 20  # "#GETTING_DATA" is the longest word of a spreadsheet program


class NotASpreadsheet(DomainError):
    """The first bytes and the parts inside are of none of the three formats."""

    code = "E-SHEET-KIND"
    message = N_("檔案「{file}」不是試算表（僅接受 .xls、.xlsx、.ods）。")
    status_code = 422


class EncryptedSpreadsheet(DomainError):
    """The file needs a password."""

    code = "E-SHEET-ENCRYPTED"
    message = N_("檔案「{file}」設有密碼，請解除密碼後再上傳。")
    status_code = 422


class UnreadableSpreadsheet(DomainError):
    """Looks like a spreadsheet, but is cut off or damaged."""

    code = "E-SHEET-DAMAGED"
    message = N_("檔案「{file}」已損毀或不完整，無法讀取。")
    status_code = 422


class SpreadsheetTooLarge(DomainError):
    """Over a limit; ``arithmetic`` has what was found and the most that is taken."""

    code = "E-SHEET-TOO-LARGE"
    message = N_("檔案「{file}」過大：{what} {actual}，上限 {limit}。")
    status_code = 422
    figure_words: ClassVar = {"actual": N_("實際"), "limit": N_("上限")}


def limit_to(name: str, what: str, actual: int, limit: int) -> None:
    """Raise SpreadsheetTooLarge when ``actual`` of ``what`` is more than ``limit``."""
    if actual > limit:
        raise SpreadsheetTooLarge(
            arithmetic={"actual": actual, "limit": limit},
            file=name,
            what=what,
            actual=actual,
            limit=limit,
        )


class Extent:
    """The rectangle from the first to the last used cell of one sheet, and all sheets' sum."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._sheets = self._cells = 0
        self.begin()

    def begin(self) -> None:
        self._rows = self._columns = -1

    def use(self, row: int, column: int) -> None:
        self._rows = max(self._rows, row)
        self._columns = max(self._columns, column)

    def end(self) -> None:
        rows, columns = self._rows + 1, self._columns + 1
        self._sheets += 1
        self._cells += rows * columns
        limit_to(self._name, N_("工作表數"), self._sheets, SHEETS_MAX)
        limit_to(self._name, N_("列數"), rows, ROWS_MAX)
        limit_to(self._name, N_("欄數"), columns, COLUMNS_MAX)
        limit_to(self._name, N_("儲存格數"), self._cells, CELLS_MAX)
