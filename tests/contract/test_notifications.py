"""Notification rules, their templates and subscribers, and contacts."""

from __future__ import annotations

import pytest

from piwebapi.models import AssetServer, NotificationContactTemplate
from tests.contract.client import delete, get, patch, post


@pytest.fixture
def contacts(server: AssetServer) -> str:
    """The address of the contacts: a manager, and a shift of two."""
    where = f"assetservers/{server.web_id()}/notificationcontacttemplates"
    for name in ("Manager", "Shift", "Ann", "Ben"):
        contact = {"Name": name, "PlugInName": "email", "ConfigString": f"ToEmail={name}", "RetryInterval": "PT30S"}
        assert post(where, contact).status == 201
    shift = NotificationContactTemplate.objects.get(name="Shift")
    NotificationContactTemplate.objects.filter(name__in=["Ann", "Ben"]).update(parent=shift)
    return where


def test_a_contact_names_a_delivery_channel_that_exists(server: AssetServer, contacts: str) -> None:
    shown = get(contacts).items[0]
    assert (shown["Name"], shown["PlugInName"], shown["RetryInterval"]) == ("Ann", "Email", "PT30S")
    assert get(shown["Links"]["NotificationPlugIn"].removeprefix("http://localhost/piwebapi/")).body["Name"] == "Email"
    refused = post(contacts, {"Name": "Pia", "PlugInName": "Pigeon"})
    assert (refused.status, refused.body["Errors"]) == (400, ["There is no delivery channel 'Pigeon'."])


@pytest.mark.parametrize("text", ["5", "PT", "P", "PT5", "5 s", 5])
def test_a_duration_is_one_of_iso_8601(contacts: str, text: object) -> None:
    refused = post(contacts, {"Name": "Pia", "EscalationTimeout": text})
    assert refused.body["Errors"] == ["EscalationTimeout must be a duration such as PT5S."]


def test_a_group_lists_its_members_and_has_children(contacts: str) -> None:
    shift = next(contact for contact in get(contacts).items if contact["Name"] == "Shift")
    assert shift["HasChildren"] is True
    assert get(f"notificationcontacttemplates/{shift['WebId']}/notificationcontacttemplates").names == ["Ann", "Ben"]


def test_contacts_are_found_by_a_query_on_the_asset_server(server: AssetServer, contacts: str) -> None:
    found = get("notificationcontacttemplates/search", assetServerWebId=server.web_id(), query="Name:B*")
    assert found.names == ["Ben"]


def test_subscribing_a_group_subscribes_its_members_below_it(root: str, contacts: str) -> None:
    element = post(f"{root}/elements", {"Name": "Churn"}).location
    rule = post(f"{element}/notificationrules", {"Name": "Stopped", "ResendInterval": "PT5M"}).location
    subscriber = post(f"{rule}/notificationrulesubscribers", {"ContactTemplateName": "Shift", "MaximumRetries": 3})
    shown = get(subscriber.location).body
    assert (shown["Name"], shown["MaximumRetries"], shown["PlugInName"]) == ("Shift", 3, "Email")
    assert shown["RetryInterval"] == "PT30S"
    assert get(f"{subscriber.location}/notificationrulesubscribers").names == ["Ann", "Ben"]
    assert get(f"{rule}/notificationrulesubscribers").names == ["Shift"]
    again = post(f"{rule}/notificationrulesubscribers", {"ContactTemplateName": "shift"})
    assert again.body["Errors"] == ["'Shift' is a subscriber already."]


def test_a_rule_of_a_template_takes_over_its_settings_and_subscribers(root: str, contacts: str) -> None:
    template = post(f"{root}/elementtemplates", {"Name": "Churn"}).location
    made = post(f"{template}/notificationruletemplates", {"Name": "Late", "Criteria": "Severity:>Minor"}).location
    assert post(f"{made}/notificationrulesubscribers", {"ContactTemplateName": "Manager"}).status == 201
    element = post(f"{root}/elements", {"Name": "Churn 1", "TemplateName": "Churn"}).location
    rule = post(f"{element}/notificationrules", {"Name": "Late", "TemplateName": "Late"}).location
    shown = get(rule).body
    assert (shown["Criteria"], shown["TemplateName"], shown["Status"]) == ("Severity:>Minor", "Late", "Disabled")
    assert get(f"{rule}/notificationrulesubscribers").names == ["Manager"]
    database = root.split("/")[1]
    assert get("notificationrules/search", databaseWebId=database, query="Contact:Manager").names == ["Late"]
    assert get("notificationruletemplates/search", databaseWebId=database, query="Template:Churn").names == ["Late"]


def test_a_renamed_contact_renames_its_subscriptions(root: str, contacts: str) -> None:
    element = post(f"{root}/elements", {"Name": "Churn"}).location
    rule = post(f"{element}/notificationrules", {"Name": "Stopped"}).location
    post(f"{rule}/notificationrulesubscribers", {"ContactTemplateName": "Ann"})
    ann = get(contacts).items[0]["WebId"]
    assert patch(f"notificationcontacttemplates/{ann}", {"Name": "Anna"}).status == 204
    assert get(f"{rule}/notificationrulesubscribers").names == ["Anna"]
    assert delete(f"notificationcontacttemplates/{ann}").status == 204
    assert get(f"{rule}/notificationrulesubscribers").names == []
