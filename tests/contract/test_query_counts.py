"""How many queries each list takes, recorded: a change shows as a difference of `query_counts.txt`.

The lists hold three objects each; where a page can be smaller, one object takes as many queries as three.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from piwebapi.api.resource import Endpoint
from piwebapi.models import AssetServer, DataServer
from piwebapi.verbs import children, identity, search
from tests.contract.client import BASE, get, post, service

RECORDED = Path(__file__).with_name("query_counts.txt")
LISTS = (children.listed, identity.categories, search.searched)
MOST = 8
_fresh = count()


@pytest.fixture
def homes(server: AssetServer, data_server: DataServer, root: str) -> dict[str, str]:
    """Addresses of objects that hold three of everything, by kind; of databases and servers their WebIds too."""
    found = {
        "AssetServer": f"assetservers/{server.web_id()}",
        "DataServer": f"dataservers/{data_server.web_id()}",
        "AssetDatabase": root,
    }
    for kind in ("element", "attribute", "analysis", "table"):
        post(f"{root}/{kind}categories", {"Name": "C"})
    for at in range(3):
        _templates(found, root, at)
        _elements(found, root, at)
        _on_servers(found, at)
    return found


def _templates(found: dict[str, str], root: str, at: int) -> None:
    base = {"BaseTemplate": "T0"} if at else {}
    made = post(f"{root}/elementtemplates", {"Name": f"T{at}", "CategoryNames": ["C"], **base}).location
    template = found.setdefault("ElementTemplate", made)
    attribute = post(f"{template}/attributetemplates", {"Name": f"A{at}", "CategoryNames": ["C"]}).location
    top = found.setdefault("AttributeTemplate", attribute)
    post(f"{top}/attributetemplates", {"Name": f"A{at}"})
    rules = {"AnalysisRulePlugInName": "RollUp", "TimeRulePlugInName": "Periodic", "CategoryNames": ["C"]}
    body = {"Name": f"M{at}", "TargetName": "T0", **rules}
    found.setdefault("AnalysisTemplate", post(f"{root}/analysistemplates", body).location)
    rule = post(f"{template}/notificationruletemplates", {"Name": f"N{at}"}).location
    found.setdefault("NotificationRuleTemplate", rule)
    states = found.setdefault("EnumerationSet", post(f"{root}/enumerationsets", {"Name": f"S{at}"}).location)
    post(f"{states}/enumerationvalues", {"Name": f"V{at}", "Value": at})
    found.setdefault("Table", post(f"{root}/tables", {"Name": f"B{at}", "CategoryNames": ["C"]}).location)


def _elements(found: dict[str, str], root: str, at: int) -> None:
    body = {"Name": f"E{at}", "TemplateName": "T0", "CategoryNames": ["C"]}
    element = found.setdefault("Element", post(f"{root}/elements", body).location)
    child = post(f"{element}/elements", body).web_id
    post(f"{root}/referencedelements", referencedElementWebId=post(f"{element}/elements", {"Name": f"R{at}"}).web_id)
    other = post(f"{root}/elements", {"Name": f"O{at}"}).web_id
    post(f"{element}/referencedelements", referencedElementWebId=other)
    attribute = post(f"{element}/attributes", {"Name": f"Own{at}", "CategoryNames": ["C"]}).location
    post(f"{found.setdefault('Attribute', attribute)}/attributes", {"Name": f"Sub{at}", "CategoryNames": ["C"]})
    rules = {"AnalysisRulePlugInName": "RollUp", "TimeRulePlugInName": "Periodic", "CategoryNames": ["C"]}
    analysis = post(f"{element}/analyses", {"Name": f"X{at}", "TemplateName": "M0", **rules}).location
    found.setdefault("Analysis", analysis)
    rule = found.setdefault("AnalysisRule", get(analysis).body["Links"]["AnalysisRule"][len(BASE) + 1 :])
    post(f"{rule}/analysisrules", {"PlugInName": "RollUp"})
    found.setdefault("NotificationRule", post(f"{element}/notificationrules", {"Name": f"N{at}"}).location)
    frame = {"Name": f"F{at}", "StartTime": "*-1h", "RefElementWebIds": [child, element.split("/")[1]]}
    made = post(f"{root}/eventframes", {**frame, "CategoryNames": ["C"]}).location
    event = found.setdefault("EventFrame", made)
    post(f"{event}/eventframes", frame)
    post(f"{event}/attributes", {"Name": f"A{at}", "CategoryNames": ["C"]})


def _on_servers(found: dict[str, str], at: int) -> None:
    server, data_server = found["AssetServer"], found["DataServer"]
    made = post(f"{server}/notificationcontacttemplates", {"Name": f"P{at}", "PlugInName": "Email"}).location
    found.setdefault("NotificationContactTemplate", made)
    for owner in ("NotificationRule", "NotificationRuleTemplate"):
        where = f"{found[owner]}/notificationrulesubscribers"
        made = post(where, {"ContactTemplateName": f"P{at}"}).location
        found.setdefault("NotificationRuleSubscriber", made)
    identity = found.setdefault("SecurityIdentity", post(f"{server}/securityidentities", {"Name": f"I{at}"}).location)
    body = {"Account": f"a{at}", "SecurityIdentityWebId": identity.split("/")[1]}
    assert post(f"{server}/securitymappings", body).status == 201
    canonical = {"CanonicalUnitName": f"u{at}", "CanonicalUnitAbbreviation": f"u{at}"}
    made = post(f"{server}/unitclasses", {"Name": f"U{at}", **canonical}).location
    unit = {"Name": f"k{at}", "Abbreviation": f"k{at}", "ReferenceFactor": 1000.0}
    post(f"{found.setdefault('UnitClass', made)}/units", unit)
    post(f"{data_server}/enumerationsets", {"Name": f"D{at}"})
    post(f"{data_server}/points", {"Name": f"p{at}", "PointClass": "base", "PointType": "Float32"})


def queries(endpoint: Endpoint, homes: dict[str, str], **more: object) -> tuple[int, int]:
    """Items and queries of a list; what is remembered of answers does not count."""
    asked: dict[str, object] = {"fresh": next(_fresh), **more}
    for param in endpoint.params:
        if param.name in ("databaseWebId", "assetServerWebId"):
            asked[param.name] = homes["AssetDatabase" if param.name[0] == "d" else "AssetServer"].split("/")[1]
    if endpoint.operation.endswith(("GetEventFrames",)):
        asked["startTime"] = "*-1d"
    if "{webId}" in endpoint.route:
        assert endpoint.resource is not None
        path = f"{homes[endpoint.resource.name]}/{endpoint.route.rpartition('/')[2]}"
    else:
        path = endpoint.route
    with CaptureQueriesContext(connection) as captured:
        answer = get(path, **asked)
    return len(answer.items), len(captured)


def test_lists_take_as_many_queries_as_recorded_whatever_their_length(homes: dict[str, str]) -> None:
    get("assetservers")  # what is remembered of rights
    lines: list[str] = []
    growing: dict[str, object] = {}
    for endpoint in sorted(service.endpoints, key=lambda one: one.operation):
        if endpoint.handler not in LISTS:
            continue
        length, taken = queries(endpoint, homes)
        lines.append(f"{endpoint.operation} {taken} for {length}")
        if taken > MOST:
            growing[endpoint.operation] = taken
        if any(param.name == "maxCount" for param in endpoint.params) and length > 1:
            _, of_one = queries(endpoint, homes, maxCount=1)
            if of_one + 1 < taken:  # a page that is not the last one counts what there is
                growing[endpoint.operation] = (of_one, taken)
    assert not growing
    told = RECORDED.read_text(encoding="utf-8").splitlines()
    assert lines == told, "\n".join(lines)
