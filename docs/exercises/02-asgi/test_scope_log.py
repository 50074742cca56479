import pytest

from chat_project.asgi import application


async def test_every_scope_is_printed_and_handed_on(capsys):
    scope = {"type": "websocket", "path": "/ws/nowhere/", "headers": []}
    with pytest.raises(ValueError, match="^No application configured"):
        await application(scope, receive=None, send=None)
    assert capsys.readouterr().out == "websocket /ws/nowhere/\n"
