"""The SQL that is sent to a warehouse, and the reads that the local table shares.

Only what Databricks SQL, Spark and the test warehouse all understand: no QUALIFY, no INSERT of some columns,
no DELETE with a subquery, texts in JSON that are cast. Values travel as named parameters; a table name is
validated and quoted (`schema.TableName`). A batch is one JSON parameter, because 25 rows with a marker for
each of ten columns would reach the limit of 255.
"""

from __future__ import annotations

from .schema import COLUMNS, NAMES, PARTITION, TableName

MAX_PARAMETER_BYTES = 900_000  # of 1 MB for all values of a statement
MAX_ROWS = 1_000

CLOCK = "SELECT current_timestamp() AS now"
_READ_AS_TEXT = {"start_time": "TIMESTAMP", "end_time": "TIMESTAMP", PARTITION: "DATE"}
_SENT = tuple(column for column in COLUMNS if column.name != "ingestion_timestamp")
#: a row that somebody has written since we saw it is passed over
UNCHANGED = "s.seen IS NULL OR t.ingestion_timestamp IS NULL OR t.ingestion_timestamp <= s.seen"
_IDS = "SELECT explode(from_json(:ids, 'ARRAY<STRING>', map('mode', 'FAILFAST'))) AS webid"
_FRAMES = "webid IS NOT NULL AND start_time IS NOT NULL"


def probe(table: TableName) -> str:
    return f"SELECT * FROM {table.quoted} LIMIT 0"


def create_schema(table: TableName) -> str:
    return f"CREATE SCHEMA IF NOT EXISTS {table.quoted_schema}"


def create_table(table: TableName) -> str:
    columns = ", ".join(f"{column.name} {column.sql}" for column in COLUMNS)
    return (
        f"CREATE TABLE IF NOT EXISTS {table.quoted} ({columns}) USING DELTA PARTITIONED BY ({PARTITION}) "
        "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"
    )


def put(file: str) -> str:
    """What follows takes no parameters; a path is checked (`volume.Volume`). OVERWRITE lets it run twice."""
    return f"PUT '__input_stream__' INTO '{file}' OVERWRITE"


def remove(file: str) -> str:
    return f"REMOVE '{file}'"


def listing(folder: str) -> str:
    return f"LIST '{folder}'"


def upsert(table: TableName, file: str = "") -> str:
    """Rows of :batch, a JSON array, or else of a Parquet file; :lo and :hi over old and new partition dates, :now the
    ingestion time."""
    updates = ", ".join(f"t.{c.name} = s.{c.name}" for c in _SENT if c.name != "webid")
    values = ", ".join(f"s.{c.name}" for c in _SENT)
    return (
        f"MERGE INTO {table.quoted} AS t\n"
        f"USING ({of_file(file, *(c.name for c in _SENT), 'seen') if file else _of_batch()}) AS s\n"
        f"ON t.webid = s.webid AND {_in_range('t.')}\n"
        f"WHEN MATCHED AND ({UNCHANGED}) THEN UPDATE SET {updates}, t.ingestion_timestamp = CAST(:now AS TIMESTAMP)\n"
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(c.name for c in _SENT)}, ingestion_timestamp) "
        f"VALUES ({values}, CAST(:now AS TIMESTAMP))"
    )


def _of_batch() -> str:
    """FAILFAST: the default mode turns a batch that cannot be read into zero rows and success."""
    struct = ",".join(f"{c.name}:{'STRING' if c.name in _READ_AS_TEXT else c.sql}" for c in _SENT) + ",seen:STRING"
    casts = {name: f"CAST(r.{name} AS {sql}) AS {name}" for name, sql in _READ_AS_TEXT.items()}
    picked = ", ".join(casts.get(c.name, f"r.{c.name}") for c in _SENT)
    return (
        f"SELECT {picked}, CAST(r.seen AS TIMESTAMP) AS seen FROM (SELECT explode("
        f"from_json(:batch, 'ARRAY<STRUCT<{struct}>>', map('mode', 'FAILFAST'))) AS r)"
    )


def of_file(file: str, *columns: str) -> str:
    """The rows of a Parquet file on a volume."""
    return f"SELECT {', '.join(columns)} FROM read_files('{file}', format => 'parquet')"


def delete(table: TableName, file: str = "") -> str:
    """Web ids of :ids, a JSON array, or else of a Parquet file; :lo and :hi over their partition dates."""
    return (
        f"MERGE INTO {table.quoted} AS t\n"
        f"USING ({of_file(file, 'webid') if file else _IDS}) AS s\n"
        f"ON t.webid = s.webid AND {_in_range('t.')}\n"
        "WHEN MATCHED THEN DELETE"
    )


def version(table: TableName) -> str:
    return f"DESCRIBE HISTORY {table.quoted} LIMIT 1"


def deleted(table: TableName, first: int, last: int) -> str:
    """By the change feed. The function takes constants only."""
    return (
        f"SELECT DISTINCT webid FROM table_changes('{table.quoted}', {int(first)}, {int(last)}) "
        "WHERE _change_type = 'delete' AND webid IS NOT NULL"
    )


def present(table: TableName) -> str:
    """:ids JSON array of web ids."""
    return f"SELECT DISTINCT t.webid FROM {table.quoted} AS t JOIN ({_IDS}) AS s ON t.webid = s.webid"


def since(table: str, *, watermark: bool) -> str:
    """With a watermark: rows from :since on."""
    return _newest(table, "ingestion_timestamp >= CAST(:since AS TIMESTAMP)" if watermark else "")


def between(table: str) -> str:
    """Rows of the partitions :lo to :hi."""
    return _newest(table, _in_range())


def _newest(table: str, condition: str) -> str:
    """Of each web id the row that was ingested last."""
    condition = f"{_FRAMES} AND {condition}" if condition else _FRAMES
    columns = ", ".join(NAMES)
    newest = "PARTITION BY webid ORDER BY ingestion_timestamp DESC NULLS LAST, start_time DESC"
    return (
        f"SELECT {columns} FROM (SELECT {columns}, row_number() OVER ({newest}) AS rn "
        f"FROM {table} WHERE {condition}) AS x WHERE rn = 1 ORDER BY ingestion_timestamp, webid"
    )


def partitions(table: str) -> str:
    return f"SELECT {PARTITION}, count(*) AS n FROM {table} WHERE {_FRAMES} GROUP BY {PARTITION}"


def keys(table: str) -> str:
    return (
        f"SELECT DISTINCT webid, {PARTITION} FROM {table} "
        f"WHERE webid IS NOT NULL AND {PARTITION} IS NOT NULL AND {_in_range()}"
    )


def count(table: str) -> str:
    return f"SELECT count(*) AS n FROM {table}"


def recent(table: str, limit: int) -> str:
    return (
        f"SELECT {', '.join(NAMES)} FROM {table} WHERE {_FRAMES} "
        f"ORDER BY ingestion_timestamp DESC NULLS LAST, start_time DESC, webid LIMIT {int(limit)}"
    )


def _in_range(prefix: str = "") -> str:
    # Literal bounds let the engine skip files; comparing the columns of both sides would skip none and lose
    # rows whose start has moved.
    return f"{prefix}{PARTITION} BETWEEN CAST(:lo AS DATE) AND CAST(:hi AS DATE)"
