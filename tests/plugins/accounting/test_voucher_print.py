"""Vouchers on paper: whose, which, how much in words and figures, who signed."""

from __future__ import annotations

import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_vouchers import Desk, entry, remittance, wanted
from tests.plugins.accounting.people import API, PAGES, People, code_of
from tests.plugins.accounting.test_voucher_api import remittance as body
from tests.plugins.accounting.test_voucher_api import written
from zhuji_accounting.domain.ledger.voucher import VoucherKind
from zhuji_accounting.usecases.voucher_paper import print_vouchers, sheet_of


@pytest.fixture
def desk(any_office: Office) -> Desk:
    return Desk(any_office)


def test_a_sheet_says_what_the_law_asks_for(desk: Desk) -> None:
    receipt = wanted(
        entry("1203", 1_020_003),
        entry("2206", 0, 1_020_003, kind="deposit", key="D1"),
        kind=VoucherKind.RECEIPT,
        memo="收履約保證金",
        document_count=3,
    )
    posted, paid = desk.posted(receipt, remittance(7))
    with desk.office.county.uow(desk.reviewer, read_only=True) as uow:
        sheet = sheet_of(uow, desk.read(posted.voucher_id))
        other = sheet_of(uow, desk.read(paid.voucher_id))
        made = print_vouchers(uow, [posted, paid])
    assert (sheet["title"], sheet["kind"], other["title"]) == ("收入傳票", "receipt", "支出傳票")
    assert sheet["label"] == "收10500001"
    assert sheet["date"] == "中華民國105年3月15日"
    assert sheet["words"] == "新臺幣 壹佰零貳萬零參元整"
    assert (sheet["debit"], sheet["credit"], sheet["state"]) == ("1,020,003", "1,020,003", "")
    assert "D1" in sheet["lines"][1]["about"]
    assert sheet["notes"] == ["附件 3 張"]
    assert dict(sheet["signatures"]) == {
        "製票": "製票丁", "覆核": "覆核戊", "出納": "", "登帳": "登帳庚", "主辦會計": "主辦己",
        "機關長官": "",
    }  # fmt: skip
    assert made.startswith(b"%PDF-")


def test_one_that_is_not_in_the_books_says_so(desk: Desk) -> None:
    journal = wanted(entry("2204", 5), entry("1203", 0, 5), kind=VoucherKind.JOURNAL)
    draft = desk.write(journal)
    with desk.office.county.uow(desk.preparer, read_only=True) as uow:
        sheet = sheet_of(uow, draft)
    assert sheet["state"] == "（草稿，尚未登帳）"
    assert "出納" not in dict(sheet["signatures"])


def test_prints_for_people_and_for_programs_what_they_may_read(people: People) -> None:
    ids = [written(people, body(n)) for n in (1, 2)]
    one = people["rev"].get(f"{PAGES}/vouchers/{ids[0]}/print")
    assert (one.status_code, one.headers["content-type"]) == (200, "application/pdf")
    assert people["rev"].get(f"{API}/vouchers/{ids[0]}/print").content.startswith(b"%PDF-")
    many = people.post("rev", "vouchers/print", {"voucher_ids": ",".join(ids)})
    assert many.content.startswith(b"%PDF-")
    assert people.call("rev", "vouchers/print", {"voucher_ids": ids}).content.startswith(b"%PDF-")
    assert code_of(people.post("rev", "vouchers/print")) == "E-VOUCHER-BATCH"
    stranger = "0198c5a0-0000-7000-8000-00000000dead"
    refused = people.call("rev", "vouchers/print", {"voucher_ids": [ids[0], stranger]})
    assert (refused.status_code, code_of(refused)) == (404, "E-VOUCHER-NOT-FOUND")
