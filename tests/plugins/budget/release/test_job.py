"""The job of the first of the month: released once, and what was missed is made up for."""

from __future__ import annotations

import datetime as dt

from tests.core.jobs.given import runner
from tests.core.site import Site
from tests.plugins.budget.given import document, given_allotted
from zhuji_budget.usecases.release_monthly import RELEASE
from zhuji_core.settings import keep_setting
from zhuji_core.testing.counties import CountyUnderTest, given_actor

RELEASED = "SELECT month, count(*) FROM budget.allotment_release GROUP BY month ORDER BY month"


def run_on(site: Site, today: dt.date) -> None:
    """Run the night's tick with this business date."""
    access = site.counties["MLI"]
    with access.begin(actor=given_actor()) as uow:
        keep_setting(uow, module="kernel", key="business_date", value=today.isoformat())
        uow.audit("kernel.setting.change", document(1))
    tick = dt.datetime.combine(today, dt.time(0, 5), tzinfo=dt.UTC)
    runner(site, RELEASE).run_tick(access, name=RELEASE.name, tick=tick)


def test_the_job_releases_once_and_makes_up_for_what_was_missed(
    site: Site, mli: CountyUnderTest
) -> None:
    given_allotted(mli)
    agencies = mli.rows("SELECT count(DISTINCT agency_code) FROM budget.control_row")[0][0]
    assert mli.rows(RELEASED) == [(month, agencies) for month in (1, 2, 3)], "by the act itself"
    run_on(site, dt.date(2016, 3, 16))
    assert len(mli.rows(RELEASED)) == 3
    run_on(site, dt.date(2016, 5, 1))
    assert mli.rows(RELEASED) == [(month, agencies) for month in (1, 2, 3, 4, 5)]
    run_on(site, dt.date(2017, 1, 1))
    assert len(mli.rows(RELEASED)) == 12
    assert mli.rows("SELECT DISTINCT state FROM kernel.job") == [("done",)]
    told, shown = mli.rows(
        "SELECT count(*), count(DISTINCT document_id) FROM kernel.audit_entry"
        " WHERE action = 'budget.allotment.release'"
    )[0]
    assert (told, shown) == (2 * agencies, agencies)
