"""Points are read with their neighbours; what is told of them is what it would be without that."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from piwebapi.callers import Caller
from piwebapi.core.webid import encode
from piwebapi.models import Point, PointAcl
from streaming import known
from streaming.board import board
from tests.connections import elsewhere
from tests.streaming.endpoints.plant import Client, Plant


@pytest.fixture
def plant(transactional_db: None) -> Plant:
    return Plant()


@pytest.fixture
def block(plant: Plant) -> list[Point]:
    """All points of one block and the first of the next."""
    start = 100 * known.BLOCK
    return [plant.simulated(f"s{number}", pk=start + number) for number in range(known.BLOCK + 1)]


@pytest.fixture
def client(transactional_db: None) -> Client:
    return Client()


def queries(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def value(client: Client, point: Point) -> object:
    return client.get(f"streams/{point.web_id()}/value").body


def test_the_second_point_of_a_block_brings_all_of_it(client: Client, block: list[Point]) -> None:
    costs = [queries(lambda point=point: value(client, point)) for point in block]
    first, second, *others, next_block = costs
    assert first > 0
    assert second == 1
    assert others == [0] * (known.BLOCK - 2)
    assert next_block == 1


def test_neighbours_have_the_values_of_their_own_history(client: Client, block: list[Point]) -> None:
    board._moment = board._moment.next(-1, set())  # nothing is known before
    told = [value(client, point) for point in block]
    for point, one in zip(block, told, strict=True):
        [last] = client.get(f"streams/{point.web_id()}/recorded", startTime="*", endTime="*-1h", maxCount=1).items
        assert one == last


def test_a_neighbour_that_has_changed_is_told_as_it_is(client: Client, block: list[Point]) -> None:
    for point in block[:3]:
        value(client, point)
    elsewhere(lambda: Point.objects.filter(pk=block[5].pk).update(zero=5_000.0))
    for point in block[:3]:
        value(client, point)
    assert value(client, block[5])["Value"] >= 5_000.0  # type: ignore[index]
    gone = f"streams/{block[6].web_id()}/value"
    block[6].delete()
    assert client.get(f"streams/{block[7].web_id()}/value").status == 200
    assert client.get(gone).status == 404


def test_neighbours_are_told_to_nobody_who_may_not_read_them(client: Client, block: list[Point]) -> None:
    acl = PointAcl.objects.create(text="piadmins: A(r,w)")
    Point.objects.filter(pk=block[4].pk).update(pt_acl=acl)
    Point.objects.filter(pk=block[5].pk).update(data_acl=acl)
    for point in block[:3]:
        value(client, point)
    stranger, client.caller = Client(), Caller("boss", None, "basic", True, True, True)
    stranger.caller = Caller("reader", None, "basic", True, False, False)
    statuses = [stranger.get(f"streams/{point.web_id()}/value").status for point in block[3:7]]
    assert statuses == [200, 404, 403, 200]
    assert {client.get(f"streams/{point.web_id()}/value").status for point in block[3:7]} == {200}


def test_a_point_of_another_server_is_not_taken_for_it(client: Client, block: list[Point]) -> None:
    for point in block[:3]:
        value(client, point)
    elsewhere = encode("Point", form="I", server=uuid4(), id=block[5].pk, path="")
    assert client.get(f"streams/{elsewhere}/value").status == 404


def test_all_forms_of_a_web_id_mean_the_same(client: Client, block: list[Point]) -> None:
    for form in "FILDP":
        for point in block[:8]:
            assert client.get(f"streams/{point.web_id(form)}/value").body == value(client, point)
