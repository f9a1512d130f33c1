"""Recorded values of other servers into this one. Sources that are here already keep theirs in the lake only."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

TEXT = (
    "Recorded values also into this server's own archive, under points that are made here. "
    "Of no account for this server itself."
)


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0009_name_index"),
        ("piwebapi", "0008_attribute_by_number"),
    ]

    operations = [
        migrations.AddField("ingestionsource", "keep_values", models.BooleanField(default=False, help_text=TEXT)),
        migrations.AlterField("ingestionsource", "keep_values", models.BooleanField(default=True, help_text=TEXT)),
        migrations.AddField(
            "streammark",
            "point",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="piwebapi.point",
            ),
        ),
        migrations.AddField("streammark", "kept", models.BigIntegerField(default=0)),
        migrations.AddField("streammark", "kept_until", models.BigIntegerField(blank=True, null=True)),
        migrations.AddField("ingestionrun", "kept", models.BigIntegerField(default=0)),
        migrations.AddField("backfill", "kept", models.BigIntegerField(default=0)),
        migrations.AlterField(
            model_name="ingestionjob",
            name="data_server",
            field=models.CharField(
                blank=True, default="", help_text="Empty: the first one, from then on.", max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="ingestionjob",
            name="kind",
            field=models.CharField(
                choices=[
                    ("timeseries", "recorded values into pi_timeseries, and into this server"),
                    ("written", "values as they are written here, into pi_timeseries"),
                    ("metrics", "hourly metrics of pi_timeseries"),
                    ("event_frames", "event frames into this server"),
                    ("hierarchy", "elements into pi_asset_hierarchy"),
                    ("points", "points into this server"),
                    ("elements", "elements with templates and attributes into this server"),
                ],
                default="timeseries",
                max_length=20,
            ),
        ),
    ]
