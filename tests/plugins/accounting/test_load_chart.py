"""A county loads its own chart of accounts: kept whole, or refused by cell with nothing kept."""

from __future__ import annotations

import csv
import io
import uuid

import httpx
import msgspec
import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_vouchers import BANK, WITHHELD, Desk, entry, wanted
from tests.plugins.accounting.people import API, PAGES, People, code_of
from zhuji_accounting.domain.ledger.chart import CLASS_TITLES, SIDE_TITLES, Chart
from zhuji_accounting.domain.ledger.chart_load import (
    ChartHeadWrong,
    ChartInvalid,
    ChartOverlap,
    ChartYears,
)
from zhuji_accounting.domain.ledger.rule_checks import faults_of
from zhuji_accounting.facts import shipped_charts
from zhuji_accounting.queries.charts import chart_of, charts, find_chart, posting_of, rule_versions
from zhuji_accounting.usecases.load_chart import load_chart
from zhuji_accounting.usecases.read_chart import ChartHead, GivenAccount, given_chart, read_chart
from zhuji_core.testing.counties import BUSINESS_DATE

CASH, ACCRUAL = (chart for chart, _ in shipped_charts())
HEADS = ["科目代號", "科目名稱", "類別", "正常餘額", "上級科目", "可否記帳", "明細帳", "原科目代號"]
Cells = list[list[str]]


def cells_of(chart: Chart, *, prefix: str = "") -> Cells:
    """Return the chart as a table; with ``prefix`` each account under a code of the county."""
    return [
        [
            prefix + one.code, one.name, CLASS_TITLES[one.account_class], SIDE_TITLES[one.side],
            "", "", one.subsidiary, one.code if prefix else "",
        ]
        for one in chart.accounts
    ]  # fmt: skip


def file_of(rows: Cells) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["臺中市", ""], HEADS, *rows])
    return text.getvalue().encode("utf-8-sig")


def load(office: Office, rows: Cells, **head: object) -> Chart:
    told = {"name": "cash", "title": "本市科目", "first_year": 1, "last_year": 106,
            "budgetary_apart": False, **head}  # fmt: skip
    read = read_chart(msgspec.convert(told, ChartHead), content=file_of(rows), file_name="科目.csv")
    with office.county.uow() as uow:
        return load_chart(uow, read)


def refused(office: Office, rows: Cells, **head: object) -> list[tuple[str, str]]:
    """Return kind and cell of each problem; nothing was kept."""
    before = office.county.rows("SELECT count(*) FROM accounting.chart_account")
    with pytest.raises(ChartInvalid) as told:
        load(office, rows, **head)
    assert office.county.rows("SELECT count(*) FROM accounting.chart_account") == before
    return [(one.kind, one.place.cell) for one in told.value.problems]


def test_a_chart_of_its_own_digits_begins_with_the_rules_that_served_before(
    any_office: Office,
) -> None:
    office = any_office
    rows = [["9", "各科目", "資產", "借", "", "統馭科目", "", ""], *cells_of(CASH, prefix="K-")]
    loaded = load(office, rows, name="own", first_year=100, last_year=106)
    with office.county.uow(read_only=True) as uow:
        assert chart_of(uow, 105).name == "own"
        assert chart_of(uow, 99).name == "cash"
        assert [(one.name, one.first_year, one.last) for one in charts(uow)] == [
            ("cash", 1, 99), ("own", 100, 106), ("accrual", 107, 999),
        ]  # fmt: skip
        posting = posting_of(uow, fiscal_year=105, on_date=BUSINESS_DATE)
        assert posting.rules.chart == "own"
        assert faults_of(posting.rules, loaded) == []
        assert len(posting.rules.rules) == len(shipped_charts()[0][1].rules)
    bank, withheld = f"K-{BANK}", f"K-{WITHHELD}"
    posted = Desk(office).posted(wanted(entry(bank, 500), entry(withheld, 0, 500)))
    assert posted[0].lines[0].account_code == bank


def test_a_chart_of_a_coming_year_is_followed_before_its_own_rules_hold(office: Office) -> None:
    head = {"budgetary_apart": True, "last_year": None}
    own = load(office, cells_of(ACCRUAL, prefix="K-"), name="own-120", first_year=120, **head)
    load(office, cells_of(own), name="own-125", first_year=125, **head)
    with office.county.uow(read_only=True) as uow:
        assert [(one.name, one.first_year, one.last) for one in charts(uow)][-2:] == [
            ("own-120", 120, 124), ("own-125", 125, 999),
        ]  # fmt: skip
        first, second = (rule_versions(uow, find_chart(uow, f"own-{year}")) for year in (120, 125))
    assert [one.state(BUSINESS_DATE) for one in (*first, *second)] == ["coming", "coming"]
    assert second[0].rules.rules == first[0].rules.rules


def test_an_account_and_its_heading_may_name_their_class_in_either_way() -> None:
    told = given_chart(
        ChartHead(name="own", title="本市科目", first_year=115),
        [
            GivenAccount(code="1", name="資產", account_class="asset", side="debit"),
            GivenAccount(code="11", name="現金", account_class="資產", side="借", parent="1"),
            GivenAccount(code="12", name="債務", account_class="負債", side="貸", parent="1"),
        ],
    )
    assert [(one.kind, one.place.row) for one in told.problems] == [("parent-class", 3)]


def test_wrong_cells_are_named_and_nothing_is_kept(office: Office) -> None:
    rows = cells_of(CASH)
    rows[0][0] = "甲"  # A3: no code
    rows[1][2] = "資産"
    rows[2][3] = "右"
    rows[3][4] = "9999"  # unknown parent
    rows[4][4], rows[5][5] = rows[5][0], "可記帳"  # below an account that takes entries
    rows[6][5] = "或許"
    rows[7][6] = "貓"
    rows += [
        [rows[8][0], "又一", "資產", "借", "", "", "", ""],
        ["77", "", "資產", "借", "", "", "", ""],
    ]
    last = len(rows) + 2
    found = refused(office, rows)
    assert set(found) >= {
        ("code", "A3"), ("class", "C4"), ("side", "D5"), ("parent", "E6"),
        ("parent-postable", "E7"), ("postable", "F9"), ("subsidiary", "G10"),
        ("twice", f"A{last - 1}"), ("name", f"B{last}"),
    }  # fmt: skip
    circle = [
        ["1", "甲", "資產", "借", "2", "統馭科目", "", ""],
        ["2", "乙", "資產", "借", "1", "統馭科目", "", ""],
    ]
    assert refused(office, circle) == [("circle", "E3"), ("circle", "E4")]
    assert refused(office, []) == [("head", "")]


def test_an_account_in_use_may_not_vanish_nor_change_its_kind(any_office: Office) -> None:
    office = any_office
    Desk(office).posted(wanted(entry(BANK, 500), entry(WITHHELD, 0, 500)))
    rows = [row for row in cells_of(CASH) if row[0] != BANK]
    assert ("gone", "") in refused(office, rows)
    rows = cells_of(CASH)
    at = next(number for number, row in enumerate(rows) if row[0] == BANK)
    rows[at][5] = "統馭科目"
    assert ("used-heading", f"F{at + 3}") in refused(office, rows)
    rows[at][5], rows[at][3] = "", "貸"
    assert ("used-kind", f"C{at + 3}") in refused(office, rows)
    with pytest.raises(ChartYears):
        load(office, cells_of(CASH), last_year=104)
    renamed = cells_of(CASH)
    renamed[at][1] = "機關專戶存款"
    assert load(office, renamed).by_code[BANK].name == "機關專戶存款"
    with office.county.uow(read_only=True) as uow:
        kept = find_chart(uow, "cash")
        assert not kept.shipped
        assert [one.rules.version for one in rule_versions(uow, kept)] == [1]
    audits = office.county.rows(
        "SELECT count(*) FROM kernel.audit_entry WHERE action = 'accounting.chart.load'"
    )
    assert audits[0][0] == 1


def test_the_rules_keep_their_accounts(office: Office) -> None:
    rows = [row for row in cells_of(CASH) if row[1] != "可支庫款"]
    assert {kind for kind, _ in refused(office, rows)} == {"rule-account"}
    rows = cells_of(CASH, prefix="K-")
    at = next(number for number, row in enumerate(rows) if row[1] == "可支庫款")
    code, rows[at][7] = rows[at][7], ""
    told = refused(office, rows, name="own", first_year=100)
    assert {kind for kind, _ in told} == {"rule-account"}, "nothing takes its place"
    rows[at][7] = "無此"
    assert ("former", f"H{at + 3}") in refused(office, rows, name="own", first_year=100)
    rows[at][7] = rows[0][7]
    assert ("former-twice", f"H{at + 3}") in refused(office, rows, name="own", first_year=100)
    rows[at][7] = code
    rows[at][5] = "統馭科目"
    assert ("rule-heading", f"F{at + 3}") in refused(office, rows, name="own", first_year=100)


def test_years_do_not_overlap_and_no_chart_is_cut_in_two(office: Office) -> None:
    load(office, cells_of(CASH, prefix="K-"), name="own", first_year=100, last_year=106)
    with pytest.raises(ChartOverlap):
        load(office, cells_of(CASH, prefix="J-"), name="other", first_year=105, last_year=106)
    with pytest.raises(ChartOverlap):
        load(office, cells_of(ACCRUAL, prefix="K-"), name="mid", first_year=110, last_year=112,
             budgetary_apart=True)  # fmt: skip
    with pytest.raises(ChartHeadWrong):
        load(office, cells_of(CASH), name="a b")
    with pytest.raises(ChartHeadWrong):
        load(office, cells_of(CASH), last_year=0)


def test_the_budget_office_loads_by_page_and_by_api(people: People) -> None:
    form = people["bas"].get(f"{PAGES}/charts/new").text
    assert "原科目代號" in form
    assert people["prep"].get(f"{PAGES}/charts/new").status_code == 403
    told = {"name": "own", "title": "本市科目", "first_year": 100, "last_year": 106,
            "budgetary_apart": False}  # fmt: skip
    accounts = [
        {"code": f"K-{one.code}", "name": one.name, "account_class": str(one.account_class),
         "side": str(one.side), "subsidiary": one.subsidiary, "former": one.code}
        for one in CASH.accounts
    ]  # fmt: skip
    wrong = [{**accounts[0], "parent": "none"}, *accounts[1:]]
    answer = people.call("bas", "charts/", {**told, "accounts": wrong})
    assert (answer.status_code, code_of(answer)) == (422, "E-CHART-INVALID")
    assert [(one["row"], one["kind"]) for one in answer.json()["errors"]] == [(1, "parent")]
    done = people.call("bas", "charts/", {**told, "accounts": accounts})
    assert (done.status_code, done.json()["accounts"]) == (200, len(accounts))
    exported = people["bas"].get(f"{PAGES}/charts/own/export/csv").content
    names = {
        **{name: str(value or "") for name, value in told.items()},
        "apart": "no",
        "source": "",
    }
    wrong_file = exported.replace("資產".encode(), "資産".encode(), 1)
    shown = _send(people, names, wrong_file)
    assert shown.status_code == 422
    assert "類別「資産」" in shown.text
    assert "E-CHART-INVALID" not in shown.headers.get("location", "")
    sent = _send(people, {**names, "title": "本市會計科目"}, exported)
    assert sent.status_code == 303, sent.text
    assert "本市會計科目" in people["bas"].get(sent.headers["location"]).text
    assert people["prep"].get(f"{API}/charts/own").json()["chart"]["shipped"] is False
    none = _send(people, names, b"", name="")
    assert none.status_code == 422


def _send(
    people: People, fields: dict[str, str], content: bytes, name: str = "own.csv"
) -> httpx.Response:
    browser = people["bas"]
    answer: httpx.Response = browser.client.post(
        f"{PAGES}/charts",
        data={"_csrf_token": browser.csrf, "_key": uuid.uuid4().hex, **fields},
        files={"file": (name, content)},
    )
    return answer
