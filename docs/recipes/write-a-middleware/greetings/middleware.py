from http.cookies import SimpleCookie

LANGUAGES = ("en", "de", "tr")


class LanguageMiddleware:
    """Put the language of the visitor's cookie into `scope["language"]`."""

    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        language = cookies(scope).get("language", "en")
        if language not in LANGUAGES:
            language = "en"
        return await self.inner({**scope, "language": language}, receive, send)


def cookies(scope):
    """Return the cookies of a connection, by name."""
    headers = dict(scope["headers"])
    parsed = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    return {name: morsel.value for name, morsel in parsed.items()}
