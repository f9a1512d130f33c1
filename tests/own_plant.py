"""A plant of its own for a program that is run from a shell which may hold the settings of somebody's plant."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

SETTINGS = {"DATABASE_URL", "REDIS_URL", "PORT", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG", "MOCK_PI_TAG_COUNT"}
#: names a database in which benchmarks may make and drop a schema; it is the only setting that is kept
BENCH_DATABASE = "OSIPI_BENCH_DATABASE_URL"


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that tell nothing of a plant."""
    return {
        name: value
        for name, value in environment.items()
        if name == BENCH_DATABASE
        or not (name.removesuffix("_FILE") in SETTINGS or name.startswith(("OSIPI_", "DATABRICKS_", "DJANGO_")))
    }


def own_plant(prefix: str = "osipi-bench-", **settings: str) -> Path:
    """This process and its children get a plant in a new folder, which is given, and forget every other. To be called
    before Django is set up."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    own = {"OSIPI_ENV_FILE": "none", "OSIPI_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "osipi_site.settings"}
    own |= {"OSIPI_LOG_LEVEL": "error", "OSIPI_TIME_ZONE": "UTC"}
    kept = without_settings(os.environ)
    os.environ.clear()
    os.environ.update(kept | own | settings)
    return folder
