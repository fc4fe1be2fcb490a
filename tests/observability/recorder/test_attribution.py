"""Every nanosecond of a request is in one term, and in the right one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.observability.recorder.timing import parsed
from zhuji_observability.recorder.attribution import Mark, attribute
from zhuji_observability.recorder.record import MARKS_MAX, Record
from zhuji_observability.recorder.server_timing import TOLD, told
from zhuji_observability.recorder.terms import CPU_TAKEN_FROM, MARKED, Term

MARKS = st.lists(
    st.tuples(st.sampled_from(MARKED), st.integers(-5, 45), st.integers(-5, 45)), max_size=12
)


def plainly(marks: list[Mark], started: int, ended: int) -> dict[Term, int]:
    """Count each unit of time by itself."""
    spent = dict.fromkeys(Term, 0)
    for at in range(started, ended):
        covering = [term for term, first, last in marks if first <= at < last]
        spent[min(covering, key=int, default=Term.OWN)] += 1
    return spent


@settings(deadline=None)
@given(marks=MARKS, started=st.integers(0, 20), length=st.integers(0, 20))
def test_it_is_what_counting_each_unit_gives(marks: list[Mark], started: int, length: int) -> None:
    spent = attribute(marks, started_ns=started, ended_ns=started + length)
    assert spent == plainly(marks, started, started + length)
    assert sum(spent.values()) == length


@settings(deadline=None)
@given(marks=MARKS, waited=st.integers(-3, 60))
def test_the_wait_for_the_processor_is_taken_out_of_what_was_running(
    marks: list[Mark], waited: int
) -> None:
    before = attribute(marks, started_ns=0, ended_ns=40)
    after = attribute(marks, started_ns=0, ended_ns=40, cpu_wait_ns=waited)
    assert sum(after.values()) == 40
    takeable = sum(before[term] for term in CPU_TAKEN_FROM)
    assert after[Term.CPU] == min(max(0, waited), takeable)
    assert all(after[term] >= 0 for term in Term)
    untouched = set(Term) - set(CPU_TAKEN_FROM) - {Term.CPU}
    assert all(after[term] == before[term] for term in untouched)


def test_every_term_is_told_to_the_browser_but_the_sending() -> None:
    assert set(MARKED) | {Term.OWN, Term.CPU} == set(Term)
    assert set(TOLD.values()) == set(Term) - {Term.SEND}


def test_a_query_inside_of_a_template_is_a_query() -> None:
    marks = [(Term.TEMPLATE, 0, 100), (Term.SQL, 20, 50), (Term.LOCK, 30, 40)]
    spent = attribute(marks, started_ns=0, ended_ns=120)
    assert (spent[Term.TEMPLATE], spent[Term.SQL], spent[Term.LOCK], spent[Term.OWN]) == (
        70, 20, 10, 20,
    )  # fmt: skip


def test_a_record_is_bounded() -> None:
    record = Record(0)
    for at in range(MARKS_MAX + 7):
        record.add(Term.SQL, at, at + 1)
    assert len(record.marks) == MARKS_MAX


@given(values=st.lists(st.integers(0, 10**13), min_size=len(Term), max_size=len(Term)))
def test_server_timing_is_read_back(values: list[int]) -> None:
    spent = dict(zip(Term, values, strict=True))
    found = parsed(told(spent, total_ns=sum(values)))
    assert abs(found["app"] - sum(values) / 1e6) <= 0.005 + 1e-6
    for name, term in TOLD.items():
        assert abs(found.get(name, 0.0) - spent[term] / 1e6) <= 0.005 + 1e-6
