"""Rules that make event frames out of data, and what their evaluation remembers."""

from __future__ import annotations

from django.db import models

from piwebapi.models import AnalysisTemplate, AssetDatabase, Element, ElementTemplate

from .frames import SEVERITIES


class EventRule(models.Model):
    """An analysis of kind event frame: for every element of a template, a frame while the condition holds.

    Times are ticks. The rule shows over REST as an analysis template (`analysis`) with the plug-in EventFrame.
    """

    name = models.CharField(max_length=200)
    description = models.CharField(max_length=1000, blank=True, default="")
    database = models.ForeignKey(AssetDatabase, models.CASCADE, related_name="event_rules")
    element_template = models.ForeignKey(ElementTemplate, models.CASCADE, related_name="+")
    scope = models.CharField(
        max_length=500,
        blank=True,
        default="",
        help_text="Paths of elements with * and ?, as Plant_1\\*, with commas; empty: every element of the template.",
    )
    start_condition = models.TextField(help_text="A performance equation, as 'Temperature' > 90.")
    end_condition = models.TextField(blank=True, default="", help_text="Empty: when the start condition is over.")
    true_for_seconds = models.FloatField(default=0.0, help_text="The condition must hold so long.")
    frame_template = models.ForeignKey(ElementTemplate, models.SET_NULL, null=True, blank=True, related_name="+")
    severity = models.SmallIntegerField(null=True, blank=True, choices=list(enumerate(SEVERITIES)))
    name_pattern = models.CharField(
        max_length=260, default="{rule} {element} {start}", help_text="{rule}, {element}, {start} are filled in."
    )
    captured = models.CharField(
        max_length=1000, blank=True, default="", help_text="Attributes of the element at the start, with commas."
    )
    constants = models.JSONField(
        default=dict, blank=True, help_text="Attributes of the event frame with fixed values, as JSON."
    )
    resolution_seconds = models.PositiveIntegerField(default=1, help_text="The condition is looked at so often.")
    delay_seconds = models.PositiveIntegerField(default=5, help_text="How late values may arrive.")
    enabled = models.BooleanField(default=False)
    analysis = models.OneToOneField(AnalysisTemplate, models.SET_NULL, null=True, blank=True, editable=False)
    #: evaluated up to then
    until = models.BigIntegerField(null=True, blank=True, editable=False)
    evaluated = models.DateTimeField(null=True, blank=True, editable=False)
    seconds = models.FloatField(default=0.0, editable=False)
    elements = models.IntegerField(default=0, editable=False)
    error = models.TextField(blank=True, default="", editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("database", "name", name="event_rule_name")]

    def __str__(self) -> str:
        return self.name


class RuleState(models.Model):
    """An element for which something is going on: the condition holds since `pending`, or a frame is open since
    `opened`."""

    rule = models.ForeignKey(EventRule, models.CASCADE, related_name="states")
    element = models.ForeignKey(Element, models.CASCADE, related_name="+")
    pending = models.BigIntegerField(null=True, blank=True)
    opened = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("rule", "element", name="rule_state_of_element")]


class RuleFrame(models.Model):
    """Which event frame a rule has made for which stretch of time; it stays when somebody deletes the frame, so that
    the frame is not made again."""

    frame_id = models.UUIDField(primary_key=True)
    rule = models.ForeignKey(EventRule, models.CASCADE, related_name="frames")
    element = models.ForeignKey(Element, models.CASCADE, related_name="+")
    start = models.BigIntegerField()
    end = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("rule", "element", "start", name="rule_frame_of_element")]


class RuleBackfill(models.Model):
    """A past range that a rule is to be evaluated over, a chunk at a time."""

    STATES = tuple((name, name) for name in ("waiting", "running", "done", "cancelled", "failed"))

    rule = models.ForeignKey(EventRule, models.CASCADE, related_name="backfills")
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    done_until = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    #: by element id [pending, opened]
    going_on = models.JSONField(default=dict, blank=True)
    frames = models.IntegerField(default=0)
    error = models.TextField(blank=True, default="")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
