"""Ingestion from PI Web API servers: where from, what, how far, and how it went."""

from __future__ import annotations

from django.db import models


class IngestionSource(models.Model):
    """A PI Web API. Without an URL it is this server itself, at the address where it listens.

    The secret (password, token or client secret) is sealed (`events.ingestion.sealing`), or stands in the
    environment variable that `secret_variable` names; it is never shown.
    """

    AUTHENTICATION = (
        ("anonymous", "anonymous"),
        ("basic", "Basic: user and password"),
        ("bearer", "Bearer token"),
        ("oauth", "OAuth client credentials"),
        ("kerberos", "Kerberos, with the ticket of the process"),
    )

    name = models.CharField(max_length=200, unique=True)
    url = models.CharField(max_length=500, blank=True, default="", help_text="Empty: this server itself.")
    authentication = models.CharField(max_length=20, choices=AUTHENTICATION, default="anonymous")
    user = models.CharField(max_length=200, blank=True, default="", help_text="User name or client id.")
    sealed = models.TextField(blank=True, default="", editable=False)
    secret_variable = models.CharField(
        max_length=100, blank=True, default="", help_text="Environment variable that holds the secret."
    )
    token_url = models.CharField(max_length=500, blank=True, default="", help_text="OAuth: where tokens are given.")
    scope = models.CharField(max_length=500, blank=True, default="")
    verify_tls = models.BooleanField(default=True)
    ca_file = models.CharField(
        max_length=500, blank=True, default="", help_text="Certificates to trust, in a file of this machine."
    )
    timeout_seconds = models.FloatField(default=60.0)
    requests_per_second = models.FloatField(default=20.0, help_text="0: no limit.")
    page_size = models.PositiveIntegerField(default=1_000, help_text="Objects asked for at once.")
    streams_per_request = models.PositiveIntegerField(default=100)
    values_per_request = models.PositiveIntegerField(
        default=100_000, help_text="Values of all streams in one answer; servers usually allow 150,000."
    )
    keep_values = models.BooleanField(
        default=True,
        help_text="Recorded values also into this server's own archive, under points that are made here. "
        "Of no account for this server itself.",
    )
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def keeps(self) -> bool:
        """Whether its values are kept here, too; those of this server are here already."""
        return self.keep_values and bool(self.url)


class IngestionJob(models.Model):
    """One table filled from one source, on a schedule of its own, with watermarks of its own."""

    KINDS = (
        ("timeseries", "recorded values into pi_timeseries, and into this server"),
        ("written", "values as they are written here, into pi_timeseries"),
        ("metrics", "hourly metrics of pi_timeseries"),
        ("event_frames", "event frames into this server"),
        ("hierarchy", "elements into pi_asset_hierarchy"),
        ("points", "points into this server"),
        ("elements", "elements with templates and attributes into this server"),
    )

    name = models.CharField(max_length=200, unique=True)
    source = models.ForeignKey(IngestionSource, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=20, choices=KINDS, default="timeseries")
    enabled = models.BooleanField(default=True)
    every_seconds = models.PositiveIntegerField(default=60)
    data_server = models.CharField(
        max_length=200, blank=True, default="", help_text="Empty: the first one, from then on."
    )
    query = models.CharField(
        max_length=1000, blank=True, default="*", help_text="Names of points with * and ?, separated by commas."
    )
    most_points = models.PositiveIntegerField(default=1_000)
    database = models.CharField(max_length=200, blank=True, default="", help_text="Asset database; empty: the first.")
    templates = models.CharField(
        max_length=1000, blank=True, default="", help_text="Event frame templates, separated by commas; empty: all."
    )
    attributes = models.CharField(
        max_length=2000, blank=True, default="", help_text="Attributes of event frames to keep; empty: all."
    )
    name_pattern = models.CharField(
        max_length=300,
        blank=True,
        default="{plant}_Unit{unit}_{sensor_type}_PV",
        help_text="How names of points tell plant, unit and sensor_type.",
    )
    overlap_seconds = models.PositiveIntegerField(default=60, help_text="Read again, for what arrived late.")
    first_seconds = models.PositiveIntegerField(default=600, help_text="How far the first run reaches back.")
    batch_rows = models.PositiveIntegerField(
        default=5_000, help_text="Values as they are written: so many go together, and do not wait for the time."
    )
    #: number in the log of written values up to which they have been read
    sequence = models.BigIntegerField(null=True, blank=True, editable=False)
    #: read up to then, by the clock of the source's data (ticks)
    until = models.BigIntegerField(null=True, blank=True, editable=False)
    #: of the last commit into the lake
    number = models.BigIntegerField(default=0, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    retry_at = models.DateTimeField(null=True, blank=True, editable=False)
    succeeded = models.DateTimeField(null=True, blank=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def lease(self) -> str:
        return f"ingestion {self.pk}"

    def reach(self, until: int | None) -> None:
        """Stores how far the job has read (ticks) and nothing else: a form may have changed other columns meanwhile."""
        self.until = until
        IngestionJob.objects.filter(pk=self.pk).update(until=until)


class StreamMark(models.Model):
    """How far one stream has been read: `last` is its newest event in the lake, `until` the end of the last window.

    `point`: under which its values are kept here, too; up to `kept_until`, `kept` of them.
    """

    job = models.ForeignKey(IngestionJob, models.CASCADE, related_name="marks")
    web_id = models.CharField(max_length=400)
    name = models.CharField(max_length=300)
    units = models.CharField(max_length=100, blank=True, default="")
    point_type = models.CharField(max_length=20, blank=True, default="")
    last = models.BigIntegerField(null=True, blank=True)
    until = models.BigIntegerField(null=True, blank=True)
    rows = models.BigIntegerField(default=0)
    point = models.ForeignKey("piwebapi.Point", models.SET_NULL, null=True, blank=True, related_name="+")
    kept_until = models.BigIntegerField(null=True, blank=True)
    kept = models.BigIntegerField(default=0)
    #: found by the job's search the last time; others are no longer read
    chosen = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint("job", "web_id", name="stream_mark_of_job")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Backfill(models.Model):
    """A past range of a time series job, read in chunks. `done_until` is where the next chunk begins (ticks)."""

    STATES = tuple((name, name) for name in ("waiting", "running", "paused", "cancelled", "done", "failed"))

    job = models.ForeignKey(IngestionJob, models.CASCADE, related_name="backfills")
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    chunk_seconds = models.PositiveIntegerField(default=3600)
    pause_seconds = models.FloatField(default=0.0, help_text="Rest after each chunk.")
    done_until = models.BigIntegerField()
    number = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    read = models.BigIntegerField(default=0)
    written = models.BigIntegerField(default=0)
    kept = models.BigIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.job} {self.state} {self.share:.0%}"

    @property
    def share(self) -> float:
        whole = self.end - self.start
        return 1.0 if whole <= 0 else (self.done_until - self.start) / whole


class LakeCommit(models.Model):
    """The ledger: what is being written, before it is written. `app` and `number` stand in the commit of a local Delta
    table too, so that after a crash the table itself tells whether the rows are there.

    `marks`: by id of StreamMark [newest event, rows]; taken over when the commit is known to be there.
    """

    app = models.CharField(max_length=100)
    number = models.BigIntegerField()
    job = models.ForeignKey(IngestionJob, models.CASCADE, related_name="commits")
    table = models.CharField(max_length=300)
    rows = models.IntegerField(default=0)
    is_done = models.BooleanField(default=False)
    marks = models.JSONField(default=dict, blank=True)
    planned = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("app", "number", name="lake_commit_number")]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.app} {self.number}"


class FrameMark(models.Model):
    """An event frame of another server as it was read last, and what it is here. `end`: ticks."""

    job = models.ForeignKey(IngestionJob, models.CASCADE, related_name="frame_marks")
    web_id = models.CharField(max_length=500)
    frame_id = models.UUIDField()
    digest = models.CharField(max_length=64)
    end = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "web_id"], name="frame_mark_of_job")]


class IngestionRun(models.Model):
    """One run of a job; runs that found nothing to do or failed alike are one row (`repeats`)."""

    job = models.ForeignKey(IngestionJob, models.CASCADE, related_name="runs")
    state = models.CharField(max_length=10, choices=(("done", "done"), ("failed", "failed")), default="done")
    started = models.DateTimeField(db_index=True)
    finished = models.DateTimeField()
    seconds = models.FloatField(default=0.0)
    read = models.BigIntegerField(default=0)
    written = models.BigIntegerField(default=0)
    #: events that this server's own archive has got
    kept = models.BigIntegerField(default=0)
    #: arrived after later values of the same stream had been read
    late = models.BigIntegerField(default=0)
    #: other values than before at the same time
    changed = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    requests = models.IntegerField(default=0)
    retries = models.IntegerField(default=0)
    lag_seconds = models.FloatField(null=True, blank=True)
    repeats = models.IntegerField(default=0)
    is_permanent = models.BooleanField(default=False)
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.job}: {self.error or f'{self.written} written'}"


class IngestionQuality(models.Model):
    """What one run tells about the data that it wrote into one table."""

    job = models.ForeignKey(IngestionJob, models.CASCADE, related_name="quality")
    table = models.CharField(max_length=300)
    at = models.DateTimeField(db_index=True)
    read = models.BigIntegerField(default=0)
    written = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    late = models.BigIntegerField(default=0)
    #: reason -> rows
    rejected = models.JSONField(default=dict, blank=True)
    null_rate = models.FloatField(default=0.0)
    questionable_rate = models.FloatField(default=0.0)
    #: age of the newest row
    freshness_seconds = models.FloatField(null=True, blank=True)
    lag_seconds = models.FloatField(null=True, blank=True)
    #: rows against the mean of the last runs that wrote any; 1 is as usual
    volume = models.FloatField(null=True, blank=True)
    #: columns that the table lacks, and those that it has besides
    drift = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "ingestion quality"

    def __str__(self) -> str:
        return f"{self.table}: {self.written} rows"
