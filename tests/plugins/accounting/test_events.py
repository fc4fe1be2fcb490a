"""What others are told: each event as golden JSON, ids replaced by what they stand for."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_claims import Claims
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.plugin import register_events
from zhuji_accounting.usecases._record_fact import post_automatic
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance

GOLDEN = Path(__file__).parent / "golden"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def told(office: Office) -> dict[str, str]:
    """Every event of a certification, a release, a claim and a voucher, by type, as text."""
    certification = office.certified(400, 500)
    with office.county.uow(office.reviewer) as uow:
        release_encumbrance(
            uow, request_id=certification.request_id, amounts_ntd={2: 100}, reason="標餘"
        )
    Claims(office).granted((certification.request_id, 300))
    fact = Fact(
        event_code="budget.expenditure.allotted",
        agency_code="A1",
        agency_name="某機關",
        fiscal_year=105,
        posting_date=dt.date(2016, 3, 1),
        memo="3月歲出分配",
        lines=(FactLine(amounts_ntd={"amount": 25}),),
    )
    with office.county.uow() as uow:
        (voucher,) = post_automatic(uow, [fact])
        uow.audit("test.followed", voucher.document)
    rows = office.county.rows("SELECT type, body FROM kernel.event ORDER BY sequence")
    return {row.type: UUID.sub("uuid", json.dumps(row.body, ensure_ascii=False)) for row in rows}


def test_every_event_has_golden_json() -> None:
    tags = {str(event.__struct_config__.tag) for event in register_events()}
    assert tags == {path.stem for path in GOLDEN.glob("*.json")}


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: str(path.stem))
def test_event_is_the_golden_one(told: dict[str, str], path: Path) -> None:
    assert json.loads(told[path.stem]) == json.loads(path.read_text("utf-8"))
