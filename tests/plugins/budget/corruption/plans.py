"""For every column of the schema: what ``verify`` says when it is spoiled, or why it is harmless.

A table or column that is not here fails the test: whoever adds one says what finds it.
"""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_budget.queries.final import ENACTED
from zhuji_core.values import Value


class Harmless(Value, frozen=True):
    """No figure and no authority rests on it: ``why``."""

    why: str


class Found(Value, frozen=True):
    """``says`` stands in what is said when the column becomes ``becomes`` (SQL; empty: by type)."""

    says: str
    becomes: str = ""


Plan = Found | Harmless


class Planned(Value, frozen=True, kw_only=True):
    """One table: the row that is spoiled, a plan for each column, and for losing the row.

    ``free``: the columns that the application's role can change in this row; of a table that is
    guarded it can change no other, nor take the row away. None: the table is not guarded.
    """

    row: str
    columns: Mapping[str, Plan]
    deleted: Plan
    free: frozenset[str] | None = None


NOTHING: frozenset[str] = frozenset()
OTHER_ACCOUNT = "CASE account WHEN 'current' THEN 'capital' ELSE 'current' END"
COUNTER = "counters and movements differ"
EXECUTION = "execution by month and movements differ"
POSTED = "a posted document is not what was posted"
APPROVED = "an approved schedule is not what was approved"
ESTIMATE = "an estimate is not what was submitted"
REPORT = "a month's report is not what was submitted"
OWN_CODES = "a county's own codes are not what was loaded"
MOVED_BY = "the budget moved by no act of its year"
RECORDED = "a recording of the council's decisions is not what was recorded"
COUNCIL = "the council's decisions and the enacted budget differ"
STAMP = "a movement does not bear the stamp of its act"
RELEASED = "released"
REVISION = Harmless("counts how often the record was saved, so that two pages do not cross")
NOTE = Harmless("that an agency looked at a release: nothing is allotted by it")
BOOK = Harmless("where lines came from; the lines themselves are compared")
UNIT_BOOK = Harmless("words of a printed book, read with an estimate that is being written")
FOLLOWED = Harmless("which events were taken in: without it one is taken in again, and found")


def each(says: str, *names: str, **other: Plan) -> dict[str, Plan]:
    return {**{name: Found(says) for name in names}, **other}


PLANS_OF_ACTS: Mapping[str, Planned] = {
    "agency_supervisor": Planned(
        row="true",
        columns=each(
            "a supervising agency is not what was set",
            "agency_code", "supervisor_code", "document_id",
        ),
        deleted=Found("a supervising agency is not what was set"),
    ),
    "allotment_line": Planned(
        row="base_ntd <> months_ntd AND schedule_id IN (SELECT schedule_id FROM"
        " budget.allotment_schedule WHERE state = 'approved')",
        columns=each(
            APPROVED,
            "schedule_id", "row_id", "code", "name", "object_code", "object_name", "rule",
            line_no=Found(APPROVED, "line_no + 400"),
            account=Found(APPROVED, OTHER_ACCOUNT),
            base_ntd=Found("an approved schedule and its movements differ"),
            months_ntd=Found("an approved schedule and its movements differ"),
        ),
        deleted=Found("an approved schedule and its movements differ"),
        free=NOTHING,
    ),
    "allotment_release": Planned(
        row="side = 'expenditure' AND month = 3",
        columns=each(
            RELEASED,
            "fiscal_year", "agency_code", "amount_ntd",
            side=Found(RELEASED, "'revenue', month = 9"),
            month=Found(RELEASED, "month + 1"),
            rows=Harmless("how many rows the page shows; amounts are told row by row"),
            released_on=Found("released on"),
            recorded_at=Harmless("the moment beside the day; the event of the release has it"),
        ),
        deleted=Found(RELEASED),
        free=NOTHING,
    ),
    "allotment_schedule": Planned(
        row="state = 'approved' AND side = 'expenditure'",
        columns=each(
            APPROVED,
            "schedule_id", "fiscal_year", "agency_code", "agency_name", "reason", "created_by",
            "created_by_name", "writers", "created_at", "submitted_on", "comment",
            "commented_by_name", "approved_by_name", "approved_on", "return_reason",
            "supervisor_code", "supervisor_name", "endorsed_by", "endorsed_for",
            "endorsed_by_name", "endorsed_on", "commented_by", "commented_for",
            side=Found(APPROVED, "'revenue'"),
            kind=Found(APPROVED, "CASE kind WHEN 'revision' THEN 'allotment' ELSE 'revision' END"),
            state=Found(APPROVED, "'withdrawn', approved_on = NULL"),
            schedule_no=Found(APPROVED, "schedule_no + 90"),
            opinion=Found(APPROVED, "'object'"),
            revision=REVISION,
        ),
        deleted=Found(APPROVED),
        free=NOTHING,
    ),
    "book": Planned(
        row="true",
        columns=dict.fromkeys((

                "book_id", "fiscal_year", "file_name", "digest", "lines", "total_ntd",
                "imported_at",
            ), BOOK),
        deleted=BOOK,
        free=NOTHING,
    ),
    "budget_line": Planned(
        row="code = '3201010101'",
        columns=each(
            ENACTED["lines"],
            "line_id", "book_id", "fiscal_year", "code", "name", "agency_code", "agency_name",
            "department_code", "department_name", "plan_code", "plan_name", "bill_ntd",
            "last_year_ntd", "final_ntd", "function_code",
            pooled=Found("a line is pooled or not as nobody said"),
        ),
        deleted=Found(ENACTED["lines"]),
        free=frozenset({"pooled"}),
    ),
    "budget_movement": Planned(
        row="kind = 'change' AND amount_ntd = 12345",
        columns=each(
            COUNTER,
            "control_row_id", "amount_ntd",
            movement_id=Harmless("the order of what happened; replays ask the amounts in it"),
            kind=Found(COUNTER, "'freeze'"),
            month=Found("the allotment of a month and its movements differ",
                        "6, kind = 'allot'"),
            document_kind=Found(MOVED_BY),
            document_id=Found("a document and its movements differ"),
            document_label=Found(STAMP),
            business_date=Found(STAMP),
            recorded_at=Found(STAMP),
            actor_id=Found(STAMP),
            commitment_kind=Harmless("only movements of commitments may have one (a constraint)"),
            commitment_id=Harmless("only movements of commitments may have one (a constraint)"),
            commitment_label=Harmless("only movements of commitments may have one (a constraint)"),
        ),
        deleted=Found(COUNTER),
        free=NOTHING,
    ),
    "change_document": Planned(
        row="kind = 'supplement' AND state = 'posted'",
        columns=each(
            POSTED,
            "document_id", "fiscal_year", "agency_code", "agency_name", "change_no", "purpose",
            "ground", "act_no", "amount_ntd", "reverses_id", "advance_id", "created_by",
            "created_by_name", "created_for", "created_at", "agreed_by", "agreed_for",
            "agreed_by_name", "posted_by_name", "posted_on", "posted_at", "effects",
            "return_reason", "revenue_effects", "supervisor_code", "supervisor_name",
            "endorsed_by", "endorsed_for", "endorsed_by_name", "writers", "reserve_use",
            kind=Found(POSTED, "'reduction'"),
            state=Found("a reversal does not cancel its document", "'reversed'"),
            revision=REVISION,
        ),
        deleted=Found(POSTED),
        free=frozenset({"state", "revision"}),
    ),
    "change_line": Planned(
        row="line_no = 1 AND document_id IN (SELECT document_id FROM budget.change_document"
        " WHERE kind = 'supplement' AND state = 'posted')",
        columns=each(
            POSTED,
            "document_id", "control_row_id", "agency_code", "line_code", "line_name",
            "object_code", "object_name", "account", "amount_ntd", "month", "new_row",
            line_no=Found(POSTED, "line_no + 50"),
            revenue_row_id=Found(POSTED, "gen_random_uuid(), control_row_id = NULL"),
        ),
        deleted=Found(POSTED),
        free=NOTHING,
    ),
    "class_code": Planned(
        row="set_name = '自訂' AND kind = 'function' AND code = '32'",
        columns=each(
            OWN_CODES,
            "set_name", "code", "level", "parent_code", "name",
            kind=Found(OWN_CODES, "'source'"),
            role=Found(OWN_CODES, "'other_reserve'"),
        ),
        deleted=Found(OWN_CODES),
    ),
    "code_segment": Planned(
        row="scheme = '自訂' AND position = 1",
        columns=each(
            OWN_CODES,
            "scheme", "length",
            position=Found(OWN_CODES, "99"),
            segment=Found(OWN_CODES, "'item', scheme = '其他'"),
        ),
        deleted=Found(OWN_CODES),
    ),
    "code_set": Planned(
        row="name = '自訂' AND kind = 'object'",
        columns=each(
            OWN_CODES,
            "name", "source", "shipped", "document_id",
            kind=Found(OWN_CODES, "'scheme', name = '其他'"),
            fiscal_year_from=Found(
                OWN_CODES, "fiscal_year_from + 1, fiscal_year_to = fiscal_year_to + 1"
            ),
            fiscal_year_to=Found(OWN_CODES),
            loaded_at=Harmless("the entry of the loading has the moment"),
        ),
        deleted=Found(OWN_CODES),
    ),
}  # fmt: skip
