"""Analyses with their rules, plug-ins and templates."""

from __future__ import annotations

import pytest

from piwebapi.models import AssetServer
from tests.contract.client import BASE, delete, get, patch, post

EFFICIENCY = {
    "Name": "Efficiency",
    "AnalysisRulePlugInName": "performanceequation",
    "TimeRulePlugInName": "Periodic",
    "GroupId": 4,
}


@pytest.fixture
def analysis(root: str) -> str:
    element = post(f"{root}/elements", {"Name": "Pump"}).location
    return post(f"{element}/analyses", EFFICIENCY).location


def follow(address: str, link: str) -> str:
    return get(address).body["Links"][link].removeprefix(f"{BASE}/")


def test_an_analysis_is_born_with_the_rules_that_it_names(analysis: str) -> None:
    rule, time_rule = get(follow(analysis, "AnalysisRule")).body, get(follow(analysis, "TimeRule")).body
    assert (rule["Name"], rule["ConfigString"], rule["IsConfigured"]) == ("PerformanceEquation", "", False)
    assert rule["Path"] == r"\\AF\Dairy\Pump\Analyses[Efficiency]\AnalysisRule"
    assert (time_rule["PlugInName"], time_rule["Path"].rpartition("\\")[2]) == ("Periodic", "TimeRule")
    assert get("analysisrules", path=rule["Path"]).body == rule
    assert get("timerules", path=time_rule["Path"]).body == time_rule


def test_an_analysis_is_configured_once_its_rule_is(analysis: str) -> None:
    assert get(analysis).body["IsConfigured"] is False
    rule = follow(analysis, "AnalysisRule")
    assert patch(rule, {"ConfigString": "a := 1;", "VariableMapping": "a||Level"}).status == 204
    assert get(analysis).body["IsConfigured"] is True
    assert get(rule).body["VariableMapping"] == "a||Level"


def test_the_same_plug_in_keeps_the_configuration_and_another_one_begins_afresh(analysis: str) -> None:
    patch(follow(analysis, "AnalysisRule"), {"ConfigString": "a := 1;"})
    patch(analysis, {"AnalysisRulePlugInName": "PerformanceEquation"})
    assert get(follow(analysis, "AnalysisRule")).body["ConfigString"] == "a := 1;"
    patch(analysis, {"AnalysisRulePlugInName": "RollUp"})
    assert get(follow(analysis, "AnalysisRule")).body["ConfigString"] == ""
    assert get(follow(analysis, "AnalysisRulePlugIn")).body["Name"] == "RollUp"


def test_without_a_rule_its_name_and_links_are_gone(analysis: str) -> None:
    time_rule = follow(analysis, "TimeRule")
    assert delete(time_rule).status == 204
    assert get(time_rule).status == 404
    shown = get(analysis).body
    assert shown["TimeRulePlugInName"] == ""
    assert {"TimeRule", "TimeRulePlugIn"}.isdisjoint(shown["Links"])


def test_a_plug_in_that_nobody_knows_is_refused_and_nothing_is_made(root: str) -> None:
    element = post(f"{root}/elements", {"Name": "Pump"}).location
    refused = post(f"{element}/analyses", {"Name": "A", "AnalysisRulePlugInName": "Oracle"})
    assert refused.status == 400
    assert refused.body["Errors"][0].startswith("There is no plug-in 'Oracle'; known are PerformanceEquation")
    assert get(f"{element}/analyses").names == []


def test_rules_stand_below_rules(analysis: str) -> None:
    rule = follow(analysis, "AnalysisRule")
    child = post(f"{rule}/analysisrules", {"PlugInName": "RollUp", "ConfigString": "x"}).location
    grandchild = post(f"{child}/analysisrules", {"PlugInName": "Imbalance"}).location
    assert get(f"{rule}/analysisrules").names == ["RollUp"]
    assert get(f"{rule}/analysisrules", searchFullHierarchy=True).names == ["Imbalance", "RollUp"]
    assert get(f"{rule}/analysisrules", searchFullHierarchy=True, nameFilter="imb*").names == ["Imbalance"]
    assert get(f"{child}/analysisrules", searchFullHierarchy=True).names == ["Imbalance"]
    shown = get(grandchild).body
    assert get("analysisrules", path=shown["Path"]).body["Id"] == shown["Id"]
    assert follow(grandchild, "Parent") == child
    assert get(rule).body["HasChildren"] is True
    assert delete(child).status == 204
    assert get(grandchild).status == 404


def test_a_template_made_from_an_analysis_has_its_rules_and_gives_them_on(root: str, analysis: str) -> None:
    rule = follow(analysis, "AnalysisRule")
    patch(rule, {"ConfigString": "a := 1;"})
    post(f"{rule}/analysisrules", {"PlugInName": "RollUp", "ConfigString": "x"})
    made = post("analysistemplates", analysisWebId=analysis.split("/")[1], name="Copied").location
    shown = get(made).body
    assert (shown["Name"], shown["GroupId"], shown["AnalysisRulePlugInName"]) == ("Copied", 4, "PerformanceEquation")
    copied = follow(made, "AnalysisRule")
    assert get(copied).body["ConfigString"] == "a := 1;"
    assert get(f"{copied}/analysisrules").items[0]["ConfigString"] == "x"
    element = post(f"{root}/elements", {"Name": "Other"}).location
    other = post(f"{element}/analyses", {"Name": "B", "TemplateName": "Copied"}).location
    assert get(follow(other, "AnalysisRule")).body["ConfigString"] == "a := 1;"
    assert get(follow(other, "TimeRule")).body["PlugInName"] == "Periodic"


def test_analyses_of_a_database_are_found_by_a_field(root: str, analysis: str) -> None:
    assert get(f"{root}/analyses", field="Name", query="eff*").names == ["Efficiency"]
    assert get(f"{root}/analyses", field="Name", query="eff").names == []
    assert get(f"{root}/analyses", field="Description", query="*x*").names == []


def test_every_server_tells_its_plug_ins(server: AssetServer) -> None:
    where = f"assetservers/{server.web_id()}"
    assert get(f"{where}/timeruleplugins").names == ["Periodic", "Natural"]
    for segment in ("analysisruleplugins", "timeruleplugins", "notificationplugins"):
        plug_in = get(f"{where}/{segment}").items[0]
        assert get(f"{segment}/{plug_in['WebId']}").body == plug_in
        assert get(segment, path=plug_in["Path"]).body == plug_in
        for form in ("IDOnly", "PathOnly", "LocalIDOnly"):
            other = get(f"{where}/{segment}", webIdType=form).items[0]["WebId"]
            assert get(f"{segment}/{other}").body["Id"] == plug_in["Id"]
