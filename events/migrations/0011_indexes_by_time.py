from django.db import migrations, models

from events.periods import EndOrOpen


class Migration(migrations.Migration):
    dependencies = [("events", "0010_values_kept_here")]

    operations = [
        migrations.RemoveIndex("eventframe", "events_even_databas_204dcf_idx"),
        migrations.RemoveIndex("eventframe", "events_even_databas_735404_idx"),
        migrations.AddIndex(
            "eventframe",
            models.Index(fields=["database", "start", "id"], include=("end", "parent"), name="event_frame_by_start"),
        ),
        migrations.AddIndex(
            "eventframe",
            models.Index(
                models.F("database"),
                EndOrOpen("end"),
                models.F("id"),
                include=("start", "end", "parent"),
                name="event_frame_by_end",
            ),
        ),
    ]
