"""What the synchronisation with the lake remembers, and who may run it."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import models
from django.db.models import Q


class SyncTarget(models.Model):
    """One table that event frames are kept equal with; another table begins anew."""

    name = models.CharField(max_length=600, unique=True)
    description = models.CharField(max_length=1000, blank=True, default="")
    #: changes up to this number of the counter ``eventframes`` have been exported
    mark = models.BigIntegerField(default=0)
    #: rows ingested up to then have been read; by the clock of the table, never by ours
    watermark = models.DateTimeField(null=True, blank=True)
    #: the version of the table that was read last, where it tells one
    version = models.BigIntegerField(null=True, blank=True)
    #: when the table was read last, by our clock
    read = models.DateTimeField(null=True, blank=True)
    #: after a failure that somebody has to mend, scheduled runs wait until then
    paused_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.description or self.name


class SyncState(models.Model):
    """One event frame as the table holds it.

    `web_id` stays as it was first written, the row's key for ever: a full web id contains the name, and a
    renamed frame must not become a second row. `digest` is that of the table's row, `ours` that of the frame when
    both agreed: they differ where a row that others wrote cannot be kept to the letter. Empty: unknown.
    """

    target = models.ForeignKey(SyncTarget, models.CASCADE, related_name="states")
    frame_id = models.UUIDField()
    web_id = models.TextField()
    digest = models.CharField(max_length=64, blank=True, default="")
    ours = models.CharField(max_length=64, blank=True, default="")
    #: the ingestion time of the row: a row with a later one has been written by somebody else since
    seen = models.DateTimeField(null=True, blank=True)
    partition = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint("target", "frame_id", name="sync_state_of_frame")]
        indexes = [models.Index("target", "web_id", name="sync_state_of_row")]


class SyncRun(models.Model):
    """One run, or a sequence of runs that found nothing to do or failed in the same way: then `repeats` counts
    the further ones and `started` tells since when."""

    #: stopped: something has to be decided by a person first; the other direction goes on
    STATES = (("done", "done"), ("failed", "failed"), ("stopped", "stopped"))

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
    conflicts = models.IntegerField(default=0)
    #: rows that could not be taken over; `DeadLetter` tells why
    refused = models.IntegerField(default=0)
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

    @property
    def touched(self) -> int:
        return self.written + self.conflicts + self.refused

    @property
    def is_broken(self) -> bool:
        return self.state == "failed"

    def is_like(self, other: SyncRun) -> bool:
        """Both did nothing and ended alike, so that one row tells both."""
        names = ("direction", "state", "error", "table")
        alike = all(getattr(self, name) == getattr(other, name) for name in names)
        return alike and not self.touched and not other.touched


class SyncConflict(models.Model):
    """A frame that both sides had changed, with both versions; null where one had deleted it."""

    target = models.ForeignKey(SyncTarget, models.CASCADE, related_name="conflicts")
    frame_id = models.UUIDField(db_index=True)
    web_id = models.TextField()
    found = models.DateTimeField(db_index=True)
    what = models.CharField(max_length=60)
    policy = models.CharField(max_length=10)
    winner = models.CharField(max_length=10)
    ours = models.JSONField(null=True, blank=True)
    theirs = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.web_id}: {self.what}; the version of the {self.winner} counts"


class SyncReport(models.Model):
    """One comparison of all partitions of a table with what is here. `partitions` tells those that differ."""

    target = models.ForeignKey(SyncTarget, models.CASCADE, related_name="reports")
    started = models.DateTimeField(db_index=True)
    seconds = models.FloatField(default=0.0)
    compared = models.IntegerField(default=0)
    here = models.IntegerField(default=0)
    there = models.IntegerField(default=0)
    only_here = models.IntegerField(default=0)
    only_there = models.IntegerField(default=0)
    different = models.IntegerField(default=0)
    repaired = models.BooleanField(default=False)
    partitions = models.JSONField(default=list, blank=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]

    @property
    def is_equal(self) -> bool:
        return not (self.error or self.only_here or self.only_there or self.different)

    def __str__(self) -> str:
        counts = f"{self.only_here} only here, {self.only_there} only there, {self.different} different"
        return self.error or f"{self.here} frames, {self.there} rows: {counts}"


class DeadLetter(models.Model):
    """What could not be done and will not be tried again by itself: a row or a task, and the reason."""

    source = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    subject = models.TextField(blank=True, default="")
    reason = models.TextField()
    content = models.JSONField(null=True, blank=True)
    first = models.DateTimeField()
    last = models.DateTimeField(db_index=True)
    times = models.IntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint("source", "key", name="dead_letter_key")]
        ordering = ["-last"]

    def __str__(self) -> str:
        return f"{self.subject}: {self.reason}"


def new_owner() -> str:
    """A name for one turn of this process: host, process id and something of its own."""
    return f"{socket.gethostname()[:50]}/{os.getpid()}/{uuid4().hex[:12]}"


def is_dead(owner: str) -> bool:
    """Whether the owner was a process of this machine that is no more."""
    host, _, rest = owner.partition("/")
    process = rest.partition("/")[0]
    if host != socket.gethostname()[:50] or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


class Lease(models.Model):
    """Held by one process at a time; after a crash it runs out, and at once where the next one can see that the owner's
    process is no more. Taken and kept by conditional updates, which are atomic on both databases."""

    name = models.CharField(primary_key=True, max_length=100)
    REVOKED = "cancelled by"

    owner = models.CharField(max_length=100, blank=True, default="")
    until = models.DateTimeField(null=True, blank=True)

    @classmethod
    def take(cls, name: str, owner: str, now: datetime, length: timedelta) -> bool:
        held, _ = cls.objects.get_or_create(name=name)
        free = Q(until__isnull=True) | Q(until__lt=now)
        if held.owner and is_dead(held.owner):
            free |= Q(owner=held.owner)
        return cls.objects.filter(free, name=name).update(owner=owner, until=now + length) == 1

    @classmethod
    def keep(cls, name: str, owner: str, now: datetime, length: timedelta) -> bool:
        """False when another has taken it meanwhile: the caller must stop."""
        return cls.objects.filter(name=name, owner=owner).update(until=now + length) == 1

    @classmethod
    def revoke(cls, name: str, by: str, now: datetime, rest: timedelta) -> bool:
        """Takes it from whoever holds it, who then stops at the next step; nobody gets it before `rest` is over."""
        held = cls.objects.filter(name=name, until__gt=now).exclude(owner="").exclude(owner__startswith=cls.REVOKED)
        return held.update(owner=f"{cls.REVOKED} {by}"[:100], until=now + rest) == 1

    @property
    def is_revoked(self) -> bool:
        return self.owner.startswith(self.REVOKED)

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
