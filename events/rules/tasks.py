"""Celery tasks of rules. They take no payload."""
