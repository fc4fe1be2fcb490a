"""Two acts on one request, or on one month, at the same moment: the later one sees the earlier."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_periods import close_months, end
from tests.plugins.accounting.given_vouchers import BANK, WITHHELD, Desk, entry, wanted
from zhuji_accounting.domain.refusals import LinesMissing, OverRelease, PeriodClosed
from zhuji_accounting.domain.request import RequestKind, RequestState, SpendingRequest
from zhuji_accounting.domain.year_end_refusals import YearOrder
from zhuji_accounting.queries.year_ends import last_closed, year_end_of
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_accounting.usecases.reopen_year import reopen_year
from zhuji_accounting.usecases.submit_request import submit_request
from zhuji_accounting.usecases.write_request import WantedRequest, write_request
from zhuji_core.identity.actor import Actor
from zhuji_core.uow import UnitOfWork

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


class Later:
    """An act in a thread of its own: it begins while an earlier one is not yet committed."""

    def __init__(
        self, office: Office, act: Callable[[UnitOfWork], object], actor: Actor | None = None
    ) -> None:
        self._office, self._act, self._actor = office, act, actor
        self.result: object = None
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            with self._office.county.uow(self._actor) as uow:
                self.result = self._act(uow)
        except Exception as error:  # noqa: BLE001 (kept for the test to look at)
            self.error = error

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Start, wait until the database says that it waits for a lock; join at the end."""
        self._thread.start()
        deadline = time.monotonic() + 60
        while not self._office.county.rows(WAITING)[0][0]:
            assert time.monotonic() < deadline, "the later act did not wait"
            time.sleep(0.01)
        yield
        self._thread.join()


def after(
    office: Office,
    earlier: Callable[[UnitOfWork], object],
    act: Callable[[UnitOfWork], object],
    *,
    actor: Actor | None = None,
) -> Later:
    """Do ``earlier``, begin ``act`` before it is committed, commit, and return what came of it."""
    later = Later(office, act, actor)
    with contextlib.ExitStack() as stack, office.county.uow(actor) as uow:
        earlier(uow)
        stack.enter_context(later.waiting())
    return later


def releasing(request_id: uuid.UUID, amount_ntd: int) -> Callable[[UnitOfWork], SpendingRequest]:
    return lambda uow: release_encumbrance(
        uow,
        request_id=request_id,
        amounts_ntd={1: amount_ntd},
        reason="不再需要",
    )


def closing(office: Office) -> Callable[[UnitOfWork], object]:
    code = office.government.agency_code
    return lambda uow: close_period(uow, fiscal_year=105, period=3, agency_code=code)


def test_the_second_release_knows_of_the_first(office: Office) -> None:
    request_id = office.certified(100).request_id
    later = after(office, releasing(request_id, 60), releasing(request_id, 60))
    assert isinstance(later.error, OverRelease)
    assert later.error.arithmetic["held_ntd"] == 40
    assert office.encumbered_ntd() == 40


def test_two_releases_of_the_halves_close_the_request(office: Office) -> None:
    request_id = office.certified(100).request_id
    later = after(office, releasing(request_id, 50), releasing(request_id, 50))
    assert isinstance(later.result, SpendingRequest)
    assert later.result.state is RequestState.CLOSED
    assert office.encumbered_ntd() == 0


def test_lines_taken_away_in_the_same_moment_are_not_submitted(office: Office) -> None:
    draft = office.draft(100)
    wanted = WantedRequest(kind=RequestKind.ORDINARY, purpose="甲", basis="乙", lines=())
    later = after(
        office,
        lambda uow: write_request(uow, wanted=wanted, request_id=draft.request_id),
        lambda uow: submit_request(uow, request_id=draft.request_id),
        actor=office.writer,
    )
    assert isinstance(later.error, LinesMissing)


def test_a_month_is_not_closed_under_a_certification(office: Office) -> None:
    office.close_through(2)
    request = office.approved(100)
    later = after(
        office,
        lambda uow: certify_requests(uow, request_ids=[request.request_id]),
        closing(office),
    )
    assert later.error is None
    assert office.encumbered_ntd() == 100


@pytest.mark.parametrize("act", ["certify", "release"])
def test_what_waited_for_the_closing_finds_the_month_closed(office: Office, act: str) -> None:
    office.close_through(2)
    held = office.certified(100).request_id
    request = office.approved(70)
    acts: dict[str, Callable[[UnitOfWork], object]] = {
        "certify": lambda uow: certify_requests(uow, request_ids=[request.request_id]),
        "release": releasing(held, 10),
    }
    later = after(office, closing(office), acts[act])
    assert isinstance(later.error, PeriodClosed)
    assert office.encumbered_ntd() == 100


def ended(office: Office, *, left_ntd: int) -> Office:
    """A year is ended that leaves so much to the next one (0: its opening has no vouchers)."""
    if left_ntd:
        voucher = wanted(entry(BANK, left_ntd), entry(WITHHELD, 0, left_ntd))
        Desk(office).posted(voucher)
    office.county.business_date = dt.date(2017, 2, 6)
    office.follow()
    close_months(office)
    end(office)
    return office


@pytest.mark.parametrize("left_ntd", [0, 700])
@pytest.mark.parametrize("first", ["the year reopens", "January closes"])
def test_a_year_does_not_reopen_while_january_of_the_next_closes(
    any_office: Office, first: str, left_ntd: int
) -> None:
    """Each asks about the other's year: the later one waits, and is refused."""
    office = ended(any_office, left_ntd=left_ntd)
    code = office.government.agency_code
    acts: list[Callable[[UnitOfWork], object]] = [
        lambda uow: reopen_year(uow, fiscal_year=105, agency_code=code, reason="補登"),
        lambda uow: close_period(uow, fiscal_year=106, period=1, agency_code=code),
    ]
    earlier, act = acts if first == "the year reopens" else reversed(acts)
    later = after(office, earlier, act)
    assert isinstance(later.error, YearOrder)
    with office.county.uow(read_only=True) as uow:
        still = year_end_of(uow, agency_code=code, fiscal_year=105)
        month = last_closed(uow, agency_code=code, fiscal_year=106)
    assert (still is None, month) == ((True, 0) if first == "the year reopens" else (False, 1))
