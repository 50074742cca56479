"""Logs in a client of the try-out page, using the project's own pages."""

import html
import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

LOG_IN = "/accounts/login/"
SIGN_UP = "/accounts/signup/"
PATIENCE = 10  # seconds for a page
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
COMPLAINT = re.compile(r'<ul class="errorlist[^>]*>\s*<li>(.*?)</li>', re.DOTALL)


class NotLoggedIn(Exception):
    """The project refused the login. The text tells the person at the page why."""


def are_there(target: str) -> bool:
    """Return whether the project at `target`, "host:port", has a page to log in."""
    try:
        with _opener(CookieJar()).open(f"http://{target}{LOG_IN}", timeout=PATIENCE) as page:
            return TOKEN.search(_text(page)) is not None
    except OSError:
        return False


def log_in(target: str, path: str, name: str, password: str) -> str:
    """Send the form at `path`, LOG_IN or SIGN_UP, and return the value of the Cookie header.

    Raises NotLoggedIn if the project says no, or has no such form.
    """
    cookies = CookieJar()
    opener = _opener(cookies)
    url = f"http://{target}{path}"
    try:
        with opener.open(url, timeout=PATIENCE) as page:
            token = TOKEN.search(_text(page))
    except OSError as error:
        raise NotLoggedIn(f"{path} answers {error}.") from None
    if not token:
        raise NotLoggedIn(f"{path} has no form with a csrf_token.")
    before = {cookie.name for cookie in cookies}
    complaint = _submit(opener, url, _fields(token[1], name, password))
    if {cookie.name for cookie in cookies} == before:
        raise NotLoggedIn(complaint or f"{path} didn't log anybody in.")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)


def _fields(token: str, name: str, password: str) -> dict[str, str]:
    """Return the fields in Django's login and sign-up forms."""
    return {
        "csrfmiddlewaretoken": token,
        "username": name,
        "password": password,
        "password1": password,
        "password2": password,
    }


def _submit(opener: urllib.request.OpenerDirector, url: str, fields: dict[str, str]) -> str:
    """Send the form and return the error in the answer, if any."""
    body = urllib.parse.urlencode(fields).encode()
    try:
        with opener.open(url, body, timeout=PATIENCE) as page:
            answer = _text(page)
    except urllib.error.HTTPError as error:
        answer = _text(error)  # the page after the login may be missing
    except OSError as error:
        return str(error)
    found = COMPLAINT.search(answer)
    return html.unescape(re.sub("<.*?>", "", found[1])).strip() if found else ""


def _opener(cookies: CookieJar) -> urllib.request.OpenerDirector:
    """Return an opener for URLs that sends these cookies and uses no proxy."""
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(cookies)
    )


def _text(page) -> str:
    return page.read().decode("utf-8", "replace")
