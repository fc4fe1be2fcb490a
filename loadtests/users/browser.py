"""One person's browser: cookies, CSRF token, a key for each form, and a note of every answer."""

from __future__ import annotations

import random
import re
import time
import urllib.parse
import uuid
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from locust import FastHttpUser

from loadtests.notes import Notebook, Seen, told_ms
from loadtests.people import PASSWORD, Person, Plan
from loadtests.users.seating import next_seat
from zhuji_core.demo.client import CSRF_COOKIE, CSRF_HEADER, KEY_HEADER

OK, CREATED, FOUND, REFUSED = 200, 201, 303, 409
READ = frozenset({OK})
DONE = frozenset({OK, CREATED, FOUND})
_PROBLEM = re.compile(rb'"code":\s*"(E-[A-Z0-9-]+)"')
_SHOWN = re.compile(rb"E-[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+|E-[A-Z]+")


class Answer:
    """What came back: whether it was done, where it leads, what it says."""

    def __init__(self, *, status: int, body: bytes, location: str, code: str, failed: str) -> None:
        self.status, self.body, self.location = status, body, location
        self.code, self.failed = code, failed

    @property
    def done(self) -> bool:
        return not self.code and not self.failed

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    def ids(self, pattern: re.Pattern[bytes]) -> list[str]:
        """Return the documents that a page names, each once, in its order."""
        return list(dict.fromkeys(found.decode() for found in pattern.findall(self.body)))


class Browser(FastHttpUser):
    """A person with a browser; what they do stands in the classes of :mod:`loadtests.users`."""

    abstract = True
    # A lost answer is a fault, and a slow one is to be seen as slow.
    network_timeout = connection_timeout = 120.0
    host = "http://127.0.0.1"
    plan: Plan
    notebook: Notebook
    person_class = ""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.drawn = random.Random()  # noqa: S311 (whom to choose, no secret)
        self.person: Person | None = None

    def on_start(self) -> None:
        """Take a seat, and sign in through the page."""
        people = self.plan.people[self.person_class]
        # Locust does not share people out to the last one: whoever finds no chair shares one.
        self.person = people[next_seat(self.environment, self.person_class) % len(people)]
        self.drawn.seed(f"{self.plan.scenario}/{self.person.account}")
        self.sign_in()

    def chance(self, share: float) -> bool:
        """Tell whether it is done this time, which is ``share`` of all times."""
        return self.drawn.random() < share

    def sign_in(self) -> bool:
        assert self.person is not None, "somebody sits here"
        self.open("sign-in", "kernel.session.page")
        fields = {"account": self.person.account, "password": PASSWORD}
        answer = self.send("sign-in", "kernel.session.open", fields)
        if not answer.done:
            return False
        self.notebook.act("sign-in", self.person.account)
        return self.open("", "kernel.home.page").done

    def open(self, path: str, operation: str, **query: str | int) -> Answer:
        """Open a page, or ask what a script of it asks."""
        asked = {name: value for name, value in query.items() if value not in {"", None}}
        target = f"{path}?{urllib.parse.urlencode(asked)}" if asked else path
        return self._ask("GET", target, operation, expected=READ)

    def ask(self, path: str, operation: str, **query: str | int) -> Answer:
        """Ask the API."""
        asked = f"?{urllib.parse.urlencode(query)}" if query else ""
        headers = {"Accept": "application/json"}
        return self._ask("GET", f"api/v1/{path}{asked}", operation, headers=headers, expected=READ)

    def send(self, path: str, operation: str, fields: Mapping[str, str]) -> Answer:
        """Send a form as the page does, with its hidden fields; a redirect is not followed."""
        hidden = {"_key": str(uuid.uuid4()), "_csrf_token": self._csrf}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urllib.parse.urlencode({**hidden, **fields})
        return self._ask("POST", path, operation, body=body.encode(), headers=headers)

    def post(self, path: str, operation: str, content: object, *, method: str = "POST") -> Answer:
        """Send JSON to the API, with a key of its own."""
        headers = {
            "Content-Type": "application/json", "Accept": "application/json",
            KEY_HEADER: str(uuid.uuid4()), CSRF_HEADER: self._csrf,
        }  # fmt: skip
        body = msgspec.json.encode(content)
        return self._ask(method, f"api/v1/{path}", operation, body=body, headers=headers)

    @property
    def _csrf(self) -> str:
        for cookie in self.client.cookiejar:
            if cookie.name == CSRF_COOKIE:
                return str(cookie.value)
        return ""

    def _ask(
        self, method: str, path: str, operation: str, *, body: bytes | None = None,
        headers: Mapping[str, str] | None = None, expected: Collection[int] = DONE,
    ) -> Answer:  # fmt: skip
        at_s, started = time.time(), time.perf_counter()
        with self.client.request(
            method, f"/{self.plan.county}/{path}", name=operation, data=body,  # type: ignore[arg-type]
            headers=dict(headers or {}), allow_redirects=False, catch_response=True,
        ) as got:  # fmt: skip
            total_ms = (time.perf_counter() - started) * 1000
            answer = _answered(got, expected)
            if answer.failed:
                got.failure(answer.failed)
            else:
                got.success()
        server_ms, terms = told_ms(_header(got, "server-timing"))
        self.notebook.see(
            Seen(
                at_s=at_s, operation=operation, status=answer.status, total_ms=total_ms,
                server_ms=server_ms, terms_ms=terms, code=answer.code, failed=answer.failed,
            )
        )  # fmt: skip
        return answer


def _header(got: Any, name: str) -> str:
    """Return a header's text; what came in several lines is one, as RFC 9110 says."""
    found = (got.headers or {}).get(name, "")
    return ", ".join(found) if isinstance(found, list) else str(found or "")


def _answered(got: Any, expected: Collection[int]) -> Answer:
    status, body = int(got.status_code or 0), bytes(got.content or b"")
    location = _header(got, "location")
    code = failed = ""
    if status == REFUSED:
        found = _PROBLEM.search(body) or _SHOWN.search(body)
        code = (found[found.lastindex or 0]).decode() if found else "E"
    elif status not in expected:
        failed = f"{status} {got.error or ''}".strip()
    return Answer(status=status, body=body, location=location, code=code, failed=failed)
