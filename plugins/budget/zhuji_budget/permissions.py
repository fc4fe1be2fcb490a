"""The rights of the budget module, and the roles that hold them in a new county."""

from __future__ import annotations

from zhuji_core.modules import Permission
from zhuji_core.values import N_

READ_LINES = Permission(
    name="budget.line.read",
    title=N_("查詢預算科目"),
    scope="agency",
    roles=("REQ", "SUP", "REV", "CACC", "HEAD", "BAS", "AUD"),
)
IMPORT_BOOK = Permission(
    name="budget.book.import", title=N_("匯入預算書"), scope="county", roles=("BAS",)
)
LOAD_CODES = Permission(
    name="budget.code.load", title=N_("載入預算代碼"), scope="county", roles=("BAS",)
)
ENACT_YEAR = Permission(
    name="budget.year.enact", title=N_("法定預算成立"), scope="county", roles=("BAS",)
)
APPROVE_ALLOTMENT = Permission(
    name="budget.allotment.approve", title=N_("核定分配預算"), scope="county", roles=("BAS",)
)
READ_ESTIMATES = Permission(
    name="budget.estimate.read",
    title=N_("查詢概算"),
    scope="agency",
    roles=("REQ", "SUP", "REV", "CACC", "HEAD", "BAS", "AUD"),
)
WRITE_ESTIMATE = Permission(
    name="budget.estimate.write",
    title=N_("編製概算"),
    scope="agency",
    roles=("REQ", "REV", "CACC", "BAS"),
)
SUBMIT_ESTIMATE = Permission(
    name="budget.estimate.submit",
    title=N_("概算送審"),
    scope="agency",
    roles=("CACC", "HEAD"),
)

ALL = (
    READ_LINES,
    IMPORT_BOOK,
    LOAD_CODES,
    ENACT_YEAR,
    APPROVE_ALLOTMENT,
    READ_ESTIMATES,
    WRITE_ESTIMATE,
    SUBMIT_ESTIMATE,
)
