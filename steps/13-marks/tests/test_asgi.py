from urllib.request import urlopen

import pytest
from django.core.management import get_commands

from chat_project.asgi import application


def test_runserver_is_daphnes():
    owner = get_commands()["runserver"]
    assert owner == "daphne", (
        f"the runserver command comes from {owner}, which does not support WebSockets"
    )


def test_http_goes_through_asgi(serve):
    [server] = serve(1)
    with urlopen(f"http://{server}/admin/login/") as response:
        assert response.status == 200
        program = response.headers["Server"]
        assert program == "daphne", f"the page came from {program}, not from daphne"


async def test_a_websocket_that_nothing_answers_gets_an_error_that_says_so():
    scope = {"type": "websocket", "path": "/ws/nowhere/", "headers": []}
    with pytest.raises(ValueError, match="^No (application configured|route found)"):
        await application(scope, receive=None, send=None)
