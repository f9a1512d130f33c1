"""Summaries once more, event by event in exact fractions: the oracle of the columns.

Events are (time in seconds, value, bad, kept by the filter), in ascending order of time.
"""

from fractions import Fraction


def owner_pieces(events, low, high, lines, now):
    """(begin, end, value there, value here) of the counted time inside low..high."""
    horizon = max([now] + [event[0] for event in events[-1:]])
    for place, (time, value, bad, kept) in enumerate(events):
        follower = events[place + 1] if place + 1 < len(events) else None
        end = follower[0] if follower else horizon
        left, right = max(time, low), min(end, high, horizon)
        if bad or not kept or right <= left:
            continue
        slope = Fraction(0)
        if lines and follower and not follower[2]:
            slope = Fraction(follower[1] - value, end - time)
        yield left, right, value + slope * (left - time), value + slope * (right - time)


def by_time(events, low, high, lines, now):
    """(seconds, integral, variance or None, the (time, value) pairs that may be extremes)."""
    pieces = list(owner_pieces(events, low, high, lines, now))
    good = sum(end - begin for begin, end, _, _ in pieces)
    integral = sum((a + b) * (end - begin) / 2 for begin, end, a, b in pieces)
    squares = sum((a * a + a * b + b * b) * (end - begin) / 3 for begin, end, a, b in pieces)
    variance = squares / good - (integral / good) ** 2 if good else None
    known = [(begin, a) for begin, _, a, _ in pieces if begin == low and not any(e[0] == low for e in events)]
    known += [(e[0], e[1]) for e in events if low <= e[0] < high and not e[2] and e[3]]
    known += [(high, b) for _, end, _, b in pieces if end == high]
    known += [(e[0], e[1]) for e in events if e[0] == high and not e[2] and e[3]]
    return good, integral, variance, known


def by_event(events, low, high, at_start, at_end):
    """(number of good, number of all, sum, sum of squared distances from the mean)."""
    inside = [e for e in events if low < e[0] < high or (at_start and e[0] == low) or (at_end and e[0] == high)]
    good = [Fraction(e[1]) for e in inside if not e[2] and e[3]]
    mean = sum(good) / len(good) if good else 0
    return len(good), len(inside), sum(good), sum((value - mean) ** 2 for value in good)
