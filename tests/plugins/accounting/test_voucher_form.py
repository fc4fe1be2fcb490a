"""Vouchers keyed on a page: what is typed is read, completed, refused by its cell, never lost."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_vouchers import Desk, entry, wanted
from tests.plugins.accounting.people import PAGES, People, code_of
from zhuji_accounting.domain.ledger.voucher import VoucherKind
from zhuji_accounting.queries.entry_lookups import account_balance_ntd, pick_subsidiaries
from zhuji_accounting.usecases.send_voucher import send_voucher
from zhuji_accounting.usecases.write_voucher import write_voucher
from zhuji_accounting.web.voucher_form import (
    TypedVoucher,
    VoucherFormInvalid,
    typed_from,
    typed_voucher,
    wanted_voucher,
)

FORM = {
    "kind": "disbursement",
    "posting_date": "1050315",
    "memo": "繳付代扣款",
    "document_count": "２",
    "lines-0-account": "2204",
    "lines-0-debit": "１,２00",
    "lines-1-account": "專戶存款",
    "lines-1-credit": "1200",
}


def typed(**changes: str) -> TypedVoucher:
    return typed_voucher({**FORM, **changes}.items())


@pytest.fixture
def desk(any_office: Office) -> Desk:
    return Desk(any_office)


def test_what_is_typed_becomes_entries_and_is_shown_again_as_typed(desk: Desk) -> None:
    code = desk.office.government.agency_code
    with desk.office.county.uow(desk.preparer) as uow:
        row = f"{desk.office.government.line_code}-{desk.office.government.rows[1].object_code}"
        read = wanted_voucher(
            uow,
            typed(**{"lines-0-control_row": row, "lines-1-subsidiary": ""}),
            agency_code=code,
        )
        assert [(one.account_code, one.debit_ntd, one.credit_ntd) for one in read.lines] == [
            ("2204", 1_200, 0),
            ("1203", 0, 1_200),
        ]
        assert read.lines[0].control_row_id == desk.office.supplies
        assert (read.kind, read.document_count) == (VoucherKind.DISBURSEMENT, 2)
        saved = send_voucher(uow, wanted=read)
    assert saved.state == "prepared"
    shown = typed_from(desk.read(saved.voucher_id))
    with desk.office.county.uow(desk.preparer, read_only=True) as uow:
        again = wanted_voucher(uow, shown, agency_code=code)
    assert [one.account_code for one in again.lines] == ["2204", "1203"]
    assert again.lines[0].object_code == saved.lines[0].object_code


def test_a_detail_object_stays_with_its_row_and_goes_with_it(desk: Desk) -> None:
    office = desk.office
    line = wanted(entry("2204", 5), entry("1203", 0, 5)).lines[0]
    fields = {name: getattr(line, name) for name in line.__struct_fields__}
    detailed = type(line)(**{**fields, "control_row_id": office.supplies, "object_code": "0271"})
    draft = desk.write(wanted(detailed, entry("1203", 0, 5)))
    shown = typed_from(draft)
    other = {
        **shown.lines[0],
        "control_row_id": str(office.rows[office.government.rows[0].object_code]),
    }
    code = office.government.agency_code
    with office.county.uow(desk.preparer, read_only=True) as uow:
        same = wanted_voucher(uow, shown, agency_code=code)
        moved = wanted_voucher(
            uow,
            TypedVoucher(head=shown.head, lines=(other, shown.lines[1]), revision=shown.revision),
            agency_code=code,
        )
    assert (same.lines[0].object_code, moved.lines[0].object_code) == ("0271", "")


def test_a_new_subsidiary_is_keyed_and_the_next_time_found(desk: Desk) -> None:
    code = desk.office.government.agency_code
    guarantee = typed(**{
        "kind": "receipt", "lines-0-account": "1203", "lines-1-account": "2206",
        "lines-1-subsidiary": "D1　甲工程 履約",
    })  # fmt: skip
    with desk.office.county.uow(desk.preparer) as uow:
        read = wanted_voucher(uow, guarantee, agency_code=code)
        one = read.lines[1]
        assert (one.subsidiary_kind, one.subsidiary_key, one.subsidiary_name) == (
            "deposit",
            "D1",
            "甲工程 履約",
        )
        made = send_voucher(uow, wanted=read)
    desk.review(made.voucher_id)
    desk.approve(made.voucher_id)
    desk.post(made.voucher_id)
    with desk.office.county.uow(desk.preparer, read_only=True) as uow:
        asked = {"agency_code": code, "fiscal_year": 105}
        found = pick_subsidiaries(uow, **asked, account_code="2206", text="履約")  # type: ignore[arg-type]
        assert [(one.key, one.name, one.net_ntd) for one in found] == [
            ("D1", "甲工程 履約", -1_200)
        ]
        assert pick_subsidiaries(uow, **asked, account_code="1203", text="") == []  # type: ignore[arg-type]
        assert account_balance_ntd(uow, **asked, account_code="1203") == 1_200  # type: ignore[arg-type]


def test_every_cell_that_cannot_be_read_is_named_at_once(desk: Desk) -> None:
    bad = typed(**{
        "kind": "cheque", "posting_date": "1050230", "document_count": "10000",
        "fiscal_year": "１０",
        "lines-0-account": "9999", "lines-0-debit": "12x",
        "lines-1-account": "", "lines-1-debit": "5", "lines-1-credit": "5",
        "lines-2-account": "1203", "lines-2-debit": "", "lines-2-subsidiary": "K 某人",
        "lines-3-account": "1203", "lines-3-debit": "-5", "lines-3-control_row": "沒有",
    })  # fmt: skip
    office = desk.office
    with (
        pytest.raises(VoucherFormInvalid) as refused,
        office.county.uow(desk.preparer) as uow,
    ):
        wanted_voucher(uow, bad, agency_code=office.government.agency_code)
    assert set(refused.value.fields) == {
        "kind", "posting_date", "document_count", "fiscal_year",
        "lines-0-account", "lines-0-debit", "lines-1-account", "lines-1-debit",
        "lines-2-debit", "lines-2-subsidiary", "lines-3-debit", "lines-3-control_row",
    }  # fmt: skip
    assert refused.value.detail["count"] == 12
    assert not office.county.rows("SELECT FROM accounting.voucher")


def test_an_unbalanced_one_is_kept_as_a_draft_only(desk: Desk) -> None:
    code = desk.office.government.agency_code
    with desk.office.county.uow(desk.preparer) as uow:
        read = wanted_voucher(uow, typed(**{"lines-1-credit": "1199"}), agency_code=code)
        assert write_voucher(uow, wanted=read).state == "draft"


def shown(answer: httpx.Response) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


def test_a_voucher_is_keyed_changed_and_sent_on_pages(people: People) -> None:
    kept = people.post("prep", "vouchers/new", {**FORM, "act": "keep", "lines-1-credit": "7"})
    assert kept.status_code == 303, kept.text
    path = kept.headers["location"].removeprefix(f"{PAGES}/")
    page = people["prep"].get(f"{PAGES}/{path}")
    assert f"{path}/edit" in page.text, "a draft offers to be changed"
    form = people["prep"].get(f"{PAGES}/{path}/edit")
    assert 'value="2204 代收款"' in form.text
    stale = people.post("prep", f"{path}/edit", {**FORM, "revision": "7"})
    assert code_of(stale) == "E-VOUCHER-STALE"
    refused = people.post("prep", f"{path}/edit", {**FORM, "lines-1-credit": "7", "act": "send"})
    assert (refused.status_code, code_of(refused)) == (422, "E-UNBALANCED")
    assert "1,193" in shown(refused)
    assert 'value="１,２00"' in refused.text, "what was typed stays"
    sent = people.post("prep", f"{path}/edit", {**FORM, "revision": "1", "act": "send"})
    assert sent.status_code == 303
    assert "待覆核" in people["prep"].get(f"{PAGES}/{path}").text
    late = people["prep"].get(f"{PAGES}/{path}/edit")
    assert code_of(late) == "E-VOUCHER-STATE"


def test_an_event_brings_its_entries_and_nothing_is_kept(people: People) -> None:
    chosen = {"kind": "journal", "posting_date": "1050315", "event_code": "guarantee.received",
              "amount": "40,000", "_rule": "1"}  # fmt: skip
    page = people.post("prep", "vouchers/new", chosen)
    assert page.status_code == 200
    assert 'value="1203 專戶存款"' in page.text
    assert page.text.count('value="40,000"') == 3
    assert '<option value="receipt" selected>' in page.text
    assert not people.office.county.rows("SELECT FROM accounting.voucher")


def test_the_grid_is_told_accounts_balances_rows_and_whose(people: People) -> None:
    prep = people["prep"]
    base = f"{PAGES}/entries"
    first = prep.get(f"{base}/accounts?text=220&posting_date=1050315").json()["items"][0]
    assert (first["value"], first["code"]) == ("2201", "2201")
    other = prep.get(f"{base}/accounts?text=專戶&fiscal_year=110").json()["items"]
    assert [one["code"] for one in other] == ["110103"], "the chart of that year"
    asked = f"{base}/balance?account_id=1203&amount=-500&also_ntd=200"
    assert prep.get(asked).json() == {
        "text": "餘額 借 200；本筆後 貸 300（反向）",
        "state": "unknown",
    }
    rows = prep.get(f"{base}/budget-rows?text=業務").json()["items"]
    assert [row["value"] for row in rows] == [str(people.office.supplies)]
    assert prep.get(f"{base}/subsidiaries?text=x").json() == {"items": [], "more": False}
    assert prep.get(f"{base}/balance?account_id=1203&agency_code=Z9").status_code == 403
    assert people["rev"].get(f"{base}/accounts").status_code == 403
