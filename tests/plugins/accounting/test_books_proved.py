"""The books prove themselves, and another program proves them again: planted errors are found."""

from __future__ import annotations

import datetime as dt
import importlib
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from beancount import loader

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_vouchers import BANK, DEPOSIT, WITHHELD, Desk, entry, wanted
from zhuji_accounting.domain.ledger.control_text import ControlText
from zhuji_accounting.queries.ledger_verification import LedgerVerification, verify_ledger
from zhuji_accounting.usecases.ask_oracle import ask_oracle, judge, own_balances, own_figures
from zhuji_accounting.usecases.export_books import export_books

YEAR = 105
MIGRATIONS = "zhuji_accounting.migrations.versions"


@pytest.fixture
def desk(any_office: Office) -> Desk:
    """Give the desk of either government with some vouchers of two months in the books."""
    desk = Desk(any_office)
    desk.posted(
        wanted(entry(BANK, 115_000), entry(WITHHELD, 0, 115_000), posting_date=dt.date(2016, 2, 1)),
        wanted(entry(WITHHELD, 42_000), entry(BANK, 0, 42_000), memo='"繳付";代扣|款'),
        wanted(entry(BANK, 15_000), entry(DEPOSIT, 0, 15_000, kind="deposit", key="契1")),
    )
    return desk


def verified(desk: Desk) -> LedgerVerification:
    with desk.office.county.uow(read_only=True) as uow:
        return verify_ledger(uow)


def test_books_that_nobody_touched_prove_themselves(desk: Desk) -> None:
    found = verified(desk)
    assert (found.drift_ntd, found.errors) == (0, ())
    assert found.checked == {
        "accounts": 5, "subsidiaries": 1, "controls": 3, "entries": 6, "vouchers": 3, "numbers": 1,
        "keyed": 0, "rows": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        (("UPDATE accounting.account_balance SET debit_ntd = debit_ntd + 7 WHERE period = 2"
         " AND debit_ntd > 0"), "accounts"),
        ("DELETE FROM accounting.subsidiary_balance", "subsidiaries"),
        (("UPDATE accounting.ledger_entry SET subsidiary_kind = 'payee', subsidiary_key = 'x'"
         " WHERE line_no = 1 AND account_code = '1203' AND period = 2"), "controls"),
        ("UPDATE accounting.ledger_entry SET debit_ntd = debit_ntd + 1 WHERE debit_ntd = 42000",
         "vouchers"),
        ("DELETE FROM accounting.ledger_entry WHERE credit_ntd = 15000", "entries"),
    ],
)  # fmt: skip
def test_finds_what_was_changed_behind_its_back(desk: Desk, planted: str, told: str) -> None:
    desk.office.county.execute(planted)
    found = verified(desk)
    assert any(error.startswith(told) for error in found.errors), found.errors
    assert found.drift_ntd > 0


def with_rows(desk: Desk) -> None:
    """Let two of the entries name a row of the budget, as those of claims do."""
    (row,) = desk.office.county.rows("SELECT control_row_id FROM budget.control_row LIMIT 1")
    desk.office.county.corrupt(
        "UPDATE accounting.voucher_line SET control_row_id = :row WHERE credit_ntd > 0;",
        row=row.control_row_id,
    )
    desk.office.county.corrupt(
        "UPDATE accounting.ledger_entry SET control_row_id = :row WHERE credit_ntd > 0;",
        row=row.control_row_id,
    )


def test_balances_by_row_are_kept_proved_and_filled_again(desk: Desk) -> None:
    with_rows(desk)
    found = verified(desk)
    assert (found.checked["rows"], found.drift_ntd) == (3, 115_000 + 42_000 + 15_000)
    assert all(error.startswith("rows") for error in found.errors), found.errors
    filling = importlib.import_module(f"{MIGRATIONS}.0021_row_balances").fill()
    desk.office.county.execute(filling)
    found = verified(desk)
    assert (found.checked["rows"], found.drift_ntd) == (3, 0)


def test_finds_a_missing_number(desk: Desk) -> None:
    desk.office.county.execute(
        "ALTER TABLE accounting.voucher DISABLE TRIGGER posted_is_final;"
        "UPDATE accounting.voucher SET voucher_no = 9 WHERE voucher_no = 3;"
        "ALTER TABLE accounting.voucher ENABLE TRIGGER posted_is_final"
    )
    assert any(error.startswith("numbers") for error in verified(desk).errors)


def test_finds_what_somebody_keyed_where_documents_keep(desk: Desk) -> None:
    """Balanced, numbered, entered everywhere: only that no document made it tells."""
    desk.office.county.execute(
        "ALTER TABLE accounting.voucher_line DISABLE TRIGGER ALL;"
        "UPDATE accounting.voucher_line SET account_code = '1204' WHERE account_code = '2204';"
        "ALTER TABLE accounting.voucher_line ENABLE TRIGGER ALL;"
        "UPDATE accounting.ledger_entry SET account_code = '1204' WHERE account_code = '2204';"
        "UPDATE accounting.account_balance SET account_code = '1204' WHERE account_code = '2204'"
    )
    found = verified(desk)
    assert found.errors
    assert all(error.startswith("keyed") for error in found.errors), found.errors
    assert found.drift_ntd == 42_000 + 115_000


def rows(desk: Desk) -> int:
    (found,) = desk.office.county.rows("SELECT count(*) FROM budget.control_row")
    return int(found.count)


def exported(desk: Desk, form: str) -> list[str]:
    with desk.office.county.uow(read_only=True) as uow:
        return list(export_books(uow, fiscal_year=YEAR, form=form))


@pytest.mark.needs("hledger")
def test_hledger_comes_to_the_same_balances(desk: Desk) -> None:
    with desk.office.county.uow(read_only=True) as uow:
        answer = ask_oracle(uow, fiscal_year=YEAR)
    assert answer.passed, answer
    assert answer.accounts == 3 + 4 * rows(desk) + 1, "and each counter of the control rows"


@pytest.mark.needs("hledger")
def test_hledger_may_take_longer_than_a_transaction(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "hledger"
    slow.write_text(f'#!/bin/sh\nsleep 0.3\nexec {shutil.which("hledger")} "$@"\n')
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with desk.office.county.uow(read_only=True) as uow:
        uow.connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '100ms'")
        answer = ask_oracle(uow, fiscal_year=YEAR)
    assert answer.passed, answer


@pytest.mark.needs("hledger")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  42000 TWD", "  42001 TWD"),  # an entry that does not balance
        ("account ", "; account "),  # accounts that nobody declared
        ("2016-03-15", "2016-01-15"),  # out of order
        ("= 115000 TWD", "= 115001 TWD"),  # a kept balance that is wrong
    ],
)
def test_hledger_finds_planted_errors(one_desk: Desk, tmp_path: Path, old: str, new: str) -> None:
    text = "\n".join(exported(one_desk, "hledger"))
    assert old in text
    path = tmp_path / "books.journal"
    path.write_text(text.replace(old, new), "utf-8")
    with one_desk.office.county.uow(read_only=True) as uow:
        own = own_balances(uow, YEAR)
    answer = judge(shutil.which("hledger") or "", path, own)
    assert not answer.passed
    assert answer.complaint


@pytest.mark.needs("hledger")
def test_hledger_finds_balances_that_are_not_ours(one_desk: Desk, tmp_path: Path) -> None:
    path, text = tmp_path / "books.journal", ControlText(form="hledger")
    with one_desk.office.county.uow(read_only=True) as uow:
        lines = list(export_books(uow, fiscal_year=YEAR, form="hledger", text=text))
        own = own_figures(uow, YEAR, text)
    path.write_text("\n".join(lines), "utf-8")
    changed = dict.fromkeys((min(own), max(own)), 1)  # a counter, and an account
    answer = judge(shutil.which("hledger") or "", path, {**own, **changed})
    assert set(answer.differing) == set(changed)
    assert not answer.complaint


@pytest.fixture
def one_desk(office: Office) -> Desk:
    """Give the desk of one government with books of two months."""
    desk = Desk(office)
    desk.posted(
        wanted(entry(BANK, 115_000), entry(WITHHELD, 0, 115_000), posting_date=dt.date(2016, 2, 1)),
        wanted(entry(WITHHELD, 42_000), entry(BANK, 0, 42_000)),
    )
    return desk


def test_beancount_gets_its_roots_and_balances(one_desk: Desk) -> None:
    lines = exported(one_desk, "beancount")
    assert lines[0] == "2016-01-01 open Assets:X-A1:1203-專戶存款 TWD"
    assert "2016-03-01 balance Assets:X-A1:1203-專戶存款  115000 TWD" in lines
    assert '2016-03-15 * "支10500002 繳付代扣款"' in lines


def test_beancount_accepts_the_books_and_finds_a_wrong_balance(desk: Desk) -> None:
    text = "\n".join(exported(desk, "beancount"))
    entries, errors, _ = loader.load_string(text)
    assert not errors, errors
    control = 4 * rows(desk) + 1
    found = Counter(type(one).__name__ for one in entries)
    assert (found["Open"], found["Balance"]) == (3 + control, 5 + control)
    assert found["Transaction"] == 3 + rows(desk), "vouchers, and what was enacted"
    _, errors, _ = loader.load_string(text.replace("  115000 TWD", "  115001 TWD", 1))
    assert errors


def test_vouchers_posted_at_one_moment_are_told_whole(desk: Desk) -> None:
    """Their entries lie between each other's; no tool balances half a voucher."""
    desk.office.county.execute(
        "ALTER TABLE accounting.ledger_entry DISABLE TRIGGER USER;"
        "UPDATE accounting.ledger_entry SET entry_id = DEFAULT WHERE credit_ntd = 42000;"
        "ALTER TABLE accounting.ledger_entry ENABLE TRIGGER USER"
    )
    entries, errors, _ = loader.load_string("\n".join(exported(desk, "beancount")))
    assert not errors, errors
    assert entries


def test_a_year_is_written_from_one_reading_of_the_ledger(desk: Desk) -> None:
    """Each chunk by a key of its own read the whole year again: the square of its size."""
    read: list[str] = []
    engine = desk.office.county.engine

    def note(_: object, __: object, statement: str, *___: object) -> None:
        read.extend([statement] if "FROM accounting.ledger_entry" in statement else [])

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        with desk.office.county.uow(read_only=True) as uow:
            lines = list(export_books(uow, fiscal_year=YEAR, form="hledger"))
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert len(read) == 1
    assert sum("; agency:" in line for line in lines) == 3


def test_ledger_gets_its_commodity(one_desk: Desk) -> None:
    assert exported(one_desk, "ledger")[0] == "commodity TWD"
