"""Random changes during the year: 10,000 documents of every kind, and every invariant holds."""

from __future__ import annotations

import time

from tests.plugins.budget.changes.drawn_rest import given_rest
from tests.plugins.budget.changes.drawn_year import Decided, given_city
from tests.plugins.budget.changes.random_documents import Outcome, draw_documents
from tests.prove.kernel_parts.tampering import opened_county
from tests.prove.tools.results import PartResult, Table, counted, must

SEED = 6263
DOCUMENTS, DOCUMENTS_QUICK = 10_000, 300
# Each kind takes effect once in so many documents, and is refused and taken back once in so many.
EFFECT, ANSWER = 100, 1_000
TOLD_EVERY = 500


def documents(*, quick: bool) -> PartResult:
    """Draw documents in the published budget of Taichung; compare with a model that adds up."""
    count = DOCUMENTS_QUICK if quick else DOCUMENTS
    failures: list[str] = []
    begun = time.monotonic()
    with opened_county() as county:
        decided = given_city(county)
        given_rest(county)
        outcome = draw_documents(county, count=count, seed=SEED, told=_told)
    took_s = time.monotonic() - begun
    verified = outcome.verification
    must(failures, holds=verified.passed, say=f"verify: {verified.errors[:3]}")
    must(failures, holds=not outcome.differences, say=f"model: {outcome.differences[:3]}")
    must(
        failures,
        holds=verified.documents_checked == outcome.posted,
        say=f"{verified.documents_checked} documents verified of {outcome.posted}",
    )
    unasked = [one.invariant for one in verified.asked if not one.checked]
    must(failures, holds=not unasked, say=f"asked of nothing: {unasked}")
    _judge_kinds(failures, outcome, count=count)
    return PartResult(
        part="documents",
        title="random changes during the year: every kind takes effect, every invariant holds",
        checked=outcome.documents,
        failures=tuple(failures),
        tables=_tables(outcome, decided, took_s=took_s),
        seed=SEED,
    )


def _judge_kinds(failures: list[str], outcome: Outcome, *, count: int) -> None:
    """A kind that never took effect, or was never refused, proves nothing about itself."""
    for label, one in outcome.taken.items():
        refused = sum(one.refused.values())
        for what, times, least in (
            ("took effect", one.posted, count // EFFECT),
            ("refused", refused, count // ANSWER),
            ("taken back", one.reversed, count // ANSWER),
        ):
            must(failures, holds=times >= least, say=f"{label}: {what} {times} times of {least}")


def _tables(outcome: Outcome, decided: Decided, *, took_s: float) -> tuple[Table, ...]:
    verified = outcome.verification
    return (
        counted(
            "what",
            [
                ("documents drawn", outcome.documents),
                ("took effect", outcome.posted),
                ("refused", outcome.refused.total()),
                ("reservations between them", outcome.reserved),
                ("control rows verified", verified.checked),
                ("difference, NT dollars", verified.drift_ntd),
                ("seconds", round(took_s)),
            ],
        ),
        counted(
            "council's decisions on the bill, before enactment",
            [
                ("rows cut", decided.cut_rows),
                ("cut, NT dollars", decided.cut_ntd),
                ("rows frozen under a condition", decided.frozen_rows),
                ("frozen, NT dollars", decided.frozen_ntd),
                ("rows of revenue raised or lowered", decided.revenue_rows),
                ("revenue changed, NT dollars", decided.revenue_ntd),
                ("refused: more expenditure, or a cut beyond the bill", decided.refused),
                ("lines pooled", decided.pooled_lines),
            ],
        ),
        Table(
            heads=("kind", "took effect", "taken back", "refused", "of them by code"),
            rows=tuple(
                (
                    label,
                    f"{one.posted:,}",
                    f"{one.reversed:,}",
                    f"{sum(one.refused.values()):,}",
                    ", ".join(f"{code} {n:,}" for code, n in sorted(one.refused.items())),
                )
                for label, one in outcome.taken.items()
            ),
        ),
        Table(
            heads=("invariant", "asked of", "", "broken by"),
            rows=tuple(
                (one.invariant, f"{one.checked:,}", one.of, f"{one.broken:,}")
                for one in verified.asked
            ),
        ),
        Table(
            heads=("refusal", "documents"),
            rows=tuple((code, f"{count:,}") for code, count in sorted(outcome.refused.items())),
        ),
    )


def _told(number: int) -> None:
    if number % TOLD_EVERY == 0:
        print(f"  documents: {number:,}")
