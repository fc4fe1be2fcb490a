"""The same for rows with their counters, for preparation and for reports."""

from __future__ import annotations

from collections.abc import Mapping

from tests.plugins.budget.corruption.plans import (
    COUNCIL,
    COUNTER,
    ESTIMATE,
    EXECUTION,
    FOLLOWED,
    MOVED_BY,
    NOTE,
    NOTHING,
    OTHER_ACCOUNT,
    OWN_CODES,
    RECORDED,
    REPORT,
    REVISION,
    STAMP,
    UNIT_BOOK,
    Found,
    Harmless,
    Planned,
    each,
)
from zhuji_budget.queries.final import ENACTED

REVENUE = "a row of revenue and its movements differ"
MONTHS = "ARRAY[allotment_ntd[1] - 1] || allotment_ntd[2:12]"
PLANS_OF_ROWS: Mapping[str, Planned] = {
    "control_row": Planned(
        row="line_code = '3201010101' AND object_code = '02'",
        columns=each(
            ENACTED["rows"],
            "control_row_id", "line_id", "fiscal_year", "agency_code", "line_code", "line_name",
            "object_code", "object_name", "bill_ntd", "enacted_ntd", "council_ntd",
            account=Found(ENACTED["rows"], OTHER_ACCOUNT),
            changes_ntd=Found(COUNTER),
            allotment_ntd=Found(COUNTER, MONTHS),
            encumbered_ntd=Found(COUNTER),
            advanced_ntd=Found(COUNTER),
            expended_ntd=Found(COUNTER),
            payable_ntd=Found(COUNTER),
            frozen_ntd=Found(COUNTER, f"1, allotment_ntd = {MONTHS}"),
            closed_reason=Harmless("set by nobody yet; it only stops, and says so to who asks"),
            reserve=Found("a control row says another reserve than its codes", "'first_reserve'"),
        ),
        deleted=Found(ENACTED["rows"]),
        free=frozenset({
            "changes_ntd", "allotment_ntd", "encumbered_ntd", "advanced_ntd", "expended_ntd",
            "payable_ntd", "frozen_ntd", "closed_reason", "reserve",
        }),
    ),
    "council_change": Planned(
        row="frozen_ntd > 0",
        columns=each(
            COUNCIL,
            "control_row_id", "cut_ntd", "frozen_ntd",
            condition=Found(ENACTED["council"]),
        ),
        deleted=Found(COUNCIL),
        free=NOTHING,
    ),
    "council_record": Planned(
        row="true",
        columns=each(
            RECORDED,
            "fiscal_year", "reason", "actor_id", "actor_name", "recorded_at", "changes",
            side=Found(RECORDED, "CASE side WHEN 'revenue' THEN 'expenditure' ELSE 'revenue' END"),
            record_no=Found(RECORDED, "record_no + 100"),
        ),
        deleted=Found(RECORDED),
        free=NOTHING,
    ),
    "council_revenue": Planned(
        row="true",
        columns=each(
            COUNCIL,
            "revenue_row_id", "change_ntd",
            reason=Found(ENACTED["council_revenue"]),
        ),
        deleted=Found(COUNCIL),
        free=NOTHING,
    ),
    "estimate": Planned(
        row="state = 'reviewed'",
        columns=each(
            ESTIMATE,
            "estimate_id", "fiscal_year", "agency_code", "agency_name", "department_code",
            "department_name", "submitted_by", "reason", "supervisor_code", "supervisor_name",
            "endorsed_by", "endorsed_by_name", "endorsed_on", "writers", "endorsers",
            state=Found(ESTIMATE, "'submitted'"),
        ),
        deleted=Found(ESTIMATE),
    ),
    "estimate_ceiling": Planned(
        row="true",
        columns=each(
            "a ceiling is not what was set",
            "fiscal_year", "agency_code", "ceiling_ntd", "document_id",
        ),
        deleted=Found("a ceiling is not what was set"),
    ),
    "estimate_item": Planned(
        row="estimate_line_id IN (SELECT estimate_line_id FROM budget.estimate_line JOIN"
        " budget.estimate USING (estimate_id) WHERE state = 'reviewed')",
        columns=each(
            ESTIMATE,
            "item_id", "estimate_line_id", "sub_plan", "object_code", "object_name", "unit",
            "quantity", "price_ntd", "amount_ntd", "explanation", "fund_source", "cut_ntd",
            "comment",
            item_no=Found(ESTIMATE, "item_no + 400"),
            account=Found(ESTIMATE, OTHER_ACCOUNT),
        ),
        deleted=Found(ESTIMATE),
    ),
    "estimate_line": Planned(
        row="estimate_id IN (SELECT estimate_id FROM budget.estimate WHERE state = 'reviewed')",
        columns=each(
            ESTIMATE,
            "estimate_line_id", "estimate_id", "code", "name", "group_code", "group_name",
            "legal_basis", "reason", "last_year_ntd",
            side=Found(ESTIMATE, "'revenue'"),
            revision=REVISION,
        ),
        deleted=Found(ESTIMATE),
    ),
    "estimate_version": Planned(
        row="version_no = 1",
        columns=each(
            ESTIMATE,
            "estimate_id", "reason", "actor_id", "actor_name", "recorded_at", "items",
            version_no=Found(ESTIMATE, "90"),
            stage=Found(ESTIMATE, "'returned'"),
        ),
        deleted=Found(ESTIMATE),
        free=NOTHING,
    ),
    "execution_month": Planned(
        row="true",
        columns=each(
            EXECUTION,
            "control_row_id", "month_key", "certified_ntd", "released_ntd",
            documents=Harmless("a count of documents, shown beside the money"),
        ),
        deleted=Found(EXECUTION),
    ),
    "fiscal_year": Planned(
        row="true",
        columns=each(
            ENACTED["year"],
            "fiscal_year", "document_id", "act_no", "reserve_reason", "writers",
            state=Found("a year is not allotted as it was", "'enacted'"),
        ),
        deleted=Found(ENACTED["year"]),
        free=frozenset({"state"}),
    ),
    "lag_note": Planned(
        row="true",
        columns=each(REPORT, "report_id", "line_id", "reason", "remedy"),
        deleted=Found(REPORT),
    ),
    "month_report": Planned(
        row="state = 'accepted'",
        columns=each(
            REPORT,
            "report_id", "fiscal_year", "month", "agency_code", "agency_name", "below_percent",
            "writers", "explained", "submitted_by_name", "submitted_on", "submitted_at",
            "accepted_by_name", "accepted_on", "return_reason", "lines",
            state=Found(REPORT, "'submitted'"),
            basis=Found(REPORT, "CASE basis WHEN 'executed' THEN 'certified' ELSE 'executed' END"),
            lagging=Found(REPORT, "lagging - 1"),
            revision=REVISION,
        ),
        deleted=Found(REPORT),
    ),
    "object_code": Planned(
        row="pack = '自訂' AND code = '02'",
        columns=each(
            OWN_CODES,
            "pack", "code", "level", "parent_code", "name",
            account=Found(OWN_CODES, "'capital'"),
            role=Found(OWN_CODES, "'debt'"),
            fiscal_year_from=Found("a code holds in other years than its table"),
            fiscal_year_to=Found("a code holds in other years than its table"),
        ),
        deleted=Found(OWN_CODES),
    ),
    "pooled_use": Planned(
        row="true",
        columns=each(
            "a pooled line is shared with others than was said", "line_id", "agency_code"
        ),
        deleted=Found("a pooled line is shared with others than was said"),
    ),
    "realised_month": Planned(
        row="true",
        columns=each(
            EXECUTION,
            "control_row_id", "month_key", "spent_ntd", "advanced_ntd", "settled_ntd",
            "returned_ntd", "recovered_ntd",
        ),
        deleted=Found(EXECUTION),
    ),
    "release_note": Planned(
        row="month = 3",
        columns=dict.fromkeys((

                "fiscal_year", "agency_code", "side", "month", "noted_by", "noted_by_name",
                "noted_on", "noted_at",
            ), NOTE),
        deleted=NOTE,
        free=NOTHING,
    ),
    "revenue_movement": Planned(
        row="kind = 'change'",
        columns=each(
            REVENUE,
            "revenue_row_id", "amount_ntd",
            movement_id=Harmless("the order of what happened"),
            kind=Found(REVENUE, "'enact'"),
            month=Found(REVENUE, "6, kind = 'allot'"),
            document_kind=Found(MOVED_BY),
            document_id=Found("a document and its movements of revenue differ"),
            document_label=Found(STAMP),
            business_date=Found(STAMP),
            recorded_at=Found(STAMP),
            actor_id=Found(STAMP),
        ),
        deleted=Found(REVENUE),
        free=NOTHING,
    ),
    "revenue_row": Planned(
        row="code = '0101' AND agency_code = '0001010000'",
        columns=each(
            ENACTED["revenue"],
            "revenue_row_id", "fiscal_year", "agency_code", "agency_name", "code", "name",
            "source_code", "source_name", "legal_basis", "explanation", "last_year_ntd",
            "bill_ntd", "council_ntd", "enacted_ntd",
            account=Found(ENACTED["revenue"], OTHER_ACCOUNT),
            changes_ntd=Found(REVENUE),
            allotment_ntd=Found(REVENUE),
        ),
        deleted=Found(ENACTED["revenue"]),
        free=frozenset({"changes_ntd", "allotment_ntd"}),
    ),
    "told_event": Planned(
        row="true",
        columns={"event_id": FOLLOWED, "told_at": FOLLOWED},
        deleted=FOLLOWED,
        free=NOTHING,
    ),
    "unit_book": Planned(
        row="true",
        columns=dict.fromkeys((
"estimate_id", "file_name", "digest", "entered"), UNIT_BOOK),
        deleted=UNIT_BOOK,
    ),
}  # fmt: skip
