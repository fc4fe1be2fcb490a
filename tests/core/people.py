"""Administrators at their browsers, for tests of people and rights through HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from tests.core.site import Browser, Site

API = "/txg/api/v1/kernel"
PAGES = "/txg/kernel"


@dataclass(kw_only=True)
class Staff:
    """``staff["adm1"]`` is a signed-in browser; ``adm1`` and ``adm2`` administer people."""

    site: Site
    browsers: dict[str, Browser] = field(default_factory=dict)
    open_browsers: ExitStack = field(default_factory=ExitStack)

    @classmethod
    @contextmanager
    def signed_in(cls, site: Site) -> Iterator[Staff]:
        site.given_user("adm1", "ADM", in_agency=None)
        site.given_user("adm2", "ADM", in_agency=None)
        with ExitStack() as stack:
            yield cls(site=site, open_browsers=stack)

    def __getitem__(self, account: str) -> Browser:
        if account not in self.browsers:
            browser = self.open_browsers.enter_context(self.site.browser(account))
            self.browsers[account] = browser
        return self.browsers[account]

    def call(
        self, account: str, path: str, body: object = None, *, method: str = "POST", key: str = ""
    ) -> httpx.Response:
        """Call the API as ``account``."""
        content = msgspec.json.encode({} if body is None else body)
        answer: httpx.Response = self[account].json(
            f"{API}/{path}", content, key=key or uuid.uuid4().hex, method=method
        )
        return answer

    def post(self, account: str, path: str, fields: dict[str, str] | None = None) -> httpx.Response:
        """Send a form of a page as ``account``."""
        answer: httpx.Response = self[account].form(
            f"{PAGES}/{path}", {"_key": uuid.uuid4().hex, **(fields or {})}
        )
        return answer

    def user_id(self, account: str) -> str:
        (row,) = self.rows("SELECT user_id FROM kernel.user_account WHERE account = :a", a=account)
        return str(row.user_id)

    def rows(self, sql: str, **parameters: object) -> list[Any]:
        return self.site.under_test["TXG"].rows(sql, **parameters)

    def proposed_grant(
        self, account: str, role_code: str, *, by: str = "adm1", **changes: Any
    ) -> httpx.Response:
        """Propose a role in agency A1 for 105 as ``by``."""
        wanted = {
            "user_id": self.user_id(account),
            "role_code": role_code,
            "agency_code": "A1",
            "valid_from": "2016-03-01",
            "valid_to": "2016-12-31",
            "reason": "職務調整",
            "reference": "府人字第1050001號",
            **changes,
        }
        return self.call(by, "grants/", wanted)

    def granted(self, account: str, role_code: str, **changes: Any) -> str:
        """Give a role by two persons; return the proposal's id."""
        proposal_id = id_of(self.proposed_grant(account, role_code, **changes))
        answer = self.call("adm2", f"proposals/{proposal_id}/approval", {})
        assert answer.status_code == 200, answer.text
        return proposal_id

    def held(self, account: str) -> list[str]:
        """Return what the person holds: ``REQ A1 2016-03-01 2016-12-31``."""
        rows = self.rows(
            "SELECT g.role_code, COALESCE(g.agency_code, '*') AS agency_code, g.valid_from,"
            " g.valid_to FROM kernel.role_grant AS g JOIN kernel.user_account AS u USING (user_id)"
            " WHERE u.account = :a ORDER BY g.role_code, g.valid_from",
            a=account,
        )
        return [f"{r.role_code} {r.agency_code} {r.valid_from} {r.valid_to}" for r in rows]

    def everything(self) -> list[Any]:
        """Return what a refusal must leave as it was."""
        return self.rows(
            "SELECT (SELECT count(*) FROM kernel.audit_entry"
            "         WHERE action NOT LIKE 'kernel.session.%') AS audits,"
            " (SELECT count(*) FROM kernel.idempotency_key) AS keys,"
            " (SELECT array_agg(p ORDER BY p.proposal_id)::text FROM kernel.proposal AS p) AS p,"
            " (SELECT array_agg(g ORDER BY g.grant_id)::text FROM kernel.role_grant AS g) AS g,"
            " (SELECT array_agg(r ORDER BY r.role_code, r.permission)::text"
            "    FROM kernel.role_permission AS r) AS r,"
            " (SELECT array_agg(d ORDER BY d.delegation_id)::text"
            "    FROM kernel.delegation AS d) AS d,"
            " (SELECT array_agg(e ORDER BY e.exception_id)::text"
            "    FROM kernel.duty_exception AS e) AS e,"
            " (SELECT array_agg((u.account, u.name, u.agency_code, u.state)"
            "                   ORDER BY u.account)::text FROM kernel.user_account AS u) AS u"
        )

    def refuses(self, answer: httpx.Response, code: str) -> dict[str, Any]:
        """Assert that the API refused with ``code``; return the problem."""
        problem: dict[str, Any] = answer.json()
        assert problem.get("code") == code, answer.text
        assert 400 <= answer.status_code < 500
        return problem


def id_of(answer: httpx.Response) -> str:
    """Return the id of the proposal that was made."""
    assert answer.status_code == 201, answer.text
    return str(answer.json()["proposal_id"])
