"""Django settings for chat_project.

Whatever differs between environments comes from environment variables: see environment.py.
https://docs.djangoproject.com/en/stable/ref/settings/
"""

from pathlib import Path

import django

from chat_project import environment

BASE_DIR = Path(__file__).resolve().parent.parent

env = environment.load()


# Security

DEBUG = env.DEBUG

SECRET_KEY = env.SECRET_KEY or "for-development-only"

ALLOWED_HOSTS = [*env.ALLOWED_HOSTS, "localhost"]  # health checks ask for localhost

CSRF_TRUSTED_ORIGINS = env.CSRF_TRUSTED_ORIGINS or []

PROXY_COUNT = env.PROXY_COUNT

CSRF_COOKIE_SECURE = env.HTTPS
SESSION_COOKIE_SECURE = env.HTTPS
SECURE_SSL_REDIRECT = env.HTTPS
SECURE_REDIRECT_EXEMPT = ["^(healthz|readyz)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if env.HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.HTTPS
SECURE_HSTS_PRELOAD = env.HSTS_PRELOAD
SECURE_CSP = {
    "default-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
}

# Preloading puts the domain into every browser, where it stays for months: nobody should get that
# without asking for it, so a deployment is fine without it. It's also fine if mail goes to the log
# because no mail server is set.
SILENCED_SYSTEM_CHECKS = ["security.W021", "mail.E001"]

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DAPHNE_WEBSOCKET_MAX_MESSAGE_SIZE = 131_072


# Application definition

INSTALLED_APPS = [
    "daphne",
    "channels",
    # The next six extend templates of chat_app, the first two also those of accounts.
    "moderation",
    "notices",
    "accounts",
    "search",
    "rooms",
    "installable",
    "chat_app",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
]

ENABLE_ADMIN = env.ENABLE_ADMIN
if ENABLE_ADMIN:
    INSTALLED_APPS.append("django.contrib.admin")

if django.VERSION >= (6, 0):
    CSP_MIDDLEWARE = "django.middleware.csp.ContentSecurityPolicyMiddleware"
else:
    CSP_MIDDLEWARE = "chat_project.security.ContentSecurityPolicyMiddleware"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    CSP_MIDDLEWARE,
    "chat_project.security.client_address",
    "chat_project.security.refuse_nul",
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

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ASGI_APPLICATION = "chat_project.asgi.application"


# Database

DATABASES = {
    "default": env.DATABASE_URL,  # a dict: environment.py has parsed the URL
}

DATABASE_SECONDS = env.DATABASE_SECONDS

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Opening the file for each batch of messages costs a quiet room 18 % of its throughput.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASE_OPTIONS = {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL",
    }
else:
    from chat_project.postgres import connection_options

    DATABASE_OPTIONS = connection_options(DATABASE_SECONDS)

# The options in DATABASE_URL override these.
DATABASES["default"]["OPTIONS"] = DATABASE_OPTIONS | env.DATABASE_URL["OPTIONS"]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# Channel layer
#
# Of the two layers in channels_redis, pubsub is the faster one, without a queue that overflows
# and without entries that expire. What it loses, the hub reads from the database.

REDIS_URL = env.REDIS_URL

if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": env.CHANNEL_LAYER or "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {
                "hosts": [{"address": REDIS_URL, "socket_timeout": None}],
            },
        },
    }
else:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
        },
    }


# Authentication

AUTH_USER_MODEL = "chat_app.User"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGIN_REDIRECT_URL = "index"
LOGOUT_REDIRECT_URL = "index"
PASSWORD_RESET_TIMEOUT = 3600

AXES_FAILURE_LIMIT = 11
AXES_COOLOFF_TIME = 0.25  # hours; 429.html shows minutes
AXES_CLIENT_IP_CALLABLE = "chat_app.throttles.client_network"
AXES_DISABLE_ACCESS_LOG = True  # one row per login, which nobody would ever delete
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "429.html"


# Mail

if env.EMAIL_URL:
    MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    MAIL_OPTIONS = {
        "host": env.EMAIL_URL["host"],
        "port": env.EMAIL_URL["port"],
        "username": env.EMAIL_URL["user"],
        "password": env.EMAIL_URL["password"],
        "use_tls": env.EMAIL_URL["scheme"] == "smtp",
        "use_ssl": env.EMAIL_URL["scheme"] == "smtps",
        "timeout": 10,
    }
else:
    MAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    MAIL_OPTIONS = {}

if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": MAIL_BACKEND, "OPTIONS": MAIL_OPTIONS}}
else:
    EMAIL_BACKEND = MAIL_BACKEND
    if MAIL_OPTIONS:
        EMAIL_HOST = MAIL_OPTIONS["host"]
        EMAIL_PORT = MAIL_OPTIONS["port"]
        EMAIL_HOST_USER = MAIL_OPTIONS["username"]
        EMAIL_HOST_PASSWORD = MAIL_OPTIONS["password"]
        EMAIL_USE_TLS = MAIL_OPTIONS["use_tls"]
        EMAIL_USE_SSL = MAIL_OPTIONS["use_ssl"]
        EMAIL_TIMEOUT = MAIL_OPTIONS["timeout"]

DEFAULT_FROM_EMAIL = env.EMAIL_FROM


# Internationalization

TIME_ZONE = "UTC"


# Static files

STATIC_URL = "static/"

STATIC_ROOT = BASE_DIR / "staticfiles"

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
    },
    "staticfiles": {
        "BACKEND": "chat_project.static_files.HashedFilesStorage",
    },
}

WHITENOISE_USE_FINDERS = True  # for files that `collectstatic` has not collected
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}


# Chat

CHAT = {
    "MESSAGE_BURST": env.CHAT_MESSAGE_BURST,
    "MESSAGES_PER_SECOND": env.CHAT_MESSAGES_PER_SECOND,
    "USER_SOCKETS": env.CHAT_USER_SOCKETS,
    "UNCONFIRMED_MESSAGES": env.CHAT_UNCONFIRMED_MESSAGES,
    "BEAT_SECONDS": env.CHAT_BEAT_SECONDS,
    "LEASE_SECONDS": env.CHAT_LEASE_SECONDS,
    "GRACE_SECONDS": env.CHAT_GRACE_SECONDS,
    "ROOM_BURST": env.CHAT_ROOM_BURST,
    "ROOMS_PER_HOUR": env.CHAT_ROOMS_PER_HOUR,
    "JOIN_BURST": env.CHAT_JOIN_BURST,
    "JOINS_PER_HOUR": env.CHAT_JOINS_PER_HOUR,
    "SEARCH_BURST": env.CHAT_SEARCH_BURST,
    "SEARCHES_PER_MINUTE": env.CHAT_SEARCHES_PER_MINUTE,
    "REPORT_BURST": env.CHAT_REPORT_BURST,
    "REPORTS_PER_HOUR": env.CHAT_REPORTS_PER_HOUR,
    "SIGNUP_BURST": env.CHAT_SIGNUP_BURST,
    "SIGNUPS_PER_MINUTE": env.CHAT_SIGNUPS_PER_MINUTE,
    "LOGIN_BURST": env.CHAT_LOGIN_BURST,
    "LOGINS_PER_MINUTE": env.CHAT_LOGINS_PER_MINUTE,
    "MAIL_BURST": env.CHAT_MAIL_BURST,
    "MAILS_PER_HOUR": env.CHAT_MAILS_PER_HOUR,
    "MAILBOX_BURST": env.CHAT_MAILBOX_BURST,
    "MAILBOX_MAILS_PER_HOUR": env.CHAT_MAILBOX_MAILS_PER_HOUR,
    "ACCOUNT_BURST": env.CHAT_ACCOUNT_BURST,
    "ACCOUNT_REQUESTS_PER_HOUR": env.CHAT_ACCOUNT_REQUESTS_PER_HOUR,
}


# Logging

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "chat_project.security.OneLineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
        },
    },
    "root": {
        "handlers": ["console"],
        "level": "INFO",
    },
    "loggers": {
        "axes": {"level": "WARNING"},
        "django": {},  # without Django's own handlers, which would print each line twice
        "django.security": {"level": "CRITICAL"},
        "django.utils.autoreload": {"level": "WARNING"},
        "psycopg.pool": {"level": "ERROR"},  # it warns of every try while the database is down
    },
}
