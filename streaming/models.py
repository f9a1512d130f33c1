"""Written values and the log of their changes."""

from __future__ import annotations

from django.db import models

from piwebapi.models import Point


class StoredValue(models.Model):
    """What two tables share: one event of a point.

    `number` holds numeric values, digital codes and, with the flag BAD, the code of a system state;
    `text` holds strings. `flags` are those of `streaming.core.series`.
    """

    ticks = models.BigIntegerField()
    number = models.FloatField(null=True)
    text = models.TextField(null=True)
    flags = models.SmallIntegerField(default=0)

    class Meta:
        abstract = True


class ArchivedEvent(StoredValue):
    """The archive's recent events. Several of a point at one time keep the order in which they came (id)."""

    point = models.ForeignKey(Point, models.CASCADE, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["point", "ticks", "id"])]


class ArchivedBlock(models.Model):
    """A run of older events (`streaming.archive.blocks`). Between `first` and `last`, both included, the point
    has no other block and no row: whoever writes there unpacks the block first."""

    point = models.ForeignKey(Point, models.CASCADE, related_name="+")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    count = models.IntegerField()
    payload = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["point", "first"]), models.Index(fields=["point", "last"])]


class ValueAnnotation(models.Model):
    """A remark on a stored value. The events of its point at this time carry the flag ANNOTATED; it goes with them."""

    id = models.UUIDField(primary_key=True)
    point = models.ForeignKey(Point, models.CASCADE, related_name="+")
    ticks = models.BigIntegerField()
    name = models.CharField(max_length=260, blank=True, default="")
    description = models.TextField(blank=True, default="")
    value = models.JSONField(null=True, blank=True)
    creator = models.CharField(max_length=200, blank=True, default="")
    created = models.BigIntegerField()
    modifier = models.CharField(max_length=200, blank=True, default="")
    modified = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["point", "ticks"])]


class CompressionDoor(models.Model):
    """Where the compression of a point stands (`streaming.core.compression`); a point without one begins anew."""

    point = models.OneToOneField(Point, models.CASCADE, primary_key=True, related_name="+")
    ticks = models.BigIntegerField()
    value = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()


class ValueChange(StoredValue):
    """The sequence log: one row per accepted change, numbered in the order of the commits.

    Live delivery reads it past the last number that it has seen, so nothing is lost when a bell is.
    """

    class Action(models.IntegerChoices):
        ADD = 0, "Add"
        UPDATE = 1, "Update"
        DELETE = 2, "Delete"

    sequence = models.BigIntegerField(primary_key=True)
    point_id = models.IntegerField()
    action = models.SmallIntegerField(choices=Action.choices)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["point_id", "sequence"])]


class UpdateRegistration(models.Model):
    """A client that polls a stream for updates. It outlives a restart and ends when it is not used."""

    id = models.UUIDField(primary_key=True)
    web_id = models.CharField(max_length=2000)
    used = models.DateTimeField(auto_now=True, db_index=True)
