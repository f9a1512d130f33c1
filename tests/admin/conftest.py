"""A plant, and browsers in which somebody is signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from .plant import Plant

SIGN_IN = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def sidebar() -> None:
    """For tests that look at the sidebar."""


@pytest.fixture(autouse=True)
def no_sidebar(request: pytest.FixtureRequest, settings: Any) -> None:
    """The sidebar is half of the work of a page and the same on each."""
    if "sidebar" not in request.fixturenames:
        settings.UNFOLD = settings.UNFOLD | {"SIDEBAR": settings.UNFOLD["SIDEBAR"] | {"navigation": []}}


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", password="pw-boss-1234")


@pytest.fixture
def plant(boss: User) -> Plant:
    return Plant(boss)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, SIGN_IN)
    return client


@pytest.fixture
def browser(plant: Plant) -> Client:
    """The superuser's."""
    return browser_of(plant.boss)


@pytest.fixture
def staff(plant: Plant) -> Callable[..., Client]:
    """The browser of a member of staff who has the given permissions (`view_element` ...) and no others."""

    def make(*codenames: str, name: str = "anna") -> Client:
        user = User.objects.create_user(name, is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        return browser_of(user)

    return make
