"""The types of the environment variables: which values are valid, and the error messages.

These types are stricter than Python or pydantic. They reject `1_000`, ` 10` and `"10"` instead of
guessing what the author meant.
"""

import difflib
import os
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, unquote, urlsplit

import dj_database_url
import redis
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from pydantic import BeforeValidator

BASE_DIR = Path(__file__).resolve().parent.parent

LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
HOST = rf"(\.?{LABEL}(\.{LABEL})*|\[[0-9A-Fa-f:.]+\])"
ORIGIN = rf"https?://({LABEL}(\.{LABEL})*|\[[0-9a-f:.]+\])(:[0-9]{{1,5}})?"
DEFAULT_PORTS = (("http://", ":80"), ("https://", ":443"))
LAYERS = (
    "channels_redis.pubsub.RedisPubSubChannelLayer",
    "channels_redis.core.RedisChannelLayer",
)
POSTGRES_FORM = (
    "postgres://user:password@host:port/name, with special characters in the password "
    "percent-encoded"
)
REDIS_FORM = (
    "write redis://host:port/number, with a whole number for the database; rediss:// for TLS, or "
    "unix:///path for a socket"
)
EMAIL_FORM = (
    "write smtp://user:password@host:port, with special characters in the password "
    "percent-encoded; smtps:// for TLS from the start, or smtp+plain:// for none"
)
MAIL_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
NUMERIC_OPTIONS = {
    "connect_timeout",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "port",
    "tcp_user_timeout",
}
KEY_LENGTH = 50  # Django's check security.W009 requires the same
SIMILAR = 0.88  # REDIS_URI is as similar to REDIS_URL


def check_text(value):
    """Return the value of any variable, before it is parsed.

    Raises ValueError if it is empty, quoted, or a placeholder from example.env.
    """
    if not isinstance(value, str):
        return value
    if not value.strip():
        raise ValueError("give it a value, or leave the variable out")
    if value != value.strip() or value[0] in "\"'":
        raise ValueError("write it without quotes, and without spaces or line ends around it")
    if "change-me" in value:
        raise ValueError("replace this placeholder with a value of your own")
    return value


def read_switch(text):
    """Return True for 1 and False for 0, and for the usual words. Raises ValueError."""
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError("write 1 or 0")


Switch = Annotated[bool, BeforeValidator(read_switch)]


def whole_number(least, most):
    """Return a validator for a whole number between `least` and `most`."""

    def read(text):
        """Return the number. Raises ValueError."""
        if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
            raise ValueError(f"write a whole number from {least} to {most}")
        return int(text)

    return BeforeValidator(read)


def number(least, most):
    """Return a validator for a number between `least` and `most`, such as 2 or 0.5."""

    def read(text):
        """Return the number. Raises ValueError."""
        is_number = re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,9})?", text)
        if not is_number or not least <= float(text) <= most:
            raise ValueError(f"write a number from {least} to {most}, such as 2 or 0.5")
        return float(text)

    return BeforeValidator(read)


def read_secret_key(text):
    """Return a key that nobody can guess. Raises ValueError for weaker ones."""
    if len(text) < KEY_LENGTH or len(set(text)) < 5:
        raise ValueError(f"write at least {KEY_LENGTH} random characters")
    return text


SecretKey = Annotated[str, BeforeValidator(read_secret_key)]


def read_hosts(text):
    """Return a list of host names as browsers send them. Raises ValueError.

    Django doesn't match schemes, ports or commas, so a host that contains them would never match.
    """
    hosts = text.split()
    if not all(host == "*" or re.fullmatch(HOST, host) for host in hosts):
        raise ValueError(
            "write host names separated by spaces, without scheme, port or commas, such as "
            "chat.example.org www.example.org"
        )
    return hosts


Hosts = Annotated[list[str], BeforeValidator(read_hosts)]


def read_origins(text):
    """Return a list of origins exactly as browsers send them. Raises ValueError."""
    origins = text.split()
    for origin in origins:
        has_default_port = any(
            origin.startswith(scheme) and origin.endswith(port) for scheme, port in DEFAULT_PORTS
        )
        if has_default_port or not re.fullmatch(ORIGIN, origin):
            raise ValueError(
                "write origins separated by spaces, in lower case, with a scheme and without a "
                "path or a default port, such as https://chat.example.org"
            )
    return origins


Origins = Annotated[list[str], BeforeValidator(read_origins)]


def read_channel_layer(text):
    """Return the import path of a layer that runs on Redis. Raises ValueError."""
    if text not in LAYERS:
        raise ValueError(f"write {LAYERS[0]} or {LAYERS[1]}")
    return text


ChannelLayer = Annotated[str, BeforeValidator(read_channel_layer)]


def read_redis_url(text):
    """Return a URL that redis-py accepts, with a number as its database. Raises ValueError."""
    try:
        parts = urlsplit(text)
        port = parts.port
        redis.ConnectionPool.from_url(text).make_connection()  # which connects later
    except (ValueError, TypeError) as error:
        raise ValueError(REDIS_FORM) from error
    if parts.scheme == "unix":
        is_complete = parts.path != ""
    else:
        is_complete = parts.hostname and port != 0 and re.fullmatch(r"/?|/[0-9]+", parts.path)
    if not is_complete or parts.fragment:
        raise ValueError(REDIS_FORM)
    return text


RedisUrl = Annotated[str, BeforeValidator(read_redis_url)]


def read_email_address(text):
    """Return an email address. Raises ValueError."""
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValueError("write an email address, such as chat@example.org") from error
    return text


EmailAddress = Annotated[str, BeforeValidator(read_email_address)]


def read_email_url(text):
    """Return a dict with the parts of a mail server's URL. Raises ValueError."""
    parts = urlsplit(text)
    try:
        port = parts.port or MAIL_PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise ValueError(EMAIL_FORM) from error
    is_complete = parts.hostname and (parts.username is None) == (parts.password is None)
    if not is_complete or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(EMAIL_FORM)
    return {
        "scheme": parts.scheme,
        "host": parts.hostname,
        "port": port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }


EmailUrl = Annotated[dict, BeforeValidator(read_email_url)]


def read_database_url(text):
    """Return Django's settings for the database at this URL. Raises ValueError.

    The options after the URL's question mark are in OPTIONS.
    """
    kind, _, rest = text.partition("://")
    if kind not in ("postgres", "postgresql", "sqlite") or not rest:
        raise ValueError(f"write sqlite:////absolute/path/file or {POSTGRES_FORM}")
    try:
        config = dj_database_url.parse(text)
    except ValueError as error:
        raise ValueError(f"write {POSTGRES_FORM}") from error
    parts = urlsplit(text)
    config.setdefault("OPTIONS", {})
    if kind == "sqlite":
        check_sqlite(config)
    else:
        check_postgres(config, parts.path)
    values = [value for _, value in parse_qsl(parts.query, keep_blank_values=True)]
    if parts.fragment or "" in values or len(values) > len(config["OPTIONS"]):
        raise ValueError("write each option once, with a value, and # as %23")
    return config


DatabaseUrl = Annotated[dict, BeforeValidator(read_database_url)]


def check_sqlite(config):
    """Make the path in `config` absolute.

    Raises ValueError for a URL without a file, and for unknown options.
    """
    if config["HOST"] or config["NAME"] in ("", ":memory:"):
        raise ValueError("write sqlite:///file, in this folder, or sqlite:////absolute/path/file")
    config["NAME"] = str(BASE_DIR / config["NAME"])
    options = config["OPTIONS"]
    if options.keys() - {"timeout"} or not isinstance(options.get("timeout", 1), int):
        raise ValueError("the only option for SQLite is timeout, in whole seconds")


def check_postgres(config, path):
    """Check the settings of a URL with this path.

    Raises ValueError if the URL was cut off at an unquoted character, if libpq rejects an option,
    or if the driver is missing.
    """
    if not config["NAME"] or "@" in path or "/" in path[1:]:
        raise ValueError(f"write {POSTGRES_FORM}")
    options = config["OPTIONS"]
    if options.get("sslmode", "prefer") not in SSL_MODES:
        raise ValueError(f"sslmode is one of {', '.join(SSL_MODES)}")
    for name in NUMERIC_OPTIONS & options.keys():
        if not re.fullmatch("[0-9]+", str(options[name])):
            raise ValueError(f"{name} is a whole number")
    try:
        from psycopg import ProgrammingError, conninfo
    except ImportError as error:
        raise ValueError("PostgreSQL needs a driver: pip install 'psycopg[binary,pool]'") from error
    try:
        conninfo.make_conninfo("", **options)
    except ProgrammingError as error:
        raise ValueError(f"libpq refuses its options ({str(error).strip()})") from error


def find_misspelt(names):
    """Return a sentence for each variable that looks like a misspelling of one of `names`.

    Every `CHAT_…` is meant for this app. Any other name only counts if the variable that it
    resembles is missing, because it may belong to another program.
    """
    sentences = []
    for name in sorted(os.environ.keys() - set(names)):
        similar = difflib.get_close_matches(name.upper(), names, n=1, cutoff=SIMILAR)
        if name.upper().startswith("CHAT_"):
            allowed = similar or [each for each in names if each.startswith("CHAT_")]
            sentences.append(
                f"{name}={os.environ[name]!r} is not a setting: write {' or '.join(allowed)}."
            )
        elif similar and similar[0] not in os.environ:
            sentences.append(f"{name} is not a setting: write {similar[0]}.")
    return sentences


def hide_password(text):
    """Return a variable's text, with *** for the user and password in a URL."""
    return re.sub(r"(?<=://).*@", "***@", re.sub(r"(?<=password=)[^&]*", "***", text))
