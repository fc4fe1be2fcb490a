"""A small HTTP client that uses the demo as its users do: signs in, keeps cookies, sends forms.

Written on the standard library, so that ``zhuji demo --check`` needs nothing that a county does
not install.
"""

from __future__ import annotations

import http.client
import json
import urllib.parse
import uuid
from collections.abc import Mapping, Sequence
from http.cookies import SimpleCookie
from typing import Any

from zhuji_core.modules import DemoAccount
from zhuji_core.values import Value

# A step of the check that hangs is a failure, not a wait.
TIMEOUT_S = 30.0
CSRF_COOKIE = "zhuji_csrf"
CSRF_HEADER = "x-csrftoken"
KEY_HEADER = "Idempotency-Key"
SEE_OTHER = 303


class Reply(Value, frozen=True, kw_only=True):
    """What came back; ``headers`` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    def json(self) -> Any:
        return json.loads(self.body)


class DemoSession:
    """One person at one browser. Paths are relative to the county (``api/v1/budget/lines``)."""

    def __init__(self, *, host: str, port: int, county: str) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        self._cookies: dict[str, str] = {}
        self._county = county

    @property
    def cookies(self) -> Mapping[str, str]:
        """What this browser keeps, by name."""
        return dict(self._cookies)

    def get(self, path: str) -> Reply:
        return self._send("GET", path)

    def get_json(self, path: str) -> Any:
        """Return the JSON below ``path``; assert that there is some."""
        reply = self._send("GET", path, {"Accept": "application/json"})
        assert reply.status == http.client.OK, f"GET {path}: {reply.status} {reply.text[:500]}"
        return reply.json()

    def post_json(self, path: str, body: object, *, key: str = "", method: str = "POST") -> Reply:
        """Send ``body``; the same ``key`` twice is one request, and without one each is new."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            KEY_HEADER: key or str(uuid.uuid4()),
        }
        return self._send(method, path, headers, json.dumps(body).encode())

    def post_form(self, path: str, fields: Mapping[str, str | Sequence[str]]) -> Reply:
        """Send a form as a browser does, its hidden fields included; redirects are not followed."""
        hidden = {"_key": str(uuid.uuid4()), "_csrf_token": self._csrf()}
        body = urllib.parse.urlencode({**hidden, **fields}, doseq=True).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", path, headers, body)

    def sign_in(self, *, account: str, password: str) -> Reply:
        self.get("sign-in")
        return self.post_form("sign-in", {"account": account, "password": password})

    def close(self) -> None:
        self._connection.close()

    def _csrf(self) -> str:
        return self._cookies.get(CSRF_COOKIE, "")

    def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {"Cookie": cookies, CSRF_HEADER: self._csrf(), **(headers or {})}
        target = path if path.startswith("/") else f"/{self._county}/{path}"
        self._connection.request(
            method, target, body, {name: value for name, value in sent.items() if value}
        )
        response = self._connection.getresponse()
        reply = Reply(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            body=response.read(),
        )
        self._keep_cookies(response.headers.get_all("Set-Cookie") or [])
        return reply

    def _keep_cookies(self, lines: Sequence[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self._cookies[name] = morsel.value
                else:
                    self._cookies.pop(name, None)


class DemoClient:
    """The demo of one county seen from outside, with the sign-ins that were made for it."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        county: str,
        accounts: Sequence[DemoAccount],
        passwords: Mapping[str, str],
    ) -> None:
        self.county = county
        self.accounts = tuple(accounts)
        self._host = host
        self._port = port
        self._passwords = passwords
        self._sessions: dict[str, DemoSession] = {}

    def anonymous(self) -> DemoSession:
        """Return a browser in which nobody has signed in."""
        return DemoSession(host=self._host, port=self._port, county=self.county)

    def as_account(self, account: str) -> DemoSession:
        """Return the browser of ``account``, signed in at the first use."""
        if account not in self._sessions:
            session = self.anonymous()
            reply = session.sign_in(account=account, password=self._passwords[account])
            assert reply.status == SEE_OTHER, f"sign-in of {account}: {reply.status}"
            self._sessions[account] = session
        return self._sessions[account]

    def as_role(self, role: str, *, agency_code: str | None = None) -> DemoSession:
        """Return the browser of the first account with ``role`` (in ``agency_code``)."""
        for account in self.accounts:
            if role in account.roles and agency_code in {None, account.agency_code}:
                return self.as_account(account.account)
        raise LookupError(f"no demo account holds {role} in {agency_code or 'any agency'}")

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()
