"""Vouchers in the books: numbered without gaps, final once posted, balances kept with them."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import pytest
import sqlalchemy as sa

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_vouchers import (
    BANK,
    DEPOSIT,
    MARCH_15,
    WITHHELD,
    Desk,
    entry,
    remittance,
    wanted,
)
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.refusals import (
    AccountKept,
    AccountNotPostable,
    AlreadyReversed,
    SubsidiaryMissing,
    VoucherFuture,
    VoucherLines,
    VoucherNotFound,
    VoucherRecords,
    VouchersPending,
    VoucherStale,
    VoucherState,
    VoucherUnbalanced,
)
from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherKind
from zhuji_accounting.domain.refusals import PeriodClosed
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases._record_fact import draft_from_fact, post_automatic
from zhuji_accounting.usecases.approve_vouchers import approve_vouchers
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.post_vouchers import post_vouchers
from zhuji_accounting.usecases.prepare_vouchers import prepare_vouchers
from zhuji_accounting.usecases.return_vouchers import return_vouchers
from zhuji_accounting.usecases.reverse_voucher import reverse_voucher
from zhuji_accounting.usecases.review_vouchers import review_vouchers
from zhuji_accounting.usecases.withdraw_voucher import withdraw_voucher
from zhuji_accounting.usecases.write_voucher import WantedEntry, WantedVoucher
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.actor import Principal
from zhuji_core.identity.duties import SamePerson
from zhuji_core.ids import new_id
from zhuji_core.testing.counties import given_actor

INSERT_LINE = """
    INSERT INTO accounting.voucher_line
           (voucher_id, line_no, account_code, account_name, debit_ntd, credit_ntd)
    VALUES (:id, 9, '110101', '庫存現金', 1, 0)
"""


@pytest.fixture
def desk(any_office: Office) -> Desk:
    """Give the desk of either government."""
    return Desk(any_office)


@pytest.fixture
def one_desk(office: Office) -> Desk:
    """Give the desk of one government: for what does not depend on its codes."""
    return Desk(office)


def balances(desk: Desk) -> list[tuple[str, int, int, int]]:
    rows = desk.office.county.rows(
        "SELECT account_code, period, debit_ntd, credit_ntd FROM accounting.account_balance"
        " ORDER BY account_code, period"
    )
    return [(row.account_code, row.period, row.debit_ntd, row.credit_ntd) for row in rows]


def test_a_voucher_goes_through_four_hands_into_the_books(desk: Desk) -> None:
    (voucher,) = desk.posted(remittance(115_000))
    assert voucher.label == "支10500001"
    kept = desk.read(voucher.voucher_id)
    assert kept.state == "posted"
    assert kept.period == 3
    names = (kept.prepared_by_name, kept.reviewed_by_name, kept.approved_by_name)
    assert names == ("製票丁", "覆核戊", "主辦己")
    assert kept.posted_by_name == "登帳庚"
    assert balances(desk) == [(BANK, 3, 0, 115_000), (WITHHELD, 3, 115_000, 0)]


def test_numbers_have_no_gaps_by_kind_and_a_refused_batch_takes_none(desk: Desk) -> None:
    receipt = wanted(entry(BANK, 5), entry(WITHHELD, 0, 5), kind=VoucherKind.RECEIPT)
    labels = [one.label for one in desk.posted(remittance(1), receipt, remittance(2))]
    assert labels == ["支10500001", "收10500001", "支10500002"]
    draft = desk.write(remittance(3))
    ready = desk.write(remittance(4))
    desk.prepare(ready.voucher_id)
    desk.approve(ready.voucher_id)
    before = desk.books()
    with pytest.raises(VoucherState):
        desk.post(ready.voucher_id, draft.voucher_id)
    assert desk.books() == before
    assert desk.post(ready.voucher_id)[0].label == "支10500003"


def test_posted_is_final_even_for_the_database(one_desk: Desk) -> None:
    (voucher,) = one_desk.posted(remittance(9))
    for statement in (
        "UPDATE accounting.voucher SET memo = '改' WHERE voucher_id = :id",
        "DELETE FROM accounting.voucher_line WHERE voucher_id = :id",
        "UPDATE accounting.voucher_line SET debit_ntd = debit_ntd + 1 WHERE voucher_id = :id",
        INSERT_LINE,
    ):
        with pytest.raises(sa.exc.DBAPIError, match="never changes"):
            one_desk.office.county.execute(statement, id=voucher.voucher_id)


def test_nobody_does_two_steps_on_one_voucher(one_desk: Desk) -> None:
    voucher_id = one_desk.write(remittance(8)).voucher_id
    one_desk.prepare(voucher_id)
    county = one_desk.office.county
    with pytest.raises(SamePerson), county.uow(one_desk.preparer) as uow:
        review_vouchers(uow, voucher_ids=[voucher_id])
    one_desk.review(voucher_id)
    one_desk.approve(voucher_id)
    for actor in (one_desk.preparer, one_desk.reviewer):
        with pytest.raises(SamePerson), county.uow(actor) as uow:
            post_vouchers(uow, voucher_ids=[voucher_id])


def test_who_keyed_it_neither_reviews_nor_posts_it_whoever_handed_it_over(one_desk: Desk) -> None:
    code, county = one_desk.office.government.agency_code, one_desk.office.county
    other = given_actor(131, agency_code=code, name="製票二")
    draft = one_desk.write(remittance(5))
    with county.uow(other) as uow:
        prepare_vouchers(uow, voucher_ids=[draft.voucher_id])
    for step in (review_vouchers, approve_vouchers):
        with pytest.raises(SamePerson), county.uow(one_desk.preparer) as uow:
            step(uow, voucher_ids=[draft.voucher_id])
    keyer = one_desk.preparer
    deputy = msgspec.structs.replace(
        given_actor(132, agency_code=code, name="代理人"),
        on_behalf_of=Principal(
            user_id=keyer.user_id, account=keyer.account, name=keyer.name, delegation_id=new_id()
        ),
    )
    with pytest.raises(SamePerson), county.uow(deputy) as uow:
        review_vouchers(uow, voucher_ids=[draft.voucher_id])
    one_desk.approve(draft.voucher_id)
    with pytest.raises(SamePerson), county.uow(one_desk.preparer) as uow:
        post_vouchers(uow, voucher_ids=[draft.voucher_id])
    assert one_desk.post(draft.voucher_id)[0].state == "posted"


def test_an_unbalanced_draft_is_kept_but_not_prepared(one_desk: Desk) -> None:
    draft = one_desk.write(wanted(entry(WITHHELD, 10), entry(BANK, 0, 7)))
    with pytest.raises(VoucherUnbalanced) as refused:
        one_desk.prepare(draft.voucher_id)
    assert refused.value.arithmetic == {"debit_ntd": 10, "credit_ntd": 7, "difference_ntd": 3}
    one_desk.write(remittance(10), draft.voucher_id)
    assert one_desk.prepare(draft.voucher_id)[0].state == "prepared"


@pytest.mark.parametrize(
    "line",
    [
        entry("1205", 5, kind="advance", key="105暫00001"),
        entry("1206", 5, kind="contract", key="契1"),
        entry("1204", 5),
        entry("1209", 5, kind="contract", key="契1"),
        entry("2203", 5, kind="payee", key="甲"),
        entry("1210", 5),
        entry("2202", 5),
    ],
    ids=["advance", "prepayment", "petty-cash", "contract", "payable", "budget", "allotted"],
)
def test_nobody_keys_what_documents_keep(one_desk: Desk, line: WantedEntry) -> None:
    one_desk.write(remittance(1))
    before = one_desk.books()
    with pytest.raises(AccountKept) as refused:
        one_desk.write(wanted(line, entry(BANK, 0, 5)))
    assert line.account_code in refused.value.text(str)
    assert one_desk.books() == before


def test_a_draft_keyed_before_the_rules_kept_its_account_is_not_prepared(one_desk: Desk) -> None:
    draft = one_desk.write(remittance(5))
    one_desk.office.county.execute(
        "UPDATE accounting.voucher_line SET account_code = '1204' WHERE account_code = '2204'"
    )
    with pytest.raises(AccountKept):
        one_desk.prepare(draft.voucher_id)


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        (entry(WITHHELD, 0, 0), VoucherLines),
        (entry(WITHHELD, -5), VoucherLines),
        (entry(WITHHELD, 5, 5), VoucherLines),
        (entry("999999", 5), AccountNotPostable),
        (entry(DEPOSIT, 0, 5), SubsidiaryMissing),
        (entry(DEPOSIT, 0, 5, kind="payee", key="x"), SubsidiaryMissing),
    ],
)
def test_refuses_a_line_that_is_nonsense(
    one_desk: Desk, line: WantedEntry, refusal: type[Exception]
) -> None:
    one_desk.write(remittance(1))
    before = one_desk.books()
    with pytest.raises(refusal):
        one_desk.write(wanted(line, entry(BANK, 5)))
    assert one_desk.books() == before


def test_refuses_a_voucher_of_tomorrow(one_desk: Desk) -> None:
    with pytest.raises(VoucherFuture):
        one_desk.write(february(dt.date(2016, 3, 16)))


CLOSED_JANUARY = """
    INSERT INTO accounting.closed_period
           (fiscal_year, agency_code, period, document_id, closed_by, closed_at)
    VALUES (105, :agency, 1, gen_random_uuid(), gen_random_uuid(), now())
        ON CONFLICT DO NOTHING
"""


def february(on: dt.date = dt.date(2016, 2, 1)) -> WantedVoucher:
    return wanted(entry(WITHHELD, 1), entry(BANK, 0, 1), posting_date=on)


def close_february(desk: Desk) -> None:
    agency_code = desk.office.government.agency_code
    desk.office.follow()
    desk.office.county.execute(CLOSED_JANUARY, agency=agency_code)
    with desk.office.county.uow(desk.chief) as uow:
        close_period(uow, fiscal_year=105, period=2, agency_code=agency_code)


def test_a_month_closes_when_all_is_posted_and_takes_nothing_more(desk: Desk) -> None:
    ready = desk.write(february())
    desk.prepare(ready.voucher_id)
    desk.approve(ready.voucher_id)
    with pytest.raises(VouchersPending) as refused:
        close_february(desk)
    assert refused.value.detail["count"] == 1
    desk.post(ready.voucher_id)
    close_february(desk)
    late = desk.write(february())
    desk.prepare(late.voucher_id)
    desk.approve(late.voucher_id)
    before = desk.books()
    with pytest.raises(PeriodClosed):
        desk.post(late.voucher_id)
    assert desk.books() == before


def test_a_reversal_undoes_it_once_and_both_stay(desk: Desk) -> None:
    (voucher,) = desk.posted(remittance(77))
    with desk.office.county.uow(desk.preparer) as uow:
        reversal = reverse_voucher(uow, voucher_id=voucher.voucher_id, reason="金額有誤")
    desk.approve(reversal.voucher_id)
    (undone,) = desk.post(reversal.voucher_id)
    assert undone.label == "支10500002"
    assert balances(desk) == [(BANK, 3, 77, 77), (WITHHELD, 3, 77, 77)]
    with pytest.raises(AlreadyReversed), desk.office.county.uow(desk.preparer) as uow:
        reverse_voucher(uow, voucher_id=voucher.voucher_id, reason="再次")


def test_returned_with_a_reason_changed_and_sent_again(one_desk: Desk) -> None:
    voucher_id = one_desk.write(remittance(6)).voucher_id
    one_desk.prepare(voucher_id)
    one_desk.review(voucher_id)
    with one_desk.office.county.uow(one_desk.chief) as uow:
        return_vouchers(uow, voucher_ids=[voucher_id], reason="摘要不明")
    returned = one_desk.read(voucher_id)
    assert (returned.state, returned.return_reason) == ("returned", "摘要不明")
    assert returned.reviewed_by is None
    with pytest.raises(VoucherStale):
        one_desk.write(
            wanted(entry(WITHHELD, 7), entry(BANK, 0, 7), revision=returned.revision - 1),
            voucher_id,
        )
    one_desk.write(remittance(7), voucher_id)
    assert one_desk.prepare(voucher_id)[0].return_reason == ""


def test_a_draft_is_withdrawn_for_good(one_desk: Desk) -> None:
    voucher_id = one_desk.write(remittance(6)).voucher_id
    with one_desk.office.county.uow(one_desk.preparer) as uow:
        assert withdraw_voucher(uow, voucher_id=voucher_id).state == "withdrawn"
    with pytest.raises(VoucherState):
        one_desk.prepare(voucher_id)


def test_another_agencys_voucher_is_not_found(one_desk: Desk) -> None:
    voucher_id = one_desk.write(remittance(6)).voucher_id
    stranger = given_actor(120, agency_code="Z9", name="外人", permissions={})
    with pytest.raises(VoucherNotFound), one_desk.office.county.uow(stranger) as uow:
        prepare_vouchers(uow, voucher_ids=[voucher_id])


def given_fact(desk: Desk, amount_ntd: int, *, month: int = 3) -> Fact:
    return Fact(
        event_code="budget.expenditure.allotted",
        agency_code=desk.office.government.agency_code,
        agency_name="某機關",
        fiscal_year=105,
        posting_date=dt.date(2016, month, 1),
        memo=f"{month}月歲出分配",
        lines=(FactLine(amounts_ntd={"amount": amount_ntd}),),
    )


def test_automatic_vouchers_are_posted_without_a_person(desk: Desk) -> None:
    facts = [given_fact(desk, 600, month=1), given_fact(desk, 0), given_fact(desk, 25)]
    with desk.office.county.uow() as uow:
        posted = post_automatic(uow, facts)
        uow.audit("test.followed", posted[0].document)
    assert [(one.label, one.automatic) for one in posted] == [
        ("轉10500001", True), ("轉10500002", True),
    ]  # fmt: skip
    assert balances(desk) == [
        ("1201", 1, 600, 0), ("1201", 3, 25, 0), ("1210", 1, 0, 600), ("1210", 3, 0, 25),
        ("2201", 1, 600, 0), ("2201", 3, 25, 0), ("2202", 1, 0, 600), ("2202", 3, 0, 25),
    ]  # fmt: skip


def recorded(desk: Desk) -> Voucher:
    """Return the draft that a claim wrote."""
    document = DocumentRef(
        kind="accounting.claim",
        document_id=uuid.uuid4(),
        label="核銷 1",
        agency_code=desk.office.government.agency_code,
    )
    fact = Fact(
        event_code="expenditure.paid",
        agency_code=desk.office.government.agency_code,
        agency_name="某機關",
        fiscal_year=105,
        posting_date=MARCH_15,
        memo="文具",
        document=document,
        lines=(
            FactLine(
                amounts_ntd={"amount": 400},
                object_code=desk.office.government.rows[1].object_code,
                account="current",
                control_row_id=desk.office.supplies,
            ),
        ),
    )
    with desk.office.county.uow() as uow:
        draft = draft_from_fact(uow, fact)
        uow.audit("test.claimed", document)
    assert draft is not None
    return draft


def as_keyed(voucher: Voucher, **changes: object) -> WantedVoucher:
    """Return what the form of a saved voucher sends, with ``changes``."""
    given: dict[str, object] = {
        "kind": voucher.kind,
        "posting_date": voucher.posting_date,
        "memo": voucher.memo,
        "fiscal_year": voucher.fiscal_year,
        "lines": tuple(
            WantedEntry(**{name: getattr(line, name) for name in WantedEntry.__struct_fields__})
            for line in voucher.lines
        ),
        **changes,
    }
    return WantedVoucher(**given)  # type: ignore[arg-type]


def test_what_a_document_wrote_is_corrected_in_its_words_when_it_was_returned(desk: Desk) -> None:
    draft = recorded(desk)
    desk.prepare(draft.voucher_id)
    with desk.office.county.uow(desk.reviewer) as uow:
        return_vouchers(uow, voucher_ids=[draft.voucher_id], reason="摘要、附件張數有誤")
    entries = as_keyed(draft).lines
    spoken = (msgspec.structs.replace(entries[0], description="文具一批"), *entries[1:])
    corrected = as_keyed(
        draft, memo="文具一批", document_count=2, posting_date=dt.date(2016, 3, 14), lines=spoken,
        kind=VoucherKind.JOURNAL, event_code="",
    )  # fmt: skip
    after = desk.write(corrected, draft.voucher_id)
    assert (after.memo, after.document_count, after.posting_date.day) == ("文具一批", 2, 14)
    assert after.lines[0].description == "文具一批"
    assert (after.kind, after.event_code, after.source) == (
        draft.kind, draft.event_code, draft.source,
    )  # fmt: skip
    more = msgspec.structs.replace(entries[0], debit_ntd=401)
    for lines in ((more, *entries[1:]), entries[:1], (*entries, entries[0])):
        with pytest.raises(VoucherRecords):
            desk.write(as_keyed(draft, lines=lines), draft.voucher_id)
    desk.prepare(draft.voucher_id)
    desk.approve(draft.voucher_id)
    (posted,) = desk.post(draft.voucher_id)
    assert (posted.memo, posted.debit_ntd) == ("文具一批", 400)


def test_what_records_a_document_is_undone_there(desk: Desk) -> None:
    draft = recorded(desk)
    with pytest.raises(VoucherRecords):
        desk.write(remittance(400), draft.voucher_id)
    with pytest.raises(VoucherRecords), desk.office.county.uow(desk.preparer) as uow:
        withdraw_voucher(uow, voucher_id=draft.voucher_id)
    desk.prepare(draft.voucher_id)
    desk.approve(draft.voucher_id)
    (posted,) = desk.post(draft.voucher_id)
    assert posted.source is not None
    assert posted.source == draft.source
    with desk.office.county.uow(desk.preparer, read_only=True) as uow:
        assert [one.label for one in vouchers_of(uow, [posted.source.document_id])] == [
            posted.label
        ]
    entered = desk.office.county.rows(
        "SELECT account_code FROM accounting.ledger_entry WHERE control_row_id = :row",
        row=desk.office.supplies,
    )
    assert [row.account_code for row in entered] == ["1208"]
