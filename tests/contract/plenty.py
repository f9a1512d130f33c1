"""An asset server that holds three of everything."""

from __future__ import annotations

from piwebapi.models import AssetServer, DataServer
from tests.contract.client import BASE, get, post


def three_of_each(server: AssetServer, data_server: DataServer, root: str) -> dict[str, str]:
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
