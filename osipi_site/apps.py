from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "osipi_site.admin_site.Site"


class SiteConfig(AppConfig):
    name = "osipi_site"
    verbose_name = "Site"

    def ready(self) -> None:
        # Shared tasks bind to the Celery application; checks register themselves.
        from osipi_site import celery, checks  # noqa: F401
