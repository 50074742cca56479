from test_limits import limit
from test_rights import ends


async def test_the_log_names_whose_socket_was_closed(enter, settings, room, eve, caplog):
    limit(settings, REFUSALS=2)
    socket = await enter(room, name=eve)
    for _ in range(3):
        await socket.send_to(text_data="nonsense")
    assert await ends(socket, "Eve has sent three bad frames") == 4429
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [eve in warning for warning in warnings] == [True]
