"""The people of an accounting office at their browsers, for tests through HTTP."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from tests.core.site import Browser, Site
from tests.plugins.accounting.given import Office, unique

ROLES = {
    "req": ("REQ",),
    "req2": ("REQ",),
    "sup": ("SUP",),
    "rev": ("REV",),
    "cacc": ("CACC",),
    "prep": ("PREP",),
    "book": ("BOOK",),
    "bas": ("BAS",),
    "bas2": ("BAS",),
    # One person with three roles, to meet the separation of duties.
    "both": ("REQ", "SUP", "REV"),
}
API = "/txg/api/v1/accounting"
PAGES = "/txg/accounting"
CODE = re.compile(r"<code>(E-[A-Z-]+)</code>")


@dataclass(kw_only=True)
class People:
    """``people["req"]`` is a browser; ``office`` is the same county without HTTP."""

    site: Site
    office: Office
    browsers: dict[str, Browser]
    open_browsers: ExitStack

    @classmethod
    @contextmanager
    def signed_in(cls, site: Site, office: Office) -> Iterator[People]:
        with ExitStack() as stack:
            yield cls(site=site, office=office, browsers={}, open_browsers=stack)

    def __getitem__(self, account: str) -> Browser:
        """Return the browser of ``account``; made and signed in at the first use."""
        if account not in self.browsers:
            in_agency = None if account in {"bas", "bas2"} else self.office.government.agency_code
            self.site.given_user(account, *ROLES[account], in_agency=in_agency)
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

    def written(self, *amounts_ntd: int, account: str = "req", **changes: Any) -> str:
        """Write a draft; return its id."""
        answer = self.call(account, "requests/", self.wanted(*amounts_ntd, **changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["request_id"])

    def wanted(self, *amounts_ntd: int, **changes: Any) -> dict[str, Any]:
        """Return what the API takes for a new request on 業務費."""
        return {
            "kind": "ordinary",
            "purpose": unique(),
            "basis": "105 年 3 月簽",
            "payee": "甲商行",
            "lines": [
                {"control_row_id": str(self.office.supplies), "amount_ntd": amount_ntd}
                for amount_ntd in amounts_ntd
            ],
            **changes,
        }

    def submitted(self, *amounts_ntd: int, account: str = "req", **changes: Any) -> str:
        request_id = self.written(*amounts_ntd, account=account, **changes)
        answer = self.call(account, f"requests/{request_id}/submission")
        assert answer.status_code == 200, answer.text
        return request_id

    def approved(self, *amounts_ntd: int, account: str = "req", **changes: Any) -> str:
        request_id = self.submitted(*amounts_ntd, account=account, **changes)
        answer = self.call("sup", f"requests/{request_id}/approval")
        assert answer.status_code == 200, answer.text
        return request_id

    def certified(self, *amounts_ntd: int, **changes: Any) -> str:
        request_id = self.approved(*amounts_ntd, **changes)
        answer = self.call("rev", f"requests/{request_id}/certification")
        assert answer.status_code == 201, answer.text
        return request_id


def code_of(answer: httpx.Response) -> str:
    """Return the refusal's code, of the API or of a page."""
    if "json" in answer.headers.get("content-type", ""):
        return str(answer.json().get("code", ""))
    found = CODE.search(answer.text)
    return found[1] if found else ""
