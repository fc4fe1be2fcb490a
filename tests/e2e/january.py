"""The people of a small agency at their keyboards: each step of the golden quarter through pages.

What the step is and which figures it must meet stands in ``tests/golden``; here stands which page
is opened and which key is pressed. Every document goes the way that the API's replay goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import Browser, expect

from tests.core.site import PASSWORD
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from tests.golden import figures, quarter
from tests.golden.budget import enact
from tests.golden.comparison import Compared, compare
from tests.golden.government import GOLDEN
from tests.golden.journal import G9
from tests.golden.lived import given_agencies
from tests.golden.replay import BASIS, KEEPER, PAYEE, TRAVELLER, Replay
from tests.golden.reports import API, Books, cash_by_month, journal
from tests.golden.tables import JOURNAL_COLUMNS
from tests.golden.town import PEOPLE, Town, Unexpected, day_of

# How a clerk finds a row of the budget: some letters of its work plan and its object.
SOUGHT = {"L1": "行政管理 人事", "L2": "行政管理 業務", "L3": "戶籍登記 業務"}
SETTLE_BY = "1140228"
JANUARY = [
    step for step in quarter.STEPS if step.day < "02" or step == quarter.Close(day="02-03", month=1)
]
Keyed = list[tuple[quarter.Step, int]]


class AtKeyboard(Replay):
    """A replay whose steps are keyed; what the pages show is kept as the API's answers are."""

    def sit_down(self, chromium: Browser) -> None:
        self.presses, self.eyes = Presses(), Eyes()
        self._chromium = chromium
        self._desks: dict[str, Desk] = {}

    def desk(self, account: str) -> Desk:
        """Return the desk of a person of the agency, signed in at the first use."""
        if account not in self._desks:
            own, town = f"{account}{self.agency.number}", self.agency.town
            town.person(own, PEOPLE[account], agency_code=self.agency.code)
            context = self._chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
            desk = Desk(context, base=town.site.address, presses=self.presses, eyes=self.eyes)
            desk.sign_in(own, PASSWORD)
            self._desks[account] = desk
        return self._desks[account]

    @property
    def faults(self) -> list[str]:
        return [fault for desk in self._desks.values() for fault in desk.faults]

    # a request

    def certify(self, step: quarter.Certify) -> None:
        desk = self.desk("clerk")
        desk.open("/txg/accounting/requests/new")
        for text in (step.purpose, BASIS, PAYEE["name"]):
            desk.type(text)
            desk.press("Tab")
        choose(desk, "#kind", step.kind)
        desk.press("Tab")
        desk.type(SOUGHT[step.line])
        desk.page.wait_for_selector("#picker-list [role=option] .code")
        desk.press("Enter")
        desk.press("Tab", times=2)
        desk.type(str(step.amount_ntd))
        desk.look("january-request")
        desk.go("F9")
        self.labels[step.no] = label_of(desk)
        self.requests[step.no] = desk.page.url.rpartition("/")[2]
        self.approve(self.labels[step.no])
        self.examine(step, self.labels[step.no])

    def approve(self, label: str) -> None:
        chief = self.desk("chief")
        find(chief, "待核准動支申請", label)
        chief.go("F9")

    def examine(self, step: quarter.Certify, label: str) -> None:
        """Certify it; what the receipt says must be what the golden quarter says."""
        reviewer = self.desk("reviewer")
        find(reviewer, "待簽證動支申請", label)
        reviewer.go("F9")
        reviewer.look("january-refused" if step.refused else "january-certified")
        if step.refused and step.refused not in reviewer.text():
            raise Unexpected(f"{label} is not refused with {step.refused}: {reviewer.text()}")

    # a claim

    def pay(self, step: quarter.Pay) -> None:
        desk = self.desk("clerk")
        desk.open(f"/txg/accounting/requests/{self.requests[step.no]}")
        desk.access("c")
        desk.follow("^報支$")
        net_ntd = step.amount_ntd - step.withheld_ntd
        fill(desk, memo=step.memo)
        choose(desk, "#kind", step.kind)
        fill(desk, **{"lines-0-amount": step.amount_ntd})
        if step.kind == "payroll":
            month = int(step.day[:2])
            kept = {"withheld-income_tax": step.withheld_ntd}
            fill(desk, **{"payroll-month": month, "payroll-head_count": 12, **kept})
        choose(desk, "#documents-0-kind", "receipt")
        fill(
            desk,
            **{
                "documents-0-number": step.memo,
                "documents-0-dated_on": self.typed_day(step.day),
                "documents-0-amount": step.amount_ntd,
                "payees-0-name": PAYEE["name"],
                "payees-0-identifier": PAYEE["identifier"],
                "payees-0-bank_code": PAYEE["bank_code"],
                "payees-0-branch_code": PAYEE["branch_code"],
                "payees-0-account_no": PAYEE["account_no"],
                "payees-0-amount": net_ntd,
            },
        )
        desk.look(f"january-claim-{step.kind}")
        desk.go("F9")
        desk.go("F9")
        self._pass(
            label_of(desk),
            ("keeper", "待驗收報支案"),
            ("chief", "待核准報支案"),
            ("reviewer", "待審核報支案"),
            ("accountant", "待核定報支案"),
        )
        self.take_into_the_books()

    def advance(self, step: quarter.Advance) -> None:
        desk = self.desk("clerk")
        desk.open(f"/txg/accounting/requests/{self.requests[step.no]}")
        desk.access("c")
        desk.follow("^暫付$")
        fill(desk, **{"lines-0-amount": step.amount_ntd})
        choose(desk, "#kind", step.kind)
        petty = step.kind == "petty_cash"
        fill(desk, memo=step.memo)
        if not petty:
            fill(desk, settle_by=SETTLE_BY)
        fill(desk, receiver_name=KEEPER if petty else TRAVELLER)
        desk.look(f"january-advance-{step.kind}")
        desk.go("F9")
        desk.go("F9")
        label = label_of(desk)
        self.advance_labels[step.no] = label
        self._pass(label, ("chief", "待核准暫付案"), ("accountant", "待核定暫付案"))
        self.take_into_the_books()

    def _pass(self, label: str, *steps: tuple[str, str]) -> None:
        """Let each find the document on the list of what waits, open it, and press F9."""
        for account, waiting in steps:
            desk = self.desk(account)
            find(desk, waiting, label)
            desk.go("F9")

    # vouchers

    def take_into_the_books(self) -> None:
        """Prepare, review, approve and post what waits, each by another, from the worklist."""
        self._batch("preparer", "待製票")
        self.sign_the_voucher()

    def sign_the_voucher(self) -> None:
        for account, waiting in (
            ("reviewer", "待覆核傳票"),
            ("accountant", "待核定傳票"),
            ("bookkeeper", "待登帳傳票"),
        ):
            self._batch(account, waiting)

    def _batch(self, account: str, waiting: str) -> None:
        desk = self.desk(account)
        find(desk, waiting)
        desk.access("c")
        desk.to("input[data-select-all]")
        desk.press("Space")
        desk.go("F9")
        desk.confirm()
        desk.look(f"january-batch-{account}")

    def voucher(self, step: quarter.Voucher) -> None:
        desk = self.desk("preparer")
        desk.open("/txg/accounting/vouchers/new")
        desk.type(step.memo)
        desk.to("details:has(#event_code) > summary")
        desk.press("Enter")
        choose(desk, "#event_code", step.event_code)
        if step.source:
            choose(desk, "#revenue_row", self.agency.revenues[step.source])
        fill(desk, amount=step.amount_ntd)
        desk.press("Tab")
        desk.go("Enter")
        expect(desk.page.locator("[data-status]")).to_contain_text("借貸平衡")
        desk.look(f"january-voucher-{step.event_code}")
        desk.go("F9")
        if "待覆核" not in desk.text():
            raise Unexpected(desk.text())
        self.sign_the_voucher()

    # the month

    def close(self, step: quarter.Close) -> None:
        desk = self.desk("accountant")
        desk.open("/txg/")
        desk.follow("會計月份")
        desk.access("c")
        desk.follow("^關帳$")
        desk.look("january-closing")
        desk.confirm()

    def typed_day(self, text: str) -> str:
        """Return ``01-15`` as it is typed in 114: 1140115."""
        return f"{self.agency.town.fiscal_year}{text.replace('-', '')}"

    ACTS: Mapping[type[quarter.Step], Callable[..., None]] = {  # type: ignore[misc]
        quarter.Night: Replay.night,
        quarter.Certify: certify,
        quarter.Pay: pay,
        quarter.Advance: advance,
        quarter.Voucher: voucher,
        quarter.Close: close,
    }


def keyed(town: Town, chromium: Browser) -> tuple[AtKeyboard, Keyed]:
    """Enact the agency's budget and key its January; return who did, and each step's presses."""
    town.settle_in(fiscal_year=GOLDEN.fiscal_year, commit_basis=GOLDEN.commit_basis)
    known = given_agencies(town, 1)
    enact(town, known, GOLDEN)
    replay = AtKeyboard(agency=known[0], government=GOLDEN)
    replay.sit_down(chromium)
    return replay, [(step, _live(town, replay, step)) for step in JANUARY]


def _live(town: Town, replay: AtKeyboard, step: quarter.Step) -> int:
    """Let it be the step's day, do it, and return how many keys were pressed."""
    day = day_of(step.day, town.fiscal_year)
    town.set_day(day)
    if isinstance(step, quarter.Night):
        town.night(day)
    before = replay.presses.total
    replay.perform(step)
    return replay.presses.total - before


def compared(replay: AtKeyboard) -> list[Compared]:
    """Compare the journal and the cash of January with the golden quarter's."""
    books = Books(replay, API, last_month=1)
    entries = {entry.number: entry[1:] for entry in G9 if entry.day < "114-02"}
    cash = {"1": figures.G5["1"]}
    return [
        compare("G9", API, expected=entries, found=journal(books), columns=JOURNAL_COLUMNS),
        compare("G5", API, expected=cash, found=cash_by_month(books), columns=figures.G5_COLUMNS),
    ]


def find(desk: Desk, waiting: str, label: str = "") -> None:
    """Open the list of what waits from the first page, and the document on it; past the menu."""
    desk.open("/txg/")
    desk.access("c")
    desk.follow(waiting)
    if label:
        desk.access("c")
        desk.follow(label)


def fill(desk: Desk, **fields: Any) -> None:
    """Tab to each field, by its id, and type over what it holds."""
    for name, value in fields.items():
        desk.to(f"#{name}")
        desk.type(str(value))


def choose(desk: Desk, selector: str, value: str) -> None:
    """Go to a list of choices and press the arrow until the value is chosen."""
    desk.to(selector)
    count = desk.page.locator(f"{selector} option").count()
    for _ in range(count):
        if desk.page.locator(selector).input_value() == value:
            return
        desk.press("ArrowDown")
    raise Unexpected(f"{selector} offers no {value}")


def label_of(desk: Desk) -> str:
    """Return the number of the document that the page shows, as 114報00001."""
    return desk.page.locator(".document-head .label").inner_text()
