from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from piwebapi.models import ApiToken

LONGEST = 36_500


def _days(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= LONGEST:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a whole number of days from 1 to {LONGEST}")


class Command(BaseCommand):
    help = "Issues an API token for a program and prints it, this once, alone on standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="what the token is for")
        parser.add_argument("--user", required=True, help="the user in whose name the program acts")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.READ)
        parser.add_argument("--days", type=_days, help="expires after so many days; without: never")

    def handle(self, *args: Any, **options: Any) -> None:
        users = get_user_model()
        user = users.objects.filter(**{users.USERNAME_FIELD: options["user"]}).first()
        if user is None:
            raise CommandError(f"There is no user '{options['user']}'.")
        if not user.is_active:
            raise CommandError(f"User '{options['user']}' is not active; the token would be refused.")
        if options["scope"] == ApiToken.Scope.WRITE and not user.is_staff:
            raise CommandError(f"User '{options['user']}' is not staff and may only read; so may the token.")
        expires = timezone.now() + timedelta(days=options["days"]) if options["days"] else None
        token, text = ApiToken.issue(user=user, name=options["name"], scope=options["scope"], expires=expires)
        self.stdout.write(text)
        until = f"until {expires:%Y-%m-%d %H:%M} UTC" if expires else "until it is deleted"
        self.stderr.write(f"Keep it: it is not shown again. It may {token.scope} as '{user}' {until}.")
