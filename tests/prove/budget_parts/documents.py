"""Random changes during the year: 10,000 documents, and every invariant holds afterwards."""

from __future__ import annotations

import time

from tests.plugins.budget.changes.random_documents import Outcome, draw_documents
from tests.plugins.budget.changes.test_random import given_taichung
from tests.prove.kernel_parts.tampering import opened_county
from tests.prove.tools.results import PartResult, Table, must

SEED = 6263
DOCUMENTS, DOCUMENTS_QUICK = 10_000, 200
TOLD_EVERY = 500


def documents(*, quick: bool) -> PartResult:
    """Draw documents in the published budget of Taichung; compare with a model that adds up."""
    count = DOCUMENTS_QUICK if quick else DOCUMENTS
    failures: list[str] = []
    begun = time.monotonic()
    with opened_county() as county:
        given_taichung(county)
        outcome = draw_documents(county, count=count, seed=SEED, told=_told)
    took_s = time.monotonic() - begun
    verified = outcome.verification
    posted = sum(outcome.posted.values())
    must(failures, holds=verified.passed, say=f"verify: {verified.errors[:3]}")
    must(failures, holds=not outcome.differences, say=f"model: {outcome.differences[:3]}")
    must(failures, holds=verified.documents_checked == posted, say="documents were not counted")
    must(failures, holds=len(outcome.refused) > 0, say="nothing was refused")
    return PartResult(
        part="documents",
        title="random changes during the year: every invariant holds",
        checked=outcome.documents,
        failures=tuple(failures),
        tables=_tables(outcome, took_s=took_s),
    )


def _tables(outcome: Outcome, *, took_s: float) -> tuple[Table, ...]:
    verified = outcome.verification
    return (
        Table(
            heads=("what", ""),
            rows=(
                ("documents drawn", f"{outcome.documents:,}"),
                ("took effect", f"{sum(outcome.posted.values()):,}"),
                ("of them reversals", f"{outcome.reversed:,}"),
                ("refused", f"{sum(outcome.refused.values()):,}"),
                ("reservations between them", f"{outcome.reserved:,}"),
                ("control rows verified", f"{verified.checked:,}"),
                ("invariants asked", f"{verified.invariants:,}"),
                ("difference, NT dollars", f"{verified.drift_ntd:,}"),
                ("seconds", f"{took_s:,.0f}"),
            ),
        ),
        Table(
            heads=("kind", "took effect"),
            rows=tuple((kind, f"{count:,}") for kind, count in sorted(outcome.posted.items())),
        ),
        Table(
            heads=("refusal", "documents"),
            rows=tuple((code, f"{count:,}") for code, count in sorted(outcome.refused.items())),
        ),
    )


def _told(number: int) -> None:
    if number % TOLD_EVERY == 0:
        print(f"  documents: {number:,}")
