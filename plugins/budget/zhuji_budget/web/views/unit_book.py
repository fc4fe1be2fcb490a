"""A unit book on the screen: its tables as a list, one of them in full, and the files."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from zhuji_budget.domain.unit_book.edition import Edition
from zhuji_budget.domain.unit_book.layout.whole import PARTS
from zhuji_budget.web.views.words import Gettext
from zhuji_core.booklets.files import WRITERS
from zhuji_core.booklets.model import FormRow, FormSheet
from zhuji_core.values import Value
from zhuji_core.web.components import Cell, Column, Fact, Kind, Link, Option, Row, Table

ROWS_MAX = 200  # a page stays useful; the rest is in the files


class SheetView(Value, frozen=True, kw_only=True):
    """One table as it is printed, with the first rows of it."""

    title: str
    above: str
    front: tuple[FormRow, ...]
    heads: tuple[FormRow, ...]
    rows: tuple[FormRow, ...]
    width: int
    more: int
    notes: tuple[str, ...]


class BookView(Value, frozen=True, kw_only=True):
    """The whole page: ``sheets`` to choose from, ``shown`` the chosen one, None for none."""

    facts: tuple[Fact, ...]
    files: tuple[Link, ...]
    action: str
    agency_code: str
    parts: tuple[Option, ...]
    part: str
    sheets: Table
    shown: SheetView | None


class BookPlace(Value, frozen=True, kw_only=True):
    """Where the book is shown: its address, whose it is (a year's), and which part of it."""

    root: str
    agency_code: str = ""
    part: str = ""

    def url(self, more: str = "", **fields: str) -> str:
        """Return an address of the same book and part."""
        own = {"agency_code": self.agency_code, "part": self.part}
        asked = urlencode({name: value for name, value in (own | fields).items() if value})
        return f"{self.root}{more}?{asked}" if asked else f"{self.root}{more}"


def book_view(
    edition: Edition,
    sheets: Sequence[FormSheet],
    *,
    place: BookPlace,
    chosen: int,
    gettext: Gettext,
) -> BookView:
    sheet = sheets[chosen - 1] if 0 < chosen <= len(sheets) else None
    options = [Option(value="", title=gettext("全書"))]
    options += [Option(value=name, title=gettext(title)) for name, (title, _) in PARTS.items()]
    return BookView(
        facts=_facts(edition, gettext),
        files=tuple(
            Link(title=suffix.upper(), url=place.url(f"/export/{suffix}")) for suffix in WRITERS
        ),
        action=place.root,
        agency_code=place.agency_code,
        parts=tuple(options),
        part=place.part,
        sheets=_sheets(sheets, place, gettext),
        shown=_shown(sheet) if sheet else None,
    )


def _facts(edition: Edition, gettext: Gettext) -> tuple[Fact, ...]:
    book = edition.book
    revenue_ntd = sum(item.amount_ntd for page in book.revenues for item in page.items)
    return (
        Fact(label=gettext("機關"), value=edition.agency_name),
        Fact(label=gettext("歲出（元）"), value=book.total_ntd(lambda _: True), kind=Kind.AMOUNT),
        Fact(label=gettext("歲入（元）"), value=revenue_ntd, kind=Kind.AMOUNT),
        Fact(label=gettext("工作計畫"), value=len(book.plans), kind=Kind.NUMBER),
        Fact(label=gettext("逐項明細"), value=sum(1 for _ in book.items()), kind=Kind.NUMBER),
        Fact(label=gettext("未分二級用途別（元）"), value=edition.unsplit_ntd, kind=Kind.AMOUNT),
    )


def _sheets(sheets: Sequence[FormSheet], place: BookPlace, gettext: Gettext) -> Table:
    return Table(
        id="sheets",
        caption=gettext("本書各表"),
        columns=(
            Column(title=gettext("表次"), kind=Kind.NUMBER),
            Column(title=gettext("名稱")),
            Column(title=gettext("單位")),
            Column(title=gettext("列數"), kind=Kind.NUMBER),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=number),
                    Cell(
                        value=sheet.entry or sheet.title,
                        url=f"{place.url(sheet=str(number))}#table",
                    ),
                    Cell(value=sheet.unit.rpartition("：")[2]),
                    Cell(value=len(sheet.rows)),
                )
            )
            for number, sheet in enumerate(sheets, 1)
        ),
        empty=gettext("這個部分沒有金額，沒有表可印。"),
    )


def _shown(sheet: FormSheet) -> SheetView:
    above = "　".join(one for one in (sheet.aside, sheet.period, sheet.unit) if one)
    return SheetView(
        title=sheet.entry or sheet.title,
        above=above,
        front=sheet.front,
        heads=sheet.heads,
        rows=sheet.rows[:ROWS_MAX],
        width=len(sheet.widths),
        more=max(len(sheet.rows) - ROWS_MAX, 0),
        notes=sheet.notes,
    )
