"""Rows by a prepared statement are the rows of the ORM."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from piwebapi.models import DataServer, EnumerationSet, Point, PointAcl
from piwebapi.queries import numbered
from piwebapi.queries.prepared import Prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> list[Point]:
    server = DataServer.objects.create(name="PI")
    states = EnumerationSet.objects.create(data_server=server, name="Modes")
    rich = {
        "descriptor": "Füllstand 'A' %s",
        "point_type": "Digital",
        "digital_set": states,
        "zero": -1.25,
        "step": True,
        "future": True,
        "extras": {"compdev": 0.1, "tags": ["a", {"b": None}], "ok": True},
        "created_ticks": 2**62,
        "pt_acl": PointAcl.objects.create(text="piadmins: A(r,w)"),
    }
    Point.objects.create(server=server, name="Plain")
    Point.objects.create(server=server, name="Rich", **rich)
    Point.objects.create(server=DataServer.objects.create(name="PI2"), name="Rich")
    return list(Point.objects.select_related("server").order_by("pk"))


def columns(point: Point) -> list[tuple[type, object]]:
    values = [getattr(point, field.attname) for field in Point._meta.concrete_fields]
    return [(type(value), value) for value in values]


def test_each_column_is_what_the_orm_makes_of_it(made: list[Point]) -> None:
    found = sorted(numbered.points(made[0].pk, made[-1].pk), key=lambda point: point.pk)
    assert [columns(point) for point in found] == [columns(point) for point in made]
    with CaptureQueriesContext(connection) as captured:
        assert [point.server.name for point in found] == ["PI", "PI", "PI2"]
    assert len(captured) == 0
    assert not any(point._state.adding for point in found)


def test_only_the_numbers_that_were_asked_for_come(made: list[Point]) -> None:
    assert [point.pk for point in numbered.points(made[1].pk, made[1].pk)] == [made[1].pk]
    with CaptureQueriesContext(connection) as captured:
        assert numbered.points(made[-1].pk + 1, made[-1].pk + 9) == []
    assert len(captured) == 1


def test_a_row_can_be_saved(made: list[Point]) -> None:
    [found] = Prepared(Point, "name_key = %s AND zero >= %s").rows("PLAIN", 0)
    found.descriptor = "new"
    found.save()
    assert Point.objects.get(pk=made[0].pk).descriptor == "new"
