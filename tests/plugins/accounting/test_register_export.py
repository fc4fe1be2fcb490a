"""The whole register as a background job: started on its page, fetched by its owner alone."""

from __future__ import annotations

import csv
import io
import uuid

import pytest

from tests.core.jobs.given import row, runner
from tests.plugins.accounting.people import People
from zhuji_accounting.usecases import export_register
from zhuji_accounting.usecases.export_register import EXPORT_REGISTER


def certified(people: People, count: int) -> None:
    for number in range(count):
        people.certified(100 + number, 50)


def start(people: People, account: str = "rev", **fields: str) -> str:
    """Start an export from the page; return the job's page."""
    code = people.office.government.agency_code
    wanted = {"agency_code": code, "fiscal_year": "105", "file_format": "csv", **fields}
    answer = people.post(account, "register/exports", wanted)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def run(people: People, page: str) -> uuid.UUID:
    job_id = uuid.UUID(page.rpartition("/")[2])
    site = people.site
    runner(site, EXPORT_REGISTER).run(site.counties["TXG"], job_id=job_id)
    return job_id


@pytest.mark.parametrize("file_format", ["csv", "ods", "xlsx"])
def test_the_job_writes_what_the_page_exports(
    people: People, file_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_register, "CHUNK", 3)  # several statements
    certified(people, 4)
    page = start(people, file_format=file_format)
    job_id = run(people, page)
    found = row(people.site, job_id)
    assert (found.state, found.error) == ("done", "")
    assert (found.done, found.total) == (8, 8)
    made = people["rev"].get(f"{page}/file")
    code = people.office.government.agency_code
    direct = people["rev"].get(
        f"/txg/accounting/register/export/{file_format}?agency_code={code}&fiscal_year=105"
    )
    assert made.status_code == direct.status_code == 200
    assert made.headers["content-type"] == direct.headers["content-type"]
    if file_format == "csv":
        assert made.content == direct.content
        assert len(list(csv.reader(io.StringIO(made.text)))) == 9
    else:
        assert abs(len(made.content) - len(direct.content)) < 200  # apart from the minute printed


def test_only_the_owner_fetches_it(people: People) -> None:
    certified(people, 1)
    page = start(people)
    run(people, page)
    assert people["rev"].get(f"{page}/file").status_code == 200
    assert people["cacc"].get(f"{page}/file").status_code == 404


def test_the_api_starts_it_too(people: People) -> None:
    certified(people, 1)
    wanted = {
        "agency_code": people.office.government.agency_code,
        "fiscal_year": 105,
        "file_format": "csv",
    }
    answer = people.call("rev", "register-exports/", wanted)
    assert answer.status_code == 202, answer.text
    job_id = run(people, answer.json()["job_id"])
    assert people["rev"].get(f"/txg/api/v1/kernel/jobs/{job_id}").json()["state"] == "done"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"file_format": "pdf"}, 422, "E-REGISTER-FORMAT"),
        ({"file_format": ""}, 422, "E-REGISTER-FORMAT"),
        ({"agency_code": "不是我的"}, 403, "E-FORBIDDEN"),
    ],
)
def test_what_may_not_be_exported_starts_nothing(
    people: People, fields: dict[str, str], status: int, code: str
) -> None:
    certified(people, 1)
    wanted = {
        "agency_code": people.office.government.agency_code,
        "fiscal_year": "105",
        "file_format": "csv",
        **fields,
    }
    answer = people.post("rev", "register/exports", wanted)
    assert answer.status_code == status
    assert code in answer.text
    assert people.office.county.rows("SELECT FROM kernel.job") == []


def test_more_rows_than_a_spreadsheet_has_are_refused(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_register, "SHEET_ROWS_MAX", 3)
    certified(people, 2)
    code = people.office.government.agency_code
    wanted = {"agency_code": code, "fiscal_year": "105", "file_format": "ods"}
    answer = people.post("rev", "register/exports", wanted)
    assert (answer.status_code, "E-REGISTER-ROWS" in answer.text) == (409, True)
    assert people.office.county.rows("SELECT FROM kernel.job") == []
    assert start(people, file_format="csv")


def test_a_right_that_was_lost_before_it_ran_gives_no_file(people: People) -> None:
    certified(people, 1)
    page = start(people)
    people.office.county.execute("UPDATE kernel.user_account SET state = 'disabled'")
    job_id = run(people, page)
    assert (row(people.site, job_id).state, row(people.site, job_id).code) == (
        "failed",
        "E-JOB-OWNER",
    )
