"""Typed readers of the environment.

A variable is declared by reading it, once, in `settings.py`: name, default and one line of help stand
together, and the declarations collect in `Environment.declared`, against which a test holds `.env.example`.
A value that cannot be read stops the start with a sentence naming the variable, the value and what is
accepted; secrets are never repeated.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

YES = ("1", "true", "yes", "on")
NO = ("0", "false", "no", "off")


@dataclass(frozen=True)
class Declaration:
    """One variable as `.env.example` lists it. `default` is what one would write, if anything; `accepted` tells
    what else."""

    name: str
    default: str
    help: str
    accepted: str = "text"


class Environment:
    """Reads `values`; an absent or empty variable takes its default, as in a shell's `${NAME:-default}`."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.declared: dict[str, Declaration] = {}

    def text(self, name: str, default: str = "", *, help: str) -> str:
        return self._read(name, default, help, "text", str)

    def flag(self, name: str, default: bool, *, help: str) -> bool:
        def parse(raw: str) -> bool:
            if raw.lower() in YES + NO:
                return raw.lower() in YES
            raise ValueError

        return self._read(name, "1" if default else "0", help, "1 or 0 (also true/false, yes/no, on/off)", parse)

    def number(self, name: str, default: int, *, low: int, high: int, help: str, also: str = "") -> int:
        """A whole number of low..high. `also` is an older name, read when `name` is not set."""

        def parse(raw: str) -> int:
            if low <= (value := int(raw)) <= high:
                return value
            raise ValueError

        if also and not self.values.get(name, "").strip() and self.values.get(also, "").strip():
            found = self._read(also, str(default), "", f"a whole number {low}..{high}", parse)
            del self.declared[also]
            self.declared[name] = Declaration(name, str(default), help, f"a whole number {low}..{high}")
            return found
        return self._read(name, str(default), help, f"a whole number {low}..{high}", parse)

    def choice(self, name: str, default: str, choices: Iterable[str], *, help: str) -> str:
        allowed = tuple(choices)

        def parse(raw: str) -> str:
            if raw.lower() in allowed:
                return raw.lower()
            raise ValueError

        return self._read(name, default, help, "one of " + ", ".join(allowed), parse)

    def listed(self, name: str, default: str = "", *, help: str) -> list[str]:
        """A comma-separated list; blanks around the items are dropped."""
        return self._read(name, default, help, "a comma-separated list", _items)

    def origins(self, name: str, default: str = "", *, help: str) -> list[str]:
        """Comma-separated web origins: `*`, `null` (what a browser sends for file:// pages) or scheme://host[:port]."""

        def parse(raw: str) -> list[str]:
            items = _items(raw)
            if all(item in ("*", "null") or _is_origin(item) for item in items):
                return items
            raise ValueError

        return self._read(
            name, default, help, "*, null or scheme://host[:port], comma-separated, without a path", parse
        )

    def url(self, name: str, schemes: Iterable[str], *, help: str) -> str:
        """An URL of one of the schemes, or empty. Not repeated in an error: it may hold a password."""
        allowed = tuple(schemes)

        def parse(raw: str) -> str:
            if not raw or urlsplit(raw).scheme in allowed:
                return raw
            raise ValueError

        return self._read(
            name, "", help, "an URL that begins with " + " or ".join(f"{s}://" for s in allowed), parse, True
        )

    def secret(self, name: str, *, help: str) -> str:
        """NAME, or the content of the file that NAME_FILE names (as containers are given secrets)."""
        value = self._read(name, "", help, f"text, or {name}_FILE names a file that holds it", str, True)
        path = self.values.get(f"{name}_FILE", "").strip()
        if value or not path:
            return value
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as fault:
            raise ImproperlyConfigured(
                f"{name}_FILE is {path!r}; accepted is a readable text file ({fault.__class__.__name__})."
            ) from None

    def example(self) -> str:
        """Every variable with its default, commented out: the text of `.env.example`."""
        lines = ["# Settings of osipi with their defaults. Copy this file to .env and uncomment what differs."]
        for one in self.declared.values():
            accepted = [] if one.accepted == "text" else [f"# accepted: {one.accepted}"]
            lines += ["", f"# {one.help}", *accepted, f"#{one.name}={one.default}"]
        return "\n".join(lines) + "\n"

    def _read(
        self,
        name: str,
        default: str,
        help: str,
        accepted: str,
        parse: Callable[[str], T],
        hidden: bool = False,
    ) -> T:
        self.declared[name] = Declaration(name, default, help, accepted)
        raw = self.values.get(name, "").strip() or default
        try:
            return parse(raw)
        except ValueError:
            shown = "set to a value that cannot be used" if hidden else repr(raw)
            raise ImproperlyConfigured(f"{name} is {shown}; accepted is {accepted}.") from None


def process_environment(default_file: Path) -> dict[str, str]:
    """os.environ over the file that OSIPI_ENV_FILE names; by default `default_file`, if it is there."""
    named = os.environ.get("OSIPI_ENV_FILE", "").strip()
    if named == "none":
        return dict(os.environ)
    path = Path(named) if named else default_file
    if not path.is_file():
        if named:
            raise ImproperlyConfigured(f"OSIPI_ENV_FILE is {named!r}; accepted is an existing file, or none.")
        return dict(os.environ)
    return read_env_file(path.read_text(encoding="utf-8")) | dict(os.environ)


def read_env_file(content: str) -> dict[str, str]:
    """Lines `NAME=value`, optionally `export`ed or quoted; `#` begins a comment line. Nothing is expanded."""
    found: dict[str, str] = {}
    for number, line in enumerate(content.splitlines(), 1):
        line = line.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ImproperlyConfigured(f"Line {number} of the .env file is not NAME=value.")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        found[name.strip()] = value
    return found


def _items(raw: str) -> list[str]:
    return [item.strip() for item in raw.split(",") if item.strip()]


def _is_origin(item: str) -> bool:
    parts = urlsplit(item)
    return bool(parts.scheme and parts.netloc) and not (parts.path or parts.query or parts.fragment)
