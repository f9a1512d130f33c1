# Databricks notebook source
# ruff: noqa: E402, F821 - cells, and names that the notebook gives
# MAGIC %md
# MAGIC # osipi: one round of ingestion
# MAGIC Runs the jobs with the code of this repository. **Not run by its authors: no workspace was at hand.**
# MAGIC Marks and ledger live in PostgreSQL, so that a cluster may come and go.

# COMMAND ----------
# MAGIC %pip install -r ../../requirements.txt

# COMMAND ----------
dbutils.library.restartPython()

# COMMAND ----------
import os
import sys
import tempfile
from pathlib import Path

secret = dbutils.secrets.get
repository = Path.cwd().parents[1]
sys.path.insert(0, str(repository))
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "osipi_site.settings",
    "OSIPI_ENV_FILE": "none",
    "OSIPI_DATA_DIR": tempfile.mkdtemp(),
    "DATABASE_URL": secret("osipi", "database-url"),
    "SECRET_KEY": secret("osipi", "secret-key"),
    "DATABRICKS_HOST": spark.conf.get("spark.databricks.workspaceUrl"),
    "DATABRICKS_HTTP_PATH": dbutils.widgets.get("http_path"),
    "DATABRICKS_VOLUME": dbutils.widgets.get("volume"),  # /Volumes/catalog/schema/volume; empty: no files
    "DATABRICKS_TOKEN": secret("osipi", "warehouse-token"),
    "OSIPI_SOURCE_PI": secret("osipi", "pi-secret"),  # a source names this variable
}

# COMMAND ----------
import django

django.setup()

from django.core.management import call_command

call_command("migrate", verbosity=0)
call_command("ingest", once=True)
call_command("ingest", status=True)
