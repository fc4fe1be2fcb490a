"""The whole application over the worker's two counties, and people who use it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import itertools
import ssl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pluggy

from tests.core.probe import IDLE, NAME, IdleModule, ProbeModule
from zhuji_core import hooks, hookspecs, server
from zhuji_core.access import CountyAccess
from zhuji_core.app import create_app
from zhuji_core.compose import declared_permissions, pages_of_times
from zhuji_core.identity.accounts import create_user, find_user
from zhuji_core.identity.actor import WHOLE_COUNTY, Actor, system_actor
from zhuji_core.identity.agencies import Agency, ensure_agencies
from zhuji_core.identity.grants import grant_role
from zhuji_core.identity.passwords import TESTING, Passwords
from zhuji_core.identity.permissions import sync_permissions
from zhuji_core.licences.book import UNLIMITED, LicenceBook
from zhuji_core.permissions import MODULE
from zhuji_core.platform.service import HostService
from zhuji_core.platform.uow import Platform
from zhuji_core.settings import keep_setting
from zhuji_core.testing.cluster import TestHost
from zhuji_core.testing.counties import BUSINESS_DATE, CountyUnderTest
from zhuji_core.uow import UnitOfWork
from zhuji_core.web.counties import CountyDirectory
from zhuji_core.web.csrf import CSRF_COOKIE

PASSWORD = "correct horse"  # noqa: S105 (of a test)
PASSWORDS = Passwords(TESTING)
# A client of its own trust reads all certificates of the machine, 18 ms; here nothing is trusted.
NO_TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_numbers = itertools.count(1)


@dataclass
class TestClock:
    """The time that the application sees."""

    __test__ = False

    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    def __call__(self) -> dt.datetime:
        return self.now


class Browser:
    """One person's browser: cookies, CSRF token, no automatic redirects."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    @property
    def csrf(self) -> str:
        return self.cookie(CSRF_COOKIE)

    def cookie(self, name: str) -> str:
        """Return the value of a cookie, whatever its path, or ''."""
        return next((one.value or "" for one in self.client.cookies.jar if one.name == name), "")

    def set_cookie(self, name: str, value: str, *, path: str) -> None:
        self.client.cookies.set(name, value, domain="127.0.0.1", path=path)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers)

    def form(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Any:
        data = {"_csrf_token": self.csrf, "_key": uuid.uuid4().hex, **(fields or {})}
        return self.client.post(path, data=data, headers=headers)

    def json(self, path: str, body: bytes, *, key: str = "", method: str = "POST") -> Any:
        """Call the API; a POST without ``key`` gets one of its own, as every program gives one."""
        headers = {"x-csrftoken": self.csrf, "content-type": "application/json"}
        if key or method == "POST":
            headers["idempotency-key"] = key or uuid.uuid4().hex
        return self.client.request(method, path, content=body, headers=headers)

    def sign_in(
        self, account: str, *, county: str = "txg", password: str = PASSWORD, next_path: str = ""
    ) -> httpx.Response:
        if not self.csrf:
            self.get(f"/{county}/sign-in")
        fields = {"account": account, "password": password, "next": next_path}
        response: httpx.Response = self.form(f"/{county}/sign-in", fields)
        return response


def bare_manager() -> pluggy.PluginManager:
    """Return a host without modules: what the kernel does by itself."""
    manager = pluggy.PluginManager("zhuji")
    manager.add_hookspecs(hookspecs.Specs)
    return manager


class Site:
    """Both counties behind one application on a real server, for the tests of one worker.

    ``counties``, ``clock`` and what lies in the databases may be changed by a test; ``begin_test``
    puts them back.
    """

    def __init__(
        self,
        *,
        module: ProbeModule,
        manager: pluggy.PluginManager | None = None,
        of_host: TestHost | None = None,
        times: Path | None = None,
    ) -> None:
        self.clock = TestClock()
        self.number = next(_numbers)
        self.manager = manager or bare_manager()
        self.manager.register(module, name=NAME)
        self.manager.register(IdleModule(), name=IDLE)
        self.under_test: dict[str, CountyUnderTest] = {}
        self.counties: dict[str, CountyAccess] = {}
        self.licences: dict[str, LicenceBook] = {}
        self.permissions = declared_permissions(self.manager)
        self.address = ""
        # The token that the page of signing in gave to the first browser, who may have any.
        self._csrf = ""
        self.app = create_app(
            manager=self.manager,
            directory=CountyDirectory(lambda: self.counties, keep_s=0),
            permissions=self.permissions,
            csrf_secret="of the tests",  # noqa: S106 (of a test)
            passwords=PASSWORDS,
            workers=8,
            host=None if of_host is None else self._host_service(of_host),
            beside=()
            if times is None
            else pages_of_times(
                times, on=True, hot_paths=hooks.registered(self.manager, "register_hot_paths")
            ),
            watches_times=times is not None,
        )

    def _host_service(self, host: TestHost) -> HostService:
        """Return what operators' pages work with, over this worker's register and databases."""
        return HostService(
            platform=Platform(engines=host.engines, clock=self.clock),
            migrations=lambda: list(host.migrations),
            county=lambda code: self.counties[code],
        )

    @contextmanager
    def served(self) -> Iterator[Site]:
        """Serve on a free port until the block ends."""
        listener = server.listen(host="127.0.0.1", port=0)
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with listener, server.in_background(self.app, listener=listener):
            yield self

    def begin_test(self, *counties: CountyUnderTest) -> None:
        """Take clean counties and give them what every county has."""
        self.clock.now = dt.datetime.now(dt.UTC)
        self.under_test = {one.county.code: one for one in counties}
        self.counties.clear()
        self.licences.clear()
        self.counties.update({code: self._access(one) for code, one in self.under_test.items()})
        for code, one in self.under_test.items():
            one.begun(f"site {self.number}", functools.partial(self._prepare, code))

    def _access(self, one: CountyUnderTest) -> CountyAccess:
        enabled = (*one.county.modules, NAME) if one.county.code == "TXG" else one.county.modules
        return CountyAccess(
            county=msgspec.structs.replace(one.county, modules=enabled),
            engine=one.engine,
            statements=one.engine.execution_options(isolation_level="AUTOCOMMIT"),
            hooks=hooks.Hooks(self.manager, frozenset(enabled)),
            licences=self.licences.get(one.county.code, UNLIMITED),
            clock=self.clock,
        )

    def _prepare(self, code: str) -> None:
        with self.begin(code) as uow:
            sync_permissions(uow, self.permissions)
            ensure_agencies(
                uow,
                [Agency(agency_code="A1", name="民政局"), Agency(agency_code="B1", name="社會局")],
            )
            keep_setting(uow, module=MODULE, key="business_date", value=BUSINESS_DATE.isoformat())

    @property
    def operator(self) -> Actor:
        return system_actor({one.name: (WHOLE_COUNTY,) for one in self.permissions})

    @contextmanager
    def begin(self, code: str = "TXG") -> Iterator[UnitOfWork]:
        with self.counties[code].begin(actor=self.operator) as uow:
            yield uow

    def switch(self, code: str, **changes: Any) -> None:
        """Change a county as the registry would show it."""
        access = self.counties[code]
        county = msgspec.structs.replace(access.county, **changes)
        enabled = frozenset(county.modules)
        self.counties[code] = CountyAccess(
            county=county,
            engine=access.engine,
            statements=access.statements,
            hooks=hooks.Hooks(self.manager, enabled),
            licences=self.licences.get(code, UNLIMITED),
            clock=self.clock,
        )

    def license(self, code: str, licences: LicenceBook) -> None:
        """Give a county these licences instead of one without end for everything."""
        self.licences[code] = licences
        self.counties[code] = dataclasses.replace(self.counties[code], licences=licences)

    def given_user(
        self,
        account: str,
        *roles: str,
        county: str = "TXG",
        agency_code: str = "A1",
        in_agency: str | None = "A1",
        valid_from: dt.date = dt.date(2016, 1, 1),
        valid_to: dt.date | None = None,
    ) -> str:
        """Make a person who holds ``roles`` in ``in_agency`` (None: the whole county)."""
        with self.begin(county) as uow:
            user = find_user(uow, account=account) or create_user(
                uow,
                account=account,
                name=f"姓名{account}",
                agency_code=agency_code,
                password_hash=PASSWORDS.hash(PASSWORD),
            )
            for role in roles:
                grant_role(
                    uow,
                    user_id=user.user_id,
                    role_code=role,
                    agency_code=in_agency,
                    valid_from=valid_from,
                    valid_to=valid_to,
                )
        return account

    @contextmanager
    def browser(self, account: str = "", *, county: str = "txg") -> Iterator[Browser]:
        """Open a browser, signed in as ``account`` if one is given."""
        with httpx.Client(base_url=self.address, timeout=60, verify=NO_TRUST) as client:
            browser = Browser(client)
            if account:
                if self._csrf:
                    browser.set_cookie(CSRF_COOKIE, self._csrf, path="/")
                response = browser.sign_in(account, county=county)
                assert response.status_code == 303, response.text
                self._csrf = browser.csrf
            yield browser
