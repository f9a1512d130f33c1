"""What the synchronisation with the lake remembers, and who may run it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q


class SyncTarget(models.Model):
    """One table that event frames are kept equal with; another table begins anew."""

    name = models.CharField(max_length=600, unique=True)
    description = models.CharField(max_length=1000, blank=True, default="")
    #: changes up to this number of the counter ``eventframes`` have been exported
    mark = models.BigIntegerField(default=0)
    #: after a failure that somebody has to mend, scheduled runs wait until then
    paused_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.description or self.name


class SyncState(models.Model):
    """One event frame as the table holds it.

    `web_id` stays as it was first written, the row's key for ever: a full web id contains the name, and a
    renamed frame must not become a second row. An empty digest: the row is there, but unknown in content.
    """

    target = models.ForeignKey(SyncTarget, models.CASCADE, related_name="states")
    frame_id = models.UUIDField()
    web_id = models.TextField()
    digest = models.CharField(max_length=64, blank=True, default="")
    partition = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint("target", "frame_id", name="sync_state_of_frame")]


class SyncRun(models.Model):
    """One run, or a sequence of runs that found nothing to do or failed in the same way: then `repeats` counts
    the further ones and `started` tells since when."""

    STATES = (("done", "done"), ("failed", "failed"))

    target = models.CharField(max_length=600, db_index=True)
    table = models.CharField(max_length=1000, blank=True, default="")
    direction = models.CharField(max_length=10, default="to")
    state = models.CharField(max_length=10, choices=STATES, default="done")
    started = models.DateTimeField(db_index=True)
    finished = models.DateTimeField()
    seconds = models.FloatField(default=0.0)
    read = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    inserted = models.IntegerField(default=0)
    updated = models.IntegerField(default=0)
    deleted = models.IntegerField(default=0)
    repeats = models.IntegerField(default=0)
    permanent = models.BooleanField(default=False)
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        counts = f"{self.inserted} inserted, {self.updated} updated, {self.deleted} deleted"
        return f"{self.table}: {self.error or counts}"

    @property
    def written(self) -> int:
        return self.inserted + self.updated + self.deleted

    def is_like(self, other: SyncRun) -> bool:
        """Both did nothing and ended alike, so that one row tells both."""
        alike = (self.state, self.error, self.table) == (other.state, other.error, other.table)
        return alike and not self.written and not other.written


class Lease(models.Model):
    """Held by one process at a time; after a crash it runs out. Taken and kept by conditional updates, which
    are atomic on both databases."""

    name = models.CharField(primary_key=True, max_length=100)
    owner = models.CharField(max_length=100, blank=True, default="")
    until = models.DateTimeField(null=True, blank=True)

    @classmethod
    def take(cls, name: str, owner: str, now: datetime, length: timedelta) -> bool:
        cls.objects.get_or_create(name=name)
        free = Q(until__isnull=True) | Q(until__lt=now)
        return cls.objects.filter(free, name=name).update(owner=owner, until=now + length) == 1

    @classmethod
    def keep(cls, name: str, owner: str, now: datetime, length: timedelta) -> bool:
        """False when another has taken it meanwhile: the caller must stop."""
        return cls.objects.filter(name=name, owner=owner).update(until=now + length) == 1

    @classmethod
    def release(cls, name: str, owner: str) -> None:
        cls.objects.filter(name=name, owner=owner).update(owner="", until=None)


class ScheduleClaim(models.Model):
    """(schedule, slot) is carried out once: beat may send the same tick twice."""

    schedule = models.CharField(max_length=100)
    slot = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("schedule", "slot", name="schedule_slot")]

    @classmethod
    def claim(cls, schedule: str, slot: int) -> bool:
        """Whether this slot is ours. Older claims of the schedule go away with it."""
        made = cls.objects.get_or_create(schedule=schedule, slot=slot)[1]
        if made:
            cls.objects.filter(schedule=schedule, slot__lt=slot - 100).delete()
        return made
