"""The six classes of people of an ordinary day, and what each of their tasks is at the screen."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from loadtests.mix import THINK_S, share_of, weights
from loadtests.scenarios import SCENARIOS
from loadtests.users.browser import Answer, Browser

ID = rb"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
CHOSEN = re.compile(rb'name="request_ids"[^>]*value="' + ID)
APPROVABLE = re.compile(rb"requests/waiting/approval/" + ID)
VOUCHERS = re.compile(rb'name="voucher_ids"[^>]*value="' + ID)
WORDS = ("購置", "租金", "維護", "文具", "電梯", "講師", "檢驗")
# What a clerk keys: small beside any line's money, so that only a hot line runs dry.
AMOUNTS_NTD = (1_200, 3_600, 9_000, 12_800, 24_500)
CLAIMED_NTD = 100
# 代收款 and 專戶存款 of the chart of 115: what is withheld is handed on.
OWED, DEPOSITS = "210302", "110103"


class Person(Browser):
    """Somebody with a class of ``mix``; thinks as long as people do between two tasks."""

    abstract = True
    hurry = 1.0

    def wait_time(self) -> float:
        return self.drawn.uniform(*THINK_S) * self.plan.think / self.hurry

    @property
    def agency_code(self) -> str:
        assert self.person is not None, "who works has signed in"
        return self.person.agency_code

    @property
    def roles(self) -> tuple[str, ...]:
        assert self.person is not None, "who works has signed in"
        return self.person.roles

    def rows(self) -> list[str]:
        """Pick budget lines as the entry grid does; return their ids."""
        found = self.open(
            "accounting/control-rows", "accounting.control-rows.pick",
            agency_code=self.agency_code,
        )  # fmt: skip
        return [one["value"] for one in found.json()["items"]] if found.done else []

    def lookup(self) -> None:
        """Open the form and look what a line still has."""
        if "REQ" not in self.roles:
            self.open("budget/lines", "budget.lines.page")
            return
        self.open("accounting/requests/new", "accounting.requests.new-form")
        if rows := self.rows():
            self._balance(self.drawn.choice(rows), self.drawn.choice(AMOUNTS_NTD))

    def _balance(self, row_id: str, amount_ntd: int) -> None:
        self.open(
            "accounting/availability", "accounting.availability.read", control_row_id=row_id,
            amount=amount_ntd,
        )  # fmt: skip

    def search(self) -> None:
        """List one's documents or look for one by a word, and open the first."""
        if self.chance(0.5):
            self.open("accounting/search", "accounting.search.page", text=self.drawn.choice(WORDS))
            return
        self.open("accounting/requests", "accounting.requests.list-page")
        found = self.ask(
            "accounting/requests", "accounting.requests.list", agency_code=self.agency_code,
            limit=20,
        )  # fmt: skip
        items = found.json()["items"] if found.done else []
        if items:
            one = self.drawn.choice(items)["request_id"]
            self.open(f"accounting/requests/{one}", "accounting.requests.page")

    def report(self) -> None:
        """Open one of the reports that heads and the budget office live by."""
        if self.person_class == "executive" and self.chance(0.5):
            self.open("budget/reports/charts", "budget.reports.charts")
            return
        self.open("budget/reports/execution", "budget.report.page")
        if "BAS" in self.roles or "HEAD" in self.roles:
            self.open(
                "accounting/books/trial-balance", "accounting.book.page",
                agency_code=self.agency_code,
            )  # fmt: skip


class Requester(Person):
    """經辦: looks up, writes requests and claims."""

    person_class = "requester"

    def draft(self) -> None:
        """Key a request with a balance at each line, and send it or keep it."""
        self.open("accounting/requests/new", "accounting.requests.new-form")
        rows = self.rows()
        if not rows:
            return
        amount_ntd = self.drawn.choice(AMOUNTS_NTD)
        row_id = self.drawn.choice(rows)
        self._balance(row_id, amount_ntd)
        word = self.drawn.choice(WORDS)
        answer = self.send(
            "accounting/requests/new", "accounting.requests.new-send",
            {
                "kind": "ordinary", "purpose": f"負載{word} {uuid.uuid4().hex[:12]}",
                "basis": "負載測試", "payee": f"示範{word}行", "lines-0-control_row_id": row_id,
                "lines-0-amount": f"{amount_ntd:,}",
                "act": "send" if self.chance(0.7) else "keep",
            },
        )  # fmt: skip
        if answer.done:
            self.notebook.act("request", answer.location.rpartition("/")[2])

    def claim(self) -> None:
        """Claim a part of what was certified for the agency, and send it on its way."""
        self.open("accounting/claims/new", "accounting.claims.new-form")
        found = self.ask(
            "accounting/requests", "accounting.requests.list", agency_code=self.agency_code,
            states="certified", limit=50,
        )  # fmt: skip
        items = found.json()["items"] if found.done else []
        if not items:
            return
        day = dt.date.fromisoformat(self.plan.day)
        one = self.drawn.choice(items)
        answer = self.send(
            "accounting/claims/new", "accounting.claims.new-send",
            {
                "memo": "負載報支", "kind": "ordinary",
                "lines-0-request_id": one["request_id"], "lines-0-line_no": "1",
                "lines-0-amount": str(CLAIMED_NTD), "documents-0-kind": "receipt",
                "documents-0-number": uuid.uuid4().hex[:8],
                "documents-0-dated_on": f"{day.year - 1911}{day:%m%d}",
                "documents-0-amount": str(CLAIMED_NTD), "payees-0-name": "示範商行",
                "payees-0-amount": str(CLAIMED_NTD),
            },
        )  # fmt: skip
        if not answer.done:
            return
        claim_id = answer.location.rpartition("/")[2]
        self.notebook.act("claim", claim_id)
        self.send(f"accounting/claims/{claim_id}/submission", "accounting.claims.submit-form", {})


class Accountant(Person):
    """主計: certifies, returns, keeps vouchers and looks into the books."""

    person_class = "accounting"

    def certify(self) -> None:
        """Take one of what waits and certify it: on its page, or through the API."""
        waiting = self.waiting()
        if not waiting:
            return
        request_id = self.drawn.choice(waiting)
        self.open(f"accounting/requests/{request_id}", "accounting.requests.page")
        certify(self, request_id, by_api=self.chance(0.5))

    def waiting(self) -> list[str]:
        page = self.open(
            "accounting/requests/waiting/certification", "accounting.waiting.certification"
        )
        return page.ids(CHOSEN)

    def give_back(self) -> None:
        """Send one of what waits back with a reason."""
        if waiting := self.waiting():
            request_id = self.drawn.choice(waiting)
            answer = self.send(
                f"accounting/requests/{request_id}/return", "accounting.requests.return-form",
                {"reason": "請補附件（負載測試）。"},
            )  # fmt: skip
            if answer.done:
                self.notebook.act("return", request_id)

    def voucher(self) -> None:
        """Write a voucher and send it, or take those of others one step on."""
        if "PREP" in self.roles:
            self._write_voucher()
            self._vouchers("prepared", "review")
        else:
            self._vouchers("reviewed", "approval")
            self._vouchers("approved", "posting")

    def _write_voucher(self) -> None:
        self.open("accounting/vouchers/new", "accounting.vouchers.new-form")
        amount = str(self.drawn.choice(AMOUNTS_NTD))
        answer = self.send(
            "accounting/vouchers/new", "accounting.vouchers.new-send",
            {
                "kind": "disbursement", "posting_date": self.plan.day, "memo": "繳付代扣款（負載）",
                "lines-0-account": OWED, "lines-0-debit": amount, "lines-1-account": DEPOSITS,
                "lines-1-credit": amount, "act": "send",
            },
        )  # fmt: skip
        if answer.done:
            self.notebook.act("voucher", answer.location.rpartition("/")[2])

    def _vouchers(self, state: str, verb: str) -> None:
        page = self.open("accounting/vouchers/waiting", "accounting.vouchers.waiting", states=state)
        if chosen := page.ids(VOUCHERS)[:10]:
            self.post(
                f"accounting/vouchers/{verb}", f"accounting.vouchers.{VERBS[verb]}",
                {"voucher_ids": chosen},
            )  # fmt: skip

    def ledger(self) -> None:
        """Look into the ledger and one account of it."""
        for book in ("ledger", "journal"):
            self.open(
                f"accounting/books/{book}", "accounting.book.page", agency_code=self.agency_code
            )

    def invoice(self) -> None:
        """Find a document by the number on it."""
        number = f"{self.drawn.randrange(10**8):08}"
        self.open("accounting/search", "accounting.search.page", text=number)


VERBS: Mapping[str, str] = {"review": "review", "approval": "approve", "posting": "post"}


class Approver(Person):
    """業務主管、機關首長: approve what waits for them, look at reports."""

    person_class = "approver"

    def attest(self) -> None:
        """Approve the oldest requests that wait, one by one, then a claim."""
        page = self.open("accounting/requests/waiting/approval", "accounting.waiting.approval")
        for request_id in page.ids(APPROVABLE)[:5]:
            answer = self.send(
                f"accounting/requests/waiting/approval/{request_id}",
                "accounting.waiting.approve", {},
            )  # fmt: skip
            if answer.done:
                self.notebook.act("approval", request_id)
        self._claim()

    def _claim(self) -> None:
        found = self.ask(
            "accounting/claims", "accounting.claims.list", agency_code=self.agency_code,
            states="submitted", limit=20,
        )  # fmt: skip
        items = found.json()["items"] if found.done else []
        if items:
            claim_id = self.drawn.choice(items)["claim_id"]
            self.open(f"accounting/claims/{claim_id}", "accounting.claims.page")
            self.send(
                f"accounting/claims/{claim_id}/acceptance", "accounting.claims.accept-form", {}
            )


class Cashier(Person):
    """出納: until there are payment orders, looks through the advances."""

    person_class = "cashier"

    def order(self) -> None:
        self.open("accounting/advances", "accounting.advances.list-page")
        self.open("accounting/open-advances", "accounting.open-advances.page")


class Treasurer(Person):
    """公庫: until there is a treasury, looks through claims and the register."""

    person_class = "treasury"

    def treasury(self) -> None:
        self.open("accounting/claims", "accounting.claims.list-page")
        self.open("accounting/register", "accounting.register.page")

    def order(self) -> None:
        self.open("accounting/reservations", "accounting.reservations.page")


class Executive(Person):
    """主計處、首長: the whole city on a page."""

    person_class = "executive"


# The name of a task in ``mix`` is that of its method, but for Python's own word.
METHODS = {"return": "give_back"}
ORDINARY: tuple[type[Person], ...] = (
    Requester, Accountant, Approver, Cashier, Treasurer, Executive,
)  # fmt: skip


def certify(person: Person, request_id: str, *, by_api: bool) -> Answer:
    """Certify one request; note what was granted."""
    path = f"accounting/requests/{request_id}/certification"
    if by_api:
        answer = person.post(path, "accounting.requests.certify", {})
        number = str(answer.json()["certification_no"]) if answer.done else ""
    else:
        answer = person.send(path, "accounting.requests.certify-form", {})
        number = ""
    if answer.done:
        person.notebook.act("certification", request_id, number)
    return answer


def tasks_of(person: type[Person], factors: Mapping[str, float]) -> dict[Callable[..., Any], int]:
    """Return Locust's table of a class: each method with its weight."""
    found, _ = weights(person.person_class, factors)
    return {getattr(person, METHODS.get(name, name)): round(at) for name, at in found.items()}


def dress(scenario: str) -> list[type[Person]]:
    """Give each ordinary class the weights and the haste of a scenario; return them all."""
    factors = SCENARIOS[scenario].factors
    for person in ORDINARY:
        # Locust makes a list of it, as often as it weighs.
        person.tasks = [
            task for task, weight in tasks_of(person, factors).items() for _ in range(weight)
        ]
        person.hurry = weights(person.person_class, factors)[1]
        person.weight = share_of(person.person_class)
    return list(ORDINARY)
