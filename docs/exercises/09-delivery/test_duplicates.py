import logging

from conftest import frame_with
from test_delivery import is_acknowledged


async def test_the_log_says_who_has_sent_which_message_again(enter, room, caplog):
    caplog.set_level(logging.INFO)
    ann = await enter(room, name="Ann")
    for _ in range(6):  # so that the last one has a number that appears nowhere else
        frame = frame_with("hello")
        await ann.send_json_to(frame)
        await is_acknowledged(ann, frame["client_id"])
    assert not [one for one in caplog.records if one.name.startswith("chat_app")], (
        "a message that was sent only once is in the log"
    )
    await ann.send_json_to(frame)
    await is_acknowledged(ann, frame["client_id"])
    lines = [one.getMessage() for one in caplog.records if one.name.startswith("chat_app")]
    assert ["Ann" in line and "6" in line for line in lines] == [True], f"the log says {lines}"
