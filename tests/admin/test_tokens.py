"""API tokens: told once, stored as a hash, and refused from the moment they are revoked."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.contrib.auth.models import User
from django.test import Client

from piwebapi.models import ApiToken
from tests.api.signin import start_afresh

from .forms import said
from .plant import Plant

ADD = "/admin/piwebapi/apitoken/add/"
LIST = "/admin/piwebapi/apitoken/"


def made(browser: Client, **values: object) -> tuple[str, str]:
    """The page that answers, and the text of the token on it."""
    answer = browser.post(ADD, {"name": "Excel", "scope": "read"} | values)
    text = said(answer)
    found = re.search(r'id="token">(osipi_[\w-]+)<', text)
    assert "no-store" in answer["Cache-Control"]
    return text, found[1] if found else ""


def whoami(text: str) -> int:
    return Client().get("/piwebapi/system/userinfo", headers={"authorization": f"Bearer {text}"}).status_code


def test_a_new_token_is_told_once_and_works(browser: Client, plant: Plant) -> None:
    start_afresh()
    page, text = made(browser, user=plant.boss.pk)
    assert page.count(text) == 1
    assert whoami(text) == 200
    token = ApiToken.objects.get(name="Excel")
    assert token.digest == ApiToken.digest_of(text)
    for address in (LIST, f"{LIST}{token.pk}/change/", f"{LIST}{token.pk}/history/", "/admin/"):
        shown = browser.get(address, follow=True).content.decode()
        assert text not in shown
        assert token.digest not in shown


def test_a_revoked_token_is_refused_at_once(browser: Client, plant: Plant) -> None:
    start_afresh()
    assert whoami(plant.token_text) == 200
    form = {"action": "revoke", "_selected_action": [plant.token.pk], "index": 0}
    assert "1 revoked." in said(browser.post(LIST, form, follow=True))
    assert whoami(plant.token_text) == 401
    assert not ApiToken.objects.filter(pk=plant.token.pk).exists()


def test_a_token_may_not_write_for_somebody_who_may_not(browser: Client, plant: Plant) -> None:
    reader = User.objects.create_user("reader")
    answer = browser.post(ADD, {"name": "Excel", "scope": "write", "user": reader.pk})
    assert "User 'reader' is not staff and may only read; so may the token." in said(answer)
    assert not ApiToken.objects.filter(user=reader).exists()


def test_a_token_that_has_expired_is_not_made(browser: Client, plant: Plant) -> None:
    form = {"name": "Old", "scope": "read", "user": plant.boss.pk, "expires_0": "2020-01-01", "expires_1": "00:00"}
    assert "The token would have expired already." in said(browser.post(ADD, form))


def test_staff_sees_and_makes_tokens_of_its_own_only(plant: Plant, staff: Callable[..., Client]) -> None:
    anna = staff("view_apitoken", "add_apitoken", "delete_apitoken")
    assert "Grafana" not in said(anna.get(LIST))
    made(anna, user=plant.boss.pk, name="Mine")
    assert ApiToken.objects.get(name="Mine").user.username == "anna"
    form = {"action": "revoke", "_selected_action": [plant.token.pk], "index": 0}
    anna.post(LIST, form)
    assert ApiToken.objects.filter(pk=plant.token.pk).exists()


def test_the_list_of_tokens_as_a_file_has_no_hash(browser: Client, plant: Plant) -> None:
    form = {"action": "export_csv", "_selected_action": [plant.token.pk], "index": 0}
    text = browser.post(LIST, form).getvalue().decode()
    assert "Grafana" in text
    assert plant.token.digest not in text
