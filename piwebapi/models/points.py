"""Points of the data archive."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from .base import Identified
from .enumerations import EnumerationSet
from .lookups import FoldedField
from .servers import DataServer, WithPointSecurity

POINT_TYPES = ["Digital", "Int16", "Int32", "Float16", "Float32", "Float64", "String", "Timestamp", "Blob"]


class Point(WithPointSecurity, Identified):
    """`id` is the vendor's int32 point id.

    A simulated point has a `signal` (the kind of curve, see `streaming.core.simulator`); its values
    are computed, never stored, and it refuses to be written. All others keep their values in the
    archive.
    """

    KIND = "Point"

    id = models.AutoField(primary_key=True)
    server = models.ForeignKey(DataServer, models.CASCADE, related_name="points")
    name = models.CharField(max_length=260)
    name_key = FoldedField(source="name", max_length=260)
    descriptor = models.CharField(max_length=500, blank=True, default="")
    point_class = models.CharField(max_length=60, default="classic")
    point_type = models.CharField(max_length=20, default="Float32")
    digital_set = models.ForeignKey(EnumerationSet, models.RESTRICT, null=True, blank=True)
    engineering_units = models.CharField(max_length=60, blank=True, default="")
    zero = models.FloatField(default=0.0)
    span = models.FloatField(default=100.0)
    step = models.BooleanField(default=False)
    future = models.BooleanField(default=False)
    display_digits = models.SmallIntegerField(default=-5)
    point_source = models.CharField(max_length=60, default="L")
    #: further point attributes by their lower-case names (compdev, excdev, location1 ...)
    extras = models.JSONField(default=dict, blank=True)
    signal = models.CharField(max_length=20, blank=True, default="")
    noise = models.FloatField(default=0.0)
    created_ticks = models.BigIntegerField(default=0)
    modified = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint("server", "name_key", name="point_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def simulated(self) -> bool:
        return bool(self.signal)

    @property
    def description(self) -> str:
        return self.descriptor

    @property
    def full_path(self) -> str:
        return f"\\\\{self.server.name}\\{self.name}"

    @property
    def server_guid(self) -> UUID:
        return self.server_id
