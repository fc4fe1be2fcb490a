"""Let agencies live through the golden quarter: one after the other, or by many clients at once.

Of one day every agency does everything before the next day comes. Within a day what belongs to one
document is done in its order; all else, of all agencies, is taken by the clients as they are free.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from tests.golden.budget import enact
from tests.golden.government import Government
from tests.golden.quarter import STEPS, Night, Step, Virement
from tests.golden.replay import Replay
from tests.golden.town import Agency114, Town, day_of
from zhuji_core.identity.agencies import Agency

FIRST = "371010000A"
Chain = tuple[Replay, Sequence[Step]]


def given_agencies(town: Town, count: int) -> list[Agency114]:
    """Make the agency of the example, and others like it."""
    made = [
        Agency114(
            town=town,
            code=FIRST if number == 1 else f"3710{number:05}A",
            name="示範縣東溪戶政事務所" if number == 1 else f"示範縣第{number}戶政事務所",
            number=number,
        )
        for number in range(1, count + 1)
    ]
    town.add_agencies([Agency(agency_code=one.code, name=one.name) for one in made])
    return made


def live(
    town: Town,
    government: Government,
    *,
    agencies: int = 1,
    clients: int = 1,
    seed: int = 0,
) -> list[Replay]:
    """Enact the budgets and do every step of the quarter; return what each agency has met."""
    town.settle_in(fiscal_year=government.fiscal_year, commit_basis=government.commit_basis)
    known = given_agencies(town, agencies)
    enact(town, known, government)
    replays = [Replay(agency=agency, government=government) for agency in known]
    order = random.Random(seed)  # noqa: S311 (an order to try, no secret)
    for text, of_day in groupby(STEPS, key=lambda step: step.day):
        steps = list(of_day)
        day = day_of(text, town.fiscal_year)
        town.set_day(day)
        if any(isinstance(step, Night) for step in steps):
            town.night(day)
        _do(chains(replays, steps), clients=clients, order=order)
    return replays


def chains(replays: Iterable[Replay], steps: Sequence[Step]) -> list[Chain]:
    """Return, for each agency, the steps of a day by the document that they belong to."""
    by_document: dict[str, list[Step]] = {}
    for number, step in enumerate(steps):
        by_document.setdefault(_document(step, number), []).append(step)
    return [(replay, chain) for replay in replays for chain in by_document.values()]


def _document(step: Step, number: int) -> str:
    """Return what the step is about; virements of a day are tried one after the other."""
    if isinstance(step, Virement):
        return "virement"
    return str(getattr(step, "no", number))


def _do(found: list[Chain], *, clients: int, order: random.Random) -> None:
    if clients == 1:
        for chain in found:
            _perform(chain)
        return
    order.shuffle(found)
    with ThreadPoolExecutor(clients, "client") as pool:
        for done in [pool.submit(_perform, chain) for chain in found]:
            done.result()


def _perform(chain: Chain) -> None:
    replay, steps = chain
    for step in steps:
        replay.perform(step)
