"""Page 40: contract staff (約聘僱人員費用分析表): what each group of them costs in a year.

A group is one grade of one kind (5等話務約僱) in one plan; its lines are found by their
explanations. The approvals (奉准文號) are entered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from zhuji_budget.domain.books.codes import ObjectPack
from zhuji_budget.domain.books.text import name_and_code
from zhuji_budget.domain.unit_book.model import Item, PlanPage, UnitBook, sum_ntd
from zhuji_budget.domain.unit_book.printed import Page, letters_of, said_ntd
from zhuji_budget.domain.unit_book.table import Comparison, SheetCheck, StatTable
from zhuji_budget.domain.unit_book.tables.personnel import CONTRACT, is_personnel, who
from zhuji_core.values import Value

TITLE = "約聘僱人員費用分析表"
_GROUP = re.compile(r"(?P<grade>\d+等)?(?P<duty>[^約]{0,6})約(?P<kind>[聘僱])")
_SAID = re.compile(r"\d[\d,]*元")
# Heads by their letters: 約聘人員(人*月), 約僱人員(人*月), 全年度預算數.
_HIRED, _EMPLOYED, _AMOUNT = "約聘人員(人*月)", "約僱人員(人*月)", "全年度預算數"
TABLE = StatTable(
    page="40",
    title=TITLE,
    unit_ntd=1,
    columns=(),
    rows=(),
    not_derivable=("奉准文號", "款、項之序號與名稱"),
)


class Group(Value, frozen=True, kw_only=True):
    """People of one grade and kind in one plan: "10x9" is ten persons for nine months."""

    plan_code: str
    hired: bool
    persons: str
    amount_ntd: int


def groups_of(plan: PlanPage, pack: ObjectPack) -> list[Group]:
    """Return the groups of a plan in the order in which its lines of pay name them.

    A line that names no grade (約僱人員健保費) belongs to the group of its kind with as many
    people; where several have as many, it belongs to none, and the sheet shows the difference.
    """
    lines = [item for item in plan.items if is_personnel(item, pack) and who(item) == CONTRACT]
    names = {one.code: one.name for one in pack.objects}
    pays = [item for item in lines if names[item.object_code].endswith("待遇")]
    members = {_key(item): [item] for item in pays}
    for item in lines:
        if item not in pays and (key := _home(item, pays)) is not None:
            members[key].append(item)
    return [
        Group(
            plan_code=plan.code,
            hired=key[1] == "聘",
            persons=members[key][0].persons_by_months,
            amount_ntd=sum_ntd(members[key]),
        )
        for key in members
    ]


def _key(item: Item) -> tuple[str, str]:
    found = _GROUP.search(item.explanation)
    assert found, "only lines that name contract staff are asked"
    return (found["grade"] or "") + found["duty"], found["kind"]


def _home(item: Item, pays: Sequence[Item]) -> tuple[str, str] | None:
    own = _key(item)
    known = [_key(pay) for pay in pays]
    if own in known:
        return own
    alike = [pay for pay in pays if _key(pay)[1] == own[1]]
    same = [pay for pay in alike if pay.persons == item.persons] if len(alike) > 1 else alike
    return _key(same[0]) if len(same) == 1 else None


def check_contract_staff(book: UnitBook, pack: ObjectPack, page: Page) -> SheetCheck:
    """Compare every amount and head-count of the page, and the sums that its note tells."""
    comparison = Comparison(page)
    columns = _columns(page)
    groups = [group for plan in book.plans for group in groups_of(plan, pack)]
    waiting: list[Group] = []
    for row in range(len(page.rows)):
        name, code = _named(page, row, columns[_AMOUNT])
        if name == "合計" or code:
            inside = [group for group in groups if not code or _below(group.plan_code, code)]
            made = sum(group.amount_ntd for group in inside)
            comparison.amount(row, columns[_AMOUNT], made, unit_ntd=1, what=name or code)
            waiting = [group for group in inside if group.plan_code == code]
            if name == "合計":
                _compare_note(comparison, book, pack, row)
        elif page.amount(row, columns[_AMOUNT]) and waiting:
            _compare_group(comparison, row, columns, waiting.pop(0))
    return comparison.finish(TABLE)


def read_approvals(book: UnitBook, page: Page) -> Iterator[tuple[str, int, str]]:
    """Give (plan code, number of the group from 0, ground) of each group that the page prints."""
    columns = _columns(page)
    head = page.find(r"說明")
    if head is None or _AMOUNT not in columns:
        return
    plan_code, group = "", 0
    for row in range(len(page.rows)):
        code = _named(page, row, columns[_AMOUNT])[1]
        if code:
            plan_code, group = code, 0
        elif page.amount(row, columns[_AMOUNT]) and plan_code in {one.code for one in book.plans}:
            yield plan_code, group, str(page.raw(row, head[1])).strip()
            group += 1


def _compare_group(comparison: Comparison, row: int, columns: dict[str, int], group: Group) -> None:
    what = f"{group.plan_code} {group.persons}"
    for head, persons in ((_HIRED, group.hired), (_EMPLOYED, not group.hired)):
        comparison.text(row, columns[head], group.persons if persons else "", what=what)
    comparison.amount(row, columns[_AMOUNT], group.amount_ntd, unit_ntd=1, what=what)


def _compare_note(comparison: Comparison, book: UnitBook, pack: ObjectPack, row: int) -> None:
    """The note lists the year's sums by object (約聘僱人員待遇26,544,873元、年終工作獎金…)."""
    page = comparison.page
    note = max(range(page.width), key=lambda at: len(page.text(row, at)))
    said = sorted(said_ntd(part) or 0 for part in _SAID.findall(page.text(row, note)))
    lines = [item for item in book.items() if is_personnel(item, pack) and who(item) == CONTRACT]
    by_object: dict[str, int] = {}
    for item in lines:
        by_object[item.object_code] = by_object.get(item.object_code, 0) + item.amount_ntd
    comparison.values(row, note, printed=said, made=sorted(by_object.values()), what="說明")


def _columns(page: Page) -> dict[str, int]:
    wanted = {letters_of(head): head for head in (_HIRED, _EMPLOYED, _AMOUNT)}
    found: dict[str, int] = {}
    for row in range(min(len(page.rows), 10)):
        for column in range(page.width):
            head = wanted.get(letters_of(page.raw(row, column)))
            if head:
                found.setdefault(head, column)
    return found


def _named(page: Page, row: int, before: int) -> tuple[str, str]:
    for column in range(before):
        name, code = name_and_code(page.raw(row, column))
        if code or name == "合計":
            return name, code
    return "", ""


def _below(plan_code: str, code: str) -> bool:
    """Tell whether a plan stands below a row: 32·02·007·01·01 below 00·02·007·00·00."""
    return all(digit in {"0", own} for digit, own in zip(code, plan_code, strict=True))
