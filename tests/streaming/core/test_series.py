import numpy as np
import pytest

from streaming.core.series import BAD, QUESTIONABLE, Series
from streaming.core.states import NO_DATA, SYSTEM, system_code, system_name


def test_numbers_become_floats_and_anything_else_objects():
    assert Series.of([1, 2], [1, 2.5]).values.dtype == np.float64
    assert Series.of([1, 2], [1, "x"]).values.tolist() == [1, "x"]
    assert Series.of([1], [True]).is_object
    assert Series.of([1, 2], [[1, 2], [3, 4]]).values.tolist() == [[1, 2], [3, 4]]


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="different lengths"):
        Series.of([1, 2], [1.0])


def test_an_empty_series_has_the_asked_kind():
    assert len(Series.empty()) == 0
    assert not Series.empty().is_object
    assert Series.empty(object=True).is_object


@pytest.mark.parametrize(
    ("rows", "times"),
    [
        (1, [20]),
        (-1, [30]),
        (slice(0, 2), [10, 20]),
        (np.array([2, 0]), [30, 10]),
        (np.array([True, False, True]), [10, 30]),
    ],
)
def test_take_picks_by_index_slice_rows_and_mask(rows, times):
    assert Series.of([10, 20, 30], [1, 2, 3]).take(rows).times.tolist() == times


def test_good_is_everything_that_is_not_bad():
    assert Series.of([1, 2, 3], [1, NO_DATA, 3], [0, BAD, QUESTIONABLE]).good.tolist() == [True, False, True]


def test_reversed_turns_all_columns_round():
    back = Series.of([1, 2], [10, 20], [0, BAD]).reversed()
    assert (back.times.tolist(), back.values.tolist(), back.flags.tolist()) == ([2, 1], [20, 10], [BAD, 0])


def test_concat_of_numbers_and_objects_keeps_codes_whole():
    both = Series.concat(Series.of([1, 2], [1.5, 248], [0, BAD]), Series.of([3], ["x"]))
    assert both.times.tolist() == [1, 2, 3]
    assert [repr(value) for value in both.values] == ["1.5", "248", "'x'"]
    assert len(Series.concat()) == 0


@pytest.mark.parametrize(
    ("name", "code"),
    [("No Data", 248), ("no data", 248), (" I/O TIMEOUT ", 246), ("Pt Created", 253), ("Running", None)],
)
def test_system_states_are_found_by_name_in_any_case(name, code):
    assert system_code(name) == code


def test_system_codes_lie_in_the_archives_range():
    assert all(193 <= code <= 320 for code in SYSTEM)
    assert len({name.casefold() for name in SYSTEM.values()}) == len(SYSTEM)
    assert system_name(255) == "Bad Input"
    assert system_name(300) == "?300"
