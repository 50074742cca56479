"""What happened in a browser before a test of a page failed."""

import pytest

from workshop.learner.reading.stories import page_story
from workshop.learner.running.trial import CodeLocation, Failure, PageEvent

SCRIPT = """
if (frame.type === "welcome") greet(frame);
if (frame.type === "messages") frame.messages.forEach(add);
"""
CONSUMER = 'async def answer(self):\n    await self.tell(type="message", messages=[])\n'
SOCKET = PageEvent("socket", "ws://127.0.0.1/ws/chat/tea/")
WELCOME = PageEvent("received", '{"type": "welcome", "head": 4}')


@pytest.fixture
def story(tmp_path):
    """Tell what happened in a page with this script, after these frames of the server."""

    def tell(*frames, script=SCRIPT):
        (tmp_path / "page.js").write_text(script, "utf-8")
        (tmp_path / "sockets.py").write_text(CONSUMER, "utf-8")
        received = [PageEvent("received", frame) for frame in frames]
        return page_story.of(
            tmp_path, Failure("test", "Failed", "no text", pages=(SOCKET, WELCOME, *received))
        )

    return tell


def test_a_type_that_no_script_knows_is_named_with_the_line_that_sends_it(story):
    told = story('{"type": "message", "messages": [{"seq": 1, "mess')
    assert told.says == (
        'The server sent a frame of the type "message", which no script mentions. '
        'They mention "messages".'
    )
    assert told.place == CodeLocation("sockets.py", 2)


def test_frames_of_known_types_are_told_as_a_conversation(story):
    told = story('{"type": "messages", "messages": []}')
    assert told.says.startswith("The page opened the WebSocket ws://127.0.0.1/ws/chat/tea/.")


@pytest.mark.parametrize(
    "handler", ["messages: (frame) => add(frame)", "messages(frame) { add() }"]
)
def test_a_type_that_is_the_name_of_a_handler_is_known(story, handler):
    script = f'const receive = {{ {handler} }};\nsend("message");\n'
    assert "no script mentions" not in story('{"type": "messages"}', script=script).says


def test_a_type_without_a_similar_one_may_be_handled_by_an_else(story):
    told = story('{"type": "message"}', script='if (frame.type === "welcome") show(frame);\n')
    assert "no script mentions" not in told.says
