"""A small asset server with one database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User

from piwebapi import policy
from piwebapi.callers import Caller, of_user
from piwebapi.models import AssetDatabase, AssetServer, DataServer
from tests.contract.plenty import three_of_each


@pytest.fixture(autouse=True)
def undecided() -> Iterator[None]:
    """What a test has decided about security is rolled back; it must not be remembered either."""
    yield
    policy.forget()


@pytest.fixture
def ann(db: None) -> Caller:
    """She signs in, is no staff, and belongs to the group of operators."""
    user = User.objects.create_user("ann")
    user.groups.add(Group.objects.create(name="Operators"))
    return of_user(user)


@pytest.fixture
def server(db: None) -> AssetServer:
    return AssetServer.objects.create(name="AF")


@pytest.fixture
def data_server(db: None) -> DataServer:
    return DataServer.objects.create(name="PI")


@pytest.fixture
def database(server: AssetServer) -> AssetDatabase:
    return AssetDatabase.objects.create(server=server, name="Dairy")


@pytest.fixture
def root(database: AssetDatabase) -> str:
    """The address of the database."""
    return f"assetdatabases/{database.web_id()}"


@pytest.fixture
def homes(server: AssetServer, data_server: DataServer, root: str) -> dict[str, str]:
    """Addresses of objects that hold three of everything, by kind."""
    return three_of_each(server, data_server, root)
