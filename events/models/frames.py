"""Event frames: named periods with attributes and referenced elements."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from events.periods import EndOrOpen
from piwebapi.core.times import OPEN_END
from piwebapi.models import AssetDatabase, Element, ElementCategory, ElementTemplate, OwnedAttribute
from piwebapi.models.base import Named

SEVERITIES = ("None", "Information", "Warning", "Minor", "Major", "Critical")


class EventFrame(Named):
    """Times are ticks (100 ns since 1970). An open frame has no `end`; the wire says 9999-12-31.

    `changed` is taken from the counter ``eventframes`` at each change of the frame, its attributes or
    references: a reader of "all above N" (the lake export, the live feed) misses nothing.
    """

    KIND = "EventFrame"

    database = models.ForeignKey(AssetDatabase, models.CASCADE, related_name="event_frames")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    template = models.ForeignKey(ElementTemplate, models.SET_NULL, null=True, blank=True, related_name="+")
    start = models.BigIntegerField()
    end = models.BigIntegerField(null=True, blank=True)
    severity = models.SmallIntegerField(default=0, choices=list(enumerate(SEVERITIES)))
    acknowledged_by = models.CharField(max_length=200, blank=True, default="")
    acknowledged_at = models.BigIntegerField(null=True, blank=True)
    can_be_acknowledged = models.BooleanField(default=False)
    is_locked = models.BooleanField(default=False)
    values_captured = models.BooleanField(default=False)
    extended_properties = models.JSONField(default=dict, blank=True)
    categories = models.ManyToManyField(ElementCategory, blank=True, related_name="event_frames")
    primary_element = models.ForeignKey(Element, models.SET_NULL, null=True, blank=True, related_name="+")
    changed = models.BigIntegerField(default=0, db_index=True, editable=False)

    # set by `dressing`
    shown_elements: list[Element]
    shown_categories: list[str]
    has_children: bool
    is_annotated: bool

    class Meta:
        indexes = [
            # With what a search by time looks at, so that going far into it reads the index alone (PostgreSQL).
            models.Index(fields=["database", "start", "id"], include=["end", "parent"], name="event_frame_by_start"),
            models.Index(
                *("database", EndOrOpen("end"), "id"), include=["start", "end", "parent"], name="event_frame_by_end"
            ),
            models.Index(
                fields=["database", "name_key", "id"], include=["start", "end", "parent"], name="event_frame_by_name"
            ),
            models.Index(fields=["parent", "start"]),
            models.Index(fields=["database", "severity", "id"]),
        ]

    @property
    def full_path(self) -> str:
        return f"{self.database.full_path}\\EventFrames[{self.name}]"

    @property
    def server_guid(self) -> UUID:
        return self.database.server_id

    @property
    def end_or_open(self) -> int:
        return OPEN_END if self.end is None else self.end

    @property
    def is_acknowledged(self) -> bool:
        return self.acknowledged_at is not None


class EventFrameReference(models.Model):
    """A referenced element; `position` 0 is the primary one."""

    frame = models.ForeignKey(EventFrame, models.CASCADE, related_name="references")
    element = models.ForeignKey(Element, models.CASCADE, related_name="frame_references")
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint("frame", "element", name="event_frame_reference")]


class EventFrameAttribute(OwnedAttribute):
    frame = models.ForeignKey(EventFrame, models.CASCADE, related_name="attributes")

    class Meta:
        constraints = [models.UniqueConstraint("frame", "trail_key", name="event_frame_attribute_name")]

    @property
    def full_path(self) -> str:
        return f"{self.frame.full_path}|{self.trail}"

    @property
    def server_guid(self) -> UUID:
        return self.frame.database.server_id

    @property
    def owner_letter(self) -> str:
        return "F"

    @property
    def owner_guid(self) -> UUID:
        return self.frame_id

    @property
    def is_captured(self) -> bool:
        return bool(self.data_reference) and self.frame.values_captured


class EventFrameTombstone(models.Model):
    """What is left of a deleted frame, for those who follow the changes."""

    frame_id = models.UUIDField(primary_key=True)
    web_id = models.CharField(max_length=300)
    name = models.CharField(max_length=260)
    start = models.BigIntegerField()
    changed = models.BigIntegerField(db_index=True)
    deleted = models.DateTimeField(auto_now_add=True)


class Annotation(models.Model):
    """A remark on an event frame."""

    id = models.UUIDField(primary_key=True)
    frame = models.ForeignKey(EventFrame, models.CASCADE, related_name="annotations")
    name = models.CharField(max_length=260, blank=True, default="")
    description = models.TextField(blank=True, default="")
    value = models.JSONField(null=True, blank=True)
    creator = models.CharField(max_length=200, blank=True, default="")
    created = models.BigIntegerField()
    modifier = models.CharField(max_length=200, blank=True, default="")
    modified = models.BigIntegerField()
    attachment_name = models.CharField(max_length=260, blank=True, default="")
    attachment_type = models.CharField(max_length=100, blank=True, default="")
    attachment_size = models.BigIntegerField(default=0)
    attachment = models.BinaryField(null=True, blank=True)
