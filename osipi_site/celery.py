"""The Celery application; `celery -A osipi_site worker` finds it here."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osipi_site.settings")

app = Celery("osipi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
