"""What every module that implements ``on_events`` promises, whatever it does with the events."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.budget.changes.given import post
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.usecases._record_fact import post_automatic
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_budget.domain.changes.model import ChangeKind
from zhuji_core import hooks
from zhuji_core.ids import new_id
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Event

LISTENERS = sorted(found.plugin_name for found in hooks.load().hook.on_events.get_hookimpls())
TYPES = {
    str(event.__struct_config__.tag): event
    for event in hooks.registered(hooks.load(), "register_events")
}

every_listener = pytest.mark.parametrize("module", LISTENERS)


class Unheard(Event, frozen=True, kw_only=True, tag="contract.unheard"):
    """An event that no module has ever heard of."""


@pytest.fixture
def told(office: Office) -> list[Event]:
    """One event of every declared type, as real documents told them."""
    certification = office.certified(400, 500)
    with office.county.uow(office.reviewer) as uow:
        release_encumbrance(
            uow, request_id=certification.request_id, amounts_ntd={2: 100}, reason="標餘"
        )
    Claims(office).granted((certification.request_id, 300))
    allotted = Fact(
        event_code="budget.expenditure.allotted",
        agency_code=office.government.agency_code,
        agency_name="某機關",
        fiscal_year=105,
        posting_date=dt.date(2016, 3, 1),
        memo="3月歲出分配",
        lines=(FactLine(amounts_ntd={"amount": 25}),),
    )
    with office.county.uow() as uow:
        (voucher,) = post_automatic(uow, [allotted])
        uow.audit("test.followed", voucher.document)
    supplies, equipment = (office.rows[row.object_code] for row in office.government.rows[1:])
    post(
        office.county,
        ChangeKind.VIREMENT,
        (supplies, -1_000, 4),
        (equipment, 1_000, 4),
        agency_code=office.government.agency_code,
    )
    rows = office.county.rows("SELECT type, body FROM kernel.event ORDER BY sequence")
    assert {row.type for row in rows} == set(TYPES), "a new event: tell one here"
    return [decoded(row.type, row.body) for row in rows]


def decoded(tag: str, body: object) -> Event:
    event: Event = msgspec.convert(body, TYPES[tag])
    return event


def kept(county: CountyUnderTest, module: str) -> dict[str, list[str]]:
    """Return every row of the module's schema."""
    tables = county.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = :schema",
        schema=module,
    )
    return {
        name: sorted(
            row.kept
            for row in county.rows(f'SELECT t::text AS kept FROM {module}."{name}" AS t')  # noqa: S608
        )
        for (name,) in tables
    }


def hear(uow: UnitOfWork, module: str, *events: Event) -> None:
    uow.hooks.on_events(uow, events, module=module)
    uow.audits.append(AUDIT)


AUDIT = {
    "actor_id": new_id(), "actor_account": "test", "action": "kernel.contract.test",
    "document_kind": "kernel.contract", "document_id": new_id(), "document_label": "",
    "agency_code": "", "before": None, "after": None, "trace_id": "",
}  # fmt: skip


def test_there_are_listeners() -> None:
    assert LISTENERS


@every_listener
def test_follows_what_was_told(office: Office, told: list[Event], module: str) -> None:
    before = kept(office.county, module)
    with office.county.uow() as uow:
        hear(uow, module, *told)
    assert kept(office.county, module) != before


@every_listener
def test_the_second_delivery_changes_nothing(
    office: Office, told: list[Event], module: str
) -> None:
    with office.county.uow() as uow:
        hear(uow, module, *told)
    once = kept(office.county, module)
    with office.county.uow() as uow:
        hear(uow, module, *told, *told)
    assert kept(office.county, module) == once


@every_listener
def test_what_is_rolled_back_leaves_nothing(office: Office, told: list[Event], module: str) -> None:
    before = kept(office.county, module)
    with office.county.uow() as uow:
        hear(uow, module, *told)
        uow.abandon("the relay could not go on")
    assert kept(office.county, module) == before


@every_listener
def test_an_event_of_others_changes_nothing(office: Office, module: str) -> None:
    before = kept(office.county, module)
    with office.county.uow() as uow:
        hear(uow, module, Unheard(event_id=new_id()))
    assert kept(office.county, module) == before


@every_listener
def test_follows_only_what_somebody_tells(module: str) -> None:
    follows = hooks.module_infos(hooks.load())[module].follows
    assert set(follows) <= set(TYPES), "a type that nobody declares is never told"
