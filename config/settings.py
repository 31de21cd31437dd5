"""Every setting of the system, read once from the environment through one typed reader.

Without `PRODUCTION=true` the system runs *embedded*: SQLite and a Valkey server of its own under `VAR`, mail as files,
a secret key made on first use. In production the environment must give every setting that a stranger could guess or
that could be lost. A missing or malformed value stops the start with a sentence that names it: `config.rules` has one
rule for each way to be wrong.
"""

import json
import os
import secrets
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env, EnvError
from whitenoise.compress import Compressor

from config import checks  # noqa: F401 (registers what `check --deploy` says)
from config.broker import broker_socket_path
from config.concurrency import read_concurrency
from config.private_files import keep_folder_private, write_for_us_only
from config.questions import DEFAULT_DAYS
from config.rules import is_production, problems_of, reads_true
from core.api.security_schemes import security_schemes

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent


def _embedded_secret_key(var: Path) -> str:
    """The secret key of this installation: made once, readable by its owner only."""
    path = var / "secret-key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text()


if problems := problems_of(os.environ):
    raise ImproperlyConfigured("\n".join([*problems, "(docs/operations.md lists the settings.)"]))
# What would stop production, for `manage.py check --deploy`: names and sentences, no values.
PRODUCTION_PROBLEMS = problems_of(os.environ, production=True)

write_for_us_only()
try:
    PRODUCTION = is_production(os.environ)
    VAR = Path(env.str("VAR", "") or BASE_DIR / "var").absolute()
    if not PRODUCTION:
        VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
        env_defaults = {
            "SECRET_KEY": os.environ.get("SECRET_KEY") or _embedded_secret_key(VAR),
            "DATABASE_URL": f"sqlite:///{VAR / 'db.sqlite3'}",
            "REDIS_URL": f"unix://{broker_socket_path(VAR)}",
            "SITE_URL": f"http://127.0.0.1:{os.environ.get('PORT') or 8000}",
            "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1],testserver",
            "EMAIL_URL": "",
        }
        for name, value in env_defaults.items():
            if not os.environ.get(name):
                os.environ[name] = value
    keep_folder_private(VAR)

    SECRET_KEY = env.str("SECRET_KEY")
    ALLOWED_HOSTS: list[str] = [host.strip() for host in env.str("ALLOWED_HOSTS").split(",")]
    SITE_URL = env.str("SITE_URL").rstrip("/")
    REDIS_URL = env.str("REDIS_URL")
    STAFF_MFA = reads_true(os.environ.get("STAFF_MFA") or str(PRODUCTION))
    # A session ends after this many hours, used or not: about a shift.
    SESSION_HOURS = env.int("SESSION_HOURS", 12)
    DATABASES: dict[str, dict[str, Any]] = {
        "default": env.dj_db_url("DATABASE_URL", conn_max_age=600, conn_health_checks=True)
    }
    LOG_LEVEL = env.str("LOG_LEVEL", "INFO")

    # Limits of what a household may ask for before service reviews the order (orders.intake.limits).
    LIMIT_PIECES_PER_ORDER = env.int("LIMIT_PIECES_PER_ORDER", 60)
    LIMIT_FIGURE_PIECES_PER_ORDER = env.int("LIMIT_FIGURE_PIECES_PER_ORDER", 20)
    LIMIT_BAGS_PER_ORDER = env.int("LIMIT_BAGS_PER_ORDER", 4)
    LIMIT_ORDERS_PER_HOUSEHOLD = env.int("LIMIT_ORDERS_PER_HOUSEHOLD", 5)
    LIMIT_PERIOD_DAYS = env.int("LIMIT_PERIOD_DAYS", DEFAULT_DAYS["LIMIT_PERIOD_DAYS"])
    # How many parcels leave on a working day, until our own pace is known (orders.allocation.estimates).
    PARCELS_PER_DAY = env.int("PARCELS_PER_DAY", 40)
    ANONYMOUS_ORDERS_PER_HOUR = env.int("ANONYMOUS_ORDERS_PER_HOUR", 60)
    # For each API key without a staff role; requests for each address too.
    KEY_ORDERS_PER_HOUR = env.int("KEY_ORDERS_PER_HOUR", 3600)
    REQUESTS_PER_MINUTE = env.int("REQUESTS_PER_MINUTE", 1200)
    # Pages that one address may load; staff who are signed in are not counted.
    PAGES_PER_MINUTE = env.int("PAGES_PER_MINUTE", REQUESTS_PER_MINUTE)
    # How many orders one network places in a day before service reviews further ones; programs with a key do not count.
    NETWORK_ORDERS_PER_DAY = env.int("NETWORK_ORDERS_PER_DAY", max(1, ANONYMOUS_ORDERS_PER_HOUR * 2 // 3))
    # How many mails one mailbox gets in a time; what is over waits for a person (notifications.mail.bounds).
    MAILS_PER_ADDRESS_PER_HOUR = env.int("MAILS_PER_ADDRESS_PER_HOUR", 20)
    MAILS_PER_ADDRESS_PER_DAY = env.int("MAILS_PER_ADDRESS_PER_DAY", 60)
    # How many proxies of ours stand in front and append to X-Forwarded-For; production must say so (core.callers).
    TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

    # Within how many working days a parcel should be on its way. A customer who waits longer gets one mail about it.
    PROMISED_WORKING_DAYS = env.int("PROMISED_WORKING_DAYS", 10)

    # How many days after its last parcel left an order is anonymised (orders.privacy.retention).
    RETENTION_DAYS = env.int("RETENTION_DAYS", DEFAULT_DAYS["RETENTION_DAYS"])
    # For how many days it is kept who of the staff saw whose data.
    ACCESS_LOG_DAYS = env.int("ACCESS_LOG_DAYS", 365)
    # For how many days the link to an order works after the order has ended.
    LINK_DAYS = env.int("LINK_DAYS", 180)

    # How many pages each process of the web server serves at once; the other numbers are for the launcher.
    PAGE_THREADS = read_concurrency(env.str("CONCURRENCY", ""))["pages"]

    # A job's lease: how long a silent worker keeps its job before another may take it.
    JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", 30)
    SWEEP_SECONDS = env.float("SWEEP_SECONDS", 5.0)

    # What a parcel weighs besides its pieces, and the tolerances of packaging and scale, in mg (docs/scale.md).
    LETTER_WEIGHT_MG = env.int("LETTER_WEIGHT_MG", 5_000)
    PARCEL_WEIGHT_MG = env.int("PARCEL_WEIGHT_MG", 12_000)
    PACKAGING_TOLERANCE_MG = env.int("PACKAGING_TOLERANCE_MG", 200)
    SCALE_TOLERANCE_MG = env.int("SCALE_TOLERANCE_MG", 100)

    # The carriers: each a name, a name with a tracking link, or an adapter (orders/parcels/carriers.py).
    CARRIERS = env.list("CARRIERS", ["DHL", "DPD", "GLS", "Post", "UPS", "USPS"])

    # How long a wave's printed papers stay under VAR/prints: they hold addresses.
    PRINTS_KEPT_HOURS = env.int("PRINTS_KEPT_HOURS", 12)

    # The sender's address that is printed on a parcel, its lines separated by "|".
    RETURN_ADDRESS = env.list(
        "RETURN_ADDRESS", ["Bag 14", "Parts desk", "1 Brick Lane", "7190 Billund"], delimiter="|"
    )
    DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Bag 14 <parts@bag14.example>")
    REPLY_TO_EMAIL = env.str("REPLY_TO_EMAIL", "help@bag14.example")
    # Where to report a weakness (/.well-known/security.txt): a mail address, or an address of a page.
    SECURITY_CONTACT = env.str("SECURITY_CONTACT", "") or parseaddr(REPLY_TO_EMAIL)[1]
    # Who reads that something is not well (notifications/alarms.py).
    ALARM_EMAIL = parseaddr(env.str("ALARM_EMAIL", "") or REPLY_TO_EMAIL)[1]
    EMAIL_URL = env.str("EMAIL_URL", "")
    # A mail provider instead of a server: its name in django-anymail, and its settings there, as JSON.
    MAIL_PROVIDER = env.str("MAIL_PROVIDER", "")
    # Providers report bounces at /anymail/NAME/tracking/ with this `user:password`. Empty: no provider can report.
    MAIL_WEBHOOK_SECRET = env.str("MAIL_WEBHOOK_SECRET", "")
    provider_settings: dict[str, Any] = json.loads(env.str("MAIL_PROVIDER_SETTINGS", "") or "{}")
    ANYMAIL: dict[str, Any] = {
        "IGNORE_UNSUPPORTED_FEATURES": True,
        **provider_settings,
        "WEBHOOK_SECRET": MAIL_WEBHOOK_SECRET or None,
    }
    if MAIL_PROVIDER:
        EMAIL_BACKEND = f"anymail.backends.{MAIL_PROVIDER}.EmailBackend"
    elif EMAIL_URL:
        _email = env.dj_email_url("EMAIL_URL")
        EMAIL_BACKEND = _email["EMAIL_BACKEND"]
        EMAIL_HOST = _email["EMAIL_HOST"]
        EMAIL_PORT = _email["EMAIL_PORT"]
        EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
        EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
        EMAIL_USE_TLS = _email["EMAIL_USE_TLS"]
        EMAIL_USE_SSL = _email["EMAIL_USE_SSL"]
    else:
        EMAIL_BACKEND = "notifications.mail.mailbox.MailboxBackend"
    EMAIL_TIMEOUT = 10
except EnvError as error:
    raise ImproperlyConfigured(f"{error} (docs/operations.md lists the settings.)") from error

MAILBOX_DIR = VAR / "mail"
PRINTS_DIR = VAR / "prints"
# Large bodies on their way in: files without a name, gone with the process that receives them.
UPLOADS_DIR = VAR / "uploads"
DEBUG = False

INSTALLED_APPS = [
    "accounts",
    "accounts.admin_config.LeadAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "core",
    "catalog",
    "warehouse",
    "notifications",
    "orders",
    "quality",
    "dashboard",
]

MIDDLEWARE = [
    # These two first: what a later one refuses, such as a wrong Host, has their headers too.
    "core.answer_headers.AnswerHeaders",
    "csp.middleware.CSPMiddleware",
    "core.charsets.UTF8Only",
    "core.cookies.PlainCookies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "accounts.middleware.PageRate",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # Last, so that it calls the view itself.
    "core.database_trouble.TriesAgain",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/dashboard/"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Every transaction takes the write lock when it begins: a transaction that reads first and then writes would
    # otherwise fail at once under load. Freed pages are overwritten, so that erased data is gone from the file too.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON; PRAGMA cache_size=-32000;"
        ),
    }
    DATABASES["default"]["CONN_MAX_AGE"] = None
else:
    DATABASES["default"].setdefault("OPTIONS", {})
    # Frequent queries are planned once per connection; not behind a pooler (core.database_limits).
    DATABASES["default"]["OPTIONS"].update(
        {"server_side_binding": True, "prepare_threshold": 5, "connect_timeout": 3}
    )
    # A server that is gone without a word, with its network, is noticed within half a minute.
    DATABASES["default"]["OPTIONS"].update(
        {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
    )

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        "KEY_PREFIX": "bag14",
    },
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish")), ("fa", _("Persian"))]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "core.static_files.StaticFiles"},
}
# Compress only the files that pages load: those with a hashed name, and no source maps.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
MEDIA_ROOT = VAR / "media"
# For our user only, as all that lies in VAR; Django's own default opens what is collected or uploaded to everybody.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- safety ---------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
# What search engines may list; all other answers say noindex (core.answer_headers).
PUBLIC_PAGES = {"catalog:home", "catalog:sets", "catalog:set", "catalog:piece_picture", "orders:privacy"}
# Our files are for our pages alone.
WHITENOISE_ALLOW_ALL_ORIGINS = False
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
# The admin pages hide the secrets of second factors.
OTP_ADMIN_HIDE_SENSITIVE_DATA = True
OTP_TOTP_ISSUER = "Bag 14"
# In production a browser takes these cookies from our own host alone, over TLS, for the whole site (RFC 6265bis).
_host_only = "__Host-" if PRODUCTION else ""
SESSION_COOKIE_NAME = f"{_host_only}sessionid"
CSRF_COOKIE_NAME = f"{_host_only}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_host_only}language" if PRODUCTION else "django_language"
# A browser in which a member of staff has signed in before (accounts.login_throttle).
DEVICE_COOKIE_NAME = f"{_host_only}device"
# Messages to staff lie in the session, not in a cookie of their own.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
CSRF_TRUSTED_ORIGINS = [SITE_URL]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# --- Celery ---------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A lease, not the broker, decides which worker does a job. An unacknowledged message soon comes back and finds its job
# done.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "queue_order_strategy": "round_robin",
    # Send a wake-up message only once: the database holds the work, and a customer who places an order must not wait
    # for a broker that is away. Workers reconnect by a loop of their own.
    "max_retries": 0,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = max(JOB_LEASE_SECONDS - 10, 2)
CELERY_TASK_TIME_LIMIT = max(JOB_LEASE_SECONDS - 5, 3)
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_DEFAULT_QUEUE = "sweep"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Remote control holds a connection on which a worker notices a dead broker. Without it, a worker that could not
# acknowledge its prefetched messages asks for no more, and never works again (tests/faults/test_lost_broker.py).
CELERY_WORKER_ENABLE_REMOTE_CONTROL = True
CELERY_WORKER_SEND_TASK_EVENTS = False
# No message expires: a host whose clock is behind would throw all of them away.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "core.sweep", "schedule": SWEEP_SECONDS},
    "find-waiting-work": {"task": "orders.find_waiting_work", "schedule": max(30.0, SWEEP_SECONDS)},
    "tell-who-waits-longer": {"task": "orders.tell_who_waits_longer", "schedule": 3600.0},
    "raise-alarms": {"task": "notifications.raise_alarms", "schedule": 60.0},
    "forget-strays": {"task": "notifications.forget_strays", "schedule": 600.0},
    # Hourly, so that a beat that was not running at an hour of the night misses no day; it works once a day.
    "retention": {"task": "orders.begin_retention", "schedule": 3600.0},
    "remove-old-prints": {"task": "orders.remove_old_prints", "schedule": 600.0},
}

# --- REST -----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    # Endpoints are closed unless they open themselves.
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.IsStaffMember"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsing.StrictJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.RequestRate"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.api.negotiation.AlwaysJSON",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.OperationSchema",
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "core.api.problems.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Bag 14",
    "DESCRIPTION": (
        "Replacement bags and pieces of building sets: the catalogue, orders, letters and the warehouse.\n\n"
        "Lists are pages: follow `next`. Errors are RFC 9457 problems with a stable `code`, and name everything that "
        "is wrong at once. Times are ISO 8601 in UTC, weights are in milligrams."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SORT_OPERATIONS": False,
    "TAGS": [
        {
            "name": "catalogue",
            "description": "What a set is made of: open to anyone. Staff import and correct it.",
        },
        {"name": "orders", "description": "Asking for what was missing, and what became of it."},
        {"name": "letters", "description": "What a customer reads; service can edit it."},
        {"name": "warehouse", "description": "Stock, waves, parcels and their papers."},
        {"name": "quality", "description": "What the packing-inspection team learns from."},
    ],
    "APPEND_COMPONENTS": {"securitySchemes": security_schemes(SESSION_COOKIE_NAME)},
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["core.api.schema.finish_document"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "displayOperationId": True, "defaultModelsExpandDepth": 0},
}


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "shorten_refusals": {"()": "core.log_filters.ShortenRefusals"},
    },
    "formatters": {
        "line": {
            "()": "core.log_filters.CuttingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["shorten_refusals"],
        },
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {"django.request": {"level": "ERROR"}},
}

TEST_RUNNER = "django.test.runner.DiscoverRunner"
