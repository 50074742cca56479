"""Settings for every place the chat runs; the environment says what differs (see example.env).

With REDIS_URL set the layer is pubsub: the faster one of channels_redis, without a queue that
overflows or entries that expire. What it may lose, the hub reads from the database.
"""

import sys
from pathlib import Path

import django
import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "for-development-only" if DEBUG else "")
if not SECRET_KEY:
    sys.exit("SECRET_KEY is not set: give it a long random text, or set DEBUG=1 to try things out.")
ALLOWED_HOSTS = env.str("ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]").split()
CSRF_TRUSTED_ORIGINS = env.str("CSRF_TRUSTED_ORIGINS", "").split()
ENABLE_ADMIN = env.bool("ENABLE_ADMIN", False)

INSTALLED_APPS = [
    "daphne",
    "channels",
    "chat_app",
    *(["django.contrib.admin"] if ENABLE_ADMIN else []),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
]
CSP_FROM = "django.middleware.csp" if django.VERSION >= (6,) else "chat_project.security"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    f"{CSP_FROM}.ContentSecurityPolicyMiddleware",
    "chat_project.security.body_limit",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "chat_project.urls"
ASGI_APPLICATION = "chat_project.asgi.application"
CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
ENGINE = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
TEMPLATES = [ENGINE | {"OPTIONS": {"context_processors": CONTEXT_PROCESSORS}}]

DATABASE = env.db_url("DATABASE_URL", f"sqlite:///{BASE_DIR}/db.sqlite3")
WAL = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}
SQLITE = {"OPTIONS": WAL, "CONN_MAX_AGE": None}  # opening it takes longer than storing a message
POSTGRESQL = {"OPTIONS": {"pool": {"min_size": 1, "max_size": 8}}}
DATABASE |= SQLITE if DATABASE["ENGINE"].endswith("sqlite3") else POSTGRESQL
DATABASES = {"default": DATABASE}

REDIS_URL = env.str("REDIS_URL", "")
MEMORY = "channels.layers.InMemoryChannelLayer"
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"
HOSTS = {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]} if REDIS_URL else {}
LAYER = env.str("CHANNEL_LAYER", PUBSUB if REDIS_URL else MEMORY)
CHANNEL_LAYERS = {"default": {"BACKEND": LAYER, "CONFIG": HOSTS}}

LIMITS = {"MESSAGE_BURST": 10, "MESSAGES_PER_SECOND": 2, "USER_SOCKETS": 5, "UNSEEN_MESSAGES": 200}
TIMES = {"BEAT_SECONDS": 20, "LEASE_SECONDS": 60, "GRACE_SECONDS": 10}
CHAT = {name: env.float(f"CHAT_{name}", value) for name, value in (LIMITS | TIMES).items()}

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", MODEL_BACKEND]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("MinimumLength", "CommonPassword", "NumericPassword")
]
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "index"
AXES_FAILURE_LIMIT, AXES_COOLOFF_TIME = 11, 0.25
AXES_LOCKOUT_PARAMETERS, AXES_LOCKOUT_TEMPLATE = [["username", "ip_address"]], "429.html"

HTTPS = env.bool("HTTPS", not DEBUG)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = ["^(healthz|readyz)$"]
SECURE_CSP = {"default-src": ["'self'"], "form-action": ["'self'"], "frame-ancestors": ["'none'"]}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DAPHNE_WEBSOCKET_MAX_MESSAGE_SIZE = 131_072

TIME_ZONE = "UTC"
STATIC_URL, WHITENOISE_USE_FINDERS = "static/", True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"class": "chat_project.security.OneLineFormatter", "format": LINE}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        **dict.fromkeys(("axes", "django.utils.autoreload"), {"level": "WARNING"}),
        "django.security": {"level": "CRITICAL"},
        "django": {},  # without Django's own handler, which would print each line a second time
    },
}
