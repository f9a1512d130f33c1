from django.db import migrations

from events.periods import INDEX, RANGE


def index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        period = RANGE.format(start="start", end='"end"')
        schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {INDEX} ON events_eventframe USING gist ({period})")


def no_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("events", "0007_ingestion_out_of_the_log")]
    operations = [migrations.RunPython(index, no_index)]
