from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piwebapi.core.errors import BadRequest
from piwebapi.core.times import (
    MAX_TICKS,
    MIN_TICKS,
    OPEN_END,
    format_ticks,
    from_datetime,
    parse_time,
    to_datetime,
    zone,
)

BERLIN = zone("Europe/Berlin")
SYDNEY = zone("Australia/Sydney")
NOW = from_datetime(datetime(2024, 3, 12, 9, 30, tzinfo=UTC))  # a Tuesday, 10:30 in Berlin

REFERENCE = [
    ("*", "2024-03-12T09:30:00Z"),
    ("", "2024-03-12T09:30:00Z"),
    ("*-1h", "2024-03-12T08:30:00Z"),
    ("*-90m", "2024-03-12T08:00:00Z"),
    ("*-1.5h", "2024-03-12T08:00:00Z"),
    ("t", "2024-03-11T23:00:00Z"),
    ("t+8h", "2024-03-12T07:00:00Z"),
    ("y", "2024-03-10T23:00:00Z"),
    ("y+8h30m", "2024-03-11T07:30:00Z"),
    ("mon", "2024-03-10T23:00:00Z"),
    ("wed", "2024-03-05T23:00:00Z"),
    ("1", "2024-02-29T23:00:00Z"),
    ("31", "2024-03-30T23:00:00Z"),
    ("jun", "2024-06-11T22:00:00Z"),
    ("2012", "2012-03-11T23:00:00Z"),
    ("*-2mo", "2024-01-12T09:30:00Z"),
    ("2012-01-01 00:00:00", "2011-12-31T23:00:00Z"),
    ("*-8", "2024-03-12T01:30:00Z"),
]
WORDS = [
    ("TODAY", "2024-03-11T23:00:00Z"),
    ("Yesterday", "2024-03-10T23:00:00Z"),
    ("tuesday", "2024-03-11T23:00:00Z"),
    ("June", "2024-06-11T22:00:00Z"),
    ("dec 25", "2024-12-24T23:00:00Z"),
    ("dec 25 10h", "2024-12-25T09:00:00Z"),
    ("jun-5h", "2024-06-11T17:00:00Z"),
    ("3-1", "2024-02-29T23:00:00Z"),
    ("3/1", "2024-02-29T23:00:00Z"),
    ("3-1-10h", "2024-02-29T13:00:00Z"),
    ("17:30", "2024-03-12T16:30:00Z"),
    ("5pm", "2024-03-12T16:00:00Z"),
    ("12:05 am", "2024-03-11T23:05:00Z"),
    ("'*-1d'", "2024-03-11T09:30:00Z"),
    ('"t"', "2024-03-11T23:00:00Z"),
]
ABSOLUTE = [
    ("2012-01-01", "2011-12-31T23:00:00Z"),
    ("2012-01-01T00:00:00.1234567Z", "2012-01-01T00:00:00.1234567Z"),
    ("2012-01-01T00:00:00.12345679Z", "2012-01-01T00:00:00.1234567Z"),
    ("2012-01-01t00:00:00.5z", "2012-01-01T00:00:00.5Z"),
    ("2012-01-01T10:00Z", "2012-01-01T10:00:00Z"),
    ("2012-01-01T00:00:00+02:00", "2011-12-31T22:00:00Z"),
    ("2012-01-01T00:00:00-0530", "2012-01-01T05:30:00Z"),
    ("2012-01-01 00:00-05", "2012-01-01T05:00:00Z"),
    ("2024-01-01T00:00:00.000001+00:00Z", "2024-01-01T00:00:00.000001Z"),
    ("2015-03-01T10:00:00", "2015-03-01T09:00:00Z"),
    ("2012/1/5 1:02", "2012-01-05T00:02:00Z"),
    ("2012-07-01 12:00:00:123", "2012-07-01T10:00:00.123Z"),
    ("1/31/2012 5:00 PM", "2012-01-31T16:00:00Z"),
    ("1-Jan-2024", "2023-12-31T23:00:00Z"),
    ("05-Jan-20 03:04:05", "2020-01-05T02:04:05Z"),
    ("25-sep-12", "2012-09-24T22:00:00Z"),
    ("25-sep-76", "1976-09-24T23:00:00Z"),
    ("September 25, 2012 6:00", "2012-09-25T04:00:00Z"),
    ("Jan 2020", "2019-12-31T23:00:00Z"),
    ("2020-02", "2020-01-31T23:00:00Z"),
    ("Tue, 12 Mar 2024 10:30:00 GMT", "2024-03-12T10:30:00Z"),
    ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
]
CHAINS = [
    ("*-1d+4h", "2024-03-11T13:30:00Z"),
    ("*-1h30m", "2024-03-12T09:00:00Z"),  # each term has its own sign: minus 1 h plus 30 min
    ("*-1h-30m", "2024-03-12T08:00:00Z"),
    ("* - 1 hour - 30 sec", "2024-03-12T08:29:30Z"),
    ("-3h", "2024-03-12T06:30:00Z"),
    ("+500ms", "2024-03-12T09:30:00.5Z"),
    ("-8", "2024-03-12T01:30:00Z"),
    ("*-01:30", "2024-03-12T08:00:00Z"),
    ("t+8:00", "2024-03-12T07:00:00Z"),
    ("*-1w", "2024-03-05T09:30:00Z"),
    ("*-1y", "2023-03-12T09:30:00Z"),
    ("*+20m", "2024-03-12T09:50:00Z"),
    ("*+20mo", "2025-11-12T09:30:00Z"),
    ("2012-01-01 10:00:00 -10h", "2011-12-31T23:00:00Z"),
]
WRONG = [
    *(
        "2024-13-45",
        "2024-13",
        "2024-02-30",
        "25:61",
        "*-5x",
        "t+8h+bogus",
        "no-time-at-all",
        "32",
        "0",
        "1969",
    ),
    *(
        "0005",
        "2024-01-01-05",
        "tues",
        "*-1wd",
        "*-1.5mo",
        "t8h",
        "* 5",
        "13pm",
        "5 10",
        "mon, 12 mar 2024",
        "+",
    ),
    *("*-99999y", "2012-01-01T10:00:00+15:00", "**", "1e3", "nan", "'", "*-1h-", "٣", "-" * 5000, "1" * 5000),
]


def read(text, now=NOW, zone=BERLIN):
    return format_ticks(parse_time(text, now=now, zone=zone))


@pytest.mark.parametrize(("text", "expected"), REFERENCE + WORDS + ABSOLUTE + CHAINS)
def test_a_time_string_means_what_the_reference_says(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_time_is_refused_and_the_parameter_named(text):
    with pytest.raises(BadRequest, match="parameter 'endTime' is not a valid time"):
        parse_time(text, now=NOW, zone=BERLIN, name="endTime")


def test_no_time_is_now():
    assert parse_time(None, now=NOW, zone=BERLIN) == NOW


def test_a_month_is_mo_and_a_minute_is_m():
    assert read("*-1m") == "2024-03-12T09:29:00Z"
    assert read("*-1mo") == "2024-02-12T09:30:00Z"


def test_a_month_back_from_the_31st_is_the_last_of_february():
    assert read("*-1mo", from_datetime(datetime(2024, 3, 31, 12, tzinfo=UTC)), UTC) == "2024-02-29T12:00:00Z"


def test_a_month_name_on_the_31st_is_clamped_and_a_spelled_out_day_is_not():
    now = from_datetime(datetime(2024, 3, 31, 12, tzinfo=UTC))
    assert read("jun", now, UTC) == "2024-06-30T00:00:00Z"
    with pytest.raises(BadRequest):
        read("jun 31", now, UTC)


def test_a_year_after_the_29th_of_february_is_clamped():
    assert read("2023", from_datetime(datetime(2024, 2, 29, tzinfo=UTC)), UTC) == "2023-02-28T00:00:00Z"


def test_today_of_a_zone_is_not_the_day_of_utc():
    now = from_datetime(datetime(2024, 3, 12, 22, 30, tzinfo=UTC))  # the 13th in Sydney
    assert read("t", now, SYDNEY) == "2024-03-12T13:00:00Z"
    assert read("12", now, SYDNEY) == "2024-03-11T13:00:00Z"


def test_a_day_is_23_hours_when_spring_comes_and_25_when_it_goes():
    spring = from_datetime(datetime(2024, 3, 31, 12, tzinfo=UTC))
    assert [read("t", spring), read("t+1d", spring)] == ["2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"]
    autumn = from_datetime(datetime(2024, 4, 7, 2, tzinfo=UTC))
    assert [read("t", autumn, SYDNEY), read("t+1d", autumn, SYDNEY)] == [
        "2024-04-06T13:00:00Z",
        "2024-04-07T14:00:00Z",
    ]


def test_24_hours_are_24_hours_on_every_day():
    spring = from_datetime(datetime(2024, 3, 31, 12, tzinfo=UTC))
    assert read("t+24h", spring) == "2024-03-31T23:00:00Z"


def test_a_time_that_spring_leaves_out_is_an_hour_later():
    assert read("2024-03-31 02:30:00") == "2024-03-31T01:30:00Z"  # 03:30 summer time


def test_no_days_back_from_the_repeated_hour_is_the_same_time():
    second_pass = from_datetime(datetime(2024, 10, 27, 1, 30, tzinfo=UTC))
    assert read("*-0d", second_pass) == "2024-10-27T01:30:00Z"


def test_a_wall_clock_time_that_comes_twice_is_the_first():
    assert read("2024-10-27 02:30") == "2024-10-27T00:30:00Z"


def test_one_and_a_half_days_are_a_day_and_12_hours():
    assert read("*-1.5d") == "2024-03-10T21:30:00Z"


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.0000001Z"),
        (-5_000_000, "1969-12-31T23:59:59.5Z"),
        (15_301_063_306_190_032, "2018-06-27T13:32:10.6190032Z"),
        (MIN_TICKS, "0001-01-01T00:00:00Z"),
        (OPEN_END, "9999-12-31T23:59:59Z"),
        (MAX_TICKS, "9999-12-31T23:59:59.9999999Z"),
    ],
)
def test_ticks_are_written_trimmed_and_in_utc(ticks, text):
    assert format_ticks(ticks) == text


def test_datetimes_become_ticks_and_come_back_in_utc():
    local = datetime(2024, 3, 12, 10, 30, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    assert from_datetime(local) == NOW + 1_234_560
    assert to_datetime(NOW + 1_234_567) == datetime(2024, 3, 12, 9, 30, 0, 123456, tzinfo=UTC)
    with pytest.raises(ValueError, match="without a time zone"):
        from_datetime(local.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("eastern standard time", "America/New_York"),
        ("europe/berlin", "Europe/Berlin"),
        ("Utc", "UTC"),
    ],
)
def test_a_zone_has_a_windows_and_an_iana_name(name, key):
    assert str(zone(name)) in (key, f"Etc/{key}")


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "Europe", "\0"])
def test_an_unknown_zone_is_refused(name):
    with pytest.raises(BadRequest, match="timeZone"):
        zone(name)


@given(st.integers(MIN_TICKS, MAX_TICKS), st.sampled_from([BERLIN, SYDNEY, UTC]))
def test_a_time_reads_back_as_it_was_written(ticks, zone):
    assert parse_time(format_ticks(ticks), now=0, zone=zone) == ticks


@given(st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_time_without_a_zone_is_what_the_wall_clock_shows(moment):
    ticks = parse_time(moment.isoformat(), now=0, zone=SYDNEY)
    assert ticks == round(moment.replace(tzinfo=SYDNEY, microsecond=0).timestamp()) * 10**7 + moment.microsecond * 10


@given(st.text("*ty-+ 0123456789:.hmsdoTZ/janmon'", max_size=25))
def test_any_text_is_read_or_refused(text):
    try:
        assert MIN_TICKS <= parse_time(text, now=NOW, zone=BERLIN) <= MAX_TICKS
    except BadRequest as refused:
        assert refused.status == 400
