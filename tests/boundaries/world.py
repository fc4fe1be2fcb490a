"""A county with two agencies that have budget, and everybody who may come to its door."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec

from tests.boundaries.caller import CSRF_COOKIE, Caller
from tests.core.site import PASSWORD, PASSWORDS, Site
from tests.plugins.accounting import given
from tests.plugins.accounting.given import YEAR, Government, Row
from tests.plugins.budget.given_equal import given_equal
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.sessions import cookie_name
from zhuji_core.ids import new_id
from zhuji_core.testing.counties import BUSINESS_DATE, CountyUnderTest, given_actor
from zhuji_core.uow import UnitOfWork

HERE, THERE = "A1", "B1"
DAY = dt.timedelta(days=1)

ROLES = "SELECT role_code FROM kernel.role ORDER BY role_code"
HOLDERS = """
    SELECT rp.role_code, rp.permission, p.scope
      FROM kernel.role_permission AS rp JOIN kernel.permission AS p USING (permission)
"""
GRANT = """
    INSERT INTO kernel.role_grant (grant_id, user_id, role_code, agency_code, valid_from, valid_to)
    VALUES (:grant_id, :user_id, :role, :agency, :valid_from, :valid_to)
"""
USER_ID = "SELECT user_id FROM kernel.user_account WHERE account = :account"
FORGET_RATES = "DELETE FROM kernel.rate_limit"
FORGET = "DELETE FROM kernel.password_history WHERE user_id = :user_id"
RESTORE = """
    UPDATE kernel.user_account
       SET password_hash = :hash, password_set_at = now() - interval '9 days',
           password_temporary = false, failed_sign_ins = 0, locked_until = NULL
     WHERE user_id = :user_id
"""
DISABLE = "UPDATE kernel.user_account SET state = 'disabled' WHERE account = :account"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with an account: ``roles`` held in ``held_in`` (None: in the whole county)."""

    account: str
    user_id: uuid.UUID
    agency_code: str
    roles: tuple[str, ...] = ()
    held_in: str | None = HERE
    in_force: bool = True
    disabled: bool = False


@dataclass(kw_only=True)
class World:
    """One county of a site, filled; ``mark`` stands in every text that people typed there."""

    site: Site
    code: str
    mark: str = ""
    rows: dict[str, uuid.UUID] = field(default_factory=dict)
    _colleague: Person | None = None
    _callers: dict[str, Caller] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def county(self) -> CountyUnderTest:
        """The county without HTTP, with every installed module at work."""
        under_test = self.site.under_test[self.code]
        every = tuple(self.site.counties["TXG"].hooks.enabled)
        return dataclasses.replace(
            under_test, county=msgspec.structs.replace(under_test.county, modules=every)
        )

    @property
    def address(self) -> tuple[str, int]:
        found = urlsplit(self.site.address)
        assert found.hostname, "the site is served"
        assert found.port, "the site is served"
        return found.hostname, found.port

    def fill(self) -> None:
        """Give both agencies a line with money, enacted and allotted; it is March."""
        self.given_year(YEAR)
        with self.county.uow() as uow:
            enact_year(uow, fiscal_year=YEAR, act_no=self.text("府授主一字第 1 號"))
        with self.county.uow() as uow:
            given_equal(uow, fiscal_year=YEAR)

    def given_year(self, fiscal_year: int) -> None:
        """Make a bill of one line for each agency."""
        self.county.execute(
            "INSERT INTO budget.fiscal_year (fiscal_year, document_id) VALUES (:year, :id)",
            year=fiscal_year,
            id=new_id(),
        )
        for agency_code in (HERE, THERE):
            row_id = self._given_line(agency_code, fiscal_year)
            if fiscal_year == YEAR:
                self.rows[agency_code] = row_id

    def _given_line(self, agency_code: str, fiscal_year: int) -> uuid.UUID:
        row = Row(object_code="02", object_name="業務費", account="current", budget_ntd=10**12)
        government = Government(
            agency_code=agency_code,
            line_code=f"33020101{len(agency_code)}{agency_code}",
            line_name=self.of_agency(agency_code, "行政管理"),
            commit_basis="allotted",
            rows=(row,),
            details={},
        )
        line_id, county = new_id(), self.county
        given.insert_line(county, government, line_id, fiscal_year)
        return given.insert_row(county, government, line_id, row, fiscal_year)

    def text(self, words: str) -> str:
        """Return a text that occurs once, with the county's mark."""
        return f"{words} {self.mark}{next(self._numbers)}"

    def become_twin_of(self, source: World) -> None:
        """Know what was copied from ``source``; number own texts so that none comes again."""
        self.rows = dict(source.rows)
        self._colleague = source.colleague
        self._numbers = itertools.count(1_000_000)

    def of_agency(self, agency_code: str, words: str) -> str:
        """Return such a text that nobody without rights in the agency may read."""
        return self.text(f"{words}{secret_of(agency_code)}")

    @contextmanager
    def uow(self, actor: Actor) -> Iterator[UnitOfWork]:
        with self.county.uow(actor) as uow:
            yield uow

    def actor(self, person: Person | int, agency_code: str) -> Actor:
        """Return who may do everything: ``person``, or a colleague known by a number."""
        if isinstance(person, int):
            return given_actor(person, agency_code=agency_code, name=self.text("同仁"))
        plain = given_actor(agency_code=agency_code, name=self.text("姓名"))
        return msgspec.structs.replace(plain, user_id=person.user_id, account=person.account)

    def given_person(
        self,
        account: str,
        *,
        roles: Sequence[str] = (),
        agency_code: str = HERE,
        held_in: str | None = HERE,
        valid: tuple[dt.date, dt.date | None] = (dt.date(2016, 1, 1), None),
        disabled: bool = False,
    ) -> Person:
        """Make an account and its grants; signs in at its first request, before it is disabled."""
        self.site.given_user(account, county=self.code, agency_code=agency_code)
        user_id = self.county.rows(USER_ID, account=account)[0].user_id
        for role in roles:
            # As data, not by the use case: what must never come together is here to be refused.
            self.county.execute(
                GRANT,
                grant_id=new_id(),
                user_id=user_id,
                role=role,
                agency=held_in,
                valid_from=valid[0],
                valid_to=valid[1],
            )
        person = Person(
            account=account,
            user_id=user_id,
            agency_code=agency_code,
            roles=tuple(roles),
            held_in=held_in,
            in_force=valid[0] <= BUSINESS_DATE <= (valid[1] or BUSINESS_DATE),
            disabled=disabled,
        )
        if disabled:
            self.caller(person)
            self.county.execute(DISABLE, account=account)
        return person

    @property
    def colleague(self) -> Person:
        """Somebody with an account and no role, in whose name things are made."""
        if self._colleague is None:
            self._colleague = self.given_person("colleague")
        return self._colleague

    @property
    def roles(self) -> list[str]:
        return [row.role_code for row in self.county.rows(ROLES)]

    def holders(self) -> Mapping[str, Mapping[str, str]]:
        """Return permission → role → scope as the county's own tables have it."""
        found: dict[str, dict[str, str]] = {}
        for row in self.county.rows(HOLDERS):
            found.setdefault(row.permission, {})[row.role_code] = row.scope
        return found

    def caller(self, person: Person | None) -> Caller:
        """Return the browser of ``person``, signed in; None: of nobody, with a CSRF token."""
        account = "" if person is None else person.account
        if account not in self._callers:
            with self.site.browser(account, county=self.code.lower()) as browser:
                browser.get(f"/{self.code.lower()}/sign-in")
                name = cookie_name(self.code)
                cookies = {CSRF_COOKIE: browser.csrf, name: browser.cookie(name)}
            self._callers[account] = Caller(
                self.address, {name: value for name, value in cookies.items() if value}
            )
        return self._callers[account]

    def carrying(self, cookies: Mapping[str, str]) -> Caller:
        """Return a client with a token of its own form and ``cookies`` from anywhere."""
        caller = Caller(self.address, {**self.caller(None).cookies, **cookies})
        self._callers[f"carrying {sorted(cookies.items())}"] = caller
        return caller

    def renew(self, person: Person | None) -> None:
        """Sign ``person`` in anew: the last request may have ended the session."""
        account = "" if person is None else person.account
        if person is not None:
            self.restore_password(person)
        kept = self._callers.pop(account)
        fresh = self.caller(person)
        kept.cookies.update(fresh.cookies)
        self._callers[account] = kept

    def forget_rates(self) -> None:
        """Let nobody have asked for anything in the last minutes."""
        self.county.execute(FORGET_RATES)

    def restore_password(self, person: Person) -> None:
        """Give ``person`` the password that all have, set long ago."""
        kept = PASSWORDS.hash(PASSWORD)
        self.county.execute(FORGET, user_id=person.user_id)
        self.county.execute(RESTORE, user_id=person.user_id, hash=kept)

    def close(self) -> None:
        for caller in self._callers.values():
            caller.close()


def secret_of(agency_code: str) -> str:
    """Return what stands in every text of an agency that others may not read."""
    return f"〔僅{agency_code}〕"
