"""Small counts of ``make prove WHAT=kernel``: switches under load, and what a hook call costs."""

from __future__ import annotations

from tests.apart import run_apart
from tests.core.site import Browser, Site
from tests.prove.kernel_parts.hook_cost import Bench, dear, measure, wrong
from tests.prove.tools.switching import (
    FAULT,
    OFF,
    ON,
    Answer,
    Ask,
    Load,
    Phase,
    by_status,
    judge,
    of_home,
)
from zhuji_core import costs

SWITCHES = 24
PHASES = [Phase(0.0, 1.0, ON), Phase(1.2, 2.0, OFF), Phase(2.1, 3.0, ON)]


def headers(browser: Browser) -> dict[str, str]:
    jar = browser.client.cookies.jar
    cookies = "; ".join(f"{one.name}={one.value}" for one in jar)
    return {"Cookie": cookies, "x-csrftoken": browser.csrf}


def test_no_answer_is_wrong_while_a_module_is_switched(whole_site: Site) -> None:
    whole_site.given_user("boss", "ADM", in_agency=None)
    whole_site.given_user("clerk", "REQ")
    whole_site.given_user("reviewer", "REV")
    with (
        whole_site.browser("boss") as boss,
        whole_site.browser("clerk") as clerk,
        whole_site.browser("reviewer") as reviewer,
    ):
        load = Load(
            [whole_site.address],
            county="txg",
            module="accounting",
            asks=[
                Ask(kind="page", path="/txg/accounting/requests", judge=by_status),
                Ask(kind="API", path="/txg/api/v1/accounting/requests", judge=by_status),
                Ask(kind="menu", path="/txg/", judge=of_home('"/txg/accounting/')),
            ],
        )
        verdict = run_apart(
            load.run(
                switches=SWITCHES,
                clients=4,
                people=[headers(clerk), headers(reviewer)],
                administrator=headers(boss),
            )
        )
    assert verdict.faults == []
    assert verdict.wrong == []
    assert verdict.switches == SWITCHES
    for kind in ("page", "API", "menu"):
        for says in (ON, OFF):
            assert verdict.within[f"{kind}, module {says}"] > 0
    entries = whole_site.under_test["TXG"].rows(
        "SELECT after ->> 'enabled' AS enabled FROM kernel.audit_entry"
        " WHERE document_kind = 'kernel.module' ORDER BY audit_id"
    )
    assert [row.enabled for row in entries] == ["false", "true"] * (SWITCHES // 2)


def test_the_judge_finds_a_wrong_answer_and_no_other() -> None:
    right = [
        Answer("page", 0.1, 0.2, ON, ""),
        Answer("page", 0.9, 1.1, OFF, ""),  # overlaps the first switch: either way is right
        Answer("page", 1.1, 1.3, ON, ""),  # sent before the acknowledgement
        Answer("page", 1.3, 1.9, OFF, ""),
        Answer("page", 0.5, 2.5, OFF, ""),
        Answer("page", 2.2, 2.9, ON, ""),
        Answer("page", 3.1, 3.2, OFF, ""),  # after the last phase
    ]
    verdict = judge(PHASES, right)
    assert (verdict.wrong, verdict.faults) == ([], [])
    assert (verdict.switches, verdict.judged, verdict.overlapping) == (2, 3, 4)
    for answer in (Answer("page", 1.3, 1.9, ON, ""), Answer("menu", 2.2, 2.3, OFF, "")):
        assert len(judge(PHASES, [*right, answer]).wrong) == 1
    fault = Answer("page", 1.1, 1.3, FAULT, "500")
    assert judge(PHASES, [*right, fault]).faults == ["page: 500"]


def test_a_hook_call_costs_little_and_no_more_with_more_modules() -> None:
    benches = {count: Bench(count) for count in (1, 2, 4, 8, 16)}
    took = measure(benches, calls=40, rounds=5)
    costs.PROCESS.take()
    assert wrong(benches) == []
    assert dear(took) == []
    assert dear({**took, ("move_funds: façade", 16): 3 * took["move_funds: façade", 1]})
