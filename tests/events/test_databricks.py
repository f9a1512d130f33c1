"""What only a warehouse can do wrong. The connector itself is the real one."""

from dataclasses import replace
from pathlib import Path

import pytest
from databricks.sql import exc
from urllib3.exceptions import MaxRetryError

from events.lakehouse.configured import configured_gateway
from events.lakehouse.databricks import DatabricksGateway
from events.lakehouse.delta import DeltaGateway
from events.lakehouse.faults import explain
from events.lakehouse.gateway import GatewayError, Written
from events.lakehouse.schema import TableName
from events.lakehouse.warehouse import DatabricksConfig

from .samples import INGESTED, row
from .warehouse import CLIENT, Warehouse


def merges(warehouse: Warehouse) -> int:
    return sum(sql.startswith("MERGE") for sql in warehouse.service.statements)


def test_a_batch_beyond_the_parameter_limit_is_cut(databricks: DatabricksGateway, warehouse: Warehouse) -> None:
    databricks.ensure_table()
    rows = [row(number, description="x" * 4000) for number in range(300)]  # 1.3 MB
    assert databricks.upsert(rows, ingested=INGESTED) == Written(inserted=300)
    assert merges(warehouse) == 2


def test_a_row_beyond_the_limit_is_a_permanent_error(databricks: DatabricksGateway) -> None:
    databricks.ensure_table()
    with pytest.raises(GatewayError, match="over the 900,000") as failure:
        databricks.upsert([row(description="x" * 900_000)], ingested=INGESTED)
    assert failure.value.permanent


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 502}, {}, {"after": True}])
def test_a_failed_statement_is_sent_again_without_doubling(
    databricks: DatabricksGateway, warehouse: Warehouse, fault: dict[str, int]
) -> None:
    databricks.ensure_table()
    warehouse.fault(**fault)
    assert databricks.upsert([row(1), row(2)], ingested=INGESTED).rows == 2
    assert databricks.row_count() == 2
    assert not warehouse.faults


def test_a_delete_whose_answer_was_lost_is_done(databricks: DatabricksGateway, warehouse: Warehouse) -> None:
    databricks.ensure_table()
    databricks.upsert([row(1), row(2)], ingested=INGESTED)
    warehouse.fault(after=True)
    databricks.delete({row(1).webid: row(1).start.date()})
    assert databricks.row_count() == 1


def test_an_expired_session_is_opened_again(databricks: DatabricksGateway, warehouse: Warehouse) -> None:
    databricks.ensure_table()
    warehouse.service.sessions.clear()
    assert databricks.row_count() == 0


def test_failures_without_end_are_told_after_three_attempts(
    databricks: DatabricksGateway, warehouse: Warehouse
) -> None:
    for _ in range(3):
        warehouse.fault(status=500)
    with pytest.raises(GatewayError, match=r"failed \(HTTP 500\)") as failure:
        databricks.clock()
    assert not failure.value.permanent
    assert not warehouse.faults


def test_a_wrong_token_is_permanent_and_not_repeated_in_the_sentence(config: DatabricksConfig) -> None:
    gateway = DatabricksGateway(replace(config, token="dapi-wrong"), sleep=lambda seconds: None)
    with pytest.raises(GatewayError, match="refused the credentials: check DATABRICKS_TOKEN") as failure:
        gateway.ensure_table()
    assert failure.value.permanent
    assert "dapi" not in failure.value.sentence


def test_an_unknown_warehouse_is_permanent(config: DatabricksConfig) -> None:
    gateway = DatabricksGateway(replace(config, http_path="/sql/1.0/warehouses/other"), sleep=lambda seconds: None)
    with pytest.raises(GatewayError, match="check DATABRICKS_HTTP_PATH") as failure:
        gateway.clock()
    assert failure.value.permanent


def test_a_certificate_that_nobody_trusts_is_permanent(config: DatabricksConfig) -> None:
    error = MaxRetryError(None, "/", OSError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"))
    failure = explain(error, config)
    assert failure.permanent
    assert "certificate of 127.0.0.1 is not trusted" in failure.sentence


@pytest.mark.parametrize(
    ("error", "told", "permanent"),
    [
        (MaxRetryError(None, "/", OSError("Name or service not known")), "cannot be reached", False),
        (MaxRetryError(None, "/", OSError("too many 503 error responses")), "starting or busy", False),
        (MaxRetryError(None, "/", OSError("too many 429 error responses")), "is busy", False),
        (exc.RequestError("no", {"http-code": 403}), "refused access", True),
        (exc.RequestError("dropped", {"http-code": None}), "cannot be reached", False),
        (exc.ServerOperationError("[DELTA_CONCURRENT_APPEND] x"), "another writer was faster", False),
        (exc.ServerOperationError("[INSUFFICIENT_PERMISSIONS] no MODIFY"), "rights are missing", True),
        (exc.ServerOperationError("[TABLE_OR_VIEW_NOT_FOUND] x"), "the table is not there", True),
        (exc.ServerOperationError("[PARSE_SYNTAX_ERROR] x"), "refused a statement", True),
        (exc.DatabaseError("Invalid SessionHandle"), "the session has expired", False),
        (GatewayError("as it is", permanent=True), "as it is", True),
    ],
)
def test_every_failure_is_a_sentence(config: DatabricksConfig, error: Exception, told: str, permanent: bool) -> None:
    failure = explain(error, config)
    assert told in failure.sentence
    assert failure.permanent is permanent


def test_secrets_in_a_text_of_the_server_are_hidden(config: DatabricksConfig) -> None:
    failure = explain(exc.ServerOperationError(f"bad token {config.token} " + "x" * 1000), config)
    assert config.token not in failure.sentence
    assert len(failure.sentence) < 500


def test_a_service_principal_signs_in(config: DatabricksConfig) -> None:
    person = replace(config, token="", client_id=CLIENT[0], client_secret=CLIENT[1])
    gateway = DatabricksGateway(person)
    assert gateway.ensure_table() is True
    gateway.close()


def test_a_service_principal_that_is_refused_is_told(config: DatabricksConfig) -> None:
    person = replace(config, token="", client_id=CLIENT[0], client_secret="guess")
    with pytest.raises(GatewayError, match="check DATABRICKS_CLIENT_ID") as failure:
        DatabricksGateway(person, sleep=lambda seconds: None).clock()
    assert failure.value.permanent
    assert "guess" not in failure.value.sentence


def test_a_table_that_lacks_columns_is_refused(databricks: DatabricksGateway, warehouse: Warehouse) -> None:
    name = databricks.table.quoted
    folder = warehouse.engine.folder_of(name)
    warehouse.engine.execute(f"CREATE TABLE {name} (webid STRING) USING DELTA LOCATION '{folder}'", {})
    with pytest.raises(GatewayError, match="lacks name, template_name, start_time") as failure:
        databricks.ensure_table()
    assert failure.value.permanent


def test_without_a_host_the_lake_is_a_local_table(tmp_path: Path) -> None:
    gateway = configured_gateway(tmp_path, {"host": "", "catalog": "osipi", "schema": "bronze"})
    assert isinstance(gateway, DeltaGateway)
    assert gateway.path == tmp_path / "lake/osipi/bronze/pi_event_frames"


def test_with_a_host_it_is_the_warehouse_and_shows_no_secret(tmp_path: Path) -> None:
    values = {"host": "https://dbc-1.cloud.databricks.com/", "http_path": "/sql/1", "token": "dapi1"}
    gateway = configured_gateway(tmp_path, values)
    assert isinstance(gateway, DatabricksGateway)
    assert (gateway.config.host, gateway.config.port) == ("dbc-1.cloud.databricks.com", 443)
    assert gateway.table == TableName("osipi", "bronze", "pi_event_frames")
    assert "dapi1" not in repr(gateway.config)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"host": "h"}, "not DATABRICKS_HTTP_PATH nor DATABRICKS_TOKEN"),
        ({"host": "h", "http_path": "/p", "client_id": "x"}, "not DATABRICKS_TOKEN"),
        ({"host": "h:x", "http_path": "/p", "token": "t"}, "'x' is no port"),
        ({"host": "h", "http_path": "/p", "token": "t", "volume": "x"}, "DATABRICKS_VOLUME: 'x' is no volume"),
        ({"catalog": "a b"}, "'a b' is not a catalog name"),
    ],
)
def test_settings_that_do_not_suffice_are_named(tmp_path: Path, values: dict[str, str], told: str) -> None:
    with pytest.raises(GatewayError, match=told) as failure:
        configured_gateway(tmp_path, values)
    assert failure.value.permanent
