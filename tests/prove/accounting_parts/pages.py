"""The golden quarter on its pages: January by keyboard, every figure followed to its sources."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import sync_playwright

from tests.conftest import ARGUMENTS, CHROMIUM
from tests.e2e import january as keyboard
from tests.e2e.january import AtKeyboard, Keyed
from tests.golden import quarter as golden
from tests.golden.crawler import Crawl
from tests.golden.government import GOLDEN
from tests.golden.lived import live
from tests.prove.accounting_parts.quarter import SEED, opened_town
from tests.prove.tools.results import PartResult, Table, counted, must

# So many figures must lead to each kind of target: a crawl that follows nothing proves nothing.
FOLLOWED_MIN = {
    "accounting/vouchers": 51,
    "accounting/books/account": 51,
    "accounting/books/budget-row": 6,
    "budget/lines": 21,
}
WHAT = {
    golden.Certify: "request: keyed, approved, certified or refused",
    golden.Pay: "claim: keyed, accepted, approved, examined, granted; its voucher posted",
    golden.Advance: "advance: keyed, approved, granted; its voucher posted",
    golden.Voucher: "voucher keyed by its event, reviewed, approved, posted",
    golden.Close: "the month closed",
}


def january(*, quick: bool) -> PartResult:
    """Key January, each step by its own people; compare its books; look at each kind of page."""
    failures: list[str] = []
    with opened_town("january") as town, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        replay, steps = keyboard.keyed(town, chromium)
        found = keyboard.compared(replay)
        chromium.close()
    for one in found:
        must(failures, holds=not one.differing, say=f"{one.table}: {one.differing}")
    violations = replay.eyes.violations
    must(failures, holds=not violations, say=f"axe: {violations[:5]}")
    must(failures, holds=not replay.faults, say=f"scripts: {replay.faults[:5]}")
    must(failures, holds=len(replay.eyes.seen) > 10, say=f"looked at {list(replay.eyes.seen)}")
    return PartResult(
        part="january",
        title="January of the golden quarter through the pages, by keyboard alone",
        checked=sum(one.cells for one in found),
        failures=tuple(failures),
        tables=(
            counted("what was done", _done(replay, steps, violations)),
            Table(
                heads=("table", "cells compared", "equal"),
                rows=tuple((one.table, f"{one.cells:,}", f"{one.equal:,}") for one in found),
            ),
            _presses(steps),
        ),
        notes=(
            "A Chinese character counts as one press, however it is composed; the mouse has none.",
            "All of a document's people are counted together, each from the first page on.",
        ),
        seed=SEED,
    )


def _done(replay: AtKeyboard, steps: Keyed, violations: Sequence[str]) -> list[tuple[str, int]]:
    return [
        ("steps", sum(type(step) in WHAT for step, _ in steps)),
        ("key presses", replay.presses.total),
        ("of these characters", replay.presses.characters),
        ("of these other keys", replay.presses.keys),
        ("kinds of pages looked at by axe", len(replay.eyes.seen)),
        ("what axe complains of", len(violations)),
        ("faults of scripts", len(replay.faults)),
    ]


def _presses(steps: Keyed) -> Table:
    rows = []
    for kind, what in WHAT.items():
        pressed = sorted(count for step, count in steps if isinstance(step, kind))
        cells = (len(pressed), pressed[0], pressed[len(pressed) // 2], pressed[-1], sum(pressed))
        rows.append((what, *(f"{cell:,}" for cell in cells)))
    heads = ("what is keyed", "how many", "fewest presses", "median", "most", "all")
    return Table(heads=heads, rows=tuple(rows))


def drilled(*, quick: bool) -> PartResult:
    """Live the quarter, then follow every figure from the books' first page on."""
    failures: list[str] = []
    with opened_town("drilled") as town:
        (replay,) = live(town, GOLDEN)
        crawl = Crawl(reader=replay.agency["accountant"])
        crawl.run("accounting/books")
    must(failures, holds=not crawl.wrong, say=f"{len(crawl.wrong)} wrong: {crawl.wrong[:3]}")
    for kind, least in FOLLOWED_MIN.items():
        count = crawl.followed.get(kind, 0)
        must(failures, holds=count >= least, say=f"only {count} figures lead to {kind}")
    return PartResult(
        part="drilled",
        title="every figure is the sum of what it leads to",
        checked=sum(crawl.followed.values()),
        failures=tuple(failures),
        tables=(
            counted(
                "what was followed",
                [
                    ("pages opened", len(crawl.pages)),
                    ("figures followed", sum(crawl.followed.values())),
                    ("of these not the sum of what they lead to", len(crawl.wrong)),
                ],
            ),
            counted("figures that lead to", sorted(crawl.followed.items())),
        ),
        seed=SEED,
    )
