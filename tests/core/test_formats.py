"""What is printed can be keyed again, and what is not a date or an amount is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuji_core import formats
from zhuji_core.formats import AmountMalformed, DateMalformed

TODAY = dt.date(2016, 3, 15)
DATES = st.dates(min_value=formats.FIRST_DAY, max_value=dt.date(2910, 12, 31))
AMOUNTS = st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1)


def test_dates_are_printed_in_three_ways() -> None:
    assert formats.format_date(TODAY) == "105-03-15"
    assert formats.format_date_long(TODAY) == "中華民國105年3月15日"
    assert formats.date_key(TODAY) == "1050315"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1050331", dt.date(2016, 3, 31)),
        ("105/3/31", dt.date(2016, 3, 31)),
        ("105-03-31", dt.date(2016, 3, 31)),
        ("105.3.31", dt.date(2016, 3, 31)),
        ("105年3月31日", dt.date(2016, 3, 31)),
        ("中華民國 105 年 3 月 31 日", dt.date(2016, 3, 31)),
        ("１０５／３／３１", dt.date(2016, 3, 31)),
        ("331", dt.date(2016, 3, 31)),
        ("0331", dt.date(2016, 3, 31)),
        ("3/31", dt.date(2016, 3, 31)),
        ("3月31日", dt.date(2016, 3, 31)),
        ("990331", dt.date(2010, 3, 31)),
        ("99/3/31", dt.date(2010, 3, 31)),
        ("20160331", dt.date(2016, 3, 31)),
        ("2016-03-31", dt.date(2016, 3, 31)),
        ("229", dt.date(2016, 2, 29)),
    ],
)
def test_dates_are_read_as_they_are_keyed(text: str, expected: dt.date) -> None:
    assert formats.parse_date(text, reference=TODAY) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31",
        "10503",
        "105033",
        "1050230",
        "105/13/1",
        "104/2/29",
        "0/3/1",
        "三月",
        "3/",
        "1/2/3/4",
        "0000331",
        "1911-12-31",
        "105/3/31x",
        "-3/31",
        "①0/3/1/",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(DateMalformed):
        formats.parse_date(text, reference=TODAY)


@given(DATES, DATES)
def test_a_printed_date_reads_back(date: dt.date, reference: dt.date) -> None:
    for write in (formats.format_date, formats.format_date_long, formats.date_key):
        assert formats.parse_date(write(date), reference=reference) == date
    assert formats.parse_date(date.isoformat(), reference=reference) == date


@given(st.dates(min_value=dt.date(2016, 1, 1), max_value=dt.date(2016, 12, 31)))
def test_a_date_without_year_is_of_the_business_year(date: dt.date) -> None:
    for text in (f"{date.month}/{date.day}", f"{date.month}{date.day:02}"):
        assert formats.parse_date(text, reference=TODAY) == date


@given(st.text(max_size=12))
def test_reading_a_date_refuses_or_succeeds(text: str) -> None:
    try:
        formats.parse_date(text, reference=TODAY)
    except DateMalformed as refusal:
        assert text in refusal.text(str)  # noqa: PT017


def test_amounts_are_printed_for_tables() -> None:
    assert formats.format_ntd(1234567) == "1,234,567"
    assert formats.format_ntd(-1234) == "−1,234"
    assert formats.format_ntd(0) == "-"
    assert formats.format_ntd(0, zero="0") == "0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("１２，３４５", 12345),
        (" 1 234 ", 1234),
        ("12,45", 1245),  # a digit was taken out of 12,345; the commas are not what was meant
        ("-1,000", -1000),
        ("－１", -1),
        ("0", 0),
        ("-", 0),
        ("000000000000000000012", 12),
        ("999999999999999", 999_999_999_999_999),
    ],
)
def test_amounts_are_read_as_they_are_keyed(text: str, expected: int) -> None:
    assert formats.parse_ntd(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "1.5", "1.00", "一千", "1e3", "12a", "--1", "1-", "1000000000000000", "$5", "½"],
)
def test_what_is_no_whole_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountMalformed):
        formats.parse_ntd(text)


@given(AMOUNTS)
def test_a_printed_amount_reads_back(amount_ntd: int) -> None:
    assert formats.parse_ntd(formats.format_ntd(amount_ntd)) == amount_ntd
    assert formats.parse_ntd(str(amount_ntd)) == amount_ntd
    full_width = str(amount_ntd).translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))
    assert formats.parse_ntd(full_width) == amount_ntd


@pytest.mark.parametrize(
    ("amount_ntd", "words"),
    [
        (0, "零元整"),
        (10, "壹拾元整"),
        (1_001, "壹仟零壹元整"),
        (10_010, "壹萬零壹拾元整"),
        (12_003, "壹萬貳仟零參元整"),
        (100_000_000, "壹億元整"),
        (100_000_001, "壹億零壹元整"),
        (100_010_000, "壹億零壹萬元整"),
        (1_000_500_000, "壹拾億零伍拾萬元整"),
        (127_360_200_000, "壹仟貳佰柒拾參億陸仟零貳拾萬元整"),
        (1_000_000_001_000, "壹兆零壹仟元整"),
        (999_999_999_999_999, "玖佰玖拾玖兆玖仟玖佰玖拾玖億玖仟玖佰玖拾玖萬玖仟玖佰玖拾玖元整"),
        (-85, "負捌拾伍元整"),
    ],
)
def test_amounts_are_written_in_words(amount_ntd: int, words: str) -> None:
    assert formats.ntd_in_words(amount_ntd) == words


@given(AMOUNTS)
def test_words_say_the_same_as_the_figures(amount_ntd: int) -> None:
    words = formats.ntd_in_words(amount_ntd)
    assert read_words(words) == amount_ntd
    assert "零零" not in words


def read_words(words: str) -> int:
    """Read an amount in words by adding up, so that every place must be written."""
    sign = -1 if words.startswith("負") else 1
    total = group = digit = 0
    for letter in words.removeprefix("負").removesuffix("元整"):
        if letter in "零壹貳參肆伍陸柒捌玖":
            digit = "零壹貳參肆伍陸柒捌玖".index(letter)
        elif letter in "拾佰仟":
            group += digit * 10 ** ("拾佰仟".index(letter) + 1)
            digit = 0
        else:
            total += (group + digit) * 10_000 ** ("萬億兆".index(letter) + 1)
            group = digit = 0
    return sign * (total + group + digit)
