"""Pages 40–43: contract staff and journeys, whose words and grounds are entered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zhuji_budget.domain.unit_book.edition import Edition, parents_of
from zhuji_budget.domain.unit_book.entered import Trip
from zhuji_budget.domain.unit_book.layout.agency import LEVELS
from zhuji_budget.domain.unit_book.layout.cells import (
    DOLLARS,
    THOUSANDS,
    amount,
    blank,
    centre,
    head,
    text,
)
from zhuji_budget.domain.unit_book.model import PlanPage, sum_ntd
from zhuji_budget.domain.unit_book.tables.contract_staff import TITLE, Group, groups_of
from zhuji_budget.domain.unit_book.tables.personnel import CONTRACT, is_personnel, who
from zhuji_budget.domain.unit_book.tables.trips import KINDS
from zhuji_core.booklets.model import FormRow, FormSheet

_NUMERALS = "一二三四五六"
_STAFF_WIDTHS = (4, 5, 4, 4, 34, 11, 11, 14, 40)
_TRIP_WIDTHS = (24, 14, 18, 30, 12, 7, 7, 10, 10, 10, 10, 16, 7, 16)


def contract_staff_sheet(edition: Edition) -> FormSheet | None:
    """Page 40, None where nobody is hired by contract."""
    plans = [(plan, groups_of(plan, edition.objects)) for plan in edition.book.plans]
    plans = [(plan, groups) for plan, groups in plans if groups]
    if not plans:
        return None
    total = sum(group.amount_ntd for _, groups in plans for group in groups)
    rows: list[FormRow] = [
        (*blank(4), text("合計"), *blank(2), amount(total), text(_by_object(edition)))
    ]
    seen: set[str] = set()
    for plan, groups in plans:
        rows += _above(edition, plan, plans, seen)
        rows += _group_rows(edition, plan, groups)
    return FormSheet(
        name=TITLE,
        title=TITLE,
        period=edition.period,
        unit=DOLLARS,
        widths=_STAFF_WIDTHS,
        heads=(
            (
                head("科目", across=5),
                head("約聘人員\n(人*月)", down=2),
                head("約僱人員\n(人*月)", down=2),
                head("全年度預算數", down=2),
                head("說明\n(詳列奉准文號及人數)", down=2),
            ),
            (*(head(level) for level in LEVELS), head("名稱及編號")),
        ),
        rows=tuple(rows),
    )


def _above(
    edition: Edition,
    plan: PlanPage,
    plans: Sequence[tuple[PlanPage, Sequence[Group]]],
    seen: set[str],
) -> Iterator[FormRow]:
    """Give the rows above a plan's groups that no plan before it had: 款, 項, 目, 節."""
    scheme = edition.book.scheme
    path = (*parents_of(scheme, plan.code, revenue=False), plan.code)
    for at, code in enumerate(path, start=1 + len(LEVELS) - len(path)):
        if code in seen:
            continue
        seen.add(code)
        inside = sum(
            group.amount_ntd
            for other, groups in plans
            if code in (*parents_of(scheme, other.code, revenue=False), other.code)
            for group in groups
        )
        heading = edition.headings.get(code)
        names = {scheme.up_to(plan.code, "plan"): plan.program} | {plan.code: plan.name}
        name = heading.name if heading else edition.name_of(code) or names.get(code, "")
        number = heading.number if heading else ""
        marks = [centre(number if level == at else "") for level in range(1, len(LEVELS) + 1)]
        yield (
            *marks,
            text(f"{code}\n{name}", indent=at - 1),
            *blank(2),
            amount(inside),
            *blank(),
        )


def _group_rows(edition: Edition, plan: PlanPage, groups: Sequence[Group]) -> Iterator[FormRow]:
    grounds = {
        one.group: one.text for one in edition.entered.approvals if one.plan_code == plan.code
    }
    for number, group in enumerate(groups):
        yield (
            *blank(5),
            centre(group.persons if group.hired else ""),
            centre("" if group.hired else group.persons),
            amount(group.amount_ntd),
            text(grounds.get(number, "")),
        )


def _by_object(edition: Edition) -> str:
    """Return the note of 合計: 包括約聘僱人員待遇26,544,873元、獎金4,296,786元."""
    lines = [
        item
        for item in edition.book.items()
        if is_personnel(item, edition.objects) and who(item) == CONTRACT
    ]
    parts = [
        f"{one.name}{spent:,}元"
        for one in edition.objects.objects
        if (spent := sum_ntd(item for item in lines if item.object_code == one.code))
    ]
    return "包括" + "、".join(parts) + "。" if parts else ""


def trip_sheets(edition: Edition) -> Iterator[FormSheet]:
    """Give pages 41–43, where journeys were entered."""
    trips, before = edition.entered.trips, edition.entered.trips_before
    if not trips and not before:
        return
    yield _summary(edition)
    for mainland, title in ((False, "派員出國計畫預算類別表"), (True, "派員赴大陸計畫預算類別表")):
        own = [trip for trip in trips if trip.mainland == mainland]
        if own:
            yield _trips(edition, own, title=title, mainland=mainland)


def _summary(edition: Edition) -> FormSheet:
    before = {one.kind: one for one in edition.entered.trips_before}
    rows = []
    for kind in KINDS:
        own = [trip for trip in edition.entered.trips if trip.kind == kind]
        last = before.get(kind)
        rows.append(
            (
                centre(kind),
                *_trip_sums(own),
                amount(last.count if last else 0),
                centre(last.people if last else ""),
                amount(last.amount_ntd if last else 0, unit_ntd=1_000),
            )
        )
    last_count = sum(one.count for one in before.values())
    only = next(iter(before.values())).people if len(before) == 1 else ""
    rows.append(
        (
            centre("合計"),
            *_trip_sums(edition.entered.trips),
            amount(last_count),
            centre(only),
            amount(sum(one.amount_ntd for one in before.values()), unit_ntd=1_000),
        )
    )
    heads = ("類別", "本年度計畫項數", "本年度預計人天", "本年度預算數",
             "上年度計畫項數", "上年度核定人天", "上年度預算數")  # fmt: skip
    return FormSheet(
        name="派員出國計畫預算總表",
        title="派員出國計畫預算總表",
        period=edition.period,
        unit=THOUSANDS,
        widths=(14, 16, 16, 16, 16, 16, 16),
        heads=(tuple(head(one) for one in heads),),
        rows=tuple(rows),
    )


def _trip_sums(trips: Sequence[Trip]) -> FormRow:
    persons, days = sum(trip.persons for trip in trips), sum(trip.days for trip in trips)
    return (
        amount(len(trips)),
        centre(f"{persons}人x{days}天" if trips else ""),
        amount(sum(trip.amount_ntd for trip in trips), unit_ntd=1_000),
    )


def _trips(edition: Edition, trips: Sequence[Trip], *, title: str, mainland: bool) -> FormSheet:
    words = ("擬前往地區", "擬拜會單位", "工作內容") if mainland else (
        "擬前往國家", "擬拜會機構", "計畫內容")  # fmt: skip
    lead = ("計畫名稱", *words, "預計前往期間", "預計天數", "擬派人數")
    asked = "單位" if mainland else "機構"
    rows: list[FormRow] = []
    for number, kind in enumerate(one for one in KINDS if any(t.kind == one for t in trips)):
        rows.append((text(f"{_NUMERALS[number]}、{kind}"), *blank(13)))
        rows += [_trip_row(trip) for trip in trips if trip.kind == kind]
    return FormSheet(
        name=title,
        title=title,
        period=edition.period,
        unit=THOUSANDS,
        widths=_TRIP_WIDTHS,
        heads=(
            (
                *(head(word, down=2) for word in lead),
                head("旅費預算", across=4),
                head("歸屬預算科目", down=2),
                head(f"前3年內有無赴\n同一{asked}拜會", across=2),
            ),
            tuple(
                head(word)
                for word in ("交通費", "生活費", "辦公費", "合計", "有/無", "如有，說明其內容")
            ),
        ),
        rows=tuple(rows),
        landscape=True,
    )


def _trip_row(trip: Trip) -> FormRow:
    parts = (trip.transport_ntd, trip.living_ntd, trip.office_ntd, trip.amount_ntd)
    return (
        *(text(one) for one in (trip.name, trip.place, trip.host, trip.content, trip.period)),
        amount(trip.days),
        amount(trip.persons),
        *(amount(one, unit_ntd=1_000) for one in parts),
        text(trip.charged_to),
        centre(trip.visited),
        text(trip.visited_note),
    )
