"""Those who come for one thing: payroll, a hot line, half past eight, the carry-over."""

from __future__ import annotations

import time

import gevent  # type: ignore[import-untyped]  # none are published for it
from locust.exception import StopUser

from loadtests.users.ordinary import Person, certify
from loadtests.users.seating import next_seat

MINUTE_S = 60.0


class Crowd(Person):
    """Somebody who has one document of the plan's desk on the table."""

    abstract = True
    request_id = ""

    def on_start(self) -> None:
        super().on_start()
        seat = next_seat(self.environment, "desk")
        if seat >= len(self.plan.desk):
            raise StopUser
        self.request_id = self.plan.desk[seat]

    def idle(self) -> None:
        """Wait for the end: whoever is done stays signed in."""
        gevent.sleep(MINUTE_S)


class Payroll(Crowd):
    """One agency's payroll of the month, at some moment of the half hour."""

    person_class = "payroll"

    def on_start(self) -> None:
        super().on_start()
        left_s = self.plan.minutes * MINUTE_S * 0.8
        gevent.sleep(self.drawn.uniform(0, left_s))
        certify(self, self.request_id, by_api=self.chance(0.5))


class Rusher(Crowd):
    """One of fifty who press the button in the same second, on one line."""

    person_class = "rusher"

    def on_start(self) -> None:
        super().on_start()
        # All processes of a host have one clock: everybody waits for the same second of it.
        gevent.sleep(max(0.0, rush_at(self.plan.minutes) - time.time()))
        certify(self, self.request_id, by_api=True)


class Arriver(Person):
    """Comes at half past eight: signs in, sees what waits, and stays."""

    person_class = "arriver"

    def look(self) -> None:
        self.open("", "kernel.home.page")
        self.open("accounting/requests", "accounting.requests.list-page")


class Carrier(Crowd):
    """Divides what a request of the year before still holds: carried over or given up."""

    person_class = "carrier"

    def carry(self) -> None:
        self.open(
            "accounting/reservations", "accounting.reservations.page",
            fiscal_year=self.plan.fiscal_year,
        )  # fmt: skip
        self.open("accounting/carry-overs", "accounting.carry-overs.list-page")
        if self.request_id:
            self._write()

    def _write(self) -> None:
        found = self.ask(f"accounting/requests/{self.request_id}", "accounting.requests.read")
        if not found.done:
            return
        path = f"accounting/requests/{self.request_id}/carry-over"
        self.open(path, "accounting.carry-overs.form")
        fields = {"reason": "尚未交貨（負載測試）", "evidence": "契約", "creditor": "",
                  "creditor_id": ""}  # fmt: skip
        for at, line in enumerate(found.json()["lines"]):
            fields[f"lines-{at}-release"] = str(line["amount_ntd"])
        answer = self.send(path, "accounting.carry-overs.write-form", fields)
        if answer.done:
            carry_id = answer.location.rpartition("/")[2]
            self.notebook.act("carry", carry_id)
            self.send(f"accounting/carry-overs/{carry_id}/submission",
                      "accounting.carry-overs.submit-form", {})  # fmt: skip
        self.request_id = ""


_began_s = time.time()


def rush_at(minutes: float) -> float:
    """Return the second, since 1970, in which everybody of a process presses the button."""
    return _began_s + minutes * MINUTE_S * 0.7


for _crowd in (Payroll, Rusher):
    _crowd.tasks = [_crowd.idle]
Arriver.tasks, Carrier.tasks = [Arriver.look], [Carrier.carry]
CROWDS: dict[str, type[Person]] = {
    "payroll": Payroll, "rusher": Rusher, "arriver": Arriver, "carrier": Carrier,
}  # fmt: skip
