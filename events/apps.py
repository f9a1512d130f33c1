from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = "Event frames"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from events import places

        places.register_all()
