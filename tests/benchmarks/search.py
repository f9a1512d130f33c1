"""Pages of elements and attributes by each way of listing and searching, in a large tree.

    search.py [--elements 20000] [--page 1000] [--plans]

Runs on SQLite in a directory of its own, or on the PostgreSQL database of OSIPI_BENCH_DATABASE_URL, in which it makes
and drops a schema. The tree has four levels, one element in ten has a stored value. `--plans` prints the statement of
each search that took longest, with the plan that the database made for it. Answers that the service keeps are not
measured: each is worked out anew. The bar is a page of 1,000 well under a second, at a million elements.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import event_frames as bench  # sets Django up
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from piwebapi.api import kept
from piwebapi.api.service import Request, service
from piwebapi.models import AssetDatabase, AssetServer, Element, ElementCategory, ElementTemplate

SIDE = 8  # elements below each of the upper levels, at least
KINDS = ("Pump", "Valve", "Tank", "Motor", "Meter")


#: equipment below every unit, made where the rows will be: a million rows take seconds instead of minutes
EQUIPMENT = """
INSERT INTO piwebapi_element (id, name, name_key, description, created, modified, type, path, path_key,
    extended_properties, database_id, parent_id, template_id)
SELECT {uuid}, t.name || '_' || n.number, t.name_key || '_' || n.number, '', {now}, {now}, 'None',
    u.path || '\\' || t.name || '_' || n.number, u.path_key || '\\' || t.name_key || '_' || n.number,
    '{{}}', u.database_id, u.id, t.id
FROM piwebapi_element u CROSS JOIN ({series}) n
JOIN (SELECT id, name, name_key, row_number() OVER (ORDER BY name) - 1 AS at FROM piwebapi_elementtemplate) t
    ON t.at = n.number % {kinds}
WHERE u.name LIKE 'Unit%'
"""
RATINGS = """
INSERT INTO piwebapi_attribute (id, name, name_key, description, created, modified, trail, trail_key, type,
    display_digits, data_reference, config_string, is_configuration_item, is_excluded, is_hidden,
    is_manual_data_entry, trait_name, value, value_ticks, element_id)
SELECT {uuid}, 'Rating', 'RATING', '', {now}, {now}, 'Rating', 'RATING', 'Double', -5, '', '', {no}, {no}, {no}, {no},
    '', {json}, 0, e.id
FROM piwebapi_element e WHERE e.name LIKE '%0' AND e.template_id IS NOT NULL
"""
CATEGORIES = """
INSERT INTO piwebapi_element_categories (element_id, elementcategory_id)
SELECT e.id, c.id FROM piwebapi_element e CROSS JOIN piwebapi_elementcategory c
WHERE e.name LIKE 'Pump%' OR e.name LIKE 'Motor%'
"""
DIALECTS = {
    "postgresql": {
        "uuid": "gen_random_uuid()",
        "now": "now()",
        "no": "false",
        "json": "to_jsonb(length(e.path) * 37 % 1000)",
        "series": "SELECT generate_series(0, {last}) AS number",
    },
    "sqlite": {
        "uuid": "lower(hex(randomblob(16)))",
        "now": "datetime('now')",
        "no": "0",
        "json": "json(length(e.path) * 37 % 1000)",
        "series": (
            "WITH RECURSIVE s(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM s WHERE number < {last})"
            " SELECT number FROM s"
        ),
    },
}


@transaction.atomic
def fill(elements: int) -> tuple[AssetDatabase, Element]:
    """Site > Area > Unit > equipment; the last level has nearly all elements."""
    server = AssetServer.objects.create(name="AF")
    database = AssetDatabase.objects.create(server=server, name="Db")
    ElementCategory.objects.create(database=database, name="Rotating")
    for kind in KINDS:
        ElementTemplate.objects.create(database=database, name=kind)
    side = max(SIDE, round(elements ** (1 / 4)))
    level: list[Element | None] = [None]
    for name in ("Site", "Area", "Unit"):
        level = [made(database, parent, f"{name}_{n}") for parent in level for n in range(side)]
        Element.objects.bulk_create(level)
    dialect = DIALECTS[connection.vendor]
    series = dialect["series"].format(last=max(0, elements // len(level) - 1))
    with connection.cursor() as cursor:
        for statement in (EQUIPMENT, RATINGS, CATEGORIES):
            cursor.execute(statement.format(**{**dialect, "series": series}, kinds=len(KINDS)))
    return database, level[0].parent.parent


def made(database: AssetDatabase, parent: Element | None, name: str) -> Element:
    path = f"{parent.path}\\{name}" if parent else name
    return Element(database=database, parent=parent, name=name, path=path)


def searches(database: AssetDatabase, site: Element, page: int, elements: int) -> dict[str, str]:
    web_id = database.web_id()
    whole = f"assetdatabases/{web_id}/elements?searchFullHierarchy=true"
    branch = f"elements/{site.web_id()}/elements?searchFullHierarchy=true"
    query = f"elements/search?databaseWebId={web_id}&query="
    of_attributes = f"attributes/search?databaseWebId={web_id}&query="
    found = {
        "roots": f"assetdatabases/{web_id}/elements?x=1",
        "children": f"elements/{site.web_id()}/elements?x=1",
        "whole hierarchy": whole,
        "whole hierarchy, from the middle": f"{whole}&startIndex={elements // 2}",
        "whole hierarchy, descending": f"{whole}&sortOrder=Descending",
        "whole hierarchy, Pump_2*": f"{whole}&nameFilter=Pump_2*",
        "whole hierarchy, *_7": f"{whole}&nameFilter=*_7",
        "whole hierarchy, a template": f"{whole}&templateName=Valve",
        "whole hierarchy, a category": f"{whole}&categoryName=Rotating",
        "a branch": branch,
        "a branch, *_7": f"{branch}&nameFilter=*_7",
        "a branch, a template": f"{branch}&templateName=Tank",
        "query Name:Pump_2*": f"{query}Name:=Pump_2*",
        "query Template and Root": f"{query}Template:=Motor Root:'{site.path}'",
        "query Name:*": f"{query}Name:=*",
        "query |Rating:>990": f"{query}|Rating:>990",
        "attributes of a template": f"{of_attributes}Element:{{Template:=Pump}} Name:=Rating",
        "attributes below a root": f"{of_attributes}Element:{{Root:'{site.path}'}} Name:=R*",
        "attributes below the database": (
            f"assetdatabases/{web_id}/elementattributes?searchFullHierarchy=true&attributeNameFilter=Rating"
        ),
    }
    return {name: f"{url}&maxCount={page}" for name, url in found.items()} | {
        "by path": f"elements?path=\\\\AF\\Db\\{site.path}\\Area_3",
        "by name and attribute": f"attributes?path=\\\\AF\\Db\\{site.path}\\Area_0\\Unit_0\\Meter_0|Rating",
    }


def measured(url: str) -> tuple[float, float, int]:
    if "path=" not in url:
        whole, _, _, cpu, items = bench.measure(url, 0)
        return whole, cpu, items
    began = time.perf_counter()
    answer(url)
    return (time.perf_counter() - began) * 1000, 0.0, 1


def answer(url: str) -> None:
    path, _, query = url.partition("?")
    request = Request("GET", path, query.replace(" ", "%20"), bench.READER, bench.NOW, "http://localhost/piwebapi")
    reply = service.answer(request)
    assert reply.status == 200, reply.body


def plan(url: str) -> Iterator[str]:
    """The statement that took longest, and how the database carries it out."""
    with CaptureQueriesContext(connection) as captured:
        answer(url)
    slowest = max(captured.captured_queries, key=lambda query: float(query["time"]))["sql"]
    yield f"{slowest[:2000]}"
    explain = "EXPLAIN (ANALYZE, BUFFERS) " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        cursor.execute(explain + slowest.replace("%", "%%"), [])
        yield from (f"    {row[-1]}" for row in cursor.fetchall())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=int, default=20_000)
    parser.add_argument("--page", type=int, default=1000)
    parser.add_argument("--plans", action="store_true")
    asked = parser.parse_args()
    kept.CONTROLLERS = frozenset()
    with bench.tables(bench.SCHEMA):
        began = time.perf_counter()
        database, site = fill(asked.elements)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        count = Element.objects.count()
        print(f"{count:,} elements on {connection.vendor}, filled in {time.perf_counter() - began:.0f} s")
        print(f"{'ms':>7} {'cpu':>7}  items  search")
        for name, url in searches(database, site, asked.page, asked.elements).items():
            took, cpu, items = measured(url)
            print(f"{took:7.1f} {cpu:7.1f}  {items:5}  {name}", flush=True)
            if asked.plans:
                print("\n".join(plan(url)), flush=True)


if __name__ == "__main__":
    main()
