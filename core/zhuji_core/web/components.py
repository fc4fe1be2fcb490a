"""What pages are made of: the values that the macros under ``templates/components`` draw.

Texts are ready for the reader (translated); amounts and dates are values, formatted by the macro.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from zhuji_core.values import Value

# No list shows more rows at once; the next ones are behind the pager.
PAGE_ROWS_MAX = 200
# An entry grid takes no more rows; larger sets are uploaded as a file.
GRID_ROWS_MAX = 500


class Tone(StrEnum):
    """What a state means to who reads it; each has a colour and a shape."""

    NEUTRAL = "neutral"
    WAITING = "waiting"
    GOOD = "good"
    BAD = "bad"
    STOPPED = "stopped"


class Badge(Value, frozen=True, kw_only=True):
    """A state in one word."""

    text: str
    tone: Tone = Tone.NEUTRAL


class Link(Value, frozen=True, kw_only=True):
    title: str
    url: str


class Kind(StrEnum):
    """How the values of a column, fact or grid column are written and aligned."""

    TEXT = "text"
    CODE = "code"
    AMOUNT = "amount"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    BADGE = "badge"


# A figure, text, date or state; a time is shown as of Taipei.
CellValue = str | int | dt.date | dt.datetime | Badge | None


class Column(Value, frozen=True, kw_only=True):
    """A head; ``sort_url`` makes it a link, ``sorted`` is ``ascending`` or ``descending``.

    ``wide``: its words keep room of their own where many figures stand beside them. ``under``: on
    paper it stands below that column, by its place from 0.
    """

    title: str
    kind: Kind = Kind.TEXT
    wide: bool = False
    unit: str = ""
    sort_url: str = ""
    sorted: str = ""
    under: int | None = None


class Cell(Value, frozen=True, kw_only=True):
    """``url`` leads to what the figure is made of; ``note`` stands small below the value."""

    value: CellValue
    url: str = ""
    note: str = ""


class Row(Value, frozen=True, kw_only=True):
    """``select`` is the value of the row's check box, where the table has them."""

    cells: tuple[Cell, ...]
    select: str = ""
    emphasis: bool = False


class Pager(Value, frozen=True, kw_only=True):
    """Pages by key: addresses of the neighbours (empty: none); ``count`` None: not counted."""

    shown: int
    previous_url: str = ""
    next_url: str = ""
    first_url: str = ""
    count: int | None = None


class Table(Value, frozen=True, kw_only=True):
    """A list. ``totals`` has one cell for each column, value None where nothing is added up.

    ``narrow``: heads break into lines, so that more figures stand beside each other. ``counted``:
    its exports hold these rows, whose number stands beside them.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[Cell, ...] = ()
    pager: Pager | None = None
    exports: tuple[Link, ...] = ()
    empty: str = ""
    empty_action: Link | None = None
    select_name: str = ""
    narrow: bool = False
    counted: bool = True


class Chart(Value, frozen=True, kw_only=True):
    """A drawing of a table on the same page: ``names`` and ``series`` are its columns, from 0.

    ``kind`` is ``lines`` (a development) or ``bars`` (a comparison).
    """

    caption: str
    table_id: str
    names: int
    series: tuple[int, ...]
    kind: str = "lines"


class Option(Value, frozen=True, kw_only=True):
    value: str
    title: str


class GridKind(StrEnum):
    """How the cells of an entry grid are keyed."""

    TEXT = "text"
    AMOUNT = "amount"
    DATE = "date"
    PICKER = "picker"
    SELECT = "select"


class GridColumn(Value, frozen=True, kw_only=True):
    """A column to key; ``width`` is 1 (narrow) to 4 (wide).

    A picker ``control_row`` has two fields: ``control_row`` is what is seen, and
    ``control_row_id`` (hidden) what was chosen. ``product_of`` names two columns: the amount is
    their product, shown and not keyed.
    """

    name: str
    title: str
    kind: GridKind = GridKind.TEXT
    unit: str = ""
    width: int = 2
    picker_url: str = ""
    options: tuple[Option, ...] = ()
    required: bool = False
    length_max: int = 200
    product_of: tuple[str, ...] = ()
    readonly: bool = False


class GridRow(Value, frozen=True, kw_only=True):
    """``values`` by field name as keyed; ``errors`` by column; ``availability`` in words.

    In a grid of fixed rows ``title`` and ``note`` say which row it is, ``id`` is sent back as
    ``<name>-<n>-id``, and ``limit_ntd`` is what its amounts may add up to.
    """

    title: str = ""
    note: str = ""
    id: str = ""
    limit_ntd: int = 0

    values: Mapping[str, str] = {}
    errors: Mapping[str, str] = {}
    availability: str = ""
    availability_state: str = ""


class Grid(Value, frozen=True, kw_only=True):
    """Lines to key, named ``<name>-<n>-<column>``.

    ``availability_url`` is asked for each row whose field ``availability_key`` is filled.
    ``total_input`` is the id of the input with the total that Alt+= completes to.
    ``fixed_title`` makes a grid whose rows are given: it is the head above what the rows are, no
    row is added or taken away, and beside the amounts stand the row's limit and what is left of
    it. ``first_no`` is the number of its first row, of a list that is shown in pages.
    ``balanced`` names two amounts whose sums must be equal (debit, credit): Alt+= completes the
    difference. ``hidden`` are fields of a row that nobody keys. ``sends`` names fields, of the row
    or else of the form, with which its pickers and balances are asked.
    """

    caption: str
    columns: tuple[GridColumn, ...]
    rows: tuple[GridRow, ...]
    name: str = "lines"
    rows_max: int = GRID_ROWS_MAX
    availability_url: str = ""
    availability_title: str = ""
    availability_key: str = "control_row_id"
    total_input: str = ""
    fixed_title: str = ""
    limit_title: str = ""
    rest_title: str = ""
    first_no: int = 0
    balanced: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()

    @property
    def summed(self) -> tuple[str, ...]:
        """Name the amounts that are added up; a price that is multiplied is not."""
        factors = {name for column in self.columns for name in column.product_of}
        amounts = (column.name for column in self.columns if column.kind == GridKind.AMOUNT)
        return tuple(name for name in amounts if name not in factors)

    @property
    def lead_columns(self) -> int:
        """Count the columns before the first sum: the word 合計 stands below them."""
        names = [column.name for column in self.columns]
        return names.index(self.summed[0]) if self.summed else len(names)


class Fact(Value, frozen=True, kw_only=True):
    """One term of a document's head."""

    label: str
    value: CellValue
    kind: Kind = Kind.TEXT
    url: str = ""


class DocumentHead(Value, frozen=True, kw_only=True):
    """What a document page begins with."""

    label: str
    badge: Badge
    amount_ntd: int
    facts: tuple[Fact, ...]
    amount_label: str = ""


class ReceiptLine(Value, frozen=True, kw_only=True):
    """The arithmetic of one line at the moment of a decision (可用餘額明細)."""

    title: str
    enacted_ntd: int
    changes_ntd: int
    allotted_to_date_ntd: int
    encumbered_ntd: int
    expended_ntd: int
    requested_ntd: int
    remaining_ntd: int
    advanced_ntd: int = 0
    frozen_ntd: int = 0
    url: str = ""


class Receipt(Value, frozen=True, kw_only=True):
    """Who decided what and when, with the balances met; ``basis`` says which balance counted."""

    title: str
    number: str
    decided_by: str
    decided_at: dt.datetime
    lines: tuple[ReceiptLine, ...]
    basis: str = ""


class Change(Value, frozen=True, kw_only=True):
    label: str
    before: str
    after: str


class HistoryEntry(Value, frozen=True, kw_only=True):
    """What happened to a document, newest first; ``reason`` as it was written."""

    at: dt.datetime
    who: str
    action: str
    reason: str = ""
    badge: Badge | None = None
    changes: tuple[Change, ...] = ()


class Action(Value, frozen=True, kw_only=True):
    """A next step as a form with one button; ``impossible`` says why there is none.

    ``fields`` are hidden; ``reason_field`` asks for a text first (退件理由). ``key`` is the
    idempotency key of this page; a GET action is a link.
    """

    title: str
    url: str
    key: str = ""
    method: str = "post"
    primary: bool = False
    danger: bool = False
    impossible: str = ""
    fields: Mapping[str, str] = {}
    reason_field: str = ""
    reason_label: str = ""


class Confirmation(Value, frozen=True, kw_only=True):
    """The summary before a dangerous action: the person keys ``expected`` (a count, a total)."""

    title: str
    url: str
    key: str
    facts: tuple[Fact, ...]
    outliers: Table | None
    button: str
    question: str
    expected: str
    back_url: str
    field: str = "confirmation"
    error: str = ""
    fields: Mapping[str, str] = {}


class FileProblem(Value, frozen=True, kw_only=True):
    """What is wrong in an uploaded file, and where."""

    text: str
    file: str = ""
    sheet: str = ""
    place: str = ""


class UploadPreview(Value, frozen=True, kw_only=True):
    """What a file holds, before anything is kept."""

    facts: tuple[Fact, ...]
    problems: tuple[FileProblem, ...] = ()
    table: Table | None = None


class SummaryError(Value, frozen=True, kw_only=True):
    """An error at the head of a form, linked to its field."""

    text: str
    field: str = ""
