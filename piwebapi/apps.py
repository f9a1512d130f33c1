from django.apps import AppConfig


class PiwebapiConfig(AppConfig):
    name = "piwebapi"
    verbose_name = "PI Web API"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from piwebapi import access, catalog, places
        from piwebapi.demo import aliases
        from piwebapi.services import security  # noqa: F401  (new asset servers get their first entries)

        connection_created.connect(catalog.watch, dispatch_uid="piwebapi.catalog")
        places.register_all()
        access.register_alias(aliases.resolve)
