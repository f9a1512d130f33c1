from __future__ import annotations

from streaming.live.hub import Hub, Line, Subscription
from streaming.live.wheel import ROOM, STEPS, Wheel, steps_of


def subscription(steps: int, lines: int = 1) -> Subscription:
    hub, made = Hub(), Subscription(None, steps, sampled=True)
    tag = hub.tag("tag")
    hub.add(made, [(number, Line(tag, b"", b"")) for number in range(lines)])
    return made


def test_a_subscription_is_due_once_in_every_period() -> None:
    for steps in (2, 7, 20, 60, 1200):
        wheel, one = Wheel(), subscription(steps)
        wheel.add(one)
        times = [step for step in range(3 * steps) if one in list(wheel.due(step))]
        assert [later - sooner for sooner, later in zip(times, times[1:], strict=False)] == [steps] * 2


def test_a_few_sockets_are_all_served_right_after_the_second() -> None:
    wheel = Wheel()
    for _ in range(50):
        wheel.add(subscription(STEPS, lines=20))
    assert [len(list(wheel.due(step))) for step in range(STEPS)] == [50] + 19 * [0]


def test_what_does_not_fit_into_a_step_goes_into_the_next_one() -> None:
    wheel = Wheel()
    for _ in range(2_000):
        wheel.add(subscription(STEPS, lines=20))
    served = [sum(one.weight for one in wheel.due(step)) for step in range(STEPS)]
    assert sum(served) == 2_000 * 30
    assert all(ROOM - 30 < weight <= ROOM for weight in served[:7])
    assert served[8:] == 12 * [0]


def test_more_than_fits_into_a_second_is_spread_evenly() -> None:
    wheel = Wheel()
    for _ in range(1_000):
        wheel.add(subscription(STEPS, lines=990))
    served = [len(list(wheel.due(step))) for step in range(STEPS)]
    assert served == STEPS * [50]


def test_what_has_left_the_wheel_is_not_due_and_makes_room() -> None:
    wheel, first, second = Wheel(), subscription(STEPS, lines=ROOM - 10), subscription(STEPS)
    wheel.add(first)
    wheel.discard(first)
    wheel.discard(first)
    wheel.add(second)
    assert list(wheel.due(0)) == [second]


def test_rates_become_steps_of_50_milliseconds() -> None:
    assert [steps_of(rate) for rate in (100, 1_000, 1_010, 60_000)] == [2, 20, 20, 1_200]
