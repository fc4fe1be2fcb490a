"""The control ledger proves every remaining amount in another program, and finds planted errors."""

from __future__ import annotations

import pytest
from beancount import loader

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_vouchers import BANK, WITHHELD, Desk, entry, wanted
from tests.plugins.accounting.test_books_proved import YEAR, exported
from zhuji_accounting.usecases.ask_oracle import OracleAnswer, ask_oracle
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance

pytestmark = pytest.mark.needs("hledger")


@pytest.fixture
def desk(any_office: Office) -> Desk:
    """Give either government's desk: two certifications, one of them partly released."""
    first = any_office.certified(30_000, 12_000)
    any_office.certified(5_000)
    with any_office.county.uow(any_office.reviewer) as uow:
        release_encumbrance(uow, request_id=first.request_id, amounts_ntd={1: 1_000}, reason="少買")
    desk = Desk(any_office)
    desk.posted(wanted(entry(BANK, 115_000), entry(WITHHELD, 0, 115_000)))
    return desk


def asked(desk: Desk) -> OracleAnswer:
    with desk.office.county.uow(read_only=True) as uow:
        return ask_oracle(uow, fiscal_year=YEAR)


def test_every_remaining_amount_is_recomputed(desk: Desk) -> None:
    answer = asked(desk)
    assert answer.passed, answer
    lines = exported(desk, "hledger")
    certified = [line for line in lines if "1-可用  -30000 TWD = " in line]
    assert len(certified) == 1, "what the receipt says was left stands beside the movement"
    assert any("1-可用  1000 TWD = " in line for line in lines), "what was released is there again"


@pytest.mark.parametrize(
    "planted",
    [
        "UPDATE accounting.receipt_line SET encumbered_ntd = encumbered_ntd + 1 WHERE line_no = 1",
        (
            "UPDATE budget.control_row SET encumbered_ntd = encumbered_ntd + 1"
            " WHERE encumbered_ntd > 0"
        ),
        "UPDATE budget.budget_movement SET amount_ntd = amount_ntd - 1 WHERE kind = 'reserve'",
        "DELETE FROM budget.budget_movement WHERE kind = 'release'",
    ],
)
def test_what_was_changed_behind_its_back_is_found(desk: Desk, planted: str) -> None:
    desk.office.county.execute(planted)
    answer = asked(desk)
    assert not answer.passed
    assert "9-預算控制" in answer.complaint + " ".join(answer.differing)


def test_beancount_reads_it_too(desk: Desk) -> None:
    text = "\n".join(exported(desk, "beancount"))
    _, errors, _ = loader.load_string(text)
    assert not errors, errors
    (kept,) = {line for line in text.splitlines() if "balance Equity:9" in line and "對轉" in line}
    _, errors, _ = loader.load_string(text.replace(kept, kept.replace(" TWD", "1 TWD")))
    assert errors
