"""The golden quarter as a scenario: the budget of a small agency, and what its people do each day.

Source: as in ``figures.py``. Days are ``MM-DD`` of 114; amounts are whole NT dollars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Line:
    """One control row: plan, work plan, object of the estimate; budget and its first months."""

    plan: tuple[str, str]
    work: tuple[str, str]
    object_code: str
    detail: str
    account: str
    budget_ntd: int
    months_ntd: tuple[int, int, int]
    later_ntd: int

    @property
    def year_ntd(self) -> tuple[int, ...]:
        """Return the twelve months: what comes after the quarter in equal parts."""
        return (*self.months_ntd, *parts(self.later_ntd, 9))


@dataclass(frozen=True, kw_only=True)
class Source:
    """One row of revenue, the same in each month."""

    source: tuple[str, str]
    name: str
    budget_ntd: int
    month_ntd: int


def parts(amount_ntd: int, count: int) -> tuple[int, ...]:
    """Return ``count`` whole parts of an amount; what does not divide is in the last ones."""
    return tuple(
        amount_ntd * part // count - amount_ntd * (part - 1) // count
        for part in range(1, count + 1)
    )


ADMINISTRATION, REGISTRATION = ("01", "一般行政"), ("02", "戶政業務")
BUILDINGS, RESERVE = ("90", "一般建築及設備"), ("98", "第一預備金")
LINES: Mapping[str, Line] = {
    "L1": Line(
        plan=ADMINISTRATION, work=("01", "行政管理"), object_code="1000", detail="1015",
        account="current", budget_ntd=6_000_000,
        months_ntd=(1_200_000, 450_000, 450_000), later_ntd=3_900_000,
    ),
    "L2": Line(
        plan=ADMINISTRATION, work=("01", "行政管理"), object_code="2000", detail="2051",
        account="current", budget_ntd=600_000,
        months_ntd=(50_000, 50_000, 50_000), later_ntd=450_000,
    ),
    "L3": Line(
        plan=REGISTRATION, work=("01", "戶籍登記"), object_code="2000", detail="2054",
        account="current", budget_ntd=1_200_000,
        months_ntd=(100_000, 100_000, 100_000), later_ntd=900_000,
    ),
    "L4": Line(
        plan=REGISTRATION, work=("01", "戶籍登記"), object_code="4000", detail="4040",
        account="current", budget_ntd=100_000,
        months_ntd=(0, 0, 25_000), later_ntd=75_000,
    ),
    "L5": Line(
        plan=BUILDINGS, work=("01", "其他設備"), object_code="3000", detail="3020",
        account="capital", budget_ntd=800_000,
        months_ntd=(0, 0, 300_000), later_ntd=500_000,
    ),
    "L6": Line(
        plan=RESERVE, work=("01", "第一預備金"), object_code="6000", detail="6005",
        account="current", budget_ntd=60_000, months_ntd=(0, 0, 0), later_ntd=0,
    ),
}  # fmt: skip
SOURCES: Mapping[str, Source] = {
    "R1": Source(source=("04", "規費收入"), name="證照費", budget_ntd=480_000, month_ntd=40_000),
    "R2": Source(
        source=("03", "罰款及賠償收入"), name="罰金罰鍰", budget_ntd=60_000, month_ntd=5_000
    ),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that is done on a day; its class says what."""

    day: str


@dataclass(frozen=True, kw_only=True)
class Night(Step):
    """The first of the month: the months that have begun are released by the nightly job."""


@dataclass(frozen=True, kw_only=True)
class Certify(Step):
    """A request is written, approved, and certified; ``refused`` is the code when it is not."""

    no: str
    line: str
    amount_ntd: int
    purpose: str
    kind: str = "ordinary"
    refused: str = ""
    again: bool = False


@dataclass(frozen=True, kw_only=True)
class Award(Step):
    """The request becomes a contract of ``amount_ntd``; what is left over goes back."""

    no: str
    amount_ntd: int


@dataclass(frozen=True, kw_only=True)
class Pay(Step):
    """A claim on the request, paid; of ``withheld_ntd`` the agency is only the keeper.

    ``parted_ntd`` of it goes to a payee of its own.
    """

    no: str
    amount_ntd: int
    kind: str = "ordinary"
    final: bool = True
    withheld_ntd: int = 0
    parted_ntd: int = 0

    @property
    def memo(self) -> str:
        return f"{self.no} 付款"


@dataclass(frozen=True, kw_only=True)
class Bounced(Step):
    """The bank sends what a payee of the claim was paid back to the treasury (退匯)."""

    no: str
    amount_ntd: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class SentAgain(Step):
    """The treasury sends it again, to the account as corrected (重匯)."""

    no: str


@dataclass(frozen=True, kw_only=True)
class Advance(Step):
    """Held money goes out before the bill: petty cash, or a journey."""

    no: str
    amount_ntd: int
    kind: str
    memo: str


@dataclass(frozen=True, kw_only=True)
class Settle(Step):
    """The advance is settled by a claim of what was spent; the rest comes back."""

    no: str
    spent_ntd: int
    returned_ntd: int
    memo: str
    returned_memo: str


@dataclass(frozen=True, kw_only=True)
class Virement(Step):
    """Money of this month moves between two rows; ``refused`` is the code when it does not."""

    source: str
    target: str
    amount_ntd: int
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class FirstReserve(Step):
    """Money of the first reserve reaches a row, and is allotted to the month."""

    target: str
    amount_ntd: int
    memo: str


@dataclass(frozen=True, kw_only=True)
class Voucher(Step):
    """A voucher of a manual posting rule; ``source`` of revenue, ``whose`` of a guarantee."""

    event_code: str
    memo: str
    amount_ntd: int
    source: str = ""
    whose: str = ""


@dataclass(frozen=True, kw_only=True)
class Close(Step):
    """The month is closed by the chief accountant."""

    month: int


@dataclass(frozen=True, kw_only=True)
class Late(Step):
    """Somebody tries to enter something in a closed month."""

    posting_day: str
    amount_ntd: int
    refused: str


STEPS: tuple[Step, ...] = (
    Night(day="01-01"),
    Certify(day="01-02", no="PC0", line="L2", amount_ntd=30_000, purpose="設置零用金"),
    Advance(day="01-02", no="PC0", amount_ntd=30_000, kind="petty_cash", memo="零用金撥款"),
    Certify(
        day="01-02", no="PAY01", line="L1", amount_ntd=1_150_000, purpose="1月薪資及年終獎金",
        kind="payroll",
    ),
    Pay(day="01-03", no="PAY01", amount_ntd=1_150_000, kind="payroll", withheld_ntd=115_000),
    Certify(day="01-08", no="REQ01", line="L2", amount_ntd=18_000, purpose="購置文具"),
    Certify(
        day="01-10", no="REQ02", line="L2", amount_ntd=5_000, purpose="印製表單",
        refused="E-ALLOT-INSUFFICIENT",
    ),
    Pay(day="01-15", no="REQ01", amount_ntd=17_500),
    Certify(
        day="01-17", no="REQ03", line="L3", amount_ntd=10_000, purpose="赴中央機關講習",
        kind="travel",
    ),
    Advance(day="01-17", no="REQ03", amount_ntd=10_000, kind="travel", memo="REQ03 暫付旅費"),
    Voucher(
        day="01-20", event_code="withholding.remitted", memo="繳付代扣款", amount_ntd=115_000
    ),
    Voucher(
        day="01-22", event_code="revenue.banked", memo="證照費 公庫代收", amount_ntd=42_000,
        source="R1",
    ),
    Voucher(
        day="01-24", event_code="revenue.self-collected", memo="證照費 自行收納",
        amount_ntd=3_500, source="R1",
    ),
    Night(day="02-01"),
    Voucher(
        day="02-03", event_code="revenue.remitted", memo="自行收納款解庫", amount_ntd=3_500,
        source="R1",
    ),
    Close(day="02-03", month=1),
    Certify(
        day="02-03", no="PAY02", line="L1", amount_ntd=440_000, purpose="2月薪資", kind="payroll"
    ),
    Pay(day="02-05", no="PAY02", amount_ntd=440_000, kind="payroll", withheld_ntd=42_000),
    Settle(
        day="02-05", no="REQ03", spent_ntd=8_600, returned_ntd=1_400, memo="REQ03 暫付轉正",
        returned_memo="REQ03 支出收回書",
    ),
    Certify(day="02-07", no="PCR1", line="L2", amount_ntd=6_200, purpose="撥還零用金"),
    Pay(day="02-10", no="PCR1", amount_ntd=6_200, kind="petty_cash"),
    Certify(
        day="02-12", no="REQ02", line="L2", amount_ntd=5_000, purpose="印製表單", again=True
    ),
    Certify(
        day="02-14", no="REQ04", line="L3", amount_ntd=150_000, purpose="戶籍資料數位化",
        kind="contract",
    ),
    Award(day="02-14", no="REQ04", amount_ntd=150_000),
    Pay(day="02-18", no="REQ02", amount_ntd=4_820),
    Voucher(day="02-20", event_code="withholding.remitted", memo="繳付代扣款", amount_ntd=42_000),
    Voucher(
        day="02-20", event_code="revenue.banked", memo="證照費 公庫代收", amount_ntd=38_000,
        source="R1",
    ),
    Voucher(
        day="02-25", event_code="revenue.assessed", memo="罰鍰查定", amount_ntd=6_000, source="R2"
    ),
    Night(day="03-01"),
    Close(day="03-03", month=2),
    Certify(
        day="03-03", no="PAY03", line="L1", amount_ntd=440_000, purpose="3月薪資", kind="payroll"
    ),
    Pay(day="03-05", no="PAY03", amount_ntd=440_000, kind="payroll", withheld_ntd=42_000),
    Voucher(
        day="03-05", event_code="revenue.receivable-collected", memo="罰鍰收繳",
        amount_ntd=6_000, source="R2",
    ),
    Pay(day="03-06", no="REQ04", amount_ntd=60_000, kind="contract", final=False),
    Virement(
        day="03-10", source="L3", target="L4", amount_ntd=25_000, refused="E-VIRE-20PCT"
    ),
    Virement(
        day="03-10", source="L3", target="L1", amount_ntd=10_000, refused="E-VIRE-CROSS-PROGRAM"
    ),
    Virement(
        day="03-10", source="L2", target="L1", amount_ntd=10_000, refused="E-VIRE-PERSONNEL"
    ),
    Virement(day="03-10", source="L3", target="L4", amount_ntd=10_000),
    Certify(
        day="03-11", no="REQ05", line="L4", amount_ntd=35_000, purpose="補助社區宣導",
        kind="subsidy",
    ),
    Pay(day="03-12", no="REQ05", amount_ntd=35_000, kind="subsidy", parted_ntd=5_000),
    Certify(
        day="03-13", no="REQ06", line="L5", amount_ntd=300_000, purpose="購置檔案櫃",
        kind="purchase",
    ),
    Award(day="03-17", no="REQ06", amount_ntd=285_000),
    Voucher(
        day="03-17", event_code="guarantee.received", memo="履約保證金存入", amount_ntd=15_000,
        whose="REQ06",
    ),
    Voucher(day="03-20", event_code="withholding.remitted", memo="繳付代扣款", amount_ntd=42_000),
    Bounced(day="03-20", no="REQ05", amount_ntd=5_000, reason="帳號與戶名不符"),
    Voucher(
        day="03-21", event_code="revenue.banked", memo="證照費 公庫代收", amount_ntd=41_500,
        source="R1",
    ),
    SentAgain(day="03-24", no="REQ05"),
    FirstReserve(
        day="03-25", target="L2", amount_ntd=20_000, memo="動支第一預備金並分配"
    ),
    Certify(day="03-26", no="REQ07", line="L2", amount_ntd=30_000, purpose="辦理座談會"),
    Pay(day="03-28", no="REQ06", amount_ntd=285_000, kind="contract"),
    Late(
        day="03-31", posting_day="02-28", amount_ntd=1, refused="E-PERIOD-CLOSED"
    ),
)  # fmt: skip
