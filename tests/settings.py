"""The settings under test: a data directory of the run's own, nothing of the developer's environment."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

OURS = ("OSIPI_", "DATABRICKS_", "MOCK_PI_")
ALONE = ("PORT", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG")
TESTS_OWN = ("OSIPI_TEST_", "OSIPI_REQUIRE_SERVICES")

for name in list(os.environ):
    if (name.startswith(OURS) or name.removesuffix("_FILE") in ALONE) and not name.startswith(TESTS_OWN):
        del os.environ[name]

run_directory = Path(tempfile.mkdtemp(prefix="osipi-tests-"))
run_process = os.getpid()
os.environ |= {"OSIPI_ENV_FILE": "none", "OSIPI_DATA_DIR": str(run_directory), "OSIPI_TIME_ZONE": "UTC"}
os.environ["OSIPI_LOG_LEVEL"] = "warning"
if os.environ.get("OSIPI_TEST_ENGINE") == "postgresql":
    os.environ["DATABASE_URL"] = os.environ["OSIPI_TEST_DATABASE_URL"]


@atexit.register
def remove_run_directory() -> None:
    if os.getpid() == run_process:  # not in a forked child
        shutil.rmtree(run_directory, ignore_errors=True)


from osipi_site.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "plant.example"]  # noqa: F405 - the name that clients of sockets use
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, not memory: the locks of a shared in-memory database are not those of WAL, and threads are
    # tested here.
    DATABASES["default"]["TEST"] = {"NAME": run_directory / "test.sqlite3"}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += ";PRAGMA synchronous=OFF"  # noqa: F405
else:
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"  # noqa: F405
OSIPI_POLICY_SECONDS = float("inf")  # the process that writes security heeds it at once; no test waits for others
