"""The doors of the house: how big a body may be, what a page may load, what enters the log."""

import logging

from django.conf import settings
from django.http import HttpResponse


def body_limit(get_response):
    def middleware(request):
        if int(request.headers.get("Content-Length") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return HttpResponse("That is too big: send less than 1 MiB.", status=413)
        return get_response(request)

    return middleware


def ContentSecurityPolicyMiddleware(get_response):
    """For Django 5.2: from 6.0 on it has its own."""

    def middleware(request):
        rules = [f"{name} {' '.join(value)}" for name, value in settings.SECURE_CSP.items()]
        response = get_response(request)
        response.headers["Content-Security-Policy"] = "; ".join(rules)
        return response

    return middleware


class OneLineFormatter(logging.Formatter):
    """One record, one line: text from outside cannot forge a line of its own."""

    def format(self, record):
        return super().format(record).encode("unicode_escape").decode("ascii")
