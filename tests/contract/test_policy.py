"""How security is remembered: what other processes change is heeded, and what nobody changed costs nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from piwebapi import policy
from piwebapi.callers import of_user
from piwebapi.core import rights
from piwebapi.core.errors import BadRequest
from piwebapi.models import AssetServer, Counter, SecurityEntry
from tests.contract.client import READER, ask, get, post


def elsewhere_denied(server: AssetServer) -> None:
    """Another process takes reading from everybody; no signal reaches this one."""
    rows = SecurityEntry.objects.filter(identity__name="World", object_id=server.pk)
    assert rows.update(allow=0) == 1
    Counter.take("security")


def test_what_another_process_decides_holds_after_the_time_that_is_set(
    server: AssetServer, root: str, settings: object
) -> None:
    assert ask("GET", root, None, READER).status == 200
    elsewhere_denied(server)
    assert ask("GET", root, None, READER).status == 200
    settings.OSIPI_POLICY_SECONDS = 0
    assert ask("GET", root, None, READER).status == 404


def test_asking_for_changes_takes_one_query_and_nothing_is_read_again_without_one(
    server: AssetServer, settings: object
) -> None:
    policy.current()
    settings.OSIPI_POLICY_SECONDS = 0
    with CaptureQueriesContext(connection) as queries:
        before = policy.current()
        assert policy.current() is before
    assert len(queries) == 2
    settings.OSIPI_POLICY_SECONDS = 60
    with CaptureQueriesContext(connection) as queries:
        assert policy.current() is before
    assert len(queries) == 0


@pytest.mark.parametrize("change", ["entry", "mapping", "identity", "deny"])
def test_only_what_servers_are_born_with_is_plain(server: AssetServer, root: str, change: str) -> None:
    assert policy.current().is_plain
    where = f"assetservers/{server.web_id()}"
    entry = {"SecurityIdentityName": "World", "AllowRights": ["Read"], "DenyRights": []}
    administrators = next(one for one in get(f"{where}/securityidentities").items if one["Name"] == "Administrators")
    if change == "entry":
        post(f"{root}/securityentries", entry)
    elif change == "deny":
        ask("PUT", f"{where}/securityentries/World", {**entry, "DenyRights": ["ReadData"]})
    elif change == "mapping":
        account = {"Account": "ann", "SecurityIdentityWebId": administrators["WebId"]}
        post(f"{where}/securitymappings", account)
    else:
        ask("PATCH", f"securityidentities/{administrators['WebId']}", {"IsEnabled": False})
    assert not policy.current().is_plain


def test_who_is_mapped_to_the_administrators_of_a_server_writes_there(server: AssetServer, root: str) -> None:
    ann = of_user(User.objects.create_user("ann"))
    assert ask("POST", f"{root}/elements", {"Name": "Pump"}, ann).status == 403
    where = f"assetservers/{server.web_id()}"
    administrators = next(one for one in get(f"{where}/securityidentities").items if one["Name"] == "Administrators")
    post(f"{where}/securitymappings", {"Account": "PLANT\\ANN", "SecurityIdentityWebId": administrators["WebId"]})
    assert ask("POST", f"{root}/elements", {"Name": "Pump"}, ann).status == 201


def test_a_user_of_another_name_is_another_account_at_once(server: AssetServer, root: str) -> None:
    where = f"assetservers/{server.web_id()}"
    users = post(f"{where}/securityidentities", {"Name": "Operators"}).location.rsplit("/", 1)[1]
    post(f"{where}/securitymappings", {"Account": "eve", "SecurityIdentityWebId": users})
    post(
        f"{root}/securityentries",
        {"SecurityIdentityName": "Operators", "AllowRights": ["Read", "Write"], "DenyRights": []},
    )
    person = User.objects.create_user("ann")
    asked = ("POST", f"{root}/elements", {"Name": "Pump"})
    assert ask(*asked, of_user(person)).status == 403
    person.username = "eve"
    person.save(update_fields=["username"])
    assert ask(*asked, of_user(person)).status == 201


@pytest.mark.parametrize(("fields", "is_heeded"), [(["last_login"], False), (["is_superuser"], True), (None, True)])
def test_signing_in_lets_nothing_be_read_again(
    server: AssetServer, root: str, fields: list[str] | None, is_heeded: bool
) -> None:
    post(f"{root}/securityentries", {"SecurityIdentityName": "World", "AllowRights": ["Read"], "DenyRights": []})
    person = User.objects.create_user("ann")
    before = policy.current()
    person.save(update_fields=fields)
    assert (policy.renewed() is not before) == is_heeded


def test_a_superuser_cannot_be_locked_out(server: AssetServer, root: str) -> None:
    boss = of_user(User.objects.create_superuser("boss"))
    for name in ("World", "Administrators"):
        assert ask("DELETE", f"assetservers/{server.web_id()}/securityentries/{name}").status == 204
    assert ask("GET", root, None, READER).status == 404
    assert ask("GET", f"{root}/elements", None, boss).status == 200
    assert ask("POST", f"{root}/elements", {"Name": "Pump"}, boss).status == 201


@pytest.mark.parametrize(
    ("account", "key"),
    [
        ("ann", "ANN"),
        ("PLANT\\Ann", "ANN"),
        ("ann@plant.example", "ANN"),
        ("\\Everyone", "\\EVERYONE"),
        ("BUILTIN\\Administrators", "BUILTIN\\ADMINISTRATORS"),
        ("PLANT\\Administrators", "ADMINISTRATORS"),
    ],
)
def test_accounts_are_known_without_their_domain_unless_they_are_special(account: str, key: str) -> None:
    assert policy.account_key(account) == key


def test_rights_are_told_by_their_single_names() -> None:
    assert rights.names(rights.parse(["readwrite", "Annotate"], "AllowRights")) == ["Read", "Write", "Annotate"]
    assert rights.names(rights.parse(["All"], "AllowRights")) == list(rights.NAMES)
    assert rights.parse(["None"], "AllowRights") == rights.parse([], "AllowRights") == 0
    with pytest.raises(BadRequest, match="DenyRights: 'Fly' is none of Read"):
        rights.parse(["Read", "Fly"], "DenyRights")
