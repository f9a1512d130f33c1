from piwebapi.core.chunks import chunks


def test_nothing_is_lost_or_doubled_and_only_the_last_is_shorter() -> None:
    assert [list(some) for some in chunks(range(7), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [list(some) for some in chunks("abcd", 2)] == [["a", "b"], ["c", "d"]]
    assert list(chunks([], 3)) == []
    assert [len(some) for some in chunks(range(1_001))] == [500, 500, 1]
