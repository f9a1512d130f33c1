from django.apps import AppConfig


class PiwebapiConfig(AppConfig):
    name = "piwebapi"
    verbose_name = "PI Web API"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from piwebapi import places

        places.register_all()
