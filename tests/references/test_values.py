"""Values as text and as the type that an attribute declares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from piwebapi.references.values import converted, iso, moment, text_of

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "True"),
        (12.0, "12"),
        (-0.5, "-0.5"),
        (1e20, "1e+20"),
        (7, "7"),
        (NOON, "2024-02-29T12:00:00Z"),
        ("as it is", "as it is"),
    ],
)
def test_a_value_reads_as_net_shows_it(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("12.5", "Double", 12.5),
        (" 7 ", "Int32", 7),
        ("2.5", "Int32", 2),
        (3.5, "Int16", 4),
        (True, "Double", 1.0),
        ("TRUE", "Boolean", True),
        ("0", "Boolean", False),
        (0.0, "Boolean", False),
        ("2024-02-29 12:00", "DateTime", NOON),
        ("2024-02-29T14:00:00+02:00", "DateTime", NOON),
        (12.0, "String", "12"),
        ("{0F4CBE22-7A91-4B0E-B8D7-3C9A5E6F7081}", "Guid", "0f4cbe22-7a91-4b0e-b8d7-3c9a5e6f7081"),
        (None, "Int32", None),
        ([1, 2], "Int32Array", [1, 2]),
    ],
)
def test_a_value_takes_the_declared_type(value: object, kind: str, expected: object) -> None:
    assert converted(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"), [("abc", "Double"), ("1e", "Int32"), ("maybe", "Boolean"), ("soon", "DateTime"), ("x", "Guid")]
)
def test_a_value_that_is_not_of_the_type_is_refused(value: object, kind: str) -> None:
    with pytest.raises(ValueError):
        converted(value, kind)


def test_offsets_at_the_ends_of_time_stay_inside_the_years() -> None:
    assert moment("0001-01-01T00:00:00+05:00") == datetime(1, 1, 1, tzinfo=UTC)
    assert moment("9999-12-31T23:00:00-05:00").year == 9999


def test_points_in_time_are_kept_in_utc_with_a_z() -> None:
    east = timezone(timedelta(hours=2))
    assert iso(datetime(2009, 8, 11, 14, 27, 44, 796_000, tzinfo=east)) == "2009-08-11T12:27:44.796Z"
    assert iso(NOON) == "2024-02-29T12:00:00Z"
