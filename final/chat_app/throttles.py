"""Rate limits for forms that create rows or cost a password hash.

Views are synchronous and run in several threads, so these limits need a lock. Those in limits.py
are only used by sockets, in the event loop.
"""

import ipaddress
import math
import threading

from django.conf import settings
from django.shortcuts import render

from chat_app.limits import TokenBucket

SWEEP_AT = 1000  # buckets


class Throttle:
    """A token bucket for each key in this process. Full buckets are forgotten."""

    def __init__(self, burst_setting, rate_setting, period):
        self.burst_setting = burst_setting  # names in settings.CHAT
        self.rate_setting = rate_setting
        self.period = period  # seconds
        self.buckets = {}
        self.sweep_at = SWEEP_AT
        self.lock = threading.Lock()

    def take(self, key):
        """Take a token and return 0, or if there is none, return the seconds until the next one."""
        with self.lock:
            if len(self.buckets) >= self.sweep_at:
                self.sweep()
            if key not in self.buckets:
                burst = settings.CHAT[self.burst_setting]
                rate = settings.CHAT[self.rate_setting] / self.period
                self.buckets[key] = TokenBucket(burst, rate)
            return self.buckets[key].take()

    def sweep(self):
        """Forget full buckets, because a new bucket would be the same.

        The next sweep comes when their number has doubled.
        """
        self.buckets = {key: bucket for key, bucket in self.buckets.items() if not bucket.is_full()}
        self.sweep_at = max(SWEEP_AT, 2 * len(self.buckets))


rooms = Throttle("ROOM_BURST", "ROOMS_PER_HOUR", 3600)
signups = Throttle("SIGNUP_BURST", "SIGNUPS_PER_MINUTE", 60)
messages = Throttle("MESSAGE_BURST", "MESSAGES_PER_SECOND", 1)
logins = Throttle("LOGIN_BURST", "LOGINS_PER_MINUTE", 60)


def client_network(request):
    """Return the network whose requests are counted together, as text.

    That is an IPv4 address, or the /64 network that a single IPv6 customer gets. If there is no
    address, as with a server that listens on a Unix socket, all requests are counted together.
    """
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "")
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


def too_many(request, wait):
    """The response to a form that was sent too often, which says how long to wait."""
    context = {"minutes": math.ceil(wait / 60)}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = math.ceil(wait)
    return response
