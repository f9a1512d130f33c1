"""Security identities, mappings and entries, and what they change for those who ask."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from piwebapi.callers import Caller, of_user
from piwebapi.models import AssetServer, SecurityEntry, SecurityIdentity
from tests.contract.client import NOBODY, READER, ask, delete, get, post, put

READ = ["Read", "ReadData"]


@pytest.fixture
def operators(server: AssetServer, ann: Caller) -> str:
    """The identity that the group is mapped to; gives its WebId."""
    where = f"assetservers/{server.web_id()}"
    identity = post(f"{where}/securityidentities", {"Name": "Operators"}).web_id
    mapping = {"Account": "PLANT\\operators", "SecurityIdentityWebId": identity}
    assert post(f"{where}/securitymappings", mapping).status == 201
    return identity


@pytest.fixture
def tree(root: str) -> dict[str, str]:
    """Site > Area > Pump, and a second Area beside; addresses by name."""
    found = {"Site": post(f"{root}/elements", {"Name": "Site"}).location}
    for name, parent in (("Area", "Site"), ("Other", "Site"), ("Pump", "Area")):
        found[name] = post(f"{found[parent]}/elements", {"Name": name}).location
    found["Level"] = post(f"{found['Pump']}/attributes", {"Name": "Level", "Type": "Double"}).location
    found["Analysis"] = post(f"{found['Pump']}/analyses", {"Name": "Eff"}).location
    return found


def entry(name: str, allow: list[str], deny: list[str] | None = None) -> dict[str, Any]:
    return {"SecurityIdentityName": name, "AllowRights": allow, "DenyRights": deny or []}


def decide(where: str, name: str, allow: list[str], deny: list[str] | None = None, below: bool = True) -> None:
    made = post(f"{where}/securityentries", entry(name, allow, deny), applyToChildren=below)
    assert made.status == 201, made.body


def seen(caller: Caller, root: str, **query: Any) -> list[str]:
    return ask("GET", f"{root}/elements", None, caller, searchFullHierarchy=True, **query).names


def status(caller: Caller, address: str, method: str = "GET", body: Any = None) -> int:
    return ask(method, address, body, caller).status


def test_a_new_server_is_readable_for_everybody_and_writable_for_its_administrators(
    server: AssetServer, tree: dict[str, str]
) -> None:
    entries = get(f"{tree['Pump']}/securityentries").items
    assert [item["Name"] for item in entries] == ["Administrators", "World"]
    assert entries[1]["AllowRights"] == ["Read", "ReadData", "Subscribe"]
    assert len(entries[0]["AllowRights"]) == 10
    assert status(READER, tree["Pump"]) == 200
    assert status(READER, tree["Pump"], "PATCH", {"Description": "x"}) == 403
    assert status(NOBODY, tree["Pump"], "PATCH", {"Description": "x"}) == 401


def test_a_grant_on_an_element_lets_a_user_write_there_and_below_and_nowhere_else(
    tree: dict[str, str], operators: str, ann: Caller
) -> None:
    assert status(ann, tree["Pump"], "PATCH", {"Description": "x"}) == 403
    decide(tree["Area"], "Operators", ["ReadWrite"])
    for name, expected in (("Pump", 204), ("Area", 204), ("Level", 204), ("Other", 403), ("Site", 403)):
        assert status(ann, tree[name], "PATCH", {"Description": "x"}) == expected, name
    assert status(ann, tree["Pump"], "DELETE") == 403
    assert status(ann, f"{tree['Pump']}/securityentries", "POST", entry("Operators", ["All"])) == 403
    assert status(READER, tree["Pump"], "PATCH", {"Description": "x"}) == 403


def test_credentials_that_cannot_write_are_not_helped_by_a_grant(
    tree: dict[str, str], operators: str, ann: Caller
) -> None:
    decide(tree["Area"], "Operators", ["All"])
    read_only = of_user(ann.user, "bearer", may_write=False)
    assert status(read_only, tree["Pump"], "PATCH", {"Description": "x"}) == 403
    assert status(ann, tree["Pump"], "PATCH", {"Description": "x"}) == 204


def test_what_may_not_be_read_is_not_there(root: str, tree: dict[str, str], operators: str, ann: Caller) -> None:
    decide(tree["Area"], "World", [])
    assert seen(ann, root) == ["Other", "Site"]
    assert seen(READER, root) == ["Other", "Site"]
    missing = ask("GET", tree["Pump"], None, ann)
    assert (missing.status, missing.body["Errors"][0].startswith("No element was found")) == (404, True)
    assert status(ann, tree["Level"]) == status(ann, tree["Analysis"]) == 404
    by_path = ask("GET", "elements", None, ann, path=r"\\AF\Dairy\Site\Area")
    assert by_path.status == 404
    several = ask("GET", "elements/multiple", None, ann, webId=[tree["Area"].split("/")[1], tree["Site"].split("/")[1]])
    assert [bool(item["Exception"]) for item in several.body["Items"]] == [True, False]
    assert seen(Caller("boss", None, "basic", True, True, True), root) == ["Area", "Other", "Pump", "Site"]


def test_searches_and_counts_leave_out_what_may_not_be_read(root: str, tree: dict[str, str], ann: Caller) -> None:
    decide(tree["Area"], "World", [])
    database = root.split("/")[1]
    page = ask("GET", "elements/search", None, ann, databaseWebId=database, query="Name:*", maxCount=1)
    assert page.body["Links"]["Last"].endswith("startIndex=1")
    assert ask("GET", "attributes/search", None, ann, databaseWebId=database, query="Name:*").names == []
    assert ask("GET", "analyses/search", None, ann, databaseWebId=database, query="Name:*").names == []
    assert ask("GET", f"{root}/analyses", None, ann).names == []


def test_a_nearer_entry_counts_more(root: str, tree: dict[str, str], operators: str, ann: Caller) -> None:
    decide(root, "World", [])
    assert status(ann, root) == 404
    decide(root, "Operators", ["Read"], below=False)
    decide(tree["Area"], "Operators", ["Read"])
    assert seen(ann, root) == ["Area", "Pump"]
    assert status(ann, tree["Pump"]) == 200
    assert status(ann, tree["Site"]) == 404
    assert status(READER, tree["Pump"]) == 404


def test_without_apply_to_children_only_the_object_itself_is_meant(
    root: str, tree: dict[str, str], ann: Caller
) -> None:
    decide(tree["Area"], "World", [], below=False)
    assert seen(ann, root) == ["Other", "Pump", "Site"]
    assert (status(ann, tree["Area"]), status(ann, tree["Pump"])) == (404, 200)


def test_what_is_denied_to_one_identity_is_denied(tree: dict[str, str], operators: str, ann: Caller) -> None:
    decide(tree["Pump"], "Operators", ["All"], ["WriteData", "Delete"])
    rights = ask("GET", f"{tree['Pump']}/security", None, ann).items[0]
    assert (rights["CanWrite"], rights["CanWriteData"], rights["CanDelete"], rights["HasAdmin"]) == (
        True,
        False,
        False,
        True,
    )
    assert status(ann, tree["Pump"], "DELETE") == 403
    value = f"{tree['Level']}/value"
    assert status(ann, value, "PUT", {"Value": 3}) == 403
    assert status(ann, tree["Level"], "PATCH", {"Description": "x"}) == 204


def test_without_read_data_an_object_is_shown_and_its_values_are_not(tree: dict[str, str], ann: Caller) -> None:
    decide(tree["Pump"], "World", ["Read"])
    assert status(ann, tree["Level"]) == 200
    web_id = tree["Level"].split("/")[1]
    element = tree["Pump"].split("/")[1]
    assert status(ann, f"{tree['Level']}/value") == 403
    assert status(ann, f"streams/{web_id}/value") == 403
    assert status(ann, f"streamsets/{element}/value") == 403


def test_an_entry_that_is_taken_away_does_not_come_back_from_above(
    root: str, tree: dict[str, str], ann: Caller
) -> None:
    assert delete(f"{tree['Area']}/securityentries/World", applyToChildren=True).status == 204
    assert get(f"{tree['Pump']}/securityentries").names == ["Administrators"]
    assert get(f"{tree['Area']}/securityentries/World").status == 404
    assert seen(ann, root) == ["Other", "Site"]
    decide(tree["Area"], "World", READ)
    assert seen(ann, root) == ["Area", "Other", "Pump", "Site"]


def test_items_of_a_database_speak_for_the_objects_in_it(root: str, tree: dict[str, str], ann: Caller) -> None:
    post(f"{root}/elementtemplates", {"Name": "Tank"})
    body = entry("World", [])
    made = post(f"{root}/securityentries", body, applyToChildren=True, securityItem="ElementTemplate")
    assert made.status == 201
    assert ask("GET", f"{root}/elementtemplates", None, ann).names == []
    assert len(seen(ann, root)) == 4
    assert get(f"{root}/securityentries", securityItem="ElementTemplate").items[1]["AllowRights"] == []
    assert get(f"{root}/securityentries").items[1]["AllowRights"] != []
    assert post(f"{root}/securityentries", body, securityItem="Weather").status == 400


def test_put_replaces_both_lists_and_needs_them(tree: dict[str, str], operators: str) -> None:
    decide(tree["Pump"], "Operators", READ, ["Delete"])
    where = f"{tree['Pump']}/securityentries/Operators"
    assert put(where, entry("Operators", ["Annotate"])).status == 204
    shown = get(where).body
    assert (shown["AllowRights"], shown["DenyRights"]) == (["Annotate"], [])
    refused = put(where, {"AllowRights": ["Fly"]})
    assert refused.body["Errors"] == ["DenyRights is required."]
    assert "'Fly' is none of Read, Write" in put(where, entry("", ["Fly"])).body["Errors"][0]
    again = post(f"{tree['Pump']}/securityentries", entry("operators", READ))
    assert again.body["Errors"] == ["There is already a security entry 'Operators' here."]
    nobody = post(f"{tree['Pump']}/securityentries", entry("Pilots", READ))
    assert nobody.body["Errors"] == ["The security identity 'Pilots' does not exist."]


def test_rights_are_told_for_users_and_not_to_strangers(tree: dict[str, str], operators: str, ann: Caller) -> None:
    User.objects.create_user("boss", is_staff=True)
    both = get(f"{tree['Pump']}/security", userIdentity=["PLANT\\ann", "boss"]).items
    assert [(item["UserIdentity"], item["CanWrite"]) for item in both] == [("ann", False), ("boss", True)]
    assert get(f"{tree['Pump']}/security", userIdentity="eve").status == 400
    assert status(NOBODY, f"{tree['Pump']}/security") == 409


def test_identities_of_a_user_come_from_names_groups_and_everybody(
    server: AssetServer, operators: str, ann: Caller
) -> None:
    where = f"assetservers/{server.web_id()}/securityidentities"
    assert get(where, userIdentity="ann").names == ["Operators", "World"]
    assert get(where).names == ["Administrators", "Operators", "World"]
    assert get(where, field="Name", query="op*").names == ["Operators"]
    assert get(f"securityidentities/{operators}/securitymappings").items[0]["Account"] == "PLANT\\operators"


def test_a_disabled_identity_and_a_left_group_count_no_more(tree: dict[str, str], operators: str, ann: Caller) -> None:
    decide(tree["Pump"], "Operators", ["All"])
    assert status(ann, tree["Pump"], "PATCH", {"Description": "x"}) == 204
    ask("PATCH", f"securityidentities/{operators}", {"IsEnabled": False})
    assert status(ann, tree["Pump"], "PATCH", {"Description": "x"}) == 403
    ask("PATCH", f"securityidentities/{operators}", {"IsEnabled": True})
    assert status(ann, tree["Pump"], "PATCH", {"Description": "x"}) == 204
    ann.user.groups.clear()
    assert status(ann, tree["Pump"], "PATCH", {"Description": "x"}) == 403


def test_only_administrators_of_a_server_say_who_counts_as_whom(
    server: AssetServer, operators: str, ann: Caller
) -> None:
    where = f"assetservers/{server.web_id()}"
    decide(where, "Operators", ["ReadWrite"])
    administrators = get(f"{where}/securityidentities", query="Adm*").items[0]["WebId"]
    mine = {"Account": "ann", "SecurityIdentityWebId": administrators}
    assert status(ann, f"{where}/securitymappings", "POST", mine) == 403
    assert status(ann, f"{where}/securityidentities", "POST", {"Name": "X"}) == 403
    assert status(ann, f"securityidentities/{operators}", "DELETE") == 403


def test_entries_go_with_their_object_and_follow_its_name(root: str, tree: dict[str, str], ann: Caller) -> None:
    decide(tree["Area"], "World", [])
    ask("PATCH", tree["Site"], {"Name": "Works"})
    assert seen(ann, root) == ["Other", "Works"]
    assert delete(tree["Area"]).status == 204
    assert not SecurityEntry.objects.filter(kind="Element").exists()


def test_names_with_a_domain_are_written_with_an_asterisk(server: AssetServer, tree: dict[str, str]) -> None:
    SecurityIdentity.objects.create(server=server, name="PLANT\\ann")
    made = post(f"{tree['Pump']}/securityentries", entry("PLANT\\ann", READ))
    assert made.location.endswith("/securityentries/PLANT*ann")
    assert get(made.location).body["Name"] == "PLANT\\ann"
