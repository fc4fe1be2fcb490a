"""What finds a spoiled column of the rows of former years, as ``plans.py`` has it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.plugins.budget.corruption.plans import (
    NOTHING,
    OTHER_ACCOUNT,
    Found,
    Harmless,
    Planned,
    each,
)

MOVED = "a row of former years and its movements differ"
ORIGIN = "a row of former years is not that of its year of origin"
MORE = "more was brought forward than the year before holds"
OVERDRAWN = "a commitment of former years drew on more than it has"
SAID_BY = Harmless("words of documents of another module, which compares its own with the amounts")

PLANS_OF_FORMER: Mapping[str, Planned] = {
    "carried_row": Planned(
        row="true",
        columns=each(
            ORIGIN,
            "origin_year", "origin_row_id", "agency_code", "line_code", "line_name", "object_code",
            "object_name",
            account=Found(ORIGIN, OTHER_ACCOUNT),
            fiscal_year=Found(MORE),
            **{
                name: Found(MOVED)
                for name in ("control_row_id", "carried_ntd", "owed_ntd", "encumbered_ntd",
                             "advanced_ntd", "expended_ntd", "payable_ntd")
            },
        ),
        deleted=Harmless("its movements refer to it, so a row that has any cannot be deleted"),
    ),
    "carried_movement": Planned(
        row="kind = 'expend'",
        columns=each(
            MOVED,
            "control_row_id", "amount_ntd",
            movement_id=Harmless("the order of what happened"),
            kind=Found(MOVED, "'release'"),
            commitment_id=Found(OVERDRAWN),
            **dict.fromkeys(
                ("document_kind", "document_id", "document_label", "commitment_kind",
                 "commitment_label", "business_date", "recorded_at", "actor_id"),
                SAID_BY,
            ),
        ),
        deleted=Found(MOVED),
        free=NOTHING,
    ),
}  # fmt: skip
