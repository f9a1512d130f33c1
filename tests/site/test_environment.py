"""Every variable of the environment: what it does, what stops the start, and the list of all of them."""

from __future__ import annotations

import os
import re
import runpy
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from osipi_site.env import Environment, process_environment, read_env_file

ROOT = Path(__file__).resolve().parent.parent.parent
Read = Callable[..., dict[str, Any]]


@pytest.fixture
def settings_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """The settings that come of these variables and no others."""

    def read(variables: Mapping[str, str]) -> dict[str, Any]:
        for name in list(os.environ):
            if name.startswith(("OSIPI_", "DATABRICKS_", "MOCK_PI_")) or name in ("DATABASE_URL", "REDIS_URL", "PORT"):
                monkeypatch.delenv(name)
        plain = {"OSIPI_ENV_FILE": "none", "OSIPI_DATA_DIR": str(tmp_path / "data")}
        for name, value in {**plain, **variables}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "osipi_site" / "settings.py"))

    return read


#: variable -> a good value, the setting that shows it and how it reads there
GOOD: dict[str, tuple[str, str, Any]] = {
    "OSIPI_HOST": ("0.0.0.0", "OSIPI_HOST", "0.0.0.0"),
    "PORT": ("8123", "OSIPI_PORT", 8123),
    "OSIPI_WORKERS": ("3", "OSIPI_WORKERS", 3),
    "OSIPI_THREADS": ("16", "OSIPI_THREADS", 16),
    "OSIPI_PROXIES": ("10.0.0.1", "OSIPI_PROXIES", "10.0.0.1"),
    "OSIPI_PRODUCTION": ("yes", "SECURE_SSL_REDIRECT", True),
    "DEBUG": ("on", "DEBUG", True),
    "OSIPI_LOG_LEVEL": ("WARNING", "OSIPI_LOG_LEVEL", "warning"),
    "OSIPI_DEMO_TAGS": ("1040", "OSIPI_DEMO_TAGS", 1040),
    "OSIPI_DEMO_SEED": ("7", "OSIPI_DEMO_SEED", 7),
    "OSIPI_ADMIN_USER": ("boss", "OSIPI_ADMIN_USER", "boss"),
    "OSIPI_ADMIN_PASSWORD": ("s3cret", "OSIPI_ADMIN_PASSWORD", "s3cret"),
    "OSIPI_ANONYMOUS": ("none", "OSIPI_ANONYMOUS", "none"),
    "OSIPI_READ_ONLY": ("1", "OSIPI_READ_ONLY", True),
    "OSIPI_MAX_ITEMS": ("500", "OSIPI_MAX_ITEMS", 500),
    "OSIPI_AUTH_CACHE_SECONDS": ("0", "OSIPI_AUTH_CACHE_SECONDS", 0),
    "OSIPI_POLICY_SECONDS": ("10", "OSIPI_POLICY_SECONDS", 10),
    "OSIPI_MAX_BODY": ("2048", "DATA_UPLOAD_MAX_MEMORY_SIZE", 2048),
    "OSIPI_SOCKETS_PER_USER": ("5", "OSIPI_SOCKETS_PER_USER", 5),
    "OSIPI_SOCKET_STREAMS": ("6", "OSIPI_SOCKET_STREAMS", 6),
    "OSIPI_SOCKET_STALL": ("7", "OSIPI_SOCKET_STALL", 7),
    "OSIPI_METRICS": ("off", "OSIPI_METRICS", "off"),
    "SECRET_KEY": ("k" * 60, "SECRET_KEY", "k" * 60),
    "ALLOWED_HOSTS": ("a.example, b.example", "ALLOWED_HOSTS", ["a.example", "b.example"]),
    "OSIPI_CORS_ORIGINS": ("https://a.example", "CORS_ALLOWED_ORIGINS", ["https://a.example"]),
    "REDIS_URL": ("redis://cache:6379/1", "CELERY_BROKER_URL", "redis://cache:6379/1"),
    "OSIPI_TIME_ZONE": ("Europe/Berlin", "TIME_ZONE", "Europe/Berlin"),
    "OSIPI_DELETED_DAYS": ("7", "OSIPI_DELETED_DAYS", 7),
}
#: the same, for the members of OSIPI_LAKE
SYNC = {"OSIPI_LAKE_DIRECTION": ("To", "to"), "OSIPI_LAKE_POLICY": ("newest", "newest")} | {
    "OSIPI_LAKE_READ_SECONDS": ("60", 60),
    "OSIPI_LAKE_DATABASE": ("AF\\Plant", "AF\\Plant"),
}
LAKE = ("host", "http_path", "token", "client_id", "client_secret", "catalog", "schema", "volume")
#: variable -> values that stop the start
BAD: dict[str, tuple[str, ...]] = {
    "OSIPI_DATA_DIR": ("/dev/null/below",),
    "PORT": ("0", "65536", "http", "80.5"),
    "OSIPI_WORKERS": ("0", "many"),
    "OSIPI_THREADS": ("0", "257"),
    "OSIPI_PRODUCTION": ("maybe", "2"),
    "DEBUG": ("full",),
    "OSIPI_LOG_LEVEL": ("loud",),
    "OSIPI_DEMO_TAGS": ("-1", "30241", "1e3"),
    "MOCK_PI_TAG_COUNT": ("-5", "x"),
    "OSIPI_DEMO_SEED": ("-1", "x"),
    "OSIPI_ADMIN_PASSWORD_FILE": ("/nothing/here",),
    "OSIPI_ANONYMOUS": ("all",),
    "OSIPI_READ_ONLY": ("ja",),
    "OSIPI_MAX_ITEMS": ("0",),
    "OSIPI_AUTH_CACHE_SECONDS": ("-1", "1h"),
    "OSIPI_POLICY_SECONDS": ("-1", "1.5"),
    "OSIPI_MAX_BODY": ("1", "16MB"),
    "OSIPI_SOCKETS_PER_USER": ("0",),
    "OSIPI_SOCKET_STREAMS": ("none",),
    "OSIPI_SOCKET_STALL": ("1",),
    "OSIPI_METRICS": ("yes",),
    "SECRET_KEY_FILE": ("/nothing/here",),
    "OSIPI_CORS_ORIGINS": ("a.example", "https://a.example/path"),
    "DATABASE_URL": ("mysql://root:hidden@db/x", "nonsense"),
    "REDIS_URL": ("http://:hidden@cache",),
    "OSIPI_TIME_ZONE": ("Mars/Base", "../etc"),
    "OSIPI_DELETED_DAYS": ("0", "ever"),
    "OSIPI_LAKE_DIRECTION": ("down",),
    "OSIPI_LAKE_POLICY": ("oldest",),
    "OSIPI_LAKE_READ_SECONDS": ("5", "soon"),
    "OSIPI_ENV_FILE": ("/nothing/here",),
}
#: variables whose text is free
FREE = {
    "OSIPI_LAKE_DATABASE",
    "OSIPI_HOST",
    "OSIPI_PROXIES",
    "OSIPI_ADMIN_USER",
    "OSIPI_ADMIN_PASSWORD",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
}


def declared(settings: dict[str, Any]) -> set[str]:
    return set(settings["ENVIRONMENT"].declared)


def test_these_tests_know_every_variable(settings_of: Read) -> None:
    names = declared(settings_of({}))
    lake = {f"DATABRICKS_{name.upper()}" for name in LAKE}
    assert names == set(GOOD) | set(SYNC) | lake | {"OSIPI_ENV_FILE", "OSIPI_DATA_DIR", "DATABASE_URL"}
    assert names == {name for name in BAD if name in names} | FREE | lake


@pytest.mark.parametrize("name", GOOD)
def test_a_good_value_reaches_its_setting(settings_of: Read, name: str) -> None:
    value, setting, expected = GOOD[name]
    assert settings_of({name: value})[setting] == expected


@pytest.mark.parametrize("name", SYNC)
def test_a_good_value_reaches_the_synchronisation(settings_of: Read, name: str) -> None:
    value, expected = SYNC[name]
    assert settings_of({name: value})["OSIPI_LAKE"][name.removeprefix("OSIPI_LAKE_").lower()] == expected


@pytest.mark.parametrize("name", LAKE)
def test_what_databricks_needs_is_read(settings_of: Read, name: str) -> None:
    assert settings_of({f"DATABRICKS_{name.upper()}": "given"})["DATABRICKS"][name] == "given"


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_stops_the_start_with_a_sentence_that_names_it(settings_of: Read, name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        settings_of({name: value})
    sentence = str(caught.value)
    assert sentence.startswith(f"{name} is ")
    assert "; accepted is " in sentence
    assert sentence.endswith(".")
    assert "hidden" not in sentence


def test_the_start_prints_that_sentence_and_no_traceback(tmp_path: Path) -> None:
    ours = {"OSIPI_ENV_FILE": "none", "OSIPI_DATA_DIR": str(tmp_path), "PORT": "none"}
    variables = {**os.environ, **ours, "DJANGO_SETTINGS_MODULE": "osipi_site.settings"}
    command = [sys.executable, "manage.py", "up"]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert done.stderr.strip() == "PORT is 'none'; accepted is a whole number 1..65535."


def test_an_empty_variable_counts_as_not_set(settings_of: Read) -> None:
    plain = settings_of({})
    empty = settings_of({name: "" for name in declared(plain) if name not in ("OSIPI_ENV_FILE", "OSIPI_DATA_DIR")})
    for setting in ("OSIPI_PORT", "OSIPI_ANONYMOUS", "DATABASES", "CHANNEL_LAYERS", "ALLOWED_HOSTS", "DATABRICKS"):
        assert empty[setting] == plain[setting]


def test_the_older_name_of_the_number_of_tags_is_read_when_the_new_one_is_not_set(settings_of: Read) -> None:
    assert settings_of({"MOCK_PI_TAG_COUNT": "128"})["OSIPI_DEMO_TAGS"] == 128
    assert settings_of({"MOCK_PI_TAG_COUNT": "128", "OSIPI_DEMO_TAGS": "1040"})["OSIPI_DEMO_TAGS"] == 1040


def test_a_database_url_makes_postgresql_of_it(settings_of: Read) -> None:
    database = settings_of({"DATABASE_URL": "postgres://me:pw@db.example:5433/plant"})["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"], database["NAME"], database["USER"]) == (
        "db.example",
        5433,
        "plant",
        "me",
    )


def test_production_asks_for_tls_and_opens_to_no_origin(settings_of: Read) -> None:
    found = settings_of({"OSIPI_PRODUCTION": "1", "ALLOWED_HOSTS": "plant.example"})
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://plant.example"]
    assert not found["CORS_ALLOW_ALL_ORIGINS"]
    assert settings_of({})["CORS_ALLOW_ALL_ORIGINS"]


def test_a_generated_key_is_kept_and_readable_by_its_owner_only(settings_of: Read, tmp_path: Path) -> None:
    first = settings_of({})["SECRET_KEY"]
    assert len(first) >= 50
    assert settings_of({})["SECRET_KEY"] == first
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


def test_a_secret_may_come_out_of_a_file(settings_of: Read, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from-a-file\n")
    assert settings_of({"OSIPI_ADMIN_PASSWORD_FILE": str(file)})["OSIPI_ADMIN_PASSWORD"] == "from-a-file"


# ---- the file of variables ------------------------------------------------------------------------


def test_a_file_of_variables_stands_behind_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.env"
    file.write_text("# comment\n\nexport PORT=8001\nOSIPI_HOST='0.0.0.0'\nOSIPI_PROXIES=\"a=b\"\n")
    monkeypatch.setenv("OSIPI_ENV_FILE", str(file))
    monkeypatch.setenv("PORT", "8002")
    monkeypatch.delenv("OSIPI_HOST", raising=False)
    found = process_environment(tmp_path / "none")
    assert (found["PORT"], found["OSIPI_HOST"], found["OSIPI_PROXIES"]) == ("8002", "0.0.0.0", "a=b")


@pytest.mark.parametrize("line", ["PORT", "=8000", "two words=1", "PORT: 8000"])
def test_a_line_that_is_no_variable_is_told_by_its_number(line: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="Line 2 of the .env file is not NAME=value"):
        read_env_file(f"PORT=8000\n{line}\n")


# ---- the list of all ------------------------------------------------------------------------------


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("environment")
    return capsys.readouterr().out


def test_the_command_prints_every_variable_with_its_default(
    capsys: pytest.CaptureFixture[str], settings_of: Read
) -> None:
    text = printed(capsys)
    plain = settings_of({})
    assert re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE) == list(plain["ENVIRONMENT"].declared)
    assert "#PORT=8010\n" in text
    assert "# accepted: one of read, write, none\n#OSIPI_ANONYMOUS=read\n" in text
    assert all(one.help for one in plain["ENVIRONMENT"].declared.values())


def test_all_lines_uncommented_mean_what_nothing_means(capsys: pytest.CaptureFixture[str], settings_of: Read) -> None:
    text = re.sub(r"^#([A-Z_]+=)", r"\1", printed(capsys), flags=re.MULTILINE)
    values = read_env_file(text)
    plain = settings_of({})
    again = settings_of(
        {name: value for name, value in values.items() if name not in ("OSIPI_ENV_FILE", "OSIPI_DATA_DIR")}
    )
    for setting in ("OSIPI_PORT", "OSIPI_DEMO_TAGS", "OSIPI_CORS_ORIGINS", "DATABASES", "DATABRICKS", "OSIPI_MAX_BODY"):
        assert again[setting] == plain[setting]


def test_the_example_file_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Written by: manage.py environment > .env.example"""
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == printed(capsys)


def test_a_variable_is_declared_by_reading_it() -> None:
    env = Environment({"X": "2"})
    assert env.number("X", 1, low=0, high=9, help="an x") == 2
    assert env.declared["X"].default == "1"
