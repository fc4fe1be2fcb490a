"""One line of the bill before the council: what the bill says of it, and its decisions to key."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

from zhuji_budget.domain.council import CouncilChange
from zhuji_budget.queries.council import CouncilLine, CouncilRow
from zhuji_budget.web.review_form import NOWHERE, Typed, amount_of
from zhuji_budget.web.views.words import ACCOUNTS, Gettext, change_percent
from zhuji_core.formats import format_ntd
from zhuji_core.web.components import Fact, Grid, GridColumn, GridKind, GridRow, Kind
from zhuji_core.web.forms import row_faults

KEYED = ("cut", "frozen", "condition")


def line_facts(
    line: CouncilLine, *, address: Callable[[str], str], gettext: Gettext
) -> tuple[Fact, ...]:
    facts = [
        Fact(
            label=gettext("科目編號"), value=line.code, url=address(f"budget/lines/{line.line_id}")
        ),
        Fact(label=gettext("機關"), value=line.agency_name),
        Fact(label=gettext("上年度預算（元）"), value=line.last_year_ntd, kind=Kind.AMOUNT),
        Fact(label=gettext("預算案數（元）"), value=line.bill_ntd, kind=Kind.AMOUNT),
        Fact(
            label=gettext("增減（元）"), value=line.bill_ntd - line.last_year_ntd, kind=Kind.AMOUNT
        ),
        Fact(
            label=gettext("增減比率"),
            value=change_percent(line.last_year_ntd, line.bill_ntd, gettext),
        ),
        Fact(label=gettext("增減原因"), value=line.reason),
    ]
    return tuple(fact for fact in facts if fact.value != "")


def wanted_of(typed: Typed) -> list[CouncilChange]:
    """Return what was keyed; a row in which nothing stands is passed as the bill has it."""
    return [
        CouncilChange(
            control_row_id=_id_of(row),
            cut_ntd=amount_of(row.get("cut", "")),
            frozen_ntd=amount_of(row.get("frozen", "")),
            condition=row.get("condition", ""),
        )
        for row in _said(typed)
    ]


def named_faults(typed: Typed, faults: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the faults by the id of their row: the rule numbers only rows that say something."""
    return {
        # The row itself is given: what is wrong with it stands where one begins to key.
        row.get("id", ""): {
            "cut" if name == "row" else name: text
            for name, text in row_faults(faults, number, name="council").items()
        }
        for number, row in enumerate(_said(typed))
    }


def line_grid(
    rows: Sequence[CouncilRow],
    typed: Typed | None,
    *,
    faults: Mapping[str, Mapping[str, str]],
    gettext: Gettext,
) -> Grid:
    """Return the line's rows beside the bill; ``typed`` None: what stands now."""
    keyed = {row.get("id", ""): row for row in typed or ()}
    unit = gettext("元")
    return Grid(
        caption=gettext("議會審議結果"),
        name="council",
        fixed_title=gettext("用途別"),
        limit_title=gettext("預算案數"),
        rest_title=gettext("刪減、凍結後可用"),
        columns=(
            GridColumn(name="cut", title=gettext("刪減數"), unit=unit, kind=GridKind.AMOUNT),
            GridColumn(name="frozen", title=gettext("凍結數"), unit=unit, kind=GridKind.AMOUNT),
            GridColumn(
                name="condition", title=gettext("附帶決議、解除條件"), width=4, length_max=500
            ),
        ),
        rows=tuple(
            GridRow(
                id=str(row.control_row_id),
                title=f"{row.object_code} {row.object_name}".strip() or row.line_name,
                note=gettext(ACCOUNTS[row.account]),
                limit_ntd=row.bill_ntd,
                values=_stands(row) if typed is None else keyed.get(str(row.control_row_id), {}),
                errors=faults.get(str(row.control_row_id), {}),
            )
            for row in rows
        ),
    )


def _stands(row: CouncilRow) -> Mapping[str, str]:
    return {
        "cut": format_ntd(row.cut_ntd, zero=""),
        "frozen": format_ntd(row.frozen_ntd, zero=""),
        "condition": row.condition,
    }


def _said(typed: Typed) -> list[Mapping[str, str]]:
    return [row for row in typed if any(row.get(name, "").strip() for name in KEYED)]


def _id_of(row: Mapping[str, str]) -> uuid.UUID:
    try:
        return uuid.UUID(row.get("id", ""))
    except ValueError:
        return NOWHERE
