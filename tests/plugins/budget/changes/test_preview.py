"""A change is tried without being kept, typing comes back, and the list is a file."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.core.site import Browser, Site
from tests.plugins.budget.changes.given import AGENCY, WRITER, post, write
from tests.plugins.budget.given import LINE, YEAR, given_allotted, rows_of
from zhuji_budget.domain.changes import refusals
from zhuji_budget.domain.changes.model import ChangeKind
from zhuji_budget.permissions import READ_CHANGES, READ_LINES, WRITE_CHANGE
from zhuji_budget.usecases.try_change import try_change
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine
from zhuji_core.identity.actor import Forbidden
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.testing.counties import CountyUnderTest, given_actor

GOVERNMENTS = pytest.mark.parametrize("government", ["mli", "txg"])
FORM = f"/mli/budget/changes/new?kind=virement&agency_code={AGENCY}"
KEPT = "SELECT 1 FROM budget.change_document UNION ALL SELECT 1 FROM budget.change_line"


@pytest.fixture
def cacc(site: Site, mli: CountyUnderTest) -> Any:
    """The accounting office of one agency at its browser."""
    given_allotted(mli)
    site.given_user("cacc", "CACC", county="MLI", agency_code=AGENCY, in_agency=AGENCY)
    with site.browser("cacc", county="mli") as browser:
        yield browser


def wanted(county: CountyUnderTest, ntd: int, **more: Any) -> WantedChange:
    _, supplies, _, grants = rows_of(county, line_code=LINE)
    lines = (
        WantedChangeLine(control_row_id=supplies, amount_ntd=-ntd, month=4),
        WantedChangeLine(control_row_id=grants, amount_ntd=ntd, month=4),
    )
    plain: dict[str, Any] = {
        "kind": ChangeKind.VIREMENT,
        "purpose": "",
        "lines": lines,
        "fiscal_year": YEAR,
        "agency_code": AGENCY,
    }
    return WantedChange(**plain | more)


@GOVERNMENTS
def test_what_is_tried_is_judged_like_what_is_sent_and_keeps_nothing(
    government: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    given_allotted(county)
    audited = county.rows("SELECT count(*) AS n FROM kernel.audit_entry")
    with county.uow(given_actor(WRITER), read_only=True) as uow:
        lawful = try_change(uow, wanted=wanted(county, 24_000)).preview
        beyond = try_change(uow, wanted=wanted(county, 24_001)).preview
        none = try_change(uow, wanted=wanted(county, 1, fiscal_year=106, lines=())).preview
    assert lawful.refusal is None
    assert [effect.adjustment.change_ntd for effect in lawful.effects] == [-24_000, 24_000]
    assert [effect.months_after[3] for effect in lawful.effects][1] == 34_000
    assert isinstance(beyond.refusal, refusals.Over20Percent)
    assert beyond.refusal.arithmetic["over_ntd"] == 1
    assert isinstance(none.refusal, refusals.ChangeYear)
    assert not county.rows(KEPT)
    assert county.rows("SELECT count(*) AS n FROM kernel.audit_entry") == audited


@GOVERNMENTS
@pytest.mark.parametrize(
    ("kind", "refusal"),
    [(ChangeKind.VIREMENT, refusals.ChangeAgency), (ChangeKind.SUPPLEMENT, Forbidden)],
)
def test_trying_tells_nothing_of_another_agencys_rows(
    government: str, kind: ChangeKind, refusal: type[Exception], request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    given_allotted(county)
    (other,) = county.rows(
        "SELECT control_row_id FROM budget.control_row WHERE agency_code <> :own LIMIT 1",
        own=AGENCY,
    )
    asked = wanted(
        county,
        1,
        kind=kind,
        lines=(WantedChangeLine(control_row_id=other.control_row_id, amount_ntd=1, month=4),),
    )
    rights = dict.fromkeys((READ_CHANGES.name, READ_LINES.name, WRITE_CHANGE.name), (AGENCY,))
    writer = given_actor(WRITER, permissions=rights)
    with county.uow(writer, read_only=True) as uow, pytest.raises(refusal):
        try_change(uow, wanted=asked)


@GOVERNMENTS
def test_trying_asks_for_the_right_to_write(
    government: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    given_allotted(county)
    reader = given_actor(WRITER, permissions={READ_CHANGES.name: (AGENCY,)})
    with pytest.raises(Forbidden), county.uow(reader, read_only=True) as uow:
        try_change(uow, wanted=wanted(county, 1))
    other = given_actor(WRITER, permissions={WRITE_CHANGE.name: ("0001020000",)})
    with pytest.raises(Forbidden), county.uow(other, read_only=True) as uow:
        try_change(uow, wanted=wanted(county, 1))


def test_a_draft_of_somebody_else_is_not_tried(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    _, supplies, _, grants = rows_of(mli, line_code=LINE)
    draft = write(mli, ChangeKind.VIREMENT, (supplies, -1, 4), (grants, 1, 4))
    with pytest.raises(refusals.NotChangeWriter), mli.uow(given_actor(2), read_only=True) as uow:
        try_change(uow, wanted=wanted(mli, 1), document_id=draft.document_id)
    with pytest.raises(refusals.ChangeStale), mli.uow(given_actor(1), read_only=True) as uow:
        try_change(uow, wanted=wanted(mli, 1, revision=9), document_id=draft.document_id)
    gone = wanted(mli, 1, kind=ChangeKind.INCLUSION, advance_id=uuid4())
    with pytest.raises(refusals.AdvanceNeeded), mli.uow(read_only=True) as uow:
        try_change(uow, wanted=gone)


def keyed(county: CountyUnderTest, amount: str) -> dict[str, str]:
    _, supplies, _, grants = rows_of(county, line_code=LINE)
    return {
        "_key": uuid4().hex,
        "kind": "virement",
        "agency_code": AGENCY,
        "purpose": "<u>補助</u>增加",
        "lines-0-control_row_id": str(supplies),
        "lines-0-month": "4",
        "lines-0-decrease": amount,
        "lines-1-control_row_id": str(grants),
        "lines-1-month": "4",
        "lines-1-increase": amount,
        "act": "preview",
    }


def test_the_form_shows_what_it_would_do(mli: CountyUnderTest, cacc: Browser) -> None:
    tried = cacc.form("/mli/budget/changes/new", keyed(mli, "24,000"))
    assert tried.status_code == 200
    assert "試算：若現在生效" in tried.text
    assert "4 月分配 10,000 → 34,000" in tried.text
    assert "&lt;u&gt;補助" in tried.text
    beyond = cacc.form("/mli/budget/changes/new", keyed(mli, "24,001"))
    assert "E-VIRE-20PCT" in beyond.text
    assert "試算：若現在生效" in beyond.text, "with the refusal the arithmetic stays in sight"
    unread = cacc.form("/mli/budget/changes/new", keyed(mli, "x"))
    assert unread.status_code == 422
    assert not mli.rows(KEPT)


def test_typing_comes_back_until_it_is_saved(mli: CountyUnderTest, cacc: Browser) -> None:
    form = cacc.get(FORM).text
    draft_url = f"/mli/drafts/budget.change.new.virement.{AGENCY}"
    assert f'data-draft-url="{draft_url}"' in form
    assert "已帶入上次未存的內容" not in form
    typed = {name: value for name, value in keyed(mli, "1,234").items() if name != "act"}
    kept = cacc.json(draft_url, json.dumps({"fields": typed}).encode(), method="PUT")
    assert kept.status_code == 200, kept.text
    again = cacc.get(FORM).text
    assert "已帶入上次未存的內容" in again
    assert "1,234" in again
    other = cacc.get(f"/mli/budget/changes/new?kind=first_reserve&agency_code={AGENCY}").text
    assert "1,234" not in other, "the typing of one kind is not that of another"
    saved = cacc.form("/mli/budget/changes/new", keyed(mli, "1,234") | {"act": "keep"})
    assert saved.status_code == 303
    assert "1,234" not in cacc.get(FORM).text


def test_the_api_tries_a_document(mli: CountyUnderTest, cacc: Browser) -> None:
    _, supplies, _, grants = (str(row) for row in rows_of(mli, line_code=LINE))
    lines = [
        {"control_row_id": supplies, "amount_ntd": -24_001},
        {"control_row_id": grants, "amount_ntd": 24_001},
    ]
    body = {"kind": "virement", "purpose": "", "agency_code": AGENCY, "lines": lines}
    answer = cacc.json("/mli/api/v1/budget/changes/preview", json.dumps(body).encode())
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["refusal"], told["arithmetic"]["over_ntd"]) == ("E-VIRE-20PCT", 1)
    assert [one["change_ntd"] for one in told["effects"]] == [-24_001, 24_001]
    assert not mli.rows(KEPT)


def test_the_list_is_a_file_with_the_pages_filters(mli: CountyUnderTest, cacc: Browser) -> None:
    _, supplies, _, grants = rows_of(mli, line_code=LINE)
    post(mli, ChangeKind.VIREMENT, (supplies, -10, 4), (grants, 10, 4))
    post(mli, ChangeKind.ADVANCE, (supplies, 77, 0))
    other = rows_of(mli, line_code="3201020101")[1]
    post(mli, ChangeKind.ADVANCE, (other, 99, 0), agency_code="0001020000")
    page = cacc.get("/mli/budget/changes?kind=advance").text
    assert "changes/export/ods?fiscal_year=105&amp;kind=advance" in page
    answer = cacc.get("/mli/budget/changes/export/csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    whole = answer.content.decode("utf-8-sig")
    assert len(whole.splitlines()) == 3, "a head and two documents of the own agency"
    assert "99" not in {row.split(",")[-1] for row in whole.splitlines()}
    content = cacc.get("/mli/budget/changes/export/ods?kind=advance").content
    (sheet,) = read_workbook(content, name="x.ods").sheets
    cells = [cell for row in sheet.rows for cell in row]
    assert 77 in cells
    assert 10 not in cells
    assert cacc.get("/mli/budget/changes/export/exe").status_code == 404
