"""Who signs in to a demo county, and who wrote its documents."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence

from zhuji_budget.domain.books.model import Budget
from zhuji_budget.domain.supervisor import Supervised
from zhuji_budget.usecases.set_supervisors import set_supervisors
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.agencies import find_agency
from zhuji_core.modules import DemoAccount
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# Taichung's 研究發展考核委員會, whose people the accounting module brings.
PREFERRED_AGENCY = "00020070000"
COLLEAGUES = uuid.UUID("0198c5a0-0000-7000-8000-bad000000001")

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


def office_people() -> list[DemoAccount]:
    """Return those of the whole county: two of the budget office, and finance."""
    return _people(OFFICES)


def supervised_people(uow: UnitOfWork, budget: Budget) -> list[DemoAccount]:
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


def acting(uow: UnitOfWork, agency_code: str, name: str) -> UnitOfWork:
    """Return the unit of work in the hands of a colleague of the demo."""
    return dataclasses.replace(uow, actor=_colleague(uow, agency_code, name))


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
