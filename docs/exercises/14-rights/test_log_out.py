import pytest
from channels.db import database_sync_to_async
from django.core.management import CommandError, call_command
from test_rights import ends, speaks


async def test_all_sessions_of_a_user_end_and_so_do_their_sockets(enter, room, eve):
    ann, socket = await enter(room, name="Ann"), await enter(room, name=eve)
    await speaks(socket)
    await database_sync_to_async(call_command)("log_out", eve)
    assert await ends(socket, "Eve was logged out") == 4401
    await speaks(ann)


def test_a_name_that_nobody_has_is_an_error(cookies, db):
    with pytest.raises(CommandError, match="nobody-at-all"):
        call_command("log_out", "nobody-at-all")
