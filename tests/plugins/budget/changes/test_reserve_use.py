"""Why a reserve is drawn (預算法 70), and that the council was told of what is large (22)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from msgspec import structs

from tests.core.site import Site
from tests.plugins.budget.changes.drawn_year import with_second_reserve
from tests.plugins.budget.changes.given import (
    AGENCY,
    HEAD,
    L2,
    OFFICE,
    WRITER,
    change,
    row,
    settle,
    state_of,
    submit,
    write,
)
from tests.plugins.budget.given import ENACTOR, LINE, YEAR, keep, rows_of
from tests.plugins.budget.given_equal import given_equal
from zhuji_budget.domain.changes.model import Change, ChangeKind, ChangeState
from zhuji_budget.domain.changes.refusals import ChangeTextLong
from zhuji_budget.domain.changes.reserve_use import (
    CouncilNotTold,
    ReserveCaseMissing,
    ReserveUse,
    kept_use,
    require_reserve_use,
)
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.store.changes import lock
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.return_change import return_change
from zhuji_budget.usecases.withdraw_change import withdraw_change
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change
from zhuji_core.testing.counties import CountyUnderTest, given_actor

TODAY = dt.date(2016, 3, 15)
LARGE_NTD = 50_000_000
SECOND = "9001010101"
ROLES = {"cacc": "CACC", "head": "HEAD"}


def drawn(kind: ChangeKind, amount_ntd: int, use: ReserveUse | None) -> Change:
    reserve = row(10, plan="統籌", object_name="準備", enacted_ntd=2 * LARGE_NTD)
    return change(kind, (reserve, -amount_ntd), (L2, amount_ntd), reserve_use=use)


def test_the_second_reserve_is_drawn_in_one_of_three_cases() -> None:
    for use in (None, ReserveUse(), ReserveUse(law_case=4)):
        with pytest.raises(ReserveCaseMissing):
            require_reserve_use(drawn(ChangeKind.SECOND_RESERVE, 1, use), today=TODAY)
    for case in (1, 2, 3):
        use = ReserveUse(law_case=case)
        require_reserve_use(drawn(ChangeKind.SECOND_RESERVE, LARGE_NTD, use), today=TODAY)
    require_reserve_use(drawn(ChangeKind.FIRST_RESERVE, LARGE_NTD, None), today=TODAY)


@pytest.mark.parametrize(
    ("use", "wrong"),
    [
        (ReserveUse(law_case=1), {"notice_no", "notice_on"}),
        (ReserveUse(law_case=1, notice_no="議字第 1 號"), {"notice_on"}),
        (ReserveUse(law_case=1, notice_on=TODAY), {"notice_no"}),
        (
            ReserveUse(law_case=1, notice_no="議字第 1 號", notice_on=TODAY + dt.timedelta(days=1)),
            {"notice_on"},
        ),
        (ReserveUse(law_case=1, notice_no="議字第 1 號", notice_on=TODAY), set()),
        (ReserveUse(law_case=1, is_disaster=True), set()),
    ],
)
@pytest.mark.parametrize("kind", [ChangeKind.FIRST_RESERVE, ChangeKind.SECOND_RESERVE])
def test_one_dollar_beyond_fifty_million_needs_the_notice(
    kind: ChangeKind, use: ReserveUse, wrong: set[str]
) -> None:
    document = drawn(kind, LARGE_NTD + 1, use)
    if not wrong:
        require_reserve_use(document, today=TODAY)
        return
    with pytest.raises(CouncilNotTold) as refused:
        require_reserve_use(document, today=TODAY)
    assert set(refused.value.fields) == wrong
    assert refused.value.arithmetic == {
        "amount_ntd": LARGE_NTD + 1,
        "limit_ntd": LARGE_NTD,
        "over_ntd": 1,
    }


def test_what_takes_a_document_back_needs_none() -> None:
    drawing = drawn(ChangeKind.SECOND_RESERVE, LARGE_NTD + 1, None)
    with pytest.raises(ReserveCaseMissing):
        require_reserve_use(drawing, today=TODAY)
    back = structs.replace(drawing, reverses_id=UUID(int=7))
    assert back.reverses_id is not None
    require_reserve_use(back, today=TODAY)


@pytest.fixture
def with_second(mli: CountyUnderTest) -> CountyUnderTest:
    keep(mli, with_second_reserve())
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="府主一字第 1 號")
    with mli.uow() as uow:
        given_equal(uow, fiscal_year=YEAR)
    return mli


def test_the_case_and_the_notice_are_kept_with_what_took_effect(
    with_second: CountyUnderTest, site: Site
) -> None:
    mli = with_second
    for account, role in ROLES.items():
        site.given_user(account, role, county="MLI", agency_code=AGENCY, in_agency=AGENCY)
    (reserve,), into = rows_of(mli, line_code=SECOND), rows_of(mli, line_code=LINE)[1]
    form = {
        "kind": "second_reserve",
        "agency_code": AGENCY,
        "purpose": "颱風後修繕",
        "ground": "預算法第 70 條",
        "lines-0-control_row_id": str(reserve),
        "lines-0-decrease": "1,000",
        "lines-1-control_row_id": str(into),
        "lines-1-increase": "1,000",
        "notice_no": "議備字第 8 號",
        "notice_on": "105/2/1",
        "act": "send",
    }
    with site.browser("cacc", county="mli") as cacc:
        opened = cacc.get("/mli/budget/changes/new?kind=second_reserve").text
        assert "因應政事臨時需要" in opened
        refused = cacc.form("/mli/budget/changes/new", form)
        assert refused.status_code == 422
        assert "第 70 條第一款、第二款或第三款" in refused.text
        undated = cacc.form("/mli/budget/changes/new", form | {"notice_on": "2月30日"})
        assert undated.status_code == 422
        sent = cacc.form("/mli/budget/changes/new", form | {"law_case": "3"})
        page = cacc.get(sent.headers["location"]).text
    assert all(one in page for one in ("因應政事臨時需要", "議備字第 8 號", "105-02-01"))
    document_id = UUID(sent.headers["location"].rsplit("/", 1)[1])
    (kept,) = mli.rows("SELECT reserve_use AS use FROM budget.change_document")
    assert kept.use["law_case"] == 3
    with mli.uow() as uow:
        sent_change = lock(uow, document_id)[document_id]
        uow.abandon("only read")
    settle(mli, sent_change)
    with mli.uow(read_only=True) as uow:
        assert verify_budget(uow).errors == ()
    mli.corrupt("UPDATE budget.change_document SET reserve_use = NULL")
    with mli.uow(read_only=True) as uow:
        assert "a posted document is not what was posted" in " ".join(verify_budget(uow).errors)


def agreed_without_case(county: CountyUnderTest) -> Change:
    """A document that waits for the budget office since before the case was asked for."""
    (reserve,), into = rows_of(county, line_code=SECOND), rows_of(county, line_code=LINE)[1]
    lines = ((reserve, -1_000, 0), (into, 1_000, 0))
    use = ReserveUse(law_case=1)
    draft = write(county, ChangeKind.SECOND_RESERVE, *lines, reserve_use=use)
    sent = submit(county, draft.document_id)
    if sent.state is ChangeState.SUBMITTED:
        with county.uow(given_actor(HEAD)) as uow:
            sent = agree_change(uow, document_id=draft.document_id)
    assert sent.state is ChangeState.AGREED
    county.corrupt("UPDATE budget.change_document SET reserve_use = NULL")
    return sent


@pytest.mark.parametrize("how", ["withdrawn", "returned"])
def test_what_was_sent_before_the_case_was_asked_goes_on(
    with_second: CountyUnderTest, how: str
) -> None:
    mli = with_second
    sent = agreed_without_case(mli)
    with pytest.raises(ReserveCaseMissing) as refused:
        settle(mli, sent)
    assert "請退回或撤回後補填" in refused.value.text(str)
    assert state_of(mli, sent.document_id) == "agreed"
    if how == "withdrawn":
        with mli.uow(given_actor(WRITER)) as uow:
            withdraw_change(uow, document_id=sent.document_id)
        assert state_of(mli, sent.document_id) == "withdrawn"
        return
    with mli.uow(given_actor(OFFICE)) as uow:
        back = return_change(uow, document_id=sent.document_id, reason="補填動支情形")
    (now,) = mli.rows("SELECT revision FROM budget.change_document")
    wanted = WantedChange(
        kind=back.kind,
        purpose=back.purpose,
        lines=tuple(
            WantedChangeLine(control_row_id=one.control_row_id, amount_ntd=one.amount_ntd)
            for one in back.lines
        ),
        reserve_use=ReserveUse(law_case=2),
        revision=now.revision,
    )
    with mli.uow(given_actor(WRITER)) as uow:
        write_change(uow, wanted=wanted, document_id=sent.document_id)
    settle(mli, submit(mli, sent.document_id))
    assert state_of(mli, sent.document_id) == "posted"


def test_a_number_of_the_notice_is_no_essay() -> None:
    with pytest.raises(ChangeTextLong):
        kept_use(ReserveUse(notice_no="議" * 101), is_second=False)
