"""Events of another archive are compared with what is there."""

from __future__ import annotations

from piwebapi.models import DataServer, Point
from streaming.archive import archive, loading
from streaming.core.series import ANNOTATED, Series
from streaming.models import ArchivedEvent

AT = 17_800_000_000_000_000


def test_times_and_values_tell_what_has_to_be_done(db: None) -> None:
    point = Point.objects.create(server=DataServer.objects.create(name="X"), name="x", point_type="Float64")
    at = AT
    first = loading.load({point.pk: Series.of([at, at, at + 1], [1.0, 2.0, 3.0])}, at)
    assert (first.more, first.replaced) == ({point.pk: 3}, 0)
    again = loading.load({point.pk: Series.of([at, at + 2], [2.0, 4.0])}, at)
    assert (again.more, again.replaced) == ({point.pk: 0}, 2)
    assert archive.read([point.pk], 0, 2**62)[point.pk].values.tolist() == [2.0, 3.0, 4.0]
    ArchivedEvent.objects.filter(ticks=at).update(flags=ANNOTATED)  # a remark of this server's own
    assert loading.load({point.pk: Series.of([at], [2.0])}, at).replaced == 0
