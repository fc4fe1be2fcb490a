"""A town on a day: its calendar, its nightly job, its relay, and the people of one agency.

Everything that people do goes over HTTP to the API of the application, each step by another
person. Only what nobody does lies below: the date, the night's job, and the relay of events.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
import msgspec

from tests.core.jobs.given import runner
from tests.core.site import Browser, Site
from zhuji_budget.usecases.release_monthly import RELEASE
from zhuji_core.access import CountyAccess
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.events.relay import Relay
from zhuji_core.events.status import read_progress
from zhuji_core.identity.agencies import Agency, ensure_agencies
from zhuji_core.settings import keep_setting

# Account → role; each person does one kind of step (domain.md §7).
PEOPLE = {
    "clerk": "REQ",
    "keeper": "SUP",
    "chief": "SUP",
    "reviewer": "REV",
    "accountant": "CACC",
    "preparer": "PREP",
    "bookkeeper": "BOOK",
    "head": "HEAD",
}
OFFICE = {"office": "BAS", "office2": "BAS", "finance": "FREV"}
ROC = 1911
TOLD_S = 60
CALENDAR = DocumentRef(
    kind="kernel.setting", document_id=uuid.UUID(int=114), label="business_date", agency_code=""
)


class Unexpected(AssertionError):
    """The application answered something else than the scenario says."""


def day_of(text: str, year: int) -> dt.date:
    """Return ``MM-DD`` of a ROC year."""
    return dt.date.fromisoformat(f"{year + ROC}-{text}")


class Town:
    """One county of a site, and the date that it is there."""

    def __init__(self, site: Site, *, code: str = "TXG") -> None:
        self.site = site
        self.code = code
        self.fiscal_year = 0
        self._open = ExitStack()
        self._browsers: dict[str, Browser] = {}
        self.answers = 0
        self._gate, self._telling = threading.Lock(), threading.Lock()
        self._relay = Relay(dict, system=site.operator)
        self._open.callback(self._relay.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def set_day(self, day: dt.date) -> None:
        """Let it be ``day`` in this county."""
        with self.site.begin(self.code) as uow:
            keep_setting(uow, module="kernel", key="business_date", value=day.isoformat())
            uow.audit("kernel.setting.change", CALENDAR)

    def settle_in(self, *, fiscal_year: int, commit_basis: str) -> None:
        """Say in which year the town lives, and what certification is held to."""
        self.fiscal_year = fiscal_year
        with self.site.begin(self.code) as uow:
            keep_setting(uow, module="budget", key="commit_basis", value=commit_basis)
            uow.audit("kernel.setting.change", CALENDAR)

    def night(self, day: dt.date) -> None:
        """Run the night's release of the months that have begun, as the worker does."""
        tick = dt.datetime.combine(day, dt.time(0, 5), tzinfo=dt.UTC)
        access = self.site.counties[self.code]
        runner(self.site, RELEASE).run_tick(access, name=RELEASE.name, tick=tick)
        self.relay()

    def relay(self) -> None:
        """Tell accounting what the budget told, until there is nothing more to tell.

        What another test has open on the same server holds events back (decision 14): it ends.
        """
        access = self.site.counties[self.code]
        until_s = time.monotonic() + TOLD_S
        with self._telling:
            while self._relay.serve(access) or self._is_behind(access):
                assert time.monotonic() < until_s, "events are held back or cannot be taken in"

    @staticmethod
    def _is_behind(access: CountyAccess) -> bool:
        with access.statements.connect() as connection:
            behind = any(
                read_progress(connection, module=module).behind for module in access.hooks.ears
            )
        if behind:
            time.sleep(0.01)
        return behind

    def person(self, account: str, role: str, *, agency_code: str | None) -> Browser:
        """Return the browser of a person, made and signed in at the first use."""
        with self._gate:
            if account not in self._browsers:
                self.site.given_user(
                    account,
                    role,
                    county=self.code,
                    agency_code=agency_code or "A1",
                    in_agency=agency_code,
                    valid_from=dt.date(self.fiscal_year - 1 + ROC, 1, 1),
                )
                self._browsers[account] = self._open.enter_context(
                    self.site.browser(account, county=self.code.lower())
                )
            return self._browsers[account]

    def add_agencies(self, agencies: Sequence[Agency]) -> None:
        with self.site.begin(self.code) as uow:
            ensure_agencies(uow, agencies)
            uow.audit("kernel.agency.add", CALENDAR)

    def office(self, account: str) -> Caller:
        """Return somebody of the county's own offices."""
        return Caller(self, self.person(account, OFFICE[account], agency_code=None))


@dataclass
class Caller:
    """Somebody at the API; whatever is not as expected says what was answered."""

    town: Town
    browser: Browser

    def get(self, path: str) -> Any:
        answer = self.browser.get(self._path(path))
        return self._json("GET", path, answer, expected=(200,))

    def file(self, path: str) -> bytes:
        """Return a file that a page offers; ``path`` is below the county."""
        answer = self.browser.get(f"/{self.town.code.lower()}/{path}")
        self._expect("GET", path, answer, expected=(200,))
        return answer.content

    def post(self, path: str, body: object = None, *, method: str = "POST") -> Any:
        answer = self.send(path, body, method=method)
        return self._json(method, path, answer, expected=(200, 201))

    def refused(self, path: str, body: object = None) -> Any:
        """Return the problem that the application answers with."""
        answer = self.send(path, body)
        return self._json("POST", path, answer, expected=(403, 409, 422))

    def send(self, path: str, body: object = None, *, method: str = "POST") -> httpx.Response:
        content = msgspec.json.encode({} if body is None else body)
        answer: httpx.Response = self.browser.json(self._path(path), content, method=method)
        return answer

    def items(self, path: str) -> list[Any]:
        """Return a list whole, page by page."""
        found: list[Any] = []
        cursor = ""
        while True:
            mark = "&" if "?" in path else "?"
            page = self.get(f"{path}{mark}limit=200" + (f"&cursor={cursor}" if cursor else ""))
            found += page["items"]
            cursor = page["next"] or ""
            if not cursor:
                return found

    def _path(self, path: str) -> str:
        return f"/{self.town.code.lower()}/api/v1/{path}"

    def _json(
        self, method: str, path: str, answer: httpx.Response, *, expected: Sequence[int]
    ) -> Any:
        self._expect(method, path, answer, expected=expected)
        return answer.json()

    def _expect(
        self, method: str, path: str, answer: httpx.Response, *, expected: Sequence[int]
    ) -> None:
        self.town.answers += 1
        if answer.status_code not in expected:
            raise Unexpected(f"{method} {path}: {answer.status_code} {answer.text[:800]}")


@dataclass
class Agency114:
    """One agency with its people; ``rows`` and ``revenues`` are filled by the enacted budget."""

    town: Town
    code: str
    name: str
    number: int = 1
    rows: dict[str, str] = field(default_factory=dict)
    revenues: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, account: str) -> Caller:
        own = f"{account}{self.number}"
        return Caller(self.town, self.town.person(own, PEOPLE[account], agency_code=self.code))
