from django.apps import AppConfig


class StreamingConfig(AppConfig):
    name = "streaming"
    verbose_name = "Streams"
    default_auto_field = "django.db.models.BigAutoField"
