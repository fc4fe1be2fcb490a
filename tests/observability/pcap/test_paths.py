"""What of a request's target may be printed."""

from __future__ import annotations

import pytest

from zhuji_observability.pcap.paths import shown_method, shown_path
from zhuji_observability.pcap.routes import RouteTable


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/", "/"),
        ("/txg/budget?payee=%E7%8E%8B", "/txg/budget"),
        ("/TXG/api/v1/accounting/claims/31/grant", "/TXG/api/v1/accounting/claims/{id}/grant"),
        ("/a/0f9c1a52-7a1e-4e1c-8a2e-5b0f5f3c2b11", "/a/{id}"),
        ("/a/A123456789", "/a/{id}"),
        ("/a/%E7%8E%8B%E5%B0%8F%E6%98%8E", "/a/{id}"),
        ("/a/wang.daming", "/a/{id}"),
        ("/a/012345678901", "/a/{id}"),
        ("/a/eyJhbGciOiJIUzI1NiJ9", "/a/{id}"),
        ("/static/app.css", "/static/app.css"),
        ("/static/htmx.min.js", "/static/htmx.min.js"),
        ("/static/app.3f9a1c.js", "/static/{id}"),
        ("http://zhuji.example:8000/txg?x#y", "/txg"),
        ("http://zhuji.example", "/"),
        ("wang:secret@example.com:443", "{id}"),
        ("*", "*"),
        ("/a" * 30, "/a" * 16 + "/…"),
        ("/soft-closing/", "/soft-closing/"),
        ("/" + "a" * 41, "/{id}"),
        (None, None),
    ],
)
def test_path(target: str | None, shown: str | None) -> None:
    assert shown_path(target) == shown


def test_an_unknown_method_is_not_repeated() -> None:
    assert [shown_method(one) for one in ("GET", "WANGDAMING", None)] == ["GET", "_OTHER", None]


ROUTES = RouteTable(
    [
        "/",
        "/{county:str}",
        "/{county:str}/accounting/requests/new",
        "/{county:str}/accounting/requests/{request_id:uuid}",
        "/{county:str}/accounting/requests/{request_id:uuid}/certification",
        "/{county:str}/budget/books/{fiscal_year:int}",
        "/{county:str}/report/{name:str}",
        "/{county:str}/report/new/page",
        "/static/{file_path:path}",
        "/health",
    ]
)
UUID = "0f9c1a52-7a1e-4e1c-8a2e-5b0f5f3c2b11"


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/", "/"),
        ("/health?x=1", "/health"),
        ("/txg", "/{county}"),
        ("/txg/accounting/requests/new", "/{county}/accounting/requests/new"),
        (f"/txg/accounting/requests/{UUID}/", "/{county}/accounting/requests/{request_id}"),
        (f"/txg/accounting/requests/{UUID}/certification?k=1",
         "/{county}/accounting/requests/{request_id}/certification"),
        ("/txg/accounting/requests/31", "/txg/accounting/requests/{id}"),
        ("/txg/budget/books/105", "/{county}/budget/books/{fiscal_year}"),
        ("/txg/report/new", "/{county}/report/{name}"),
        ("/txg/report/wang.daming", "/{county}/report/{name}"),
        ("/static/a/b.3f9a1c.js", "/static/{file_path}"),
        (f"/elsewhere/{UUID}", "/elsewhere/{id}"),
    ],
)  # fmt: skip
def test_a_known_route_is_shown_instead(target: str, shown: str) -> None:
    assert shown_path(target, ROUTES) == shown
