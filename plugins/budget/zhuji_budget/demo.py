"""What a demo county gets: Taichung the figures of its books, any other a small made-up budget."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence

from zhuji_budget.domain.adjustment import RowBefore
from zhuji_budget.domain.books.model import Budget
from zhuji_budget.domain.changes.model import Change, ChangeKind
from zhuji_budget.domain.changes.new_rows import WantedRow
from zhuji_budget.domain.supervisor import Supervised
from zhuji_budget.facts import load_facts
from zhuji_budget.store.adjustments import positions_of_year
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.allot_equally import allot_equally
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_budget import import_budget
from zhuji_budget.usecases.set_supervisors import set_supervisors
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change
from zhuji_core.demo.client import DemoClient
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.agencies import find_agency
from zhuji_core.modules import DemoAccount, DemoStep
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# Facts by county; a county without figures of its own says 示範 in every name that it shows.
FACTS = {"TXG": "taichung-105"}
MADE_UP = "demo-small"
ACT_NO = "示範文號（非實際文號）"

# Two of the budget office: who wrote, compiled or keyed something does not decide on it.
OFFICE_DOES = (
    N_("審議概算、編成預算案、登錄議會審議結果、法定預算成立"),
    N_("核定分配預算及預算變動"),
    N_("自己填寫或編成者，由主計處另一人核定"),
)
OFFICES = (
    ("bas", "主計處示範", "BAS", OFFICE_DOES),
    ("bas2", "主計處第二人示範", "BAS", OFFICE_DOES),
    ("frev", "財政局示範", "FREV", (N_("對分配預算表示意見"),)),
)
SUPERVISORS = (
    ("scacc", "主管機關會計示範", "CACC", (N_("核轉所屬機關之概算及分配預算"),)),
    (
        "shead",
        "主管機關首長示範",
        "HEAD",
        (N_("核轉所屬機關之概算及分配預算"), N_("核准本機關之預算變動")),
    ),
)
AGENCY_PEOPLE = (
    ("req", "經辦示範", "REQ", (N_("編製概算"), N_("填寫預算變動及執行月報"))),
    (
        "cacc",
        "主辦會計示範",
        "CACC",
        (N_("概算送審、擬編分配預算"), N_("填寫預算變動、送出執行月報")),
    ),
    ("head", "機關首長示範", "HEAD", (N_("概算送審"), N_("核准預算變動"))),
)
# Taichung's 研究發展考核委員會, whose people the accounting module brings.
PREFERRED_AGENCY = "00020070000"
COLLEAGUES = uuid.UUID("0198c5a0-0000-7000-8000-bad000000001")
SPRING, WINTER = 4, 12
NEW_NTD = 250_000
OK = 200
NOT_FOUND = 404


def seed(uow: UnitOfWork) -> Sequence[DemoAccount]:
    """Import the county's facts, enact and allot them; who administers it is the kernel's."""
    facts = load_facts(FACTS.get(uow.county.code, MADE_UP))
    import_budget(uow, budget=facts.budget, pack=facts.pack)
    fiscal_year = facts.budget.fiscal_year
    enact_year(uow, fiscal_year=fiscal_year, act_no=ACT_NO)
    allot_equally(uow, fiscal_year=fiscal_year)
    _write_changes(uow, fiscal_year=fiscal_year)
    return [*_people(OFFICES), *_supervised_people(uow, facts.budget)]


def _supervised_people(uow: UnitOfWork, budget: Budget) -> list[DemoAccount]:
    """Give an agency its supervising agency, the first of its department, and both their people."""
    first: dict[str, str] = {}
    for one in sorted(budget.agencies, key=lambda one: one.code):
        first.setdefault(one.department_code, one.code)
    supervised = [one for one in budget.agencies if first[one.department_code] != one.code]
    if not supervised:
        return []
    agency = min(supervised, key=lambda one: (one.code != PREFERRED_AGENCY, one.code))
    above = first[agency.department_code]
    set_supervisors(uow, wanted=[Supervised(agency_code=agency.code, supervisor_code=above)])
    return [*_people(AGENCY_PEOPLE, agency.code), *_people(SUPERVISORS, above)]


def _people(
    named: Sequence[tuple[str, str, str, tuple[str, ...]]], agency_code: str = ""
) -> list[DemoAccount]:
    """Return one account each, of the agency, or of the whole county when there is none."""
    return [
        DemoAccount(
            account=account,
            name=name,
            roles=(role,),
            agency_code=agency_code,
            county_wide=not agency_code,
            does=does,
        )
        for account, name, role, does in named
    ]


def _write_changes(uow: UnitOfWork, *, fiscal_year: int) -> None:
    """Leave a virement with the head, a first reserve with the budget office, and a supplement.

    None of them takes effect, so the published figures stay what they are.
    """
    agency = _agency_of_changes(uow, fiscal_year=fiscal_year)
    if agency is None:
        return
    agency_code, rows, reserve = agency
    supplies = next(row for row in rows if row.role == "" and row.account == "current")
    other = next(row for row in rows if row is not supplies and row.role == "")
    moved_ntd = min(supplies.enacted_ntd, other.enacted_ntd) // 10
    virement = (_line(supplies, -moved_ntd, SPRING), _line(other, moved_ntd, SPRING))
    reserved_ntd = reserve.allotment_ntd[WINTER - 1] // 2
    drawn = (_line(reserve, -reserved_ntd, WINTER), _line(supplies, reserved_ntd, SPRING))
    new_row = WantedRow(
        line_code=supplies.line_code, object_code=supplies.object_code, account="capital"
    )
    begun = (WantedChangeLine(amount_ntd=NEW_NTD, month=SPRING, new_row=new_row),)
    writer, head, office = (
        dataclasses.replace(uow, actor=_colleague(uow, agency_code, name))
        for name in ("林經辦（示範）", "張首長（示範）", "主計處陳科員（示範）")
    )
    _send(writer, ChangeKind.VIREMENT, "補助增加，由業務費流用（示範）", virement, fiscal_year)
    sent = _send(writer, ChangeKind.FIRST_RESERVE, "臨時業務所需（示範）", drawn, fiscal_year)
    agree_change(head, document_id=sent.document_id)
    wanted = WantedChange(
        kind=ChangeKind.SUPPLEMENT,
        purpose="第一次追加預算草稿：新增設備（示範）",
        lines=begun,
        fiscal_year=fiscal_year,
        agency_code=agency_code,
    )
    write_change(office, wanted=wanted)


def _agency_of_changes(
    uow: UnitOfWork, *, fiscal_year: int
) -> tuple[str, list[RowBefore], RowBefore] | None:
    """Return an agency with a first reserve and a line of two objects that are not personnel."""
    by_agency: dict[str, list[RowBefore]] = {}
    for row in positions_of_year(uow, fiscal_year=fiscal_year):
        by_agency.setdefault(row.agency_code, []).append(row)
    for agency_code in sorted(by_agency, key=lambda code: (code != PREFERRED_AGENCY, code)):
        rows = by_agency[agency_code]
        reserves = [row for row in rows if row.role == "first_reserve"]
        lines: dict[str, list[RowBefore]] = {}
        for row in rows:
            lines.setdefault(row.line_code, []).append(row)
        for own in lines.values():
            free = [row for row in own if row.role == "" and row.account == "current"]
            if reserves and len(free) > 1:
                return agency_code, sorted(free, key=lambda row: row.object_code), reserves[0]
    return None


def _line(row: RowBefore, amount_ntd: int, month: int) -> WantedChangeLine:
    return WantedChangeLine(control_row_id=row.control_row_id, amount_ntd=amount_ntd, month=month)


def _send(
    uow: UnitOfWork,
    kind: ChangeKind,
    purpose: str,
    lines: tuple[WantedChangeLine, ...],
    fiscal_year: int,
) -> Change:
    wanted = WantedChange(kind=kind, purpose=purpose, lines=lines, fiscal_year=fiscal_year)
    draft = write_change(uow, wanted=wanted)
    return submit_change(uow, document_id=draft.document_id)


def _colleague(uow: UnitOfWork, agency_code: str, name: str) -> Actor:
    """Return one of the people who wrote the demo's documents: they have no account."""
    agency = find_agency(uow, agency_code=agency_code)
    return Actor(
        user_id=uuid.uuid5(COLLEAGUES, name),
        account=uow.actor.account,
        name=name,
        agency_code=agency_code,
        agency_name=agency.name if agency else agency_code,
        roles=(),
        role_titles=(),
        permissions=uow.actor.permissions,
    )


def check(client: DemoClient) -> Sequence[DemoStep]:
    """Read the list and one line: the page shows the balance that the API reckons."""
    session = client.as_role("BAS")
    lines = session.get_json("api/v1/budget/lines?limit=200")
    totals = lines["totals"]
    line = next(item for item in lines["items"] if item["available_ntd"])
    detail = session.get_json(f"api/v1/budget/lines/{line['line_id']}")
    available_ntd = sum(row["available_ntd"] for row in detail["control_rows"])
    page = session.get(f"budget/lines/{line['line_id']}")
    shown = page.status == OK and f"{available_ntd:,}" in page.text
    missing = session.get("budget/lines/00000000-0000-0000-0000-000000000000")
    return [
        DemoStep(
            title="預算科目清單",
            expected="有科目與總額",
            got=f"{totals['lines']:,} 個科目，NT${totals['budget_ntd']:,}",
            passed=totals["lines"] > 0 and totals["budget_ntd"] > 0,
            figures={"lines": totals["lines"], "total_ntd": totals["budget_ntd"]},
        ),
        DemoStep(
            title=f"科目頁「{line['name']}」顯示可用餘額",
            expected=f"{line['available_ntd']:,}",
            got=f"{available_ntd:,}" if shown else f"{page.status}，頁面未顯示 {available_ntd:,}",
            passed=shown and available_ntd == line["available_ntd"],
            figures={"available_ntd": available_ntd},
        ),
        DemoStep(
            title="不存在的科目",
            expected=str(NOT_FOUND),
            got=str(missing.status),
            passed=missing.status == NOT_FOUND,
        ),
    ]
