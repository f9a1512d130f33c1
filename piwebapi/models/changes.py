"""That something in the catalogue has changed."""

from __future__ import annotations

from django.db import models


class CatalogChange(models.Model):
    """One row per writing statement, kept while it can matter (`piwebapi.catalog`)."""
