"""After a run: what was acknowledged is stored and the other way round, and all adds up."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping

import msgspec
import sqlalchemy as sa

from loadtests.notes import Act
from loadtests.site import CommandFailed, Site
from zhuji_core.values import Value

FOLLOWED_S = 300.0
# What each act must have left behind: its document's ids among ``ids``.
STORED: Mapping[str, str] = {
    "certification": """
        SELECT request_id::text FROM accounting.certification
         WHERE request_id = ANY (CAST(:ids AS uuid[]))
    """,
    "request": """
        SELECT request_id::text FROM accounting.spending_request
         WHERE request_id = ANY (CAST(:ids AS uuid[]))
    """,
    # By the audit: what was approved may be returned after, and what was returned sent again.
    "return": """
        SELECT DISTINCT document_id::text FROM kernel.audit_entry
         WHERE action = 'accounting.request.return' AND document_id = ANY (CAST(:ids AS uuid[]))
    """,
    "approval": """
        SELECT DISTINCT document_id::text FROM kernel.audit_entry
         WHERE action = 'accounting.request.approve' AND document_id = ANY (CAST(:ids AS uuid[]))
    """,
    "claim": """
        SELECT claim_id::text FROM accounting.claim WHERE claim_id = ANY (CAST(:ids AS uuid[]))
    """,
    "voucher": """
        SELECT voucher_id::text FROM accounting.voucher
         WHERE voucher_id = ANY (CAST(:ids AS uuid[]))
    """,
    "carry": """
        SELECT carry_id::text FROM accounting.carry_over
         WHERE carry_id = ANY (CAST(:ids AS uuid[]))
    """,
}
# Certifications of the run, by whom it came: the other direction.
SINCE = """
    SELECT request_id::text FROM accounting.certification
     WHERE certified_at >= to_timestamp(:since_s)
"""


class Compared(Value, frozen=True, kw_only=True):
    """One kind of act: how many were acknowledged, how many of them are stored."""

    what: str
    acknowledged: int
    stored: int
    missing: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        return self.acknowledged == self.stored


class Verified(Value, frozen=True, kw_only=True):
    """What a command of the product proved; ``errors`` in its own words."""

    command: str
    checked: int
    errors: tuple[str, ...]


def compare(connection: sa.Connection, acts: Iterable[Act], *, since_s: float) -> list[Compared]:
    """Compare acts with the database, kind by kind; certifications in both directions."""
    by_what: dict[str, set[str]] = {}
    for act in acts:
        by_what.setdefault(act.what, set()).add(act.of)
    found = []
    for what, statement in STORED.items():
        ids = by_what.get(what, set())
        rows = connection.execute(sa.text(statement), {"ids": list(ids)})
        kept = {row[0] for row in rows}
        missing = tuple(sorted(ids - kept))[:5]
        found.append(Compared(what=what, acknowledged=len(ids), stored=len(kept), missing=missing))
    rows = connection.execute(sa.text(SINCE), {"since_s": since_s})
    stored = {row[0] for row in rows}
    certified = by_what.get("certification", set())
    found.append(
        Compared(
            what="certification stored since", acknowledged=len(certified), stored=len(stored),
            missing=tuple(sorted(stored ^ certified))[:5],
        )
    )  # fmt: skip
    return found


def wait_until_followed(site: Site) -> float:
    """Wait until every module has read every event; return the seconds, raise CommandFailed."""
    started = time.monotonic()
    while True:
        told = msgspec.json.decode(
            site.command("events", "status", "--county", site.code, "--json", may_fail=True)
        )
        behind = sum(int(one["lag_events"]) for one in told["modules"])
        took_s = time.monotonic() - started
        if not behind and not told["waiting"]:
            return took_s
        if took_s > FOLLOWED_S or told["waiting"]:
            raise CommandFailed(f"events: {behind:,} are not followed, {told['waiting'][:1]}")
        time.sleep(1)


def verify(site: Site) -> list[Verified]:
    """Let the product recompute everything: ``zhuji budget verify``, ``accounting verify``."""
    found = []
    for module in ("budget", "accounting"):
        told = msgspec.json.decode(
            site.command(module, "verify", "--county", site.code, "--json", may_fail=True)
        )
        found.append(
            Verified(
                command=f"zhuji {module} verify",
                checked=int(told["checked"]),
                errors=tuple(_errors(told)),
            )
        )
    return found


def _errors(told: object) -> Iterator[str]:
    """Yield every fault that a report names, which may hold other reports."""
    parts = told.items() if isinstance(told, dict) else ()
    for name, value in parts:
        if name == "errors":
            yield from (str(one) for one in value)
        else:
            yield from _errors(value)
