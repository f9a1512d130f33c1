from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "osipi_site"
    verbose_name = "Site"

    def ready(self) -> None:
        # Shared tasks bind to the Celery application; checks register themselves.
        from osipi_site import celery, checks  # noqa: F401
