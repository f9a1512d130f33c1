"""What schemathesis makes of the OpenAPI document, sent to a server of its own; every answer is held to the document.

    fuzz.py [--requests 20000] [--only elements] [--seed 1]

Two thirds of the requests are right by the document, one third is wrong on purpose. Made-up texts find nothing, so
in most requests ids, names, paths, times and queries are ones that the server knows: the demo plant, and an asset
server with three of everything. A fault is an answer of 500 and above, a status, media type, member or type of a
member that the document does not tell, or no answer. Every kind of fault is told once per operation; exit code 1.
schemathesis is no requirement of the tests, because its pytest plugin would load in all of them:
pip install schemathesis==4.32.5
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.own_plant import own_plant  # noqa: E402
from tests.pages.plant_server import PASSWORD, PlantServer  # noqa: E402

PLANT = PlantServer(own_plant("osipi-fuzz-"))
os.environ |= PLANT.environment

METHODS = ("POST", "PUT", "PATCH", "GET", "DELETE")  # what was written is read, then deleted
#: controllers whose ids are those of others
HOLDERS = {
    "streams": ("points", "attributes"),
    "streamsets": ("elements", "eventframes", "attributes"),
    "eventframetemplates": ("elementtemplates",),
    "calculation": ("elements", "points", "attributes"),
}
TIMES = ("*", "*-1h", "y", "t+8h", "*-1d", "2026-01-01T00:00:00Z", "1-Jan-2026", "", "*-300y")
QUERIES = (
    *("name:*", "name:='E0'", "template:T0", "category:C", "|A0:>5", "name:E* AND template:'T0'", "start:>*-1d"),
    *("severity:>None inprogress:true", "tag:=p* AND PointType:=Float32", "(", "root:=E0", "sort:x", "|:", "a b"),
)
EXPRESSIONS = (
    *("1+1", "'SINUSOID' * 2", "TagAvg('SINUSOID', '*-1h', '*')", "if 'SINUSOID' > 50 then 1 else \"no\""),
    *("'", "sqr(-1)", "1/0", "TagVal('Own0')", "'*' - '*-1h'", "BadVal('SINUSOID')"),
)
FIELDS = ("Items.Name", "WebId;Name", "Links.Self", "Items.Value;Items.Timestamp", "Items.Items.Value", ";;", "a.b.c")
INTERVALS = ("1h", "10m", "1d", "1mo", "0s", "-1h", "7w", "0.5h")
NAMES = ("T0", "C", "S0", "E0", "P0", "I0", "RollUp", "Periodic", "Email", "Float32", "base", "World", "Double", "m")
KNOWN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("query", "search"), QUERIES),
    **dict.fromkeys(("expression", "filterExpression"), EXPRESSIONS),
    **dict.fromkeys(("interval", "summaryDuration", "sampleInterval"), INTERVALS),
    **dict.fromkeys(("startTime", "endTime", "time", "startOffset"), TIMES),
    "selectedFields": FIELDS,
    "userIdentity": ("admin",),
    "associations": ("Paths", "DataReference;Paths"),
    "maxCount": ("1", "3", "1000", "150001"),
}


@dataclass
class Pool:
    """Ids and paths of objects by the segment of their addresses."""

    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    paths: list[str] = field(default_factory=list)

    def of(self, segment: str) -> list[str]:
        return [web_id for holder in HOLDERS.get(segment, (segment,)) for web_id in self.ids[holder]]

    def learn(self, location: str) -> None:
        """Objects that were made are known, too."""
        segment, _, web_id = location.partition("/piwebapi/")[2].partition("/")
        if web_id and "/" not in web_id:
            self.ids[segment].append(web_id)

    @property
    def every(self) -> list[str]:
        return [web_id for several in self.ids.values() for web_id in several]


def seed_plant() -> Pool:
    """The demo plant and an asset server with three of everything; some ids of each kind of object."""
    import django

    PLANT.prepare()
    django.setup(set_prefix=False)
    from django.apps import apps
    from django.contrib.auth import get_user_model

    from osipi_site import urls  # noqa: F401
    from piwebapi.api.service import service
    from piwebapi.models import AssetDatabase, AssetServer, DataServer
    from tests.contract.plenty import three_of_each

    get_user_model().objects.create_user("reader", password=PASSWORD)
    home = AssetServer.objects.create(name="AF")
    database = AssetDatabase.objects.create(server=home, name="Dairy")
    three_of_each(home, DataServer.objects.create(name="PI"), f"assetdatabases/{database.web_id()}")
    segments = {one.resource.name: one.resource.segment for one in service.endpoints if one.resource}
    pool = Pool()
    for model in apps.get_models():
        if getattr(model, "KIND", "") in segments:
            rows = model._default_manager.order_by("-pk")
            for row in [*rows[:9], *rows.reverse()[:3]]:
                pool.ids[segments[model.KIND]].append(row.web_id())
                pool.paths.append(row.full_path)
    return pool


@dataclass
class Aimed:
    """Makes cases of what the server knows."""

    pool: Pool
    chance: random.Random
    made: int = 0

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    def aim(self, case: Any) -> None:
        segment = case.path.strip("/").split("/")[0]
        parts = case.path_parameters or {}
        if "webId" in parts and self.often(0.85):
            parts["webId"] = self.chance.choice(self.pool.of(segment) or self.pool.every)
        if "name" in parts and self.often(0.5):
            parts["name"] = self.chance.choice(NAMES)
        for name in list(case.query or {}):
            if self.often(0.75):
                case.query[name] = self.known(segment, name, case.query[name])
        case.body = self.filled(case.body)

    def known(self, segment: str, name: str, given: Any) -> Any:
        """A value of the parameter that is likely to mean something; what was given where none is known."""
        if name.lower().endswith("webid"):
            kinds = {"databasewebid": "assetdatabases", "assetserverwebid": "assetservers"}
            kinds |= {"dataserverwebid": "dataservers", "referencedelementwebid": "elements"}
            kinds |= {"analysiswebid": "analyses"}
            choice = self.pool.of(kinds.get(name.lower(), segment)) or self.pool.every
        elif name == "path":
            choice = self.pool.paths
        elif name.lower().endswith(("name", "category", "template")):
            choice = list(NAMES)
        elif name.endswith("Filter"):
            choice = ["*", "E*", "?0", "[!a]*", "*0"]
        else:
            choice = list(KNOWN.get(name, ()))
        if not choice:
            return given
        return (
            [self.chance.choice(choice) for _ in given or [0]]
            if isinstance(given, list)
            else self.chance.choice(choice)
        )

    def filled(self, body: Any) -> Any:
        """Names that are new, WebIds and times that are known; most other texts leave what they name out."""
        if isinstance(body, list):
            return [self.filled(one) for one in body]
        if not isinstance(body, dict):
            return body
        return {name: self.member(name, value) for name, value in body.items() if self.kept(name)}

    def kept(self, name: str) -> bool:
        return not (name.endswith(("TemplateName", "CategoryNames", "BaseTemplate")) and self.often(0.5))

    def member(self, name: str, value: Any) -> Any:
        if isinstance(value, dict | list) and not name.endswith(("Rights", "Names")):
            return self.filled(value)
        if not isinstance(value, str) or self.often(0.15):
            return value
        if name == "Name" or name.startswith("Canonical") or name == "Abbreviation":
            self.made += 1
            return f"F{self.made}"
        if name == "SecurityIdentityName":
            return self.chance.choice(("I0", "World", "Administrators"))
        if name.endswith("WebId"):
            return self.chance.choice(self.pool.ids["points"] + self.pool.ids["attributes"])
        if name in ("Timestamp", "StartTime", "EndTime"):
            return self.chance.choice(TIMES)
        return self.chance.choice(NAMES) if self.often(0.6) else value


@dataclass
class Run:
    """What was sent, and what was wrong with the answers."""

    aimed: Aimed
    sessions: dict[str, Any]
    checks: list[Any]
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: dict[tuple[str, ...], str] = field(default_factory=dict)
    slowest: tuple[float, str] = (0.0, "")

    def one(self, case: Any) -> None:
        self.aimed.aim(case)
        label, started = case.operation.label, time.monotonic()
        try:
            session = self.sessions["reader" if case.method == "GET" and self.aimed.often(0.5) else "admin"]
            answer = case.call(session=session, timeout=60, headers={"X-Requested-With": "fuzz"})
        except OSError as fault:
            self.faults.setdefault((label, type(fault).__name__), str(fault)[:400])
            return
        self.slowest = max(self.slowest, (time.monotonic() - started, label))
        self.statuses[case.method.upper(), answer.status_code] += 1
        self.aimed.pool.learn(answer.headers.get("Location", [""])[0])
        for check in self.checks:
            try:
                case.validate_response(answer, checks=[check])
            except BaseException as fault:
                if isinstance(fault, KeyboardInterrupt):
                    raise
                told = f"{answer.request.method} {answer.request.url}\n  sent {answer.request.body!r:.600}\n  got "
                told += f"{answer.status_code} {answer.content[:400]!r}\n  {fault!s:.800}"
                self.faults.setdefault((label, check.__name__, str(answer.status_code)), told)


def operations(schema: Any, only: str) -> list[Any]:
    found = [result.ok() for result in schema.get_all_operations()]
    chosen = [one for one in found if only in one.label and "openapi.json" not in one.path]
    return sorted(chosen, key=lambda one: METHODS.index(one.method.upper()))


def cases(operation: Any, count: int, number: int) -> Iterator[Any]:
    from schemathesis import GenerationMode

    for mode, share in ((GenerationMode.POSITIVE, count - count // 3), (GenerationMode.NEGATIVE, count // 3)):
        yield from drawn(operation.as_strategy(generation_mode=mode), share, number)


def drawn(strategy: Any, count: int, number: int) -> list[Any]:
    import hypothesis
    from hypothesis.errors import Unsatisfiable

    options = {"deadline": None, "database": None, "phases": [hypothesis.Phase.generate]}
    options["suppress_health_check"] = list(hypothesis.HealthCheck)
    found: list[Any] = []

    @hypothesis.seed(number)
    @hypothesis.settings(max_examples=count, **options)
    @hypothesis.given(strategy)
    def keep(case: Any) -> None:
        found.append(case)

    with suppress(Unsatisfiable):  # nothing is wrong where there are no parameters
        keep()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--only", default="", help="a part of the method and address of the operations")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    try:
        import schemathesis
        from schemathesis import checks
        from schemathesis.specs.openapi import checks as conformance
    except ImportError:
        print("left out: schemathesis is not installed (pip install schemathesis==4.32.5)")
        return 0
    import requests

    pool = seed_plant()
    PLANT.start()
    sessions = {name: requests.Session() for name in ("admin", "reader")}
    for name, session in sessions.items():
        session.auth = (name, PASSWORD)
    schema = schemathesis.openapi.from_url(f"{PLANT.url}/piwebapi/openapi.json")
    held = ("status_code", "content_type", "response_headers", "response_schema")
    judged = [checks.not_a_server_error, *(getattr(conformance, f"{name}_conformance") for name in held)]
    run = Run(Aimed(pool, random.Random(asked.seed)), sessions, judged)  # noqa: S311
    chosen = operations(schema, asked.only)
    for at, operation in enumerate(chosen):
        left = asked.requests - sum(run.statuses.values())
        for case in cases(operation, max(6, -(-left // (len(chosen) - at))), asked.seed):
            run.one(case)
    PLANT.stop()
    shutil.rmtree(PLANT.directory)
    for where, told in sorted(run.faults.items()):
        print(*where, told, sep="\n  ")
    print(f"{len(chosen)} operations, {sum(run.statuses.values())} requests, {len(run.faults)} faults")
    print(*(f"{method} {status}: {number}" for (method, status), number in sorted(run.statuses.items())), sep=", ")
    print(f"slowest: {run.slowest[0]:.1f} s {run.slowest[1]}")
    return 1 if run.faults else 0


if __name__ == "__main__":
    sys.exit(main())
