"""Signing in on a page: an address that has failed too often waits, as over REST (`piwebapi.api.auth`)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm as AdminAuthenticationForm

from piwebapi.api.auth import failures

WAIT = "Too many attempts have failed from this address; wait a minute."


class Patient:
    """Refuses before the password is hashed, which costs 0.4 s."""

    request: Any

    def clean(self) -> Any:
        address = self.request.META.get("REMOTE_ADDR", "")
        if failures.too_many(address):
            raise ValidationError(WAIT, code="wait")
        try:
            return super().clean()  # type: ignore[misc]
        except ValidationError:
            failures.add(address)
            raise


class SignIn(Patient, AuthenticationForm):
    """On the pages of the site."""


class AdminSignIn(Patient, AdminAuthenticationForm):
    """On the page of the admin; for staff only."""
