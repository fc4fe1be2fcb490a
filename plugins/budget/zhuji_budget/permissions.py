"""The rights of the budget module, and the roles that hold them in a new county."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.modules import Permission
from zhuji_core.values import N_

READ_LINES = Permission(
    name="budget.line.read",
    title=N_("查詢預算科目"),
    scope="agency",
    roles=("REQ", "SUP", "REV", "CACC", "HEAD", "BAS", "FREV", "AUD"),
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
RELEASE_ALLOTMENT = Permission(
    name="budget.allotment.release", title=N_("釋出分配數"), scope="county", roles=("BAS",)
)
PUBLISH = Permission(
    name="budget.open-data.publish", title=N_("公開預算資料"), scope="county", roles=("BAS",)
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
SET_CEILINGS = Permission(
    name="budget.ceiling.set", title=N_("核定概算額度"), scope="county", roles=("BAS",)
)
REVIEW_ESTIMATES = Permission(
    name="budget.estimate.review", title=N_("審議概算"), scope="county", roles=("BAS",)
)
COMPILE_BILL = Permission(
    name="budget.bill.compile", title=N_("編成預算案"), scope="county", roles=("BAS",)
)

READ_ALLOTMENT = Permission(
    name="budget.allotment.read",
    title=N_("查詢分配預算"),
    scope="agency",
    roles=("SUP", "REV", "CACC", "HEAD", "BAS", "FREV", "AUD"),
)
WRITE_ALLOTMENT = Permission(
    name="budget.allotment.write",
    title=N_("擬編分配預算"),
    scope="agency",
    roles=("REV", "CACC"),
)
COMMENT_ALLOTMENT = Permission(
    name="budget.allotment.comment",
    title=N_("對分配預算表示意見"),
    scope="county",
    roles=("FREV",),
)
ENDORSE_ALLOTMENT = Permission(
    name="budget.allotment.endorse",
    title=N_("核轉所屬機關分配預算"),
    scope="agency",
    roles=("CACC", "HEAD"),
)
ENDORSE_ESTIMATE = Permission(
    name="budget.estimate.endorse",
    title=N_("核轉所屬機關概算"),
    scope="agency",
    roles=("CACC", "HEAD"),
)
SET_SUPERVISORS = Permission(
    name="budget.supervisor.set", title=N_("設定主管機關"), scope="county", roles=("BAS",)
)
READ_CHANGES = Permission(
    name="budget.change.read",
    title=N_("查詢預算變動"),
    scope="agency",
    roles=("REQ", "SUP", "REV", "CACC", "HEAD", "BAS", "AUD"),
)
WRITE_CHANGE = Permission(
    name="budget.change.write",
    title=N_("填寫預算變動"),
    scope="agency",
    roles=("REQ", "CACC", "BAS"),
)
WRITE_COUNTY_CHANGE = Permission(
    name="budget.county-change.write",
    title=N_("填寫追加減、列管及統籌撥用"),
    scope="county",
    roles=("BAS",),
)
AGREE_CHANGE = Permission(
    name="budget.change.approve", title=N_("核准預算變動"), scope="agency", roles=("HEAD",)
)
ENDORSE_CHANGE = Permission(
    name="budget.change.endorse",
    title=N_("核轉所屬機關預算變動"),
    scope="agency",
    roles=("CACC", "HEAD"),
)
DECIDE_CHANGE = Permission(
    name="budget.change.decide", title=N_("核定預算變動"), scope="county", roles=("BAS",)
)
RETURN_CHANGE = Permission(
    name="budget.change.return",
    title=N_("退回預算變動"),
    scope="agency",
    roles=("HEAD", "BAS"),
)
POOL_LINE = Permission(
    name="budget.line.pool", title=N_("指定統籌科目"), scope="county", roles=("BAS",)
)
CHANGES = (
    READ_CHANGES,
    WRITE_CHANGE,
    WRITE_COUNTY_CHANGE,
    AGREE_CHANGE,
    ENDORSE_CHANGE,
    DECIDE_CHANGE,
    RETURN_CHANGE,
    POOL_LINE,
)

RECORD_COUNCIL = Permission(
    name="budget.council.record", title=N_("登錄議會審議結果"), scope="county", roles=("BAS",)
)

WRITE_MONTH_REPORT = Permission(
    name="budget.month-report.write",
    title=N_("編製執行月報"),
    scope="agency",
    roles=("REQ", "REV", "CACC"),
)
SUBMIT_MONTH_REPORT = Permission(
    name="budget.month-report.submit",
    title=N_("送出執行月報"),
    scope="agency",
    roles=("CACC", "HEAD"),
)
ACCEPT_MONTH_REPORT = Permission(
    name="budget.month-report.accept",
    title=N_("備查執行月報"),
    scope="county",
    roles=("BAS",),
)

ALL = (
    *CHANGES,
    WRITE_MONTH_REPORT,
    SUBMIT_MONTH_REPORT,
    ACCEPT_MONTH_REPORT,
    READ_LINES,
    IMPORT_BOOK,
    LOAD_CODES,
    ENACT_YEAR,
    APPROVE_ALLOTMENT,
    RELEASE_ALLOTMENT,
    READ_ESTIMATES,
    WRITE_ESTIMATE,
    SUBMIT_ESTIMATE,
    READ_ALLOTMENT,
    WRITE_ALLOTMENT,
    COMMENT_ALLOTMENT,
    ENDORSE_ALLOTMENT,
    ENDORSE_ESTIMATE,
    SET_SUPERVISORS,
    SET_CEILINGS,
    REVIEW_ESTIMATES,
    COMPILE_BILL,
    PUBLISH,
    RECORD_COUNCIL,
)

# What the audit calls acts that are no rights of their own.
VERBS: Mapping[str, str] = {
    "budget.allotment.note": N_("知悉分配數釋出"),
    "budget.year.tell": N_("補通知法定預算及變動"),
    "budget.codes.withdraw": N_("撤銷預算代碼表"),
    "budget.allotment.return": N_("退回分配預算"),
    "budget.allotment.submit": N_("分配預算送審"),
    "budget.allotment.withdraw": N_("撤回分配預算"),
    "budget.book.upload": N_("上傳預算書"),
    "budget.change.reverse": N_("沖回預算變動"),
    "budget.change.submit": N_("預算變動送核"),
    "budget.change.withdraw": N_("撤回預算變動"),
    "budget.council.record-revenue": N_("登錄歲入審議結果"),
    "budget.estimate.copy": N_("概算帶入上年度"),
    "budget.estimate.import": N_("概算匯入單位預算書"),
    "budget.estimate.words": N_("填寫單位預算書之計畫說明"),
    "budget.estimate.return": N_("退回概算"),
    "budget.line.share": N_("指定統籌科目之使用機關"),
    "budget.month-report.open": N_("建立執行月報"),
    "budget.month-report.return": N_("退回執行月報"),
}
