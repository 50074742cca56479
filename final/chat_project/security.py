"""Security headers, request body limits, client addresses and a log format safe from forgery."""

import ipaddress
import logging

from django.conf import settings
from django.http import HttpResponseBadRequest

DEBUG_PAGES = (404, 500)
DRAIN_BYTES = 16 * 1_048_576  # how much of an oversized body we read, so the client sees the 413


class BodyTooBig(Exception):
    """A request body exceeds DATA_UPLOAD_MAX_MEMORY_SIZE."""


class BodyLimitMiddleware:
    """ASGI middleware that answers a request body of more than 1 MiB with 413.

    Before a view could refuse a body, Django would spool it to disk, whatever its size. And a
    chunked body doesn't announce how large it will be.
    """

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        """Read the whole body, then call the application with it."""
        try:
            body = await read_body(receive)
        except BodyTooBig:
            await send_too_big(send)
            return
        first = {"type": "http.request", "body": body, "more_body": False}
        messages = [first] if body is not None else [{"type": "http.disconnect"}]

        async def replay():
            """Receive the body that was read already, then whatever else the server has."""
            return messages.pop() if messages else await receive()

        await self.application(scope, replay, send)


async def read_body(receive):
    """Return the request's body, or None if the client left. Raises BodyTooBig."""
    chunks = []
    size = 0
    more = True
    while more and size <= DRAIN_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            chunks.append(chunk)
        more = message.get("more_body", False)
    if size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise BodyTooBig
    return b"".join(chunks)


async def send_too_big(send):
    """Answer with 413 and close the connection, on which the rest of the body may be coming."""
    text = b"That is too big: send less than 1 MiB."
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"%d" % len(text)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def client_address(get_response):
    """Middleware that sets REMOTE_ADDR to the browser's address, as our proxies saw it.

    Each proxy appends the address of its own client to X-Forwarded-For. So the last PROXY_COUNT
    entries come from our own proxies, and the entries before them may be forged. Daphne and uvicorn
    have options for this too, but daphne's believes the first entry.
    """

    def middleware(request):
        """Correct REMOTE_ADDR, then return the response."""
        forwarded = request.headers.get("X-Forwarded-For", "")
        entries = [entry.strip() for entry in forwarded.split(",") if entry.strip()]
        trusted = entries[-settings.PROXY_COUNT :] if settings.PROXY_COUNT else []
        if trusted and parse_address(trusted[0]):
            request.META["REMOTE_ADDR"] = str(parse_address(trusted[0]))
        return get_response(request)

    return middleware


def parse_address(text):
    """Return the IP address in an entry of X-Forwarded-For, or None if it isn't one.

    The entry may include a port. An IPv4 address written as IPv6 is returned as IPv4.
    """
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def refuse_nul(get_response):
    """Middleware that answers NUL in a query or cookie with 400: PostgreSQL can't compare it."""

    def middleware(request):
        """Return the response, or a 400."""
        texts = [*request.GET.keys(), *request.COOKIES.values()]
        for values in request.GET.lists():
            texts += values[1]
        if any("\0" in text for text in texts):
            return HttpResponseBadRequest("NUL is not allowed here.")
        return get_response(request)

    return middleware


class ContentSecurityPolicyMiddleware:
    """Middleware that sends SECURE_CSP with every response. Django 6.0 and later have their own.

    Like Django's, it leaves out the error pages of DEBUG, whose styles and scripts are inline.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        """Return the response with the header."""
        rules = [f"{name} {' '.join(value)}" for name, value in settings.SECURE_CSP.items()]
        response = self.get_response(request)
        if not (settings.DEBUG and response.status_code in DEBUG_PAGES):
            response.headers["Content-Security-Policy"] = "; ".join(rules)
        return response


class OneLineFormatter(logging.Formatter):
    """Writes each record on a single line, so that text from outside can't forge another record."""

    def format(self, record):
        """Return the record as one line, with line breaks and all non-ASCII characters escaped."""
        return super().format(record).encode("unicode_escape").decode("ascii")
