"""January of the golden quarter, keyed through the pages by eight people, and closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.core.site import Site
from tests.e2e.january import AtKeyboard
from tests.golden import figures
from tests.golden.budget import enact
from tests.golden.comparison import compare
from tests.golden.government import GOLDEN
from tests.golden.journal import G9
from tests.golden.lived import given_agencies
from tests.golden.quarter import STEPS, Close, Night, Step
from tests.golden.reports import API, Books, cash_by_month, journal
from tests.golden.tables import JOURNAL_COLUMNS
from tests.golden.town import Town, day_of

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

JANUARY = [step for step in STEPS if step.day < "02" or step == Close(day="02-03", month=1)]


@pytest.fixture
def town(site: Site) -> Iterator[Town]:
    with Town(site) as opened:
        yield opened


def test_january_is_keyed_and_closed(
    town: Town, chromium: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    town.settle_in(fiscal_year=GOLDEN.fiscal_year, commit_basis=GOLDEN.commit_basis)
    known = given_agencies(town, 1)
    enact(town, known, GOLDEN)
    replay = AtKeyboard(agency=known[0], government=GOLDEN)
    replay.sit_down(chromium)
    keyed = [(step, live(town, replay, step)) for step in JANUARY]
    with capsys.disabled():
        told(replay, keyed)
    books = Books(replay, API, last_month=1)
    expected = {entry.number: entry[1:] for entry in G9 if entry.day < "114-02"}
    entered = compare("G9", API, expected=expected, found=journal(books), columns=JOURNAL_COLUMNS)
    cash = compare(
        "G5",
        API,
        expected={"1": figures.G5["1"]},
        found=cash_by_month(books),
        columns=figures.G5_COLUMNS,
    )
    assert not entered.differing, entered.differing
    assert not cash.differing, cash.differing
    assert not replay.eyes.violations, "\n".join(replay.eyes.violations)
    assert not replay.faults, replay.faults


def live(town: Town, replay: AtKeyboard, step: Step) -> int:
    """Let it be the step's day, do it, and return how many keys were pressed."""
    day = day_of(step.day, town.fiscal_year)
    town.set_day(day)
    if isinstance(step, Night):
        town.night(day)
    before = replay.presses.total
    replay.perform(step)
    return replay.presses.total - before


def told(replay: AtKeyboard, keyed: list[tuple[Step, int]]) -> None:
    """Print what each step cost, for people."""
    for step, count in keyed:
        what = getattr(step, "no", "") or getattr(step, "memo", "")
        print(f"\n  {step.day} {type(step).__name__} {what}: {count} key presses", end="")  # noqa: T201
    print(  # noqa: T201
        f"\n  January: {replay.presses.keys} keys + {replay.presses.characters} characters;"
        f" {len(replay.eyes.seen)} kinds of pages looked at"
    )
