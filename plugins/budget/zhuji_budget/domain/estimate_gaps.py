"""What an estimate still lacks (待補) before it is submitted: by line, column and item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from zhuji_budget.domain.books.codes import ObjectCode
from zhuji_budget.domain.estimate import (
    EXPENDITURE,
    REVENUE,
    Estimate,
    EstimateItem,
    EstimateLine,
    counted,
)
from zhuji_core.values import N_, DomainError, Value

NAMED_MAX = 200  # lines × columns that a refusal names; its figures are of all of them
NUMBERS_MAX = 20  # items of one line that are named by number

# Shown in the cell itself, and how many of them a whole estimate has.
OBJECT, EXPLANATION, UNIT, LEGAL_BASIS = "object", "explanation", "unit", "legal_basis"
CELLS: Mapping[str, str] = {
    OBJECT: N_("送審前須列至二級用途別。"),
    EXPLANATION: N_("送審前須填說明（用途、計算方式）。"),
    UNIT: N_("數量不是 1 者，送審前須填單位。"),
    LEGAL_BASIS: N_("歲入送審前須填法律依據。"),
}
COUNTS: Mapping[str, str] = {
    OBJECT: N_("未列至二級用途別 {count:,} 項"),
    EXPLANATION: N_("未填說明 {count:,} 項"),
    UNIT: N_("有數量而未填單位 {count:,} 項"),
    LEGAL_BASIS: N_("未填法律依據 {count:,} 個歲入科目"),
}
OF_ITEMS = N_("{counted}（第 {numbers} 項）")
OF_HEAD = N_("未填法律依據")
OF_LINE = N_("{code} {name}：{lacking}")
MORE = N_("{numbers} …")


class Gap(Value, frozen=True, kw_only=True):
    """One column of one line and the items, by number, that lack it; a head's column has none."""

    line: EstimateLine
    column: str
    item_nos: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        return len(self.item_nos) or 1

    @property
    def field(self) -> str:
        """The name under which a program finds it."""
        return f"{self.line.side}-{self.line.code}-{self.column}"

    def numbers(self, gettext: Callable[[str], str]) -> str:
        """Return the items' numbers, the first of very many."""
        named = gettext("、").join(str(number) for number in self.item_nos[:NUMBERS_MAX])
        more = len(self.item_nos) > NUMBERS_MAX
        return gettext(MORE).format(numbers=named) if more else named

    def lacking(self, gettext: Callable[[str], str]) -> str:
        """Say what lacks and where in the line."""
        if not self.item_nos:
            return gettext(OF_HEAD)
        counted_text = gettext(COUNTS[self.column]).format(count=self.count)
        return gettext(OF_ITEMS).format(counted=counted_text, numbers=self.numbers(gettext))

    def text(self, gettext: Callable[[str], str]) -> str:
        """Say the line, what it lacks and where."""
        return gettext(OF_LINE).format(
            code=self.line.code, name=self.line.name, lacking=self.lacking(gettext)
        )


class EstimateIncomplete(DomainError):
    """Items without explanation, second-level object or unit; revenue without its law."""

    code = "E-ESTIMATE-INCOMPLETE"
    message = N_(
        "{label} 有 {lines:,} 個科目尚未填齊，不能送審：{missing}。請開啟所列科目補齊後再送。"
    )
    status_code = 422

    def __init__(self, *, label: str, gaps: Sequence[Gap]) -> None:
        self.gaps = gaps
        lines = {(one.line.side, one.line.code) for one in gaps}
        super().__init__(
            label=label,
            lines=len(lines),
            fields={one.field: CELLS[one.column] for one in gaps[:NAMED_MAX]},
        )

    def text(self, translate: Callable[[str], str]) -> str:
        """Return the message with one figure for each column that is not filled."""
        counts = {
            column: sum(one.count for one in self.gaps if one.column == column) for column in COUNTS
        }
        missing = translate("、").join(
            translate(COUNTS[column]).format(count=count)
            for column, count in counts.items()
            if count
        )
        return translate(self.message).format(**self.detail, missing=missing)

    def field_texts(self, translate: Callable[[str], str]) -> dict[str, str]:
        """Return what each line lacks, with its items' numbers."""
        return {one.field: one.text(translate) for one in self.gaps[:NAMED_MAX]}


def require_complete(estimate: Estimate, *, objects: Sequence[ObjectCode]) -> None:
    """Raise EstimateIncomplete unless every item says what the budget book prints of it."""
    gaps = gaps_of(estimate.lines, objects=objects)
    if gaps:
        raise EstimateIncomplete(label=estimate.label, gaps=gaps)


def gaps_of(lines: Iterable[EstimateLine], *, objects: Sequence[ObjectCode]) -> tuple[Gap, ...]:
    """Return what is lacking, line by line; a line without items asks for no money."""
    above = {one.parent for one in objects if one.parent}
    divided = {one.code for one in objects if one.level == 1 and one.code in above}
    return tuple(gap for line in lines if line.items for gap in _of_line(line, divided))


def cell_faults(line: EstimateLine, *, objects: Sequence[ObjectCode]) -> dict[str, str]:
    """Return what is lacking by the names of the form's cells."""
    places = {item.item_no: at for at, item in enumerate(line.items)}
    faults: dict[str, str] = {}
    for gap in gaps_of([line], objects=objects):
        names = [f"items-{places[number]}-{gap.column}" for number in gap.item_nos]
        faults |= dict.fromkeys(names or [gap.column], CELLS[gap.column])
    return faults


def _of_line(line: EstimateLine, divided: set[str]) -> Iterator[Gap]:
    lacking: dict[str, list[int]] = {}
    for item in line.items:
        for column in _of_item(item, divided, is_expenditure=line.side == EXPENDITURE):
            lacking.setdefault(column, []).append(item.item_no)
    for column in COUNTS:
        if column in lacking:
            yield Gap(line=line, column=column, item_nos=tuple(lacking[column]))
    if line.side == REVENUE and not line.legal_basis:
        yield Gap(line=line, column=LEGAL_BASIS)


def _of_item(item: EstimateItem, divided: set[str], *, is_expenditure: bool) -> Iterator[str]:
    """Give the columns that one item lacks.

    Revenue has no object. An object that the county's table of the year does not divide (債務費
    in the tables that come with the module) is as far as anybody can go.
    """
    if is_expenditure and item.object_code in divided:
        yield OBJECT
    if not item.explanation.strip():
        yield EXPLANATION
    if not item.unit.strip() and counted(item.quantity) != 1:
        yield UNIT
