"""Both kinds of table: a local Delta table, and one in the test warehouse through the unmodified connector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django import Settings

from events.lakehouse.databricks import DatabricksGateway
from events.lakehouse.delta import DeltaGateway
from events.lakehouse.gateway import Gateway
from events.lakehouse.schema import TableName
from events.lakehouse.warehouse import DatabricksConfig
from tests.api.conftest import Api, JsonClient

from .plant import Plant
from .samples import TABLE
from .storage import VOLUME
from .warehouse import HTTP_PATH, TOKEN, Warehouse


@pytest.fixture(scope="session")
def started_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    warehouse = Warehouse(tmp_path_factory.mktemp("warehouse"))
    yield warehouse
    warehouse.stop()


@pytest.fixture
def warehouse(started_warehouse: Warehouse) -> Warehouse:
    started_warehouse.faults.clear()
    started_warehouse.storage.faults.clear()
    started_warehouse.service.statements.clear()
    return started_warehouse


@pytest.fixture
def config(warehouse: Warehouse) -> DatabricksConfig:
    table = TableName("osipi", "bronze", f"frames_{uuid4().hex}")
    return DatabricksConfig("127.0.0.1", HTTP_PATH, table, token=TOKEN, port=warehouse.port, ca_file=warehouse.ca_file)


@pytest.fixture
def databricks(config: DatabricksConfig) -> Iterator[DatabricksGateway]:
    gateway = DatabricksGateway(config, sleep=lambda seconds: None)
    yield gateway
    gateway.close()


@pytest.fixture
def with_volume(config: DatabricksConfig) -> Iterator[DatabricksGateway]:
    gateway = DatabricksGateway(replace(config, volume=VOLUME), sleep=lambda seconds: None)
    yield gateway
    gateway.close()


@pytest.fixture
def delta(tmp_path: Path) -> DeltaGateway:
    return DeltaGateway(tmp_path / "a lake", TABLE)


@pytest.fixture(params=["delta", "databricks"])
def gateway(request: pytest.FixtureRequest) -> Gateway:
    """The contract holds for every implementation."""
    chosen: Gateway = request.getfixturevalue(request.param)
    chosen.ensure_table()
    return chosen


@pytest.fixture
def plant(db: None) -> Plant:
    return Plant()


@pytest.fixture
def api(db: None, settings: Settings) -> Api:
    settings.OSIPI_ANONYMOUS, settings.OSIPI_READ_ONLY = "write", False
    return Api(JsonClient(HTTP_HOST="localhost"))
