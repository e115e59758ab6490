"""All of SimLab's settings. What differs between places comes from the environment: see docs/running.md."""

import os
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from kombu import Queue

from simlab.config import environment

ROOT = Path(__file__).resolve().parent.parent.parent

# The demo and the tests are reached by plain http on this machine; everything else is production, where this is None.
DEMO = environment.demo() if environment.flag("SIMLAB_DEMO") else None
DEBUG = False
SECRET_KEY = environment.required("SIMLAB_SECRET_KEY")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] if DEMO else environment.words("SIMLAB_ALLOWED_HOSTS")

# --- Where things are -------------------------------------------------------------------------------------------
DATA_ROOT = environment.data_folder(default=ROOT / ".simlab")
DATA_DIR = DATA_ROOT / "datasets"
CASES_DIR = ROOT / "cases"
PROTOCOLS_DIR = ROOT / "protocols"
INSTRUMENTS_DIR = ROOT / "instruments"
STATIC_ROOT = Path(os.environ.get("SIMLAB_STATIC_ROOT") or DATA_ROOT / "static")
STATIC_URL = "/static/"

# --- The application --------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "simlab.people",
    "simlab.studies",
    "simlab.sittings",
    "simlab.analyses",
    "simlab.teaching",
    "simlab.exchange",
    "simlab.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "simlab.config.headers.ExtraHeaders",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "simlab.config.compression.Compressed",  # after WhiteNoise, whose files are compressed already
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "simlab.config.urls"
WSGI_APPLICATION = "simlab.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "OPTIONS": {
            "environment": "simlab.web.jinja.environment",
            "context_processors": ["simlab.web.context.page"],
        },
    },
    # No page of ours: the forms and messages that packages bring are written for it.
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "simlab.config.storage.HashedStaticFiles"},
}

# --- Servers ----------------------------------------------------------------------------------------------------
DATABASES = {"default": environment.database()}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

JOB_HARD_LIMIT_S = 60 * 60
CELERY_BROKER_URL = environment.required("SIMLAB_BROKER_URL")
if CELERY_BROKER_URL.startswith(("redis", "sentinel")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": JOB_HARD_LIMIT_S + 600,  # longer than any job, or the job would be run twice
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,  # the default sweeps only every hundred seconds
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Batches of power studies have a queue of their own. A worker takes from both in turn, so that a report waits for one
# batch and not for all; a machine that is only to help with power is started with `-Q power`.
CELERY_TASK_QUEUES = (Queue("celery"), Queue("power"))
CELERY_TASK_ROUTES = {"simlab.analyses.tasks.work_on_power": {"queue": "power"}}
CELERY_TASK_IGNORE_RESULT = True  # the row of the AnalysisRun is the truth about a job
CELERY_TASK_TIME_LIMIT = JOB_HARD_LIMIT_S
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "requeue-silent-runs": {"task": "simlab.analyses.tasks.requeue_silent_runs", "schedule": 30.0},
}

# --- People -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses before a password is looked at
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "after-login"
LOGOUT_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # else anybody could lock a colleague out
AXES_LOCKOUT_CALLABLE = "simlab.web.errors.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # who logged in from where is not needed, so it is not kept

# --- Safety -----------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
CSRF_FAILURE_VIEW = "simlab.web.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEMO
if not DEMO:
    # The web server listens behind a proxy that ends TLS; the proxy must set this header itself (docs/running.md).
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from inside, by plain http
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

# --- REST API ---------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["simlab.exchange.rest.access.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["simlab.exchange.rest.access.HasRight"],
    "DEFAULT_THROTTLE_CLASSES": ["simlab.exchange.rest.access.TokenThrottle"],
    "DEFAULT_THROTTLE_RATES": {"token": "600/min"},  # counted by each process of the web server
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "simlab.exchange.rest.errors.problem",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SimLab",
    "VERSION": "1",
    "DESCRIPTION": "Everything that the studio does. See docs/api.md for rights, errors and a worked example.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "StudyState": "simlab.studies.models.Study.State",
        "ParticipantState": "simlab.sittings.models.Participant.State",
        "MailState": "simlab.sittings.mailmodels.Mail.State",
        "RunState": "simlab.analyses.models.RunState",
        "MailKind": "simlab.sittings.mailmodels.Mail.Kind",
        "StudyKind": "simlab.studies.models.Study.Kind",
        "InvitationKind": "simlab.studies.models.Invitation.Kind",
        "DocumentKind": "simlab.studies.models.Document.Kind",
    },
}

# --- Language and time ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Mail -------------------------------------------------------------------------------------------------------
# Without a mail server, messages are files in a folder, which a page shows to the study team.
MAIL_FOLDER = DATA_ROOT / "mail"
BASE_URL = environment.base_url("http://127.0.0.1:8000" if DEMO else f"https://{ALLOWED_HOSTS[0]}")
EMAIL_HOST = os.environ.get("SIMLAB_SMTP_HOST", "")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "simlab.sittings.mailfile.FolderBackend"
)
EMAIL_PORT = int(os.environ.get("SIMLAB_SMTP_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("SIMLAB_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("SIMLAB_SMTP_PASSWORD", "")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = not EMAIL_USE_SSL and not environment.flag("SIMLAB_SMTP_PLAIN")
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = os.environ.get("SIMLAB_MAIL_FROM", "SimLab <simlab@localhost>")

# --- Outside advisers -------------------------------------------------------------------------------------------
# Places inside the network, or reached by plain http, that requests may go to: `host` or `host:port`.
OUTBOUND_ALLOWED = environment.listed("SIMLAB_OUTBOUND_ALLOWED")
# An OpenAI-compatible end-point: its address without /chat/completions, and the name of the model.
CHAT_URL = os.environ.get("SIMLAB_CHAT_URL", "")
CHAT_MODEL = os.environ.get("SIMLAB_CHAT_MODEL", "")
CHAT_KEY = os.environ.get("SIMLAB_CHAT_KEY", "")
CHAT_LONGEST_S = float(os.environ.get("SIMLAB_CHAT_LONGEST_S", "30"))

# --- Learning record store --------------------------------------------------------------------------------------
# Without an address nothing is sent. The address is that of the xAPI end-point, without /statements.
XAPI_URL = os.environ.get("SIMLAB_XAPI_URL", "")
XAPI_KEY = os.environ.get("SIMLAB_XAPI_KEY", "")
XAPI_SECRET = os.environ.get("SIMLAB_XAPI_SECRET", "")

# --- Log --------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "axes": {"level": "WARNING"},  # its start banner is no news
        "httpx": {"level": "WARNING"},  # else a line for each request of the virtual clinicians
        "matplotlib": {"level": "WARNING"},
    },
}
