"""What has to be there before a server may answer: tables, a plant, somebody who may sign in."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

Say = Callable[[str], None]


def reach_services() -> None:
    """Fails with a sentence when a configured service does not answer. Addresses hold passwords: never shown."""
    try:
        connection.ensure_connection()
    except OperationalError as fault:
        raise CommandError(f"The database does not answer (DATABASE_URL): {str(fault).splitlines()[0]}") from None
    if settings.REDIS_URL:
        import redis

        try:
            redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5).ping()
        except redis.RedisError as fault:
            raise CommandError(f"Redis does not answer (REDIS_URL): {fault.__class__.__name__}") from None


def migrate(say: Say) -> None:
    """Applies what is missing; looking costs some 50 ms, the command itself a second even with nothing to do."""
    executor = MigrationExecutor(connection)
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if steps:
        say(f"Preparing the database ({len(steps)} migrations) ...")
        call_command("migrate", interactive=False, verbosity=0)


def load_plant() -> None:
    """Loads the demo plant into an empty database; one that holds any asset server is left as it is."""
    if settings.OSIPI_DEMO_TAGS and not apps.get_model("piwebapi", "AssetServer").objects.exists():
        call_command("load_demo")


def make_administrator() -> str:
    """Makes sure OSIPI_ADMIN_USER can sign in. Returns the password when it was invented here, to be shown once.

    OSIPI_ADMIN_PASSWORD is the truth whenever it is set: an administrator with another password gets this
    one.
    """
    users = get_user_model()
    name, given = settings.OSIPI_ADMIN_USER, settings.OSIPI_ADMIN_PASSWORD
    existing = users.objects.filter(username=name).first()
    if existing is None:
        if not given and users.objects.filter(is_superuser=True, is_active=True).exists():
            return ""
        password = given or secrets.token_urlsafe(12)
        users.objects.create_superuser(name, password=password)
        return "" if given else password
    if given and not existing.check_password(given):
        existing.set_password(given)
        existing.save(update_fields=["password"])
    return ""
