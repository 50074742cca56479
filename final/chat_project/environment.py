"""The environment variables of the chat, which are all validated before anything starts.

Each field is a variable: its type says which values are valid, and its description what it does. If
a variable is invalid, misspelt or contradicts another one, the program exits with an error message
about it.
"""

import sys
from typing import Annotated, Self
from urllib.parse import quote

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chat_project.variables import (
    BASE_DIR,
    ChannelLayer,
    DatabaseUrl,
    EmailAddress,
    EmailUrl,
    Hosts,
    Origins,
    RedisUrl,
    SecretKey,
    Switch,
    check_text,
    find_misspelt,
    hide_password,
    number,
    whole_number,
)

LOCAL_SENDER = "chat@localhost"


class Environment(BaseSettings):
    """Every variable that the settings read from the environment.

    Defaults are written as they would be in the environment, so the same code parses both.
    """

    model_config = SettingsConfigDict(case_sensitive=True, enable_decoding=False)

    DEBUG: Switch = Field(
        "0",
        description="Shows errors in the browser and starts without a key. Never use it in public.",
    )
    SECRET_KEY: SecretKey = Field(
        None,
        validate_default=False,
        description="A long random text that signs sessions. Required unless `DEBUG=1`.",
    )
    ALLOWED_HOSTS: Hosts = Field(
        "localhost 127.0.0.1 [::1]",
        description="The site's host names, separated by spaces, without ports.",
    )
    CSRF_TRUSTED_ORIGINS: Origins = Field(
        None,
        validate_default=False,
        description="More origins whose pages may post forms and open sockets, such as "
        "`https://other.example.org`.",
    )
    HTTPS: Switch = Field(
        None,
        validate_default=False,
        description="Whether browsers connect over HTTPS, through a proxy that sets "
        "`X-Forwarded-Proto`. On unless `DEBUG=1`.",
    )
    HSTS_PRELOAD: Switch = Field(
        "0",
        description="Asks browsers to ship your domain in their list of HTTPS-only sites. That is "
        "hard to undo.",
    )
    PROXY_COUNT: Annotated[int, whole_number(0, 9)] = Field(
        "1",
        description="How many proxies add to `X-Forwarded-For` before a request gets here. `0` if "
        "browsers connect directly.",
    )
    ENABLE_ADMIN: Switch = Field(
        "0",
        description="Adds Django's admin, at `/admin/`.",
    )
    DATABASE_URL: DatabaseUrl = Field(
        f"sqlite:///{quote(BASE_DIR.as_posix())}/db.sqlite3",
        description="The database: `sqlite:////absolute/path/file`, or "
        "`postgres://user:password@host/name` with any of libpq's options, such as "
        "`?sslmode=verify-full`.",
    )
    DATABASE_SECONDS: Annotated[float, number(0, 86_400)] = Field(
        "5",
        description="Seconds that PostgreSQL may take to answer. `0` means no limit, "
        "for a long migration.",
    )
    REDIS_URL: RedisUrl = Field(
        None,
        validate_default=False,
        description="The Redis server that lets several processes share rooms. A single process "
        "doesn't need one.",
    )
    CHANNEL_LAYER: ChannelLayer = Field(
        None,
        validate_default=False,
        description="`channels_redis.core.RedisChannelLayer` instead of the pubsub layer. Needs "
        "`REDIS_URL`.",
    )
    EMAIL_URL: EmailUrl = Field(
        None,
        validate_default=False,
        description="The mail server: `smtp://user:password@host` for STARTTLS, `smtps://…` for "
        "TLS, `smtp+plain://…` without either. Without it, emails are printed, not sent.",
    )
    EMAIL_FROM: EmailAddress = Field(
        LOCAL_SENDER,
        description="The sender of all emails.",
    )
    CHAT_MESSAGE_BURST: Annotated[int, whole_number(1, 10**9)] = Field(
        "10",
        description="Messages that a user can send in one burst.",
    )
    CHAT_MESSAGES_PER_SECOND: Annotated[float, number(0.001, 10**9)] = Field(
        "2",
        description="Messages per second after the burst.",
    )
    CHAT_USER_SOCKETS: Annotated[int, whole_number(1, 10**9)] = Field(
        "5",
        description="Sockets that a user may have open in one process.",
    )
    CHAT_UNCONFIRMED_MESSAGES: Annotated[int, whole_number(1, 10**9)] = Field(
        "200",
        description="Messages pushed to a page before it must confirm that it has them.",
    )
    CHAT_BEAT_SECONDS: Annotated[float, number(0.01, 86_400)] = Field(
        "20",
        description="How often a room checks for lost messages, ended sessions and expired leases.",
    )
    CHAT_LEASE_SECONDS: Annotated[float, number(0.01, 864_000)] = Field(
        "60",
        description="How long a user counts as here without a heartbeat: at least twice "
        "`CHAT_BEAT_SECONDS`.",
    )
    CHAT_GRACE_SECONDS: Annotated[float, number(0, 86_400)] = Field(
        "10",
        description="How long a user still counts as here after the last page was closed.",
    )
    CHAT_ROOM_BURST: Annotated[int, whole_number(1, 10**9)] = Field(
        "10",
        description="Rooms that a user can create in one burst.",
    )
    CHAT_ROOMS_PER_HOUR: Annotated[float, number(0.001, 10**9)] = Field(
        "10",
        description="Rooms per hour after the burst.",
    )
    CHAT_JOIN_BURST: Annotated[int, whole_number(1, 10**9)] = Field(
        "20",
        description="Private rooms that a user can join through invitations in one burst.",
    )
    CHAT_JOINS_PER_HOUR: Annotated[float, number(0.001, 10**9)] = Field(
        "60",
        description="Invitations per hour after the burst.",
    )
    CHAT_SEARCH_BURST: Annotated[int, whole_number(1, 10**9)] = Field(
        "20",
        description="Message searches that a user can make in one burst.",
    )
    CHAT_SEARCHES_PER_MINUTE: Annotated[float, number(0.001, 10**9)] = Field(
        "20",
        description="Searches per minute after the burst.",
    )
    CHAT_REPORT_BURST: Annotated[int, whole_number(1, 10**9)] = Field(
        "20",
        description="Messages that a user can report in one burst.",
    )
    CHAT_REPORTS_PER_HOUR: Annotated[float, number(0.001, 10**9)] = Field(
        "20",
        description="Reports per hour after the burst.",
    )
    CHAT_SIGNUP_BURST: Annotated[int, whole_number(1, 10**9)] = Field(
        "60",
        description="Accounts that can be created from one network address in one burst.",
    )
    CHAT_SIGNUPS_PER_MINUTE: Annotated[float, number(0.001, 10**9)] = Field(
        "10",
        description="Accounts per minute after the burst.",
    )
    CHAT_LOGIN_BURST: Annotated[int, whole_number(1, 10**9)] = Field(
        "60",
        description="Logins that can be tried from one network address in one burst.",
    )
    CHAT_LOGINS_PER_MINUTE: Annotated[float, number(0.001, 10**9)] = Field(
        "30",
        description="Logins per minute after the burst.",
    )
    CHAT_MAIL_BURST: Annotated[int, whole_number(1, 10**9)] = Field(
        "20",
        description="Emails that can be requested from one network address in one burst.",
    )
    CHAT_MAILS_PER_HOUR: Annotated[float, number(0.001, 10**9)] = Field(
        "20",
        description="Emails per hour after the burst.",
    )
    CHAT_MAILBOX_BURST: Annotated[int, whole_number(1, 10**9)] = Field(
        "3",
        description="Emails that can be sent to one address in one burst.",
    )
    CHAT_MAILBOX_MAILS_PER_HOUR: Annotated[float, number(0.001, 10**9)] = Field(
        "2",
        description="Emails to one address per hour after the burst.",
    )
    CHAT_ACCOUNT_BURST: Annotated[int, whole_number(1, 10**9)] = Field(
        "5",
        description="New display names that a user can choose in one burst, and as many "
        "downloads of their data.",
    )
    CHAT_ACCOUNT_REQUESTS_PER_HOUR: Annotated[float, number(0.001, 10**9)] = Field(
        "5",
        description="Name changes per hour after the burst, and as many downloads.",
    )

    @field_validator("*", mode="before")
    @classmethod
    def check_plain_text(cls, value):
        """Return the text of any variable. Raises ValueError for texts that are never valid."""
        return check_text(value)

    @model_validator(mode="after")
    def check_combinations(self) -> Self:
        """Return the environment. Raises ValueError if variables contradict each other."""
        if not self.SECRET_KEY and not self.DEBUG:
            raise ValueError(
                "SECRET_KEY is not set: give it a long random text, or set DEBUG=1 to try things "
                "out."
            )
        if self.HTTPS is None:
            self.HTTPS = not self.DEBUG
        if self.HSTS_PRELOAD and not self.HTTPS:
            raise ValueError("HSTS_PRELOAD=1 needs HTTPS=1: leave it out, or serve HTTPS.")
        if self.CHANNEL_LAYER and not self.REDIS_URL:
            raise ValueError(
                f"CHANNEL_LAYER={self.CHANNEL_LAYER!r} needs REDIS_URL: set it, or leave "
                "CHANNEL_LAYER out."
            )
        if self.EMAIL_URL and self.EMAIL_FROM == LOCAL_SENDER:
            raise ValueError("EMAIL_URL needs EMAIL_FROM: set it to the sender of the emails.")
        self.check_times()
        return self

    def check_times(self):
        """Raise ValueError for leases that expire between two beats or before the grace time."""
        beat = self.CHAT_BEAT_SECONDS
        lease = self.CHAT_LEASE_SECONDS
        if lease < 2 * beat:
            raise ValueError(
                f"CHAT_LEASE_SECONDS={lease:g} is too short for CHAT_BEAT_SECONDS={beat:g}: a "
                "lease has to last at least two beats."
            )
        if self.CHAT_GRACE_SECONDS > lease:
            raise ValueError(
                f"CHAT_GRACE_SECONDS={self.CHAT_GRACE_SECONDS:g} is longer than "
                f"CHAT_LEASE_SECONDS={lease:g}: it must not be longer."
            )


def load():
    """Return the Environment. Raises SystemExit with one line for each error in it."""
    sentences = find_misspelt(Environment.model_fields)
    try:
        environment = Environment()
    except ValidationError as error:
        sentences += [describe(mistake) for mistake in error.errors()]
    if sentences:
        sys.exit("\n".join(sentences))
    return environment


def describe(mistake):
    """Return one of pydantic's errors as a sentence.

    It names the variable, its value unless that is secret, and which values are valid.
    """
    reason = mistake["ctx"]["error"]
    if not mistake["loc"]:
        return str(reason)
    name = mistake["loc"][0]
    if name == "SECRET_KEY":
        return f"SECRET_KEY (its value is not shown) is not allowed: {reason}."
    return f"{name}={hide_password(mistake['input'])!r} is not allowed: {reason}."
