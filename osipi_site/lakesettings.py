"""The settings of the lake, out of the environment. Without a host it is a local Delta table."""

from __future__ import annotations

from typing import Any

from osipi_site.env import Environment


def databricks(env: Environment) -> dict[str, Any]:
    """Where the Unity Catalog is, and as whom it is used."""
    return {
        "host": env.text(
            "DATABRICKS_HOST", help="workspace, as adb-123.azuredatabricks.net; unset: local Delta tables"
        ),
        "http_path": env.text("DATABRICKS_HTTP_PATH", help="SQL warehouse, as /sql/1.0/warehouses/abc"),
        "token": env.secret("DATABRICKS_TOKEN", help="personal access token, or"),
        "client_id": env.text("DATABRICKS_CLIENT_ID", help="service principal (OAuth, machine to machine)"),
        "client_secret": env.secret("DATABRICKS_CLIENT_SECRET", help="secret of the service principal"),
        "catalog": env.text("DATABRICKS_CATALOG", "osipi", help="Unity Catalog catalog"),
        "schema": env.text("DATABRICKS_SCHEMA", "bronze", help="schema in the catalog"),
        "volume": env.text(
            "DATABRICKS_VOLUME", help="for files of many rows, as /Volumes/osipi/bronze/staging; unset: statements only"
        ),
    }


def lake(env: Environment) -> dict[str, Any]:
    """Which way event frames go, and what counts when both sides have changed one."""
    return {
        "direction": env.choice(
            "OSIPI_LAKE_DIRECTION",
            "both",
            ("to", "from", "both"),
            help="event frames go to the lake, come from it, or both",
        ),
        "policy": env.choice(
            "OSIPI_LAKE_POLICY",
            "server",
            ("server", "lake", "newest"),
            help="whose version of an event frame counts when both sides have changed it",
        ),
        "read_seconds": env.number(
            "OSIPI_LAKE_READ_SECONDS",
            300,
            low=10,
            high=86_400,
            help="how often a SQL warehouse is asked for rows of others; each question may wake it",
        ),
        "database": env.text(
            "OSIPI_LAKE_DATABASE",
            help="asset database of frames that name no element of ours, as Db or Server\\Db; unset: the oldest",
        ),
    }
