"""A module switched on and off a thousand times while clerks work with it, in two processes."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from tests.apart import run_apart
from tests.prove.certification_parts import seed, site
from tests.prove.certification_parts.invariants import Invariants, check
from tests.prove.certification_parts.races import verify
from tests.prove.certification_parts.seed import Scenario
from tests.prove.certification_parts.site import COUNTY, HOST, PASSWORD, Site
from tests.prove.tools.results import PartResult, counted, must
from tests.prove.tools.switching import Ask, Load, Verdict, by_status, described, of_home
from zhuji_core.demo.client import CSRF_COOKIE, CSRF_HEADER, SEE_OTHER, DemoSession
from zhuji_core.identity.sessions import cookie_name

PART = "switching"
SWITCHES, SWITCHES_QUICK = 1_000, 40
CLIENTS = 8
REQUESTS, REQUESTS_QUICK = 12_000, 600
SEED = 105
COUNTY_PATH = COUNTY.lower()
NOTE = (
    "Judged is an answer to a request that was sent after a switch was acknowledged and answered "
    "before the next one was sent: it must be as the switch says (404, or no menu entry, when off)."
)
HISTORY = """
    SELECT count(*) FROM kernel.audit_entry
     WHERE document_kind = 'kernel.module' AND actor_account = 'boss'
"""


def switching(*, quick: bool) -> PartResult:
    """Switch accounting off and on while it certifies; money must add up at the end."""
    switches, requests = (SWITCHES_QUICK, REQUESTS_QUICK) if quick else (SWITCHES, REQUESTS)
    with site.opened(PART) as opened:
        _make_administrator(opened)
        scenario = Scenario(requests=requests, funded=requests, rows=4, seed=SEED)
        seeded = seed.fill(opened.admin, scenario)
        writes = [
            f"/{COUNTY_PATH}/api/v1/accounting/requests/{request_id}/certification"
            for request_id in seeded.request_ids
        ]
        with site.serving(opened) as first, site.serving(opened) as second:
            target = site.sign_in(first.port)
            load = Load(
                [f"http://{HOST}:{port}" for port in (first.port, second.port)],
                county=COUNTY_PATH,
                module="accounting",
                asks=_asks(),
                writes=writes,
            )
            verdict = run_apart(
                load.run(
                    switches=switches,
                    clients=CLIENTS,
                    people=[one.headers for one in target.accounts],
                    administrator=_headers(first.port, "boss"),
                )
            )
        with opened.admin.connect() as connection:
            invariants = check(connection)
            entries = int(connection.execute(sa.text(HISTORY)).scalar_one())
        verified = {name: verify(opened, name) for name in ("accounting", "budget")}
    return _result(verdict, invariants, verified, switches=switches, entries=entries)


def _asks() -> list[Ask]:
    return [
        Ask(kind="page", path=f"/{COUNTY_PATH}/accounting/register", judge=by_status),
        Ask(kind="API", path=f"/{COUNTY_PATH}/api/v1/accounting/requests", judge=by_status),
        Ask(kind="menu", path=f"/{COUNTY_PATH}/", judge=of_home(f'"/{COUNTY_PATH}/accounting/')),
    ]


def _make_administrator(opened: Site) -> None:
    opened.command(
        *("user", "add", "boss", "--county", COUNTY, "--name", "系統管理員"),
        *("--agency", "A000", "--role", "ADM", "--county-wide", "--password", PASSWORD),
    )
    with opened.admin.begin() as connection:
        connection.execute(sa.text(site.KEEP_PASSWORDS))


def _headers(port: int, account: str) -> Mapping[str, str]:
    session = DemoSession(host=HOST, port=port, county=COUNTY_PATH)
    reply = session.sign_in(account=account, password=PASSWORD)
    session.close()
    assert reply.status == SEE_OTHER, f"sign-in of {account}: {reply.status}"
    cookies = session.cookies
    kept = {name: cookies[name] for name in (CSRF_COOKIE, cookie_name(COUNTY))}
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in kept.items()),
        CSRF_HEADER: kept[CSRF_COOKIE],
    }


def _result(
    verdict: Verdict,
    invariants: Invariants,
    verified: Mapping[str, Mapping[str, object]],
    *,
    switches: int,
    entries: int,
) -> PartResult:
    failures: list[str] = []
    must(failures, holds=not verdict.wrong, say=f"wrong answers: {verdict.wrong[:5]}")
    must(failures, holds=not verdict.faults, say=f"faults: {verdict.faults[:3]}")
    must(failures, holds=verdict.switches == switches, say=f"{verdict.switches} switches")
    must(failures, holds=entries == switches, say=f"{entries} audit entries of {switches} switches")
    for kind in ("page", "API", "menu", "write"):
        for says in ("on", "off"):
            count = verdict.within[f"{kind}, module {says}"]
            must(failures, holds=count > switches // 20, say=f"{kind}, {says}: {count} judged")
    must(failures, holds=invariants.hold, say=f"invariants broken: {invariants.broken}")
    for name, one in verified.items():
        passed = one["checked"] and not one["drift_ntd"] and not one["errors"]
        must(failures, holds=bool(passed), say=f"`zhuji {name} verify`: {str(one)[:300]}")
    faults = sum(invariants.faults.values())
    return PartResult(
        part=PART,
        title=f"accounting switched {switches:,} times while {CLIENTS} clients work, two processes",
        checked=verdict.judged,
        failures=tuple(failures),
        tables=(
            counted(
                "counts",
                [
                    *described(verdict),
                    ("audit entries of the switches", entries),
                    ("certified in between", invariants.certified),
                    ("faults of money found afterwards", faults),
                ],
            ),
        ),
        notes=(NOTE,),
        seed=SEED,
    )
