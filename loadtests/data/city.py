"""The city as values: every agency drawn from the seed and its own number, and from nothing else.

Counts follow the design: 150 agencies and 330 schools, 45 control rows each, log-normal amounts.
"""

from __future__ import annotations

import bisect
import math
import random
import uuid
from collections.abc import Iterator, Sequence

import msgspec

from loadtests.data.sellers import Sellers, often
from zhuji_core.values import Value

AGENCIES, SCHOOLS_SHARE = 480, 330 / 480
LINES_PER_AGENCY, OBJECTS_PER_LINE = 15, 3
ROWS_PER_AGENCY = LINES_PER_AGENCY * OBJECTS_PER_LINE
DEPARTMENTS = 25
# A row's budget of a month; with this spread 21,600 rows make some NT$ 130 billion a year.
ROW_MEDIAN_NTD, ROW_SIGMA = 128_000, 1.65
# What is asked for: the median is the design's, and so is the spread (its mean is NT$ 390,000);
# whoever asks for much has a row for it, so that no amount is more than half a month of its row.
REQUEST_MEDIAN_NTD, REQUEST_SIGMA, ROW_PARTS = 9_000, 2.746, 24
MORE_LINES, HOT, TOO_MUCH = 0.30, 0.05, 0.04  # shares of requests
# Rows of three agencies at which all agencies aim (統籌): small amounts, and in each month money
# for a whole year of the city, since one agency after another does its year.
HOT_ROWS, HOT_ROW, HOT_ROW_NTD, HOT_SIGMA, HOT_MAX_NTD = 3, 1, 1_800_000_000, 1.6, 5_000_000
DAYS_MS = 86_400_000
EPOCH_MS = 1_735_689_600_000  # 2025-01-01, so that ids sort as those of a running county do

# First-level objects of both generations: code, name, account.
OBJECTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "old": (
        ("01", "人事費", "current"),
        ("02", "業務費", "current"),
        ("03", "設備及投資", "capital"),
        ("04", "獎補助費", "current"),
    ),
    "new": (
        ("1000", "人事費", "current"),
        ("2000", "業務費", "current"),
        ("3000", "設備及投資", "capital"),
        ("4000", "獎補助費", "current"),
    ),
}
NEW_OBJECTS_FROM = 108
EDUCATION, SCHOOLS_PER_DEPARTMENT = 5, 400  # the department whose agencies are schools
FUNCTIONS = ("32", "33", "51", "53", "58", "60", "68", "70", "73", "77")
SCHOOL_FUNCTION = "51"
PLANS = ("一般行政", "業務推動", "設施管理維護", "人才培育", "一般建築及設備")
ITEMS = ("行政管理", "業務管理", "營運及維護")
# Purposes, the first the most often: a search meets common words and rare ones.
DEEDS = ("購置{}一批", "{}租金", "{}修繕", "{}維護", "{}檢驗費", "{}清運費")
THINGS = (
    "辦公用品", "影印機", "廳舍", "資訊設備", "冷氣機", "公務車輛", "碳粉匣", "電梯", "消防設備",
    "圖書", "教室門窗", "路燈", "公園遊具", "飲水機", "監視系統", "運動器材", "實驗器材",
    "活動中心", "校園圍牆", "橋梁護欄", "水溝蓋板", "行道樹", "防疫物資", "樂器", "網路交換器",
    "廚房設備", "看板", "無障礙坡道", "太陽能板", "檔案櫃", "雨水抽水站", "號誌控制器", "測速儀",
    "救護器材", "污水管線", "古蹟屋瓦", "溫室", "攝影機", "顯微鏡", "蜂箱",
)  # fmt: skip
EVERYBODY = Sellers()
PURPOSES = ("研習講師鐘點費", *(deed.format(thing) for thing in THINGS for deed in DEEDS))


class Row(Value, frozen=True, kw_only=True):
    """A control row: an object of a line, with its account and its amount."""

    control_row_id: uuid.UUID
    line_id: uuid.UUID
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    account: str
    bill_ntd: int


class Line(Value, frozen=True, kw_only=True):
    """A budget line and its rows."""

    line_id: uuid.UUID
    code: str
    name: str
    plan_code: str
    plan_name: str
    function_code: str
    rows: tuple[Row, ...]

    @property
    def bill_ntd(self) -> int:
        return sum(row.bill_ntd for row in self.rows)


class Agency(Value, frozen=True, kw_only=True):
    """An agency or a school with its lines."""

    code: str
    name: str
    department_code: str
    department_name: str
    lines: tuple[Line, ...]

    @property
    def rows(self) -> list[Row]:
        return [row for line in self.lines for row in line.rows]


class RequestLine(Value, frozen=True, kw_only=True):
    row: Row
    amount_ntd: int


class Request(Value, frozen=True, kw_only=True):
    """A spending request of an agency that its unit has approved; ``number`` from 1."""

    request_id: uuid.UUID
    number: int
    purpose: str
    payee: str
    lines: tuple[RequestLine, ...]

    @property
    def amount_ntd(self) -> int:
        return sum(line.amount_ntd for line in self.lines)


def agency(number: int, *, seed: int, fiscal_year: int, count: int = AGENCIES) -> Agency:
    """Return agency ``number`` of a city of ``count``."""
    drawn = random.Random(f"{seed}/{fiscal_year}/{number}")  # noqa: S311 (repeatable, no secret)
    is_school, department, place = place_of(number, count=count)
    head = f"{department:02}{place:03}"
    function = SCHOOL_FUNCTION if is_school else FUNCTIONS[department % len(FUNCTIONS)]
    objects = OBJECTS["new" if fiscal_year >= NEW_OBJECTS_FROM else "old"]
    lines = list(_lines(drawn, head, function, objects))
    if number < HOT_ROWS:
        lines[0] = _with_hot_row(lines[0])
    return Agency(
        code=f"00{head}0000",
        name=f"示範{'國民學校' if is_school else '機關'}{number + 1:03}",
        department_code=f"00{department:02}0000000",
        department_name=f"示範主管{department:02}",
        lines=tuple(lines),
    )


def place_of(number: int, *, count: int) -> tuple[bool, int, int]:
    """Return whether agency ``number`` of ``count`` is a school, its department and its place.

    Departments count from 1; schools fill the one of education, and more beyond four hundred.
    """
    school = number - count + round(count * SCHOOLS_SHARE)
    if school < 0:
        return False, number % DEPARTMENTS + 1, number // DEPARTMENTS + 1
    more, place = divmod(school, SCHOOLS_PER_DEPARTMENT)
    return True, DEPARTMENTS + more if more else EDUCATION, place + 600


def _with_hot_row(line: Line) -> Line:
    rows = list(line.rows)
    rows[HOT_ROW] = msgspec.structs.replace(rows[HOT_ROW], bill_ntd=HOT_ROW_NTD)
    return msgspec.structs.replace(line, rows=tuple(rows))


def _lines(
    drawn: random.Random, head: str, function: str, objects: Sequence[tuple[str, str, str]]
) -> Iterator[Line]:
    for at in range(LINES_PER_AGENCY):
        plan, item = divmod(at, len(ITEMS))
        plan_code = f"{function}{head}{plan + 1:02}00"
        line_id, code = _id(drawn), f"{function}{head}{plan + 1:02}{item + 1:02}"
        name = ITEMS[item]
        yield Line(
            line_id=line_id,
            code=code,
            name=name,
            plan_code=plan_code,
            plan_name=PLANS[plan],
            function_code=function,
            rows=tuple(
                Row(
                    control_row_id=_id(drawn),
                    line_id=line_id,
                    line_code=code,
                    line_name=name,
                    object_code=object_code,
                    object_name=object_name,
                    account=account,
                    bill_ntd=max(1, round(_lognormal(drawn, ROW_MEDIAN_NTD, ROW_SIGMA))) * 12,
                )
                for object_code, object_name, account in sorted(
                    drawn.sample(objects, OBJECTS_PER_LINE)
                )
            ),
        )


def requests(
    own: Agency,
    hot: Sequence[Row],
    *,
    seed: int,
    fiscal_year: int,
    count: int,
    sellers: Sellers = EVERYBODY,
) -> Iterator[Request]:
    """Yield ``count`` requests of an agency; some aim at the ``hot`` rows of all.

    Four of a hundred ask for more than their row has: they will be refused.
    """
    drawn = random.Random(f"{seed}/{fiscal_year}/{own.code}/requests")  # noqa: S311 (no secret)
    shared = {row.control_row_id for row in hot}
    by_money = sorted(
        (row for row in own.rows if row.control_row_id not in shared), key=lambda row: row.bill_ntd
    )
    for number in range(1, count + 1):
        count_of_lines = drawn.randint(2, 3) if drawn.random() < MORE_LINES else 1
        if drawn.random() < HOT:
            lines = [_hot_line(drawn, hot)]
        else:
            lines = _lines_asked(drawn, by_money, count_of_lines)
        if drawn.random() < TOO_MUCH:
            row = lines[0].row
            lines[0] = RequestLine(row=row, amount_ntd=row.bill_ntd * 2)
        yield Request(
            request_id=_id(drawn),
            number=number,
            purpose=f"{PURPOSES[often(drawn, len(PURPOSES))]} {number}",
            payee=sellers.name_for(drawn, number - 1, count),
            lines=tuple(lines),
        )


def _hot_line(drawn: random.Random, hot: Sequence[Row]) -> RequestLine:
    amount_ntd = round(_lognormal(drawn, REQUEST_MEDIAN_NTD, HOT_SIGMA))
    return RequestLine(row=drawn.choice(hot), amount_ntd=min(HOT_MAX_NTD, max(1, amount_ntd)))


def _lines_asked(drawn: random.Random, by_money: Sequence[Row], count: int) -> list[RequestLine]:
    """Draw amounts first, then for each a row that has so much, each row once."""
    lines: list[RequestLine] = []
    for _ in range(count):
        free = [row for row in by_money if all(row is not line.row for line in lines)]
        wanted_ntd = max(1, round(_lognormal(drawn, REQUEST_MEDIAN_NTD, REQUEST_SIGMA)))
        able = bisect.bisect_left(free, wanted_ntd * ROW_PARTS, key=lambda row: row.bill_ntd)
        row = drawn.choice(free[able:] or free[-1:])
        lines.append(
            RequestLine(row=row, amount_ntd=min(wanted_ntd, max(1, row.bill_ntd // ROW_PARTS)))
        )
    return lines


def _lognormal(drawn: random.Random, median: float, sigma: float) -> float:
    return drawn.lognormvariate(math.log(median), sigma)


def _id(drawn: random.Random) -> uuid.UUID:
    """Return an id of version 7 as the product makes them, but drawn from the seed."""
    at_ms = EPOCH_MS + drawn.randrange(300 * DAYS_MS)
    value = (at_ms << 80) | drawn.getrandbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    return uuid.UUID(int=value & ~(0x3 << 62) | (0x2 << 62))
