"""A note costs a request little, stands below what it is part of, and leaves nothing behind."""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from collections.abc import Sequence

import pytest
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import SpanKind, StatusCode

from tests.observability.spans.test_same_as_the_library import noting
from zhuji_core.values import DomainError
from zhuji_observability.recorder.record import Record
from zhuji_observability.spans import exports, noted
from zhuji_observability.spans.noted import PLACE, Noted, Trace, leave_by
from zhuji_observability.spans.provider import NotingProvider
from zhuji_observability.spans.work import Root, work


class TooLate(DomainError):
    """A refusal."""

    code = "E-TOO-LATE"
    message = "too late"


def test_spans_of_libraries_and_of_the_product_stand_in_one_another() -> None:
    tracer = NotingProvider(Resource({})).get_tracer("library", "1.2")
    with noting() as found:
        with work("outer"), tracer.start_as_current_span("called", kind=SpanKind.CLIENT) as called:
            assert trace.get_current_span().get_span_context() == called.get_span_context()
            with work("inner"):
                assert trace.get_current_span().get_span_context().span_id == PLACE.get().id  # type: ignore[union-attr]
                tracer.start_span("aside").end()
            called.set_attribute("http.request.method", "GET")
            called.set_status(StatusCode.ERROR, "王小明")
        spans = {span.name: span for span in found()}
    parents = {name: span.parent.span_id if span.parent else 0 for name, span in spans.items()}
    ids = {span.context.span_id: name for name, span in spans.items() if span.context}
    above = {name: ids.get(parent, "") for name, parent in parents.items()}
    assert above == {"outer": "", "called": "outer", "inner": "called", "aside": "inner"}
    assert len({span.context.trace_id for span in spans.values() if span.context}) == 1
    assert (spans["called"].kind, spans["called"].status.status_code) == (
        SpanKind.CLIENT, StatusCode.ERROR,
    )  # fmt: skip
    assert spans["called"].instrumentation_scope is not None
    assert spans["called"].instrumentation_scope.name == "library"
    assert PLACE.get() is None
    assert not trace.get_current_span().get_span_context().is_valid


def test_what_a_library_begins_outside_of_anything_is_a_trace_of_its_own() -> None:
    tracer = NotingProvider(Resource({})).get_tracer("library")
    with noting() as found:
        with (
            pytest.raises(ValueError, match="王小明"),
            tracer.start_as_current_span("alone"),
            work("below"),
        ):
            raise ValueError("王小明")
        below, alone = found()
    assert (alone.name, alone.parent, alone.status.status_code) == ("alone", None, StatusCode.ERROR)
    assert below.parent == alone.context
    assert "\\u738b" not in alone.to_json() + below.to_json()


def test_a_refusal_is_no_failure() -> None:
    with noting() as found, pytest.raises(TooLate), work("refused", {"county": "TXG"}):
        raise TooLate
    (span,) = found()
    assert dict(span.attributes or {}) == {"zhuji.county": "TXG", "zhuji.refusal": "E-TOO-LATE"}
    assert span.status.status_code is StatusCode.UNSET


def test_what_takes_long_is_not_kept_in_memory_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(noted, "NOTES_MAX", 3)
    with noting() as found:
        with work("job.run") as job:
            for _ in range(10):
                with work("step"):
                    pass
            assert len(job.trace.notes) == 3
            assert len(found()) == 7, "these have left already"
        assert len(found()) == 11


def test_what_goes_on_after_the_end_is_told_too() -> None:
    with noting() as found:
        with Root("request"):
            late = work("after")
        with late:
            pass
        spans = found()
    assert [span.name for span in spans] == ["request", "after"]
    assert spans[1].parent == spans[0].context


def test_a_request_leaves_nothing_to_the_collector() -> None:
    gone: list[weakref.ref[Noted]] = []

    def request() -> None:
        with Root("request") as root:
            record = Record(0)
            root.trace.record, record.spans = record, root.trace.notes
            with work("hook.move_funds") as note:
                gone.append(weakref.ref(note))

    gc.disable()
    try:
        request()
        assert gone[0]() is None, "something that is over holds itself"
    finally:
        gc.enable()


def test_a_thread_of_a_request_is_in_its_trace_and_a_strange_one_is_not() -> None:
    def strange() -> None:
        seen.append(PLACE.get())

    seen: list[Noted | None] = []
    with work("request"):
        thread = threading.Thread(target=strange)
        thread.start()
        thread.join()
    assert seen == [None]


def test_more_than_can_be_sent_is_lost_and_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(exports, "WAITING_MAX", 5)
    sending = exports.Exports(Resource({}), [])
    undo = leave_by(sending.take)
    try:
        for _ in range(7):
            with work("hook.move_funds"):
                pass
    finally:
        undo()
    with caplog.at_level(logging.WARNING):
        sending.step()
        sending.step()
    assert sending.lost == 2
    assert [record.getMessage() for record in caplog.records] == [
        "2 spans were lost: more came than could be sent"
    ]


def test_nothing_is_made_where_nobody_wants_spans() -> None:
    taken: list[Sequence[Noted]] = []

    def leaving(_trace: Trace, notes: Sequence[Noted], _record: Record | None) -> None:
        taken.append(notes)

    undo = leave_by(leaving)
    with work("told") as told:
        pass
    undo()
    with work("untold") as untold:
        pass
    assert [note.name for notes in taken for note in notes] == ["told"]
    assert not told._id
    assert not untold._id, "no number was made of what nobody asked for"
