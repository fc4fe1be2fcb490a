"""Money, whatever is asked in whatever order: what is held is what the counters say."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plugins.accounting.given import Office
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance

HELD = """
    SELECT COALESCE(sum(l.amount_ntd - l.released_ntd), 0)::bigint AS held_ntd
      FROM accounting.certification AS c
      JOIN accounting.request_line AS l USING (request_id)
"""
STEP = st.one_of(
    st.tuples(st.just("certify"), st.lists(st.integers(1, 1_500_000), min_size=1, max_size=3)),
    st.tuples(st.just("release"), st.lists(st.integers(1, 1_500_000), min_size=1, max_size=1)),
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEP, min_size=1, max_size=6))
def test_counters_are_the_sum_of_what_is_held(
    any_office: Office, steps: list[tuple[str, list[int]]]
) -> None:
    for verb, amounts_ntd in steps:
        if verb == "certify":
            _certify(any_office, amounts_ntd)
        else:
            _release(any_office, amounts_ntd[0])
        held_ntd = any_office.county.rows(HELD)[0].held_ntd
        assert any_office.encumbered_ntd() == held_ntd
        assert 0 <= held_ntd <= any_office.supplies_available_ntd


def _certify(office: Office, amounts_ntd: list[int]) -> None:
    before_ntd = office.encumbered_ntd()
    request = office.approved(*amounts_ntd)
    with office.county.uow(office.reviewer) as uow:
        (outcome,) = certify_requests(uow, request_ids=[request.request_id])
    fits = before_ntd + sum(amounts_ntd) <= office.supplies_available_ntd
    assert bool(outcome.certification) is fits


def _release(office: Office, amount_ntd: int) -> None:
    """Release from the first certified line, as much of the amount as it holds."""
    found = office.county.rows(
        "SELECT l.request_id, l.line_no, l.amount_ntd - l.released_ntd AS held_ntd"
        "  FROM accounting.request_line AS l JOIN accounting.certification USING (request_id)"
        " WHERE l.released_ntd < l.amount_ntd ORDER BY l.request_id, l.line_no LIMIT 1"
    )
    for line in found:
        with office.county.uow(office.reviewer) as uow:
            release_encumbrance(
                uow,
                request_id=line.request_id,
                amounts_ntd={line.line_no: min(amount_ntd, line.held_ntd)},
                reason="標餘",
            )
