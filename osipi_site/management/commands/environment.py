"""`manage.py environment`: every variable that the settings read, as a file of comments."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Prints all environment variables with their defaults and what they mean; .env.example is its output."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(settings.ENVIRONMENT.example(), ending="")
