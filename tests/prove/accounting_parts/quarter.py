"""The golden quarter lived through the API, compared cell by cell, and proved by other programs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from beancount import loader

from tests.core.probe import ProbeModule
from tests.core.site import Site
from tests.golden.comparison import Compared
from tests.golden.government import GOLDEN
from tests.golden.lived import live
from tests.golden.quarter import STEPS
from tests.golden.replay import Replay
from tests.golden.tables import compared, unexpected
from tests.golden.town import Town
from tests.prove.tools.results import PartResult, Table, counted, must
from zhuji_accounting.queries.ledger_verification import verify_ledger
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.usecases.ask_oracle import ask_oracle
from zhuji_accounting.usecases.export_books import export_books
from zhuji_budget.queries.verification import verify_budget
from zhuji_core import hooks
from zhuji_core.testing.cluster import CountyDatabases, running_host
from zhuji_core.testing.counties import under_test

SEED = 114
AGENCIES, AGENCIES_QUICK = 16, 3
CLIENTS = 16
# Each agency's numbers of a kind of voucher: how many, the first and the last, how many different.
NUMBERS = """
    SELECT agency_code, kind, count(*) AS posted, min(voucher_no) AS first,
           max(voucher_no) AS last, count(DISTINCT voucher_no) AS different
      FROM accounting.voucher WHERE state = 'posted' GROUP BY agency_code, kind
"""
CERTIFIED = """
    SELECT agency_code, 'certification' AS kind, count(*) AS posted,
           min(certification_no) AS first, max(certification_no) AS last,
           count(DISTINCT certification_no) AS different
      FROM accounting.certification GROUP BY agency_code
"""


def quarter(*, quick: bool) -> PartResult:
    """One agency, step by step."""
    return _lived("quarter", agencies=1, clients=1)


def interleaved(*, quick: bool) -> PartResult:
    """Many agencies, whose steps of a day are taken by sixteen clients as they are free."""
    return _lived("interleaved", agencies=AGENCIES_QUICK if quick else AGENCIES, clients=CLIENTS)


def _lived(part: str, *, agencies: int, clients: int) -> PartResult:
    failures: list[str] = []
    with opened_town(part) as town:
        begun = time.monotonic()
        replays = live(town, GOLDEN, agencies=agencies, clients=clients, seed=SEED)
        took_s = time.monotonic() - begun
        found = [list(compared(replay)) for replay in replays]
        for replay, own in zip(replays, found, strict=True):
            wrong = unexpected(own)
            must(failures, holds=not wrong, say=f"{replay.agency.code}: {wrong[:5]}")
        numbers = _numbers(town, failures)
        proofs = _proofs(town, replays, failures)
    everything = [one for own in found for one in own]
    return PartResult(
        part=part,
        title=f"the golden quarter of {agencies} agencies by {clients} clients",
        checked=sum(one.cells for one in everything),
        failures=tuple(failures),
        tables=(
            counted(
                "what was done",
                [
                    ("agencies", agencies),
                    ("clients at once", clients),
                    ("days", len({step.day for step in STEPS})),
                    ("answers of the API", town.answers),
                    ("seconds", round(took_s)),
                ],
            ),
            _cells(everything),
            numbers,
            counted("proved by", proofs),
        ),
        seed=SEED,
    )


@contextmanager
def opened_town(part: str) -> Iterator[Town]:
    """Serve the whole application over a county of its own."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=f"zhuji-{part}-"))
        host = stack.enter_context(running_host(Path(folder) / "home", worker=part))
        databases = CountyDatabases(host)
        stack.callback(databases.close)
        site = stack.enter_context(Site(module=ProbeModule(), manager=hooks.load()).served())
        site.begin_test(under_test(databases, "TXG"), under_test(databases, "MLI"))
        yield stack.enter_context(Town(site))


def _cells(found: Sequence[Compared]) -> Table:
    """Add up each table by each way over all agencies."""
    sums: dict[tuple[str, str], list[int]] = {}
    for one in found:
        row = sums.setdefault((one.table, one.way), [0, 0])
        row[0] += one.cells
        row[1] += one.equal
    rows = [(table, way, cells, equal) for (table, way), (cells, equal) in sums.items()]
    rows.append(("all", "", sum(row[2] for row in rows), sum(row[3] for row in rows)))
    return Table(
        heads=("table", "read by", "cells compared", "equal"),
        rows=tuple((table, way, f"{cells:,}", f"{equal:,}") for table, way, cells, equal in rows),
    )


def _numbers(town: Town, failures: list[str]) -> Table:
    """Every agency's numbers of each kind go from 1 to as many as there are, each once."""
    county = town.site.under_test[town.code]
    found = [*county.rows(NUMBERS), *county.rows(CERTIFIED)]
    kinds: dict[str, list[int]] = {}
    for row in found:
        gapless = (row.first, row.last, row.different) == (1, row.posted, row.posted)
        must(failures, holds=gapless, say=f"numbers: {row}")
        kinds.setdefault(row.kind, []).append(row.posted)
    return Table(
        heads=("numbers of", "agencies", "given", "gaps"),
        rows=tuple(
            (kind, f"{len(counts):,}", f"{sum(counts):,}", "0") for kind, counts in kinds.items()
        ),
    )


def _proofs(town: Town, replays: Sequence[Replay], failures: list[str]) -> list[tuple[str, object]]:
    """Let the product verify itself, and hledger and beancount recompute what it exports."""
    access = town.site.counties[town.code]
    with access.begin(actor=town.site.operator, read_only=True) as uow:
        budget, certified, ledger = (
            verify_budget(uow),
            verify_certifications(uow),
            verify_ledger(uow),
        )
        text = "\n".join(export_books(uow, fiscal_year=town.fiscal_year, form="beancount"))
        oracle = ask_oracle(uow, fiscal_year=town.fiscal_year)
    entries, errors, _ = loader.load_string(text)
    must(failures, holds=budget.passed, say=f"budget verify: {budget.errors[:3]}")
    must(failures, holds=certified.passed, say=f"accounting verify: {certified.errors[:3]}")
    must(failures, holds=not ledger.errors, say=f"ledger verify: {ledger.errors[:3]}")
    must(failures, holds=oracle.passed, say=f"hledger: {oracle.complaint} {oracle.differing[:3]}")
    must(failures, holds=not errors and bool(entries), say=f"beancount: {errors[:1]}")
    return [
        ("zhuji budget verify: control rows", budget.checked),
        ("zhuji accounting verify: lines of receipts", certified.checked),
        ("zhuji accounting verify: entries of the ledger", ledger.checked["entries"]),
        ("difference, NT dollars", budget.drift_ntd + certified.drift_ntd + ledger.drift_ntd),
        ("hledger: accounts recomputed", oracle.accounts),
        ("hledger: equal", oracle.equal),
        ("beancount: directives accepted", len(entries)),
        ("beancount: complaints", len(errors)),
    ]
