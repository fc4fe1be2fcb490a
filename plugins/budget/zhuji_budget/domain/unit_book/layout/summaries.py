"""Pages 32, 33, 34–39 and 45-46: what adds the line items up by object, kind and class."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from zhuji_budget.domain.unit_book.edition import Edition
from zhuji_budget.domain.unit_book.layout.cells import (
    DOLLARS,
    THOUSANDS,
    amount,
    blank,
    head,
    table_cells,
    text,
    two_level_heads,
)
from zhuji_budget.domain.unit_book.table import StatTable, TableRow
from zhuji_budget.domain.unit_book.tables.economic import WORKS, economic_class, economic_table
from zhuji_budget.domain.unit_book.tables.objects import capital_table, objects_table
from zhuji_budget.domain.unit_book.tables.personnel import (
    CONTRACT,
    DRIVER,
    OTHER,
    PERMANENT,
    STAFF,
    WORKER,
    is_personnel,
    paid_persons,
    personnel_tables,
    who,
)
from zhuji_core.booklets.model import FormRow, FormSheet

_NAME, _CLASS = "名稱及編號", "職能別分類　＼　經濟性分類"
_FACING = 13  # page 45 ends with 投資及增資, page 46 begins with 資本移轉
_INDENTED = (STAFF,)
TOTAL = "合計"


def objects_sheet(edition: Edition) -> FormSheet:
    """Page 32."""
    return _by_plan(edition, objects_table(edition.book, edition.objects), width=12)


def capital_sheet(edition: Edition) -> FormSheet | None:
    """Page 33, None where nothing is capital."""
    table = capital_table(edition.book, edition.objects)
    if not any(row.cells for row in table.rows):
        return None
    sheet = _by_plan(edition, table, width=13)
    if not edition.unsplit_ntd:
        return sheet
    note = "未列二級用途別之設備及投資列於「其他資本支出」。"
    return msgspec.structs.replace(sheet, notes=(note,))


def economic_sheet(edition: Edition) -> FormSheet:
    """Pages 45-46, facing each other."""
    table = economic_table(edition.book, edition.economic)
    notes = _economic_notes(edition)
    return FormSheet(
        name=table.title,
        title=table.title,
        period=edition.period,
        unit=THOUSANDS,
        widths=(28, *(11 for _ in table.columns)),
        heads=two_level_heads((_CLASS,), table.columns, upright=True),
        rows=tuple((text(row.label), *table_cells(table, row.cells)) for row in table.rows),
        notes=notes,
        landscape=True,
        breaks=(_FACING,),
    )


def _economic_notes(edition: Edition) -> tuple[str, ...]:
    book, classes = edition.book, edition.economic
    unclassed = book.total_ntd(lambda item: not economic_class(item, classes))
    usual = {one.code: one.account for one in edition.objects.objects}
    moved = book.total_ntd(
        lambda item: (
            (item.account, usual[item.object_code]) == ("capital", "current")
            and economic_class(item, classes) == WORKS
        )
    )
    told = (
        (edition.unsplit_ntd, "未列二級用途別，依一級用途別歸類"),
        (unclassed, "未分用途別，未列入本表"),
        (moved, "為資本門之業務費，列於營建工程"),
    )
    return tuple(f"其中 {amount_ntd:,} 元{why}。" for amount_ntd, why in told if amount_ntd)


def personnel_sheets(edition: Edition) -> Iterator[FormSheet]:
    """Give page 34, then 35–39: one for each work plan that pays people."""
    for name, table in personnel_tables(edition.book, edition.objects):
        plan = next((one for one in edition.book.plans if one.name == name), None)
        if name and plan is None:
            continue
        if not any(row.cells for row in table.rows):
            continue
        code = plan.code if plan else ""
        aside = ""
        if plan:
            parts = (_function_name(edition, code), plan.program, plan.name)
            aside = "-".join(one for one in (code, *parts) if one)
        yield _personnel(edition, table, code=code, aside=aside)


def _personnel(edition: Edition, table: StatTable, *, code: str, aside: str) -> FormSheet:
    counts = _persons(edition, code)
    first, second = two_level_heads(("類別", "預算員額"), table.columns, upright=True)
    return FormSheet(
        name=f"{table.title}-{code}" if code else table.title,
        title=table.title,
        entry=f"{table.title}　{aside.rpartition('-')[2]}".rstrip("　"),
        period=edition.period,
        unit=DOLLARS,
        aside=aside,
        widths=(14, 8, *(12 for _ in table.columns[:-1]), 14, 8),
        heads=((*first, head("備註", down=2)), second),
        rows=tuple(_person_row(table, row, counts) for row in table.rows),
        landscape=True,
    )


def _person_row(table: StatTable, row: TableRow, counts: dict[str, int]) -> FormRow:
    persons = counts.get(row.label, 0)
    return (
        text(row.label, indent=1 if row.label in _INDENTED else 0),
        amount(persons),
        *table_cells(table, row.cells),
        *blank(),
    )


def _persons(edition: Edition, code: str) -> dict[str, int]:
    """Return the budgeted persons by kind: as entered, else whom lines of pay name one by one.

    The agency's are those of its plans where only they were entered; 合計 counts everybody once.
    """
    items = [
        item
        for item in edition.book.items()
        if is_personnel(item, edition.objects) and code in {"", item.plan_code}
    ]
    found = {
        kind: paid_persons([item for item in items if who(item) == kind], edition.objects)
        for kind in (STAFF, CONTRACT, DRIVER, WORKER)
    }
    plans = {one.code for one in edition.book.plans} if not code else set()
    for scope in (plans, {code}):
        entered = [one for one in edition.entered.persons if one.plan_code in scope]
        found |= {
            kind: sum(one.persons for one in entered if one.kind == kind)
            for kind in {one.kind for one in entered}
        }
    found[PERMANENT] = found[STAFF]
    found[TOTAL] = sum(found.get(kind, 0) for kind in (STAFF, CONTRACT, DRIVER, WORKER, OTHER))
    return found


def _function_name(edition: Edition, code: str) -> str:
    return edition.name_of(edition.book.scheme.up_to(code, "agency"))


def _by_plan(edition: Edition, table: StatTable, *, width: int) -> FormSheet:
    first, second = two_level_heads((_NAME,), table.columns)
    rows = []
    for row in table.rows:
        label = row.label
        if row.code:
            label = f"{row.code}\n{edition.name_of(row.code) or _own_name(row)}"
        rows.append((text(label, indent=row.level - 1), *table_cells(table, row.cells)))
    return FormSheet(
        name=table.title,
        title=table.title,
        period=edition.period,
        unit=THOUSANDS,
        widths=(30, *(width for _ in table.columns)),
        heads=(first, second),
        rows=tuple(rows),
        landscape=True,
    )


def _own_name(row: TableRow) -> str:
    return "" if row.label == row.code else row.label
