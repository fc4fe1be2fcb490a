"""Exchanges as the store is given them."""

from __future__ import annotations

from zhuji_observability.store.exchange import TERMS, Exchange, SpanNote

NOON_MS = 1_795_780_800_000  # 2026-11-27 12:00 UTC


def exchange(number: int = 0, **different: object) -> Exchange:
    """One quick certification of TXG; its terms are 1 ms of SQL and the rest its own."""
    given: dict[str, object] = {
        "trace": f"{number:032x}",
        "began_ms": NOON_MS + number,
        "county": "TXG",
        "module": "accounting",
        "operation": "accounting.requests.certify",
        "route": "/{county}/accounting/requests/{request_id}/certification",
        "method": "POST",
        "status": 303,
        "release": "0.1.0",
        "total_us": 10_000,
        **different,
    }
    total = given["total_us"]
    assert isinstance(total, int)
    given.setdefault("terms_us", spent(total, sql=1_000))
    return Exchange(**given)  # type: ignore[arg-type]


def spent(total: int, **terms: int) -> dict[str, int]:
    """Return all terms; what is not named is the product's own."""
    return dict.fromkeys(TERMS, 0) | terms | {"own": total - sum(terms.values())}


SPANS = (
    SpanNote(name="accounting.certify_requests", parent=-1, start_us=100, length_us=8_000),
    SpanNote(
        name="SELECT", parent=0, start_us=200, length_us=6_000, statement="SELECT … FOR UPDATE"
    ),
)
