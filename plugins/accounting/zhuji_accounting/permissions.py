"""The rights of the accounting module, and the roles that hold them in a new county."""

from __future__ import annotations

from zhuji_core.modules import Permission
from zhuji_core.values import N_

READ_REQUESTS = Permission(
    name="accounting.request.read",
    title=N_("查詢動支申請"),
    scope="agency",
    roles=("REQ", "SUP", "REV", "CACC", "HEAD", "BAS", "AUD"),
)
WRITE_REQUEST = Permission(
    name="accounting.request.write", title=N_("填寫動支申請"), scope="agency", roles=("REQ",)
)
APPROVE_REQUEST = Permission(
    name="accounting.request.approve",
    title=N_("核准動支申請"),
    scope="agency",
    roles=("SUP", "HEAD"),
)
CERTIFY_REQUEST = Permission(
    name="accounting.request.certify",
    title=N_("經費簽證"),
    scope="agency",
    roles=("REV", "CACC"),
)
RETURN_REQUEST = Permission(
    name="accounting.request.return",
    title=N_("退回動支申請"),
    scope="agency",
    roles=("SUP", "HEAD", "REV", "CACC"),
)
RELEASE_ENCUMBRANCE = Permission(
    name="accounting.encumbrance.release",
    title=N_("釋放簽證餘額"),
    scope="agency",
    roles=("REV", "CACC"),
)
AWARD_REQUEST = Permission(
    name="accounting.request.award",
    title=N_("登記決標"),
    scope="agency",
    roles=("REV", "CACC"),
)
CHANGE_HOLD = Permission(
    name="accounting.request.hold",
    title=N_("變更保留期限"),
    scope="agency",
    roles=("REV", "CACC"),
)
READ_REGISTER = Permission(
    name="accounting.register.read",
    title=N_("查詢簽證登記簿"),
    scope="agency",
    roles=("REV", "CACC", "HEAD", "BAS", "AUD"),
)
CLOSE_PERIOD = Permission(
    name="accounting.period.close", title=N_("關閉會計月份"), scope="agency", roles=("CACC",)
)
REOPEN_PERIOD = Permission(
    name="accounting.period.reopen", title=N_("重開會計月份"), scope="county", roles=("BAS",)
)
CLOSE_YEAR = Permission(
    name="accounting.year.close", title=N_("年度終了結帳"), scope="agency", roles=("CACC",)
)
REOPEN_YEAR = Permission(
    name="accounting.year.reopen", title=N_("重開年度結帳"), scope="county", roles=("BAS",)
)

READ_CLAIMS = Permission(
    name="accounting.claim.read",
    title=N_("查詢報支案"),
    scope="agency",
    roles=("REQ", "SUP", "REV", "CACC", "PREP", "HEAD", "BAS", "AUD"),
)
WRITE_CLAIM = Permission(
    name="accounting.claim.write", title=N_("填寫報支案"), scope="agency", roles=("REQ",)
)
ACCEPT_CLAIM = Permission(
    name="accounting.claim.accept",
    title=N_("驗收報支案"),
    scope="agency",
    roles=("REQ", "SUP", "HEAD"),
)
APPROVE_CLAIM = Permission(
    name="accounting.claim.approve",
    title=N_("核准報支案"),
    scope="agency",
    roles=("SUP", "HEAD"),
)
REVIEW_CLAIM = Permission(
    name="accounting.claim.review",
    title=N_("審核報支案"),
    scope="agency",
    roles=("REV", "CACC"),
)
GRANT_CLAIM = Permission(
    name="accounting.claim.grant", title=N_("核定報支案"), scope="agency", roles=("CACC",)
)
RETURN_CLAIM = Permission(
    name="accounting.claim.return",
    title=N_("退回報支案"),
    scope="agency",
    roles=("SUP", "HEAD", "REV", "CACC"),
)

READ_ADVANCES = Permission(
    name="accounting.advance.read",
    title=N_("查詢暫付案"),
    scope="agency",
    roles=("REQ", "CASH", "SUP", "REV", "CACC", "PREP", "HEAD", "BAS", "AUD"),
)
WRITE_ADVANCE = Permission(
    name="accounting.advance.write", title=N_("填寫暫付案"), scope="agency", roles=("REQ", "CASH")
)
APPROVE_ADVANCE = Permission(
    name="accounting.advance.approve",
    title=N_("核准暫付案"),
    scope="agency",
    roles=("SUP", "HEAD"),
)
GRANT_ADVANCE = Permission(
    name="accounting.advance.grant", title=N_("核定暫付案"), scope="agency", roles=("CACC",)
)
RETURN_ADVANCE = Permission(
    name="accounting.advance.return",
    title=N_("退回暫付案"),
    scope="agency",
    roles=("SUP", "HEAD", "CACC"),
)

RECORD_RECOVERY = Permission(
    name="accounting.recovery.record",
    title=N_("登記支出收回及暫付繳回"),
    scope="agency",
    roles=("REV", "CACC"),
)

RECORD_RETURN = Permission(
    name="accounting.return.record",
    title=N_("登記退匯及重匯"),
    scope="agency",
    roles=("REV", "CACC"),
)

WRITE_CARRY = Permission(
    name="accounting.carry.write", title=N_("填寫保留案"), scope="agency", roles=("REQ",)
)
REVIEW_CARRY = Permission(
    name="accounting.carry.review",
    title=N_("審核保留案"),
    scope="agency",
    roles=("REV", "CACC"),
)
RETURN_CARRY = Permission(
    name="accounting.carry.return",
    title=N_("退回保留案"),
    scope="agency",
    roles=("REV", "CACC", "BAS"),
)
DECIDE_CARRY = Permission(
    name="accounting.carry.decide", title=N_("核定保留案"), scope="county", roles=("BAS",)
)

READ_VOUCHERS = Permission(
    name="accounting.voucher.read",
    title=N_("查詢傳票及帳簿"),
    scope="agency",
    roles=("PREP", "REV", "CACC", "BOOK", "HEAD", "BAS", "AUD"),
)
WRITE_VOUCHER = Permission(
    name="accounting.voucher.write", title=N_("製作傳票"), scope="agency", roles=("PREP",)
)
REVIEW_VOUCHER = Permission(
    name="accounting.voucher.review",
    title=N_("覆核傳票"),
    scope="agency",
    roles=("REV", "CACC"),
)
APPROVE_VOUCHER = Permission(
    name="accounting.voucher.approve", title=N_("核定傳票"), scope="agency", roles=("CACC",)
)
POST_VOUCHER = Permission(
    name="accounting.voucher.post", title=N_("登帳"), scope="agency", roles=("BOOK",)
)

WRITE_RULES = Permission(
    name="accounting.rules.write", title=N_("擬訂分錄規則"), scope="county", roles=("BAS",)
)
DECIDE_RULES = Permission(
    name="accounting.rules.decide", title=N_("核准分錄規則生效"), scope="county", roles=("BAS",)
)
LOAD_CHART = Permission(
    name="accounting.chart.load", title=N_("載入會計科目表"), scope="county", roles=("BAS",)
)

ALL = (
    READ_REQUESTS,
    WRITE_REQUEST,
    APPROVE_REQUEST,
    CERTIFY_REQUEST,
    RETURN_REQUEST,
    RELEASE_ENCUMBRANCE,
    AWARD_REQUEST,
    CHANGE_HOLD,
    READ_REGISTER,
    CLOSE_PERIOD,
    REOPEN_PERIOD,
    CLOSE_YEAR,
    REOPEN_YEAR,
    READ_CLAIMS,
    WRITE_CLAIM,
    ACCEPT_CLAIM,
    APPROVE_CLAIM,
    REVIEW_CLAIM,
    GRANT_CLAIM,
    RETURN_CLAIM,
    READ_ADVANCES,
    WRITE_ADVANCE,
    APPROVE_ADVANCE,
    GRANT_ADVANCE,
    RETURN_ADVANCE,
    RECORD_RECOVERY,
    RECORD_RETURN,
    WRITE_CARRY,
    REVIEW_CARRY,
    RETURN_CARRY,
    DECIDE_CARRY,
    READ_VOUCHERS,
    WRITE_VOUCHER,
    REVIEW_VOUCHER,
    APPROVE_VOUCHER,
    POST_VOUCHER,
    LOAD_CHART,
    WRITE_RULES,
    DECIDE_RULES,
)
