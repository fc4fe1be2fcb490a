"""Follow the budget (法定預算, 分配, 變動) into the books by automatic vouchers (自動傳票)."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_accounting.domain.ledger.budget_facts import BudgetEvent, facts_of, movements_of
from zhuji_accounting.store import budget_items
from zhuji_accounting.usecases._agency import agency_name
from zhuji_accounting.usecases._record_fact import post_automatic
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Event


def follow_budget(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Take in events of the budget; those of another kind, or taken in before, change nothing.

    Raises PeriodClosed, NoChart or NoPostingRule: the event waits then, and its agency's next ones
    behind it, until the month is open or the rules are mended.
    """
    told = {event.event_id: event for event in events if isinstance(event, BudgetEvent)}
    if not told:
        return
    fresh = budget_items.note(uow, list(told))
    new = [event for event_id, event in told.items() if event_id in fresh]
    budget_items.follow(uow, [one for event in new for one in movements_of(event)])
    names: dict[str, str] = {}
    facts = []
    for event in new:
        code = event.agency_code
        names[code] = names[code] if code in names else agency_name(uow, code)
        facts += facts_of(event, agency_name=names[code])
    if facts:
        post_automatic(uow, facts)
