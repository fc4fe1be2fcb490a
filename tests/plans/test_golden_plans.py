"""The plans of what matters, as they are kept in ``golden``, and what none of them may do.

``make golden-plans`` writes them anew; the difference is then read before it is committed.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plans.asked import ALL, ASKED, Asked, Rule
from tests.plans.filled import Filled, filled
from tests.plans.recorder import Planned, recording
from tests.plans.shapes import read_beyond, shape, told, walked
from zhuji_core.testing.cluster import CountyDatabases
from zhuji_core.testing.counties import under_test

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("ZHUJI_GOLDEN_PLANS") == "write"
# What one page, or one agency of ninety-six, may read of a large table.
SHARE = 0.1
# No report reads these for a county; what it shows of them is kept in balances.
DETAILS = (
    "accounting.claim_line", "accounting.ledger_entry", "accounting.receipt_line",
    "accounting.request_line", "accounting.voucher", "accounting.voucher_line",
    "budget.budget_movement", "kernel.audit_entry", "kernel.event",
)  # fmt: skip


@pytest.fixture(scope="module")
def city(_made_counties: CountyDatabases) -> Iterator[Filled]:
    """Fill the worker's county once for this file; whoever comes after finds it clean."""
    _made_counties.clean()
    yield filled(under_test(_made_counties, "TXG"))
    _made_counties.clean()


def asked_plans(city: Filled, asked: Asked) -> list[Planned]:
    with recording(city.county.engine) as recorder:
        asked.ask(city)
    return [one for one in recorder.planned if "Relation Name" in str(one.plan)]


def faults(city: Filled, rule: Rule, one: Planned) -> list[str]:
    """Return what the plan reads that the rule forbids."""
    but = DETAILS if rule is Rule.REPORT else None
    found = [
        f"{table} is read from end to end"
        for table in walked(one.plan, city.rows)
        if but is None or table in but
    ]
    if one.measured:
        found += read_beyond(one.plan, city.rows, share=SHARE, but=but)
    return found


def file_of(city: Filled, asked: Asked) -> Path:
    (found,) = city.county.rows("SELECT current_setting('server_version_num')::integer AS version")
    name = re.sub(r"[^a-z]+", "-", asked.name).strip("-")
    return GOLDEN / str(found.version // 10_000) / f"{name}.txt"


def written(plans: list[Planned]) -> str:
    return "\n".join(f"-- {told(one.text)}\n{shape(one.plan)}\n" for one in plans)


@pytest.mark.slow
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
def test_every_plan_is_the_one_that_is_kept_and_reads_no_more_than_it_may(
    asked: Asked, city: Filled
) -> None:
    plans = asked_plans(city, asked)
    assert plans, "nothing was planned"
    kept, now = file_of(city, asked), written(plans)
    if WRITE:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(now, encoding="utf-8")
    forbidden = [
        f"{fault}\n{told(one.text)}\n{shape(one.plan)}"
        for one in plans
        for fault in faults(city, asked.rule, one)
    ]
    assert not forbidden, "\n\n".join(forbidden)
    if not kept.parent.exists():
        pytest.skip(f"no plans of PostgreSQL {kept.parent.name} are kept")
    was = kept.read_text(encoding="utf-8") if kept.exists() else ""
    changed = difflib.unified_diff(
        was.splitlines(), now.splitlines(), "as kept", "as planned now", lineterm="", n=99
    )
    assert was == now, "\n".join(["`make golden-plans` keeps the new one.", *changed])


@pytest.mark.slow
def test_a_list_that_reads_a_large_table_is_found(city: Filled) -> None:
    sorted_by_words = "SELECT l.* FROM accounting.voucher_line AS l ORDER BY l.description LIMIT 50"
    along_the_key = """
        SELECT v.* FROM accounting.voucher AS v
         WHERE (CAST(%(agencies)s AS text[]) IS NULL OR v.agency_code = ANY(%(agencies)s))
         ORDER BY v.voucher_id DESC LIMIT 50
    """
    with recording(city.county.engine) as recorder, city.county.engine.connect() as connection:
        connection.exec_driver_sql(sorted_by_words)
        connection.exec_driver_sql(along_the_key, {"agencies": [city.agency]})
    by_words, by_key = recorder.planned
    assert "accounting.voucher_line is read from end to end" in faults(city, Rule.PAGE, by_words)
    assert faults(city, Rule.REPORT, by_words)
    assert "Seq Scan" not in shape(by_key.plan)
    assert [one.split(":")[0] for one in faults(city, Rule.PAGE, by_key)] == ["accounting.voucher"]


def test_every_question_has_a_file_of_its_own() -> None:
    names = [re.sub(r"[^a-z]+", "-", asked.name).strip("-") for asked in ASKED]
    assert len(set(names)) == len(names)
    assert {asked.rule for asked in ASKED if asked.name.endswith(ALL)} >= {Rule.PAGE, Rule.REPORT}
    kept = {path.stem for folder in GOLDEN.iterdir() for path in folder.glob("*.txt")}
    assert kept == set(names), "`make golden-plans` keeps them"
