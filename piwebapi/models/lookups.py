"""The database side of PI name filters, and of numbers in JSON.

`name_key__wild=Pattern.parse("Pump*")` compares a folded column with a wildcard pattern. SQLite
answers with GLOB, PostgreSQL with LIKE or, for character sets only, with a regular expression that
`Pattern` built out of escaped literals; all use an index for the literal prefix. No text of a user
reaches an engine raw.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, FloatField, Func, Lookup, TextField

from piwebapi.core.webid import fold
from piwebapi.core.wildcards import Pattern


@CharField.register_lookup
@TextField.register_lookup
class Wild(Lookup):
    lookup_name = "wild"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, params = self.process_lhs(compiler, connection)
        pattern: Pattern = self.rhs
        if pattern.exact is not None:
            return f"{left} = %s", [*params, pattern.exact]
        if connection.vendor == "sqlite":
            return f"{left} GLOB %s", [*params, pattern.glob]
        if pattern.like is not None:
            return f"{left} LIKE %s", [*params, pattern.like]
        return f"{left} ~ %s", [*params, pattern.regex]


class FoldedField(CharField):
    """The folded twin of another text column: names are compared without regard to case."""

    def __init__(self, *args: Any, source: str = "name", **kwargs: Any) -> None:
        self.source = source
        kwargs.setdefault("editable", False)
        kwargs.setdefault("max_length", 2000)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs["source"] = self.source
        return name, path, args, kwargs

    def db_parameters(self, connection: Any) -> Any:
        """Ordered by code points on both engines; PostgreSQL uses an index for prefixes only then."""
        found = super().db_parameters(connection)
        return {**found, "collation": "C"} if connection.vendor == "postgresql" else found

    def pre_save(self, model_instance: Any, add: bool) -> str:
        value = fold(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, value)
        return value


class Number(Func):
    """The number in a JSON column; null where it holds something else. An index on it must not be a partial one:
    PostgreSQL estimates nothing by the statistics of those."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = (
            "CASE WHEN json_type(%(expressions)s) IN ('integer', 'real')"
            " THEN CAST(json_extract(%(expressions)s, '$') AS REAL) END"
        )
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = (
            "CASE WHEN jsonb_typeof(%(expressions)s) = 'number' THEN (%(expressions)s #>> '{}')::double precision END"
        )
        return self.as_sql(compiler, connection, template=template, **context)
