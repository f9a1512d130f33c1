"""Settings: every variable of the environment is declared here, by reading it, and decided here.

With nothing set the plant runs from one data directory: SQLite, in-process channel layer, a broker made of
files. With DATABASE_URL and REDIS_URL the same code runs on PostgreSQL, Redis and several server processes.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from tzlocal import get_localzone_name

from osipi_site import admin_menu, data_dir, lakesettings
from osipi_site.env import Environment, process_environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = ENVIRONMENT = Environment(process_environment(BASE_DIR / ".env"))

# ---- where it runs -------------------------------------------------------------------------------
OSIPI_ENV_FILE = env.text("OSIPI_ENV_FILE", ".env", help="file with these variables; `none` reads no file")
OSIPI_DATA_DIR = data_dir.prepared(
    env.text(
        "OSIPI_DATA_DIR",
        "./var",
        help="everything that is kept: database, local lake, queue, generated secrets",
    ),
    BASE_DIR,
)
OSIPI_HOST = env.text("OSIPI_HOST", "127.0.0.1", help="address to listen on; 0.0.0.0 for every network card")
OSIPI_PORT = env.number("PORT", 8010, low=1, high=65535, help="port of pages, REST and sockets")
OSIPI_WORKERS = env.number("OSIPI_WORKERS", 1, low=1, high=64, help="server processes; more than 1 wants REDIS_URL")
OSIPI_THREADS = env.number("OSIPI_THREADS", 4, low=1, high=256, help="threads of each server process that run views")
OSIPI_PROXIES = env.text("OSIPI_PROXIES", help="addresses of reverse proxies whose X-Forwarded headers are believed")
OSIPI_PRODUCTION = env.flag("OSIPI_PRODUCTION", False, help="1 behind TLS: HTTPS only, secure cookies, no open CORS")
DEBUG = env.flag("DEBUG", False, help="1 shows tracebacks in pages and restarts nothing; never with OSIPI_PRODUCTION")
OSIPI_LOG_LEVEL = env.choice(
    "OSIPI_LOG_LEVEL",
    "info",
    ("debug", "info", "warning", "error"),
    help="least level that is written to stderr",
)

# ---- the plant and who may -----------------------------------------------------------------------
OSIPI_DEMO_TAGS = env.number(
    "OSIPI_DEMO_TAGS",
    10_000,
    low=0,
    high=30_240,
    also="MOCK_PI_TAG_COUNT",
    help="size of the demo plant: 128, 1040, 10000, 30240",
)
OSIPI_DEMO_SEED = env.number(
    "OSIPI_DEMO_SEED", 1, low=0, high=2**31 - 1, help="the same seed and size is the same plant"
)
OSIPI_ADMIN_USER = env.text("OSIPI_ADMIN_USER", "admin", help="name of the administrator made at the first start")
OSIPI_ADMIN_PASSWORD = env.secret("OSIPI_ADMIN_PASSWORD", help="else a random one is printed once, at the first start")
OSIPI_ANONYMOUS = env.choice(
    "OSIPI_ANONYMOUS", "read", ("read", "write", "none"), help="what a client without credentials may do"
)
OSIPI_READ_ONLY = env.flag("OSIPI_READ_ONLY", False, help="1 refuses every write over REST, whoever asks")
OSIPI_AUTH_CACHE_SECONDS = env.number(
    "OSIPI_AUTH_CACHE_SECONDS", 60, low=0, high=86_400, help="for how long a checked password or token is remembered"
)
OSIPI_POLICY_SECONDS = env.number(
    "OSIPI_POLICY_SECONDS", 2, low=0, high=3600, help="after which a process looks for security entries of others"
)
OSIPI_MAX_ITEMS = env.number("OSIPI_MAX_ITEMS", 150_000, low=1, high=10_000_000, help="most items in one answer")
OSIPI_MAX_BODY = env.number(
    "OSIPI_MAX_BODY", 16 * 1024 * 1024, low=1024, high=2**30, help="most bytes in the body of one request"
)
OSIPI_SOCKETS_PER_USER = env.number(
    "OSIPI_SOCKETS_PER_USER", 10_000, low=1, high=1_000_000, help="most sockets of one user in all processes"
)
OSIPI_SOCKET_STREAMS = env.number(
    "OSIPI_SOCKET_STREAMS", 20_000, low=1, high=1_000_000, help="most streams that one socket may subscribe"
)
OSIPI_SOCKET_STALL = env.number(
    "OSIPI_SOCKET_STALL", 30, low=2, high=3600, help="seconds after which a socket is closed whose client reads nothing"
)
OSIPI_METRICS = env.choice(
    "OSIPI_METRICS",
    "local",
    ("local", "staff", "open", "off"),
    help="who reads /metrics: this machine and staff, staff alone, everybody, nobody",
)
SECRET_KEY = env.secret("SECRET_KEY", help="else generated into the data directory") or data_dir.secret_key(
    OSIPI_DATA_DIR
)
ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS", help="names clients call the server by; default this machine's") or [
    *("localhost", "127.0.0.1", "[::1]"),
    *([socket.gethostname()] if OSIPI_HOST in ("0.0.0.0", "::") else [OSIPI_HOST]),
]
OSIPI_CORS_ORIGINS = env.origins(
    "OSIPI_CORS_ORIGINS",
    "" if OSIPI_PRODUCTION else "*",
    help="origins whose pages may read /piwebapi; * is any, file:// included, without cookies",
)

# ---- applications and pages ----------------------------------------------------------------------
INSTALLED_APPS = [
    *(["daphne"] if sys.argv[1:2] == ["runserver"] else []),  # first: it replaces that command; 0.2 s elsewhere
    "unfold.apps.BasicAppConfig",  # before the admin: its templates stand in front of the admin's
    "unfold.contrib.filters",
    "osipi_site.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "channels",
    "django_celery_beat",
    "piwebapi.apps.PiwebapiConfig",
    "streaming.apps.StreamingConfig",
    "events.apps.EventsConfig",
    "osipi_site.apps.SiteConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "osipi_site.page_headers.PageHeaders",
    "osipi_site.static_files.StaticFiles",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "osipi_site.urls"
ASGI_APPLICATION = "osipi_site.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL, LOGIN_REDIRECT_URL = "/sign-in/", "/"
UNFOLD = admin_menu.UNFOLD
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
DATA_UPLOAD_MAX_MEMORY_SIZE = OSIPI_MAX_BODY
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a thousand webId= in one URL is usual; the URL itself is bounded by the server
APPEND_SLASH = True

# Front-end packages come by npm (`make`); each package's dist folder is served under
# static/vendor/<package>/.
STATIC_URL = "static/"
STATICFILES_DIRS = [
    (f"vendor/{name}", dist)
    for name in json.loads((BASE_DIR / "package.json").read_text()).get("dependencies", {})
    if (dist := BASE_DIR / "node_modules" / name / "dist").is_dir()
]
STATIC_ROOT = OSIPI_DATA_DIR / "static"  # `manage.py up` collects into it, see `static_files.py`
WHITENOISE_USE_FINDERS = True  # what was not collected is served from where it lies
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "osipi_site.static_files.Storage"},
}

# ---- storage, cache, queue -----------------------------------------------------------------------
DATABASE_URL = env.url("DATABASE_URL", ("postgres", "postgresql"), help="PostgreSQL; else SQLite in the data directory")
REDIS_URL = env.url(
    "REDIS_URL", ("redis", "rediss"), help="channel layer, cache and Celery broker; else in-process and files"
)
DATABASES = {"default": data_dir.database(OSIPI_DATA_DIR, DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # The layer waits in Redis for 5 s at a time, which is where redis-py 8 gives up by itself.
            "CONFIG": {
                "hosts": [{"address": REDIS_URL, "socket_timeout": 15}],
                "prefix": "osipi",
                "capacity": 1000,
            },
        }
    }
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "osipi",
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},  # seconds
        }
    }
    CELERY_BROKER_URL = REDIS_URL
    # A task longer than the visibility timeout would be delivered twice; ours are cut into chunks of a
    # minute.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "osipi:", "visibility_timeout": 3600}
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "osipi_site.file_queue:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = data_dir.file_broker(OSIPI_DATA_DIR)

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"  # schedules across a change of daylight-saving time are where beat's faults are
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep the queue folder": {
        "task": "osipi_site.tasks.sweep_queue",
        "schedule": 600.0,
        "options": {"expire_seconds": 300},
    },
    "pack settled values": {
        "task": "streaming.tasks.seal_archive",
        "schedule": 300.0,
        "options": {"expire_seconds": 200},
    },
    "forget old changes": {
        "task": "streaming.tasks.prune_changes",
        "schedule": 3600.0,
        "options": {"expire_seconds": 1800},
    },
}
CELERY_IMPORTS = ("osipi_site.tasks", "events.ingestion.tasks", "events.rules.tasks")

# ---- lake ----------------------------------------------------------------------------------------
DATABRICKS = lakesettings.databricks(env)
OSIPI_DELETED_DAYS = env.number(
    "OSIPI_DELETED_DAYS",
    90,
    low=1,
    high=36_500,
    help="days for which a deleted event frame is told to those who follow the changes",
)
OSIPI_LAKE = lakesettings.lake(env)

# ---- time, language ------------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = data_dir.time_zone(
    env.text("OSIPI_TIME_ZONE", help="zone of `t`, `y` and of the pages, as Europe/Berlin; default the machine's"),
    get_localzone_name() or "UTC",
)
LANGUAGE_CODE = "en-us"

# ---- security ------------------------------------------------------------------------------------
CORS_URLS_REGEX = r"^/+piwebapi(/|$)"
CORS_ALLOW_ALL_ORIGINS = "*" in OSIPI_CORS_ORIGINS
CORS_ALLOWED_ORIGINS = [] if CORS_ALLOW_ALL_ORIGINS else OSIPI_CORS_ORIGINS
CORS_ALLOW_CREDENTIALS = bool(CORS_ALLOWED_ORIGINS)  # cookies only for origins that are named
CORS_ALLOW_HEADERS = (
    *("accept", "authorization", "cache-control", "content-type", "if-none-match", "pragma", "prefer"),
    *("user-agent", "x-csrftoken", "x-requested-with"),
)
CORS_EXPOSE_HEADERS = ("Location", "Link", "ETag", "Retry-After", "WWW-Authenticate")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = OSIPI_PRODUCTION
SECURE_HSTS_SECONDS = 365 * 86_400 if OSIPI_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = OSIPI_PRODUCTION
if OSIPI_PRODUCTION:
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"]

# ---- logging: to stderr --------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": OSIPI_LOG_LEVEL.upper()},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": OSIPI_LOG_LEVEL.upper(), "propagate": False},
        "uvicorn": {"level": "DEBUG" if OSIPI_LOG_LEVEL == "debug" else "WARNING"},  # `up` tells what started
        "httpx": {"level": "WARNING"},  # else every request of ingestion is a line
    },
}
