"""What a demo county gets: requests in every state of one agency, and the check of the main job."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid
from collections.abc import Sequence

from zhuji_accounting.domain.request import RequestKind, SpendingRequest
from zhuji_accounting.usecases.approve_request import approve_request
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.return_request import return_request
from zhuji_accounting.usecases.send_request import send_request
from zhuji_accounting.usecases.write_request import WantedLine, WantedRequest
from zhuji_core.contracts.funds import ControlRowQuery, FundPosition
from zhuji_core.demo.client import DemoClient, Reply
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.agencies import Agency, find_agencies
from zhuji_core.modules import DemoAccount, DemoStep
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

PREFERRED_AGENCY = "00020070000"  # Taichung's 研究發展考核委員會: small, with every kind of object
SEE_OTHER = 303
CONFLICT = 409
CHECK_NTD = 1_000  # given back at the end, so the check may run any number of times

# Colleagues of the demo accounts: those are made after this seed, so their ids are not known yet.
COLLEAGUES = uuid.UUID("0198c5a0-0000-7000-8000-acc000000001")


# One of each office that a document passes through, and what it does there.
PEOPLE = (
    ("req", "經辦示範", "REQ", N_("填寫動支申請、報支及暫付案")),
    ("sup", "業務主管示範", "SUP", N_("核准動支申請、報支及暫付案，驗收")),
    ("rev", "審核示範", "REV", N_("簽證動支申請、審核報支案、覆核傳票")),
    ("cacc", "主辦會計示範", "CACC", N_("核定報支及暫付案、核定傳票、關閉會計月份、年度結帳")),
    ("head", "機關首長示範", "HEAD", N_("核准動支申請、報支及暫付案")),
    ("prep", "製票示範", "PREP", N_("製作傳票")),
    ("book", "登帳示範", "BOOK", N_("登帳")),
)


class Seed(Value, frozen=True, kw_only=True):
    """One request of the demo; ``object_code`` chooses the control row, ``until`` its state."""

    purpose: str
    basis: str
    payee: str
    kind: RequestKind
    object_code: str
    amount_ntd: int
    until: str
    days_ago: int


SEEDS = (
    Seed(
        purpose="資訊室 3 月份事務機租金",
        basis="採購契約第 105-012 號",
        payee="示範事務機器股份有限公司",
        kind=RequestKind.CONTRACT,
        object_code="02",
        amount_ntd=46_500,
        until="certified",
        days_ago=9,
    ),
    Seed(
        purpose="為民服務品質提升研習講座鐘點費",
        basis="105 年 3 月 2 日簽",
        payee="講座王○○等 4 人",
        kind=RequestKind.ORDINARY,
        object_code="02",
        amount_ntd=12_800,
        until="certified",
        days_ago=7,
    ),
    Seed(
        purpose="市政滿意度調查委託研究第一期款",
        basis="委託契約第 105-003 號",
        payee="示範民意調查有限公司",
        kind=RequestKind.CONTRACT,
        object_code="02",
        amount_ntd=360_000,
        until="unit_approved",
        days_ago=4,
    ),
    Seed(
        purpose="赴臺北參加政府服務品質評獎說明會差旅費",
        basis="105 年 3 月 8 日出差申請單",
        payee="陳○○",
        kind=RequestKind.TRAVEL,
        object_code="02",
        amount_ntd=2_260,
        until="unit_approved",
        days_ago=3,
    ),
    Seed(
        purpose="施政計畫管考系統伺服器記憶體擴充",
        basis="105 年 3 月 10 日簽",
        payee="示範資訊股份有限公司",
        kind=RequestKind.PURCHASE,
        object_code="03",
        amount_ntd=98_000,
        until="submitted",
        days_ago=2,
    ),
    Seed(
        purpose="1999 話務中心文具紙張",
        basis="105 年 3 月 11 日簽",
        payee="示範文具行",
        kind=RequestKind.PURCHASE,
        object_code="02",
        amount_ntd=8_640,
        until="submitted",
        days_ago=1,
    ),
    Seed(
        purpose="學生研究論文獎助",
        basis="獎助作業要點",
        payee="獲獎學生 6 人",
        kind=RequestKind.SUBSIDY,
        object_code="04",
        amount_ntd=60_000,
        until="returned",
        days_ago=5,
    ),
)


def seed(uow: UnitOfWork) -> Sequence[DemoAccount]:
    """Write the demo's requests through the use cases; tell the accounts to look around with."""
    agency = _agency(uow)
    if agency is None:
        return []
    rows = _control_rows(uow, agency.agency_code)
    for one in SEEDS:
        row = next((row for row in rows if row.object_code == one.object_code), rows[0])
        _write(uow, agency, row, one)
    return _accounts(agency.agency_code)


def _accounts(agency_code: str) -> list[DemoAccount]:
    accounts = [
        DemoAccount(
            account=account, name=name, roles=(role,), agency_code=agency_code, does=(does,)
        )
        for account, name, role, does in PEOPLE
    ]
    auditor = DemoAccount(
        account="aud",
        name="審計示範",
        roles=("AUD",),
        agency_code="",
        county_wide=True,
        does=(N_("查詢預算、動支、傳票、帳簿及報表，不能異動"),),
    )
    return [*accounts, auditor]


def _agency(uow: UnitOfWork) -> Agency | None:
    """Return the preferred agency, else the first one that has a budget."""
    agencies = find_agencies(uow)
    preferred = [one for one in agencies if one.agency_code == PREFERRED_AGENCY]
    candidates = [*preferred, *agencies]
    return next((one for one in candidates if _control_rows(uow, one.agency_code)), None)


def _control_rows(uow: UnitOfWork, agency_code: str) -> list[FundPosition]:
    """Return the agency's rows, those with most money first."""
    query = ControlRowQuery(agency_code=agency_code, fiscal_year=uow.fiscal_year, limit=50)
    rows = uow.hooks.find_control_rows(uow, query)
    return sorted(rows, key=lambda row: -row.available_ntd)


def _write(uow: UnitOfWork, agency: Agency, row: FundPosition, one: Seed) -> None:
    """Take one request as far as its seed says, each step by another colleague."""
    then = uow.now - dt.timedelta(days=one.days_ago)
    writer, head, reviewer = (
        dataclasses.replace(uow, actor=_colleague(uow, agency, name), now=then)
        for name in ("林經辦（示範）", "張科長（示範）", "李審核（示範）")
    )
    request = send_request(writer, wanted=_wanted(one, row))
    if one.until == "returned":
        return_request(head, request_id=request.request_id, reason="請補附獎助名冊。")
    if one.until in {"unit_approved", "certified"}:
        approve_request(head, request_id=request.request_id)
    if one.until == "certified":
        _certify(reviewer, request)


def _certify(reviewer: UnitOfWork, request: SpendingRequest) -> None:
    outcomes = certify_requests(reviewer, request_ids=[request.request_id])
    refusal = outcomes[0].refusal
    assert refusal is None, f"the demo's budget has room for its requests: {refusal}"


def _wanted(one: Seed, row: FundPosition) -> WantedRequest:
    return WantedRequest(
        kind=one.kind,
        purpose=one.purpose,
        basis=one.basis,
        payee=one.payee,
        lines=(WantedLine(control_row_id=row.control_row_id, amount_ntd=one.amount_ntd),),
    )


def _colleague(uow: UnitOfWork, agency: Agency, name: str) -> Actor:
    return Actor(
        user_id=uuid.uuid5(COLLEAGUES, name),
        account=uow.actor.account,
        name=name,
        agency_code=agency.agency_code,
        agency_name=agency.name,
        roles=(),
        role_titles=(),
        permissions=uow.actor.permissions,
    )


def check(client: DemoClient) -> Sequence[DemoStep]:
    """Write, approve, certify; be refused for one dollar too much; give everything back."""
    office = Office(client)
    before_ntd = office.available_ntd()
    request_id, written = office.send(CHECK_NTD)
    approved = office.head.post_form(f"accounting/requests/{request_id}/approval", {})
    certified = office.reviewer.post_form(f"accounting/requests/{request_id}/certification", {})
    receipt = office.receipt(request_id)
    after_ntd = office.available_ntd()
    steps = [
        _reply("經辦填寫並送出動支申請", written, SEE_OTHER),
        _reply("業務主管核准", approved, SEE_OTHER),
        _reply("審核簽證", certified, SEE_OTHER, figures={"certified_ntd": CHECK_NTD}),
        _equal("簽證憑據所載餘額", before_ntd - CHECK_NTD, receipt["remaining_ntd"]),
        _equal("可用餘額已減少", before_ntd - CHECK_NTD, after_ntd),
        *office.refused_steps(after_ntd),
    ]
    office.give_back(request_id)
    steps.append(_equal("釋放後可用餘額回復", before_ntd, office.available_ntd()))
    return steps


class Office:
    """The demo accounts of one agency and the control row that the check uses."""

    def __init__(self, client: DemoClient) -> None:
        self.writer = client.as_role("REQ")
        self.head = client.as_role("SUP")
        self.reviewer = client.as_role("REV")
        items = self.writer.get_json("accounting/control-rows")["items"]
        available = {item["value"]: self._available_ntd(item["value"]) for item in items}
        self.control_row_id = max(available, key=lambda row_id: available[row_id])

    def available_ntd(self) -> int:
        return self._available_ntd(self.control_row_id)

    def _available_ntd(self, control_row_id: str) -> int:
        answer = self.writer.get_json(f"accounting/availability?control_row_id={control_row_id}")
        found = re.search(r"可用 (−?[\d,]+)", answer["text"])
        return int(found[1].replace(",", "").replace("−", "-")) if found else 0

    def send(self, amount_ntd: int) -> tuple[str, Reply]:
        """Fill in the form as a clerk does; return the new request's id."""
        reply = self.writer.post_form(
            "accounting/requests/new",
            {
                "kind": "ordinary",
                "purpose": f"示範檢查 {uuid.uuid4().hex[:8]}",
                "basis": "zhuji demo --check",
                "payee": "示範受款人",
                "lines-0-control_row_id": self.control_row_id,
                "lines-0-amount": f"{amount_ntd:,}",
                "act": "send",
            },
        )
        return reply.location.rpartition("/")[2], reply

    def receipt(self, request_id: str) -> dict[str, int]:
        """Return the first line of the availability receipt, or nothing."""
        detail = self.writer.get_json(f"api/v1/accounting/requests/{request_id}")
        certification = detail["certification"] or {"receipt": [{"remaining_ntd": 0}]}
        line: dict[str, int] = certification["receipt"][0]
        return line

    def refused_steps(self, available_ntd: int) -> list[DemoStep]:
        """Ask for one dollar more than there is; the refusal says the arithmetic."""
        request_id, _ = self.send(available_ntd + 1)
        self.head.post_form(f"accounting/requests/{request_id}/approval", {})
        path = f"accounting/requests/{request_id}"
        page = self.reviewer.post_form(f"{path}/certification", {})
        reply = self.reviewer.post_json(f"api/v1/{path}/certification", {})
        problem = reply.json()
        arithmetic = problem.get("arithmetic", {})
        self.reviewer.post_form(f"{path}/return", {"reason": "餘額不足，退回。"})
        self.writer.post_form(f"{path}/withdrawal", {})
        return [
            _reply("餘額不足者不予簽證（頁面）", page, CONFLICT),
            DemoStep(
                title="拒絕所附算式",
                expected=f"可用 {available_ntd:,}，短少 1",
                got=str(problem.get("detail", "")),
                passed=reply.status == CONFLICT
                and arithmetic.get("available_ntd") == available_ntd
                and arithmetic.get("short_ntd") == 1,
                figures=arithmetic,
            ),
            _equal("拒絕後可用餘額不變", available_ntd, self.available_ntd()),
        ]

    def give_back(self, request_id: str) -> None:
        self.reviewer.post_form(
            f"accounting/requests/{request_id}/release",
            {"amount-1": f"{CHECK_NTD:,}", "reason": "示範檢查完畢"},
        )


def _reply(
    title: str, reply: Reply, status: int, *, figures: dict[str, int] | None = None
) -> DemoStep:
    return DemoStep(
        title=title,
        expected=str(status),
        got=str(reply.status),
        passed=reply.status == status,
        figures=figures or {},
    )


def _equal(title: str, expected_ntd: int, got_ntd: int) -> DemoStep:
    return DemoStep(
        title=title,
        expected=f"{expected_ntd:,}",
        got=f"{got_ntd:,}",
        passed=expected_ntd == got_ntd,
        figures={"available_ntd": got_ntd},
    )
