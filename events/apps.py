from django.apps import AppConfig
from django.db.models.signals import post_migrate


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = "Event frames"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from events import cascades, live, numbering, places, schedules, transfer
        from piwebapi.transfer import further
        from streaming.live import kinds, metrics

        places.register_all()
        numbering.connect()
        cascades.connect()
        kinds.register(live.NAME, live.EventFrames())
        metrics.others.append(_figures)
        further.parts.append(transfer.Frames())
        post_migrate.connect(schedules.create_schedules, sender=self)


def _figures() -> str:
    from events.ingestion.exposition import exposition  # loads pyarrow

    return exposition()
