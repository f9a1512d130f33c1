"""A small plant in which every list of the admin has rows, made by the services."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from events import models as event_models
from events import services as event_services
from events.ingestion import backfills
from events.ingestion.sealing import seal
from events.rules import services as event_rules
from piwebapi import models
from piwebapi.core.times import from_datetime
from piwebapi.services import analyses, attributes, databases, dataservers, elements, elementtemplates, notifications
from piwebapi.services import units as unit_services
from streaming.models import ArchivedBlock, ArchivedEvent, UpdateRegistration, ValueChange

MOMENT = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = from_datetime(MOMENT)
HOUR = 36_000_000_000
SECRET = "the-secret-of-the-source"


class Plant:
    """What a test does not ask for by name (`analysis`, `rule`, `job` ...) or by `fill` is not made."""

    @transaction.atomic
    def __init__(self, boss: User) -> None:
        self.boss = boss
        self.server = models.AssetServer.objects.create(name="AFDEMO")
        self.database = databases.create_database(self.server, now=NOW, name="ProductionDB")
        self.archive = models.DataServer.objects.create(name="DADEMO")
        self._make_library()
        self._make_tree()
        self._make_archive()
        self._make_frames()
        self.token, self.token_text = models.ApiToken.issue(user=boss, name="Grafana")

    @transaction.atomic
    def fill(self) -> None:
        """A row of every kind."""
        _ = self.analysis, self.rule, self.job
        self.make_sync()
        self._make_access()

    def _make_library(self) -> None:
        for model in (models.ElementCategory, models.AttributeCategory, models.AnalysisCategory, models.TableCategory):
            databases.creator(model)(self.database, now=NOW, name="Critical")
        self.modes = databases.create_enumeration_set(self.database, now=NOW, name="Modes")
        self.states = databases.create_enumeration_set(self.archive, now=NOW, name="OnOff")
        for value, name in enumerate(("Off", "On")):
            databases.create_enumeration_value(self.modes, now=NOW, name=name, value=value)
            databases.create_enumeration_value(self.states, now=NOW, name=name, value=value)
        self.table = databases.creator(models.Table)(self.database, now=NOW, name="Costs")
        databases.replace_table_data(self.table, {"Columns": {"Name": "String"}, "Rows": [{"Name": "Gas"}]})
        self.temperatures = unit_services.create_unit_class(
            self.server, now=NOW, name="Temperature", canonical_name="kelvin", canonical_abbreviation="K"
        )
        self.celsius = unit_services.create_unit(
            self.temperatures, now=NOW, name="degree Celsius", abbreviation="°C", reference_offset=273.15
        )
        self.pump = elementtemplates.create(self.database, now=NOW, name="PumpTemplate")
        attributes.create_template(self.pump, now=NOW, name="Speed", type="Double")
        elementtemplates.create(
            self.database, now=NOW, name="Downtime", instance_type="EventFrame", can_be_acknowledged=True
        )

    def _make_tree(self) -> None:
        self.unit = elements.create(self.database, now=NOW, name="Unit_1")
        self.element = elements.create(self.unit, now=NOW, name="Pump_1", template="PumpTemplate")
        other = elements.create(self.database, now=NOW, name="Unit_2")
        elements.refer(other, self.element, "")
        self.attribute = attributes.create(
            self.element, now=NOW, name="Temperature", type="Double", unit=self.celsius, value=20.5
        )

    def _make_archive(self) -> None:
        self.point = dataservers.create_point(
            self.archive, now=NOW, name="Pump_1.Run", point_type="Digital", digital_set="OnOff"
        )
        ArchivedEvent.objects.create(point=self.point, ticks=NOW, number=1.0)
        ArchivedBlock.objects.create(point=self.point, first=NOW - HOUR, last=NOW, count=2, payload=b"packed")
        ValueChange.objects.create(sequence=1, point_id=self.point.pk, action=0, ticks=NOW, number=1.0)
        UpdateRegistration.objects.create(id=uuid4(), web_id=self.point.web_id())

    def _make_frames(self) -> None:
        self.frame = self.add_frame("Downtime_1", elements=[self.element])
        event_services.create_attribute(self.frame, now=NOW, name="Reason", type="String", value="Power")
        event_services.annotate(self.frame, "boss", NOW, name="Seen", description="A fuse.")
        event_models.EventFrameTombstone.objects.create(
            frame_id=uuid4(), web_id="I1Fm", name="Gone", start=NOW, changed=1
        )

    @transaction.atomic
    def add_frame(self, name: str, **values: Any) -> event_models.EventFrame:
        given = {"template": "Downtime", "start": NOW - HOUR} | values
        return event_services.create(self.database, now=NOW, name=name, **given)

    @cached_property
    def analysis(self) -> models.Analysis:
        plug_ins = {"rule_plugin": "PerformanceEquation", "time_plugin": "Periodic"}
        analyses.create_template(self.database, now=NOW, name="Efficiency", target="PumpTemplate", **plug_ins)
        contact = notifications.create_contact(self.server, now=NOW, name="Operators", plug_in="Email")
        template = notifications.create_template(self.pump, now=NOW, name="Alarm")
        notifications.subscribe(template, now=NOW, contact_name=contact.name)
        notifications.create_rule(self.element, now=NOW, name="Alarm", template="Alarm")
        return analyses.create(self.element, now=NOW, name="Efficiency", template="Efficiency")

    def make_sync(self) -> None:
        target = event_models.SyncTarget.objects.create(name="delta:frames", description="the local table")
        event_models.SyncState.objects.create(
            target=target, frame_id=self.frame.pk, web_id="F1Fm", partition=date(2026, 3, 2)
        )
        event_models.SyncRun.objects.create(target=target.name, started=MOMENT, finished=MOMENT, inserted=3)
        event_models.SyncConflict.objects.create(
            target=target, frame_id=self.frame.pk, web_id="F1Fm", found=MOMENT, what="name", policy="ours", winner="us"
        )
        event_models.SyncReport.objects.create(target=target, started=MOMENT)
        event_models.DeadLetter.objects.create(source="row", key="1", reason="no start", first=MOMENT, last=MOMENT)
        event_models.Lease.objects.create(name="export")
        event_models.ScheduleClaim.objects.create(schedule="export", slot=1)

    @cached_property
    def rule(self) -> event_models.EventRule:
        rule = event_rules.create(
            self.database, now=NOW, name="Fast", element_template="PumpTemplate", start_condition="'Speed' > 90"
        )
        event_models.RuleState.objects.create(rule=rule, element=self.element, pending=NOW)
        event_models.RuleFrame.objects.create(frame_id=uuid4(), rule=rule, element=self.element, start=NOW)
        event_models.RuleBackfill.objects.create(rule=rule, start=NOW - HOUR, end=NOW, done_until=NOW)
        return rule

    @cached_property
    def source(self) -> event_models.IngestionSource:
        return event_models.IngestionSource.objects.create(
            name="Site PI", url="http://pi.example/piwebapi", authentication="basic", user="reader", sealed=seal(SECRET)
        )

    @cached_property
    def job(self) -> event_models.IngestionJob:
        job = event_models.IngestionJob.objects.create(name="Values", source=self.source, until=NOW)
        backfills.create(job, NOW - HOUR, NOW)
        event_models.IngestionRun.objects.create(job=job, started=MOMENT, finished=MOMENT)
        event_models.IngestionQuality.objects.create(job=job, table="pi_timeseries", at=MOMENT)
        event_models.StreamMark.objects.create(job=job, web_id="F1DP", name="Pump_1.Run", last=NOW)
        event_models.FrameMark.objects.create(job=job, web_id="F1Fm", frame_id=uuid4(), digest="0")
        event_models.LakeCommit.objects.create(app="a", number=1, job=job, table="t", planned=MOMENT)
        return job

    def _make_access(self) -> None:
        identity = models.SecurityIdentity.objects.create(server=self.server, name="Engineers")
        models.SecurityMapping.objects.create(server=self.server, name="boss", account="boss", identity=identity)
        models.SecurityEntry.objects.create(kind="Element", object_id=self.element.pk, identity=identity, allow=1)
        Group.objects.create(name="Operators")
        LogEntry.objects.create(
            user=self.boss,
            content_type=ContentType.objects.get_for_model(models.Element),
            object_id=str(self.element.pk),
            object_repr="Pump_1",
            action_flag=CHANGE,
        )
