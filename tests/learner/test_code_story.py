"""What the learner's code did before a test failed tells them where to look.

The projects have names of the learner's own, so comparing them with the step's doesn't help.
"""

import builtins
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import judge, own_goals_of, report

from workshop.course import catalog
from workshop.learner.reading.stories import code_story
from workshop.learner.running import recorder
from workshop.learner.running.trial import CodeLocation, Deed, Failure

RIGHT = Path(__file__).parent / "right"
CODE = "chat_app/code.py"
LOST = "Ann did not receive what Ann sent within 2 s"


def at(line, function=""):
    return CodeLocation(CODE, line, function)


def ran(*lines, event=1):
    return [Deed("line", places=(at(line),), event=event) for line in lines]


def got(kind, event=1):
    return Deed("get", kind, event=event)


@pytest.fixture
def story(tmp_path):
    """Tell the story of deeds of this code, for a test that failed with this message."""

    def tell(code, deeds, message, fixtures=()):
        (tmp_path / CODE).parent.mkdir(exist_ok=True)
        (tmp_path / CODE).write_text(textwrap.dedent(code).lstrip("\n"), "utf-8")
        failure = Failure("test", "Failed", message, fixtures=fixtures, deeds=tuple(deeds))
        return code_story.of(tmp_path, failure)

    return tell


CONSUMER = """
    class Socket(Base):
        async def connect(self):
            self.room = await self.lookup()
            if self.room:
                await self.close(4403)
                return
            await self.accept()

        async def receive(self, text_data):
            if text_data.strip():
                return
            elif text_data.isdigit():
                text_data = int(text_data)
            await self.reply(text_data)

        async def reply(self, text):
            await self.send(text)
    """


def test_the_condition_that_kept_a_consumer_silent_is_named(story):
    deeds = [got("websocket.receive"), *ran(10, 11)]
    told = story(CONSUMER, deeds, LOST)
    assert told.says == (
        "Your consumer got the event websocket.receive, but sent nothing: "
        "`if text_data.strip():` was true."
    )
    assert told.place == at(10)


def test_a_condition_that_was_false_counts_too(story):
    deeds = [got("websocket.receive"), *ran(10, 12, 14)]
    told = story(CONSUMER, deeds, LOST)
    assert told.says.endswith("`elif text_data.isdigit():` was false.")
    assert told.place == at(12)


def test_without_a_condition_the_last_line_is_named(story):
    deeds = [got("room.post"), *ran(17)]
    told = story(CONSUMER, deeds, LOST)
    assert told.says.endswith("sent nothing: this line was the last one that ran.")
    assert told.place == at(17)


def test_a_consumer_that_has_sent_something_was_not_silent(story):
    deeds = [got("websocket.receive"), *ran(10, 12, 14), Deed("send", "{}", (at(17),), event=1)]
    assert story(CONSUMER, deeds, LOST) is None


def test_an_event_that_one_consumer_passes_on_is_not_silence(story):
    passed_on = [got("room.post", 1), Deed("send", "{}", (at(17),), event=1)]
    ignored = [got("room.post", 2), *ran(10, 11, event=2)]
    again = [got("room.post", 3), *ran(10, 11, event=3)]
    assert story(CONSUMER, [*ignored, *again], LOST).place == at(10)
    assert story(CONSUMER, [*passed_on, *ignored], LOST) is None
    received = [got("websocket.receive", 4), Deed("tell", "tea", (at(17),), event=4)]
    assert story(CONSUMER, [*passed_on, *received, *ignored], LOST).place == at(10)


def test_what_another_consumer_does_meanwhile_is_not_mixed_up(story):
    mine, theirs = [got("room.post", 1), *ran(10, event=1)], ran(14, event=2)
    beat = Deed("send", "{}", (at(17),), event=3)
    told = story(CONSUMER, [*mine, *theirs, beat, *ran(11, event=1)], LOST)
    assert told.says.endswith("`if text_data.strip():` was true.")


def test_a_leaving_client_is_no_silence(story):
    deeds = [got("websocket.disconnect"), *ran(10)]
    assert story(CONSUMER, deeds, LOST) is None


def test_an_event_to_a_group_that_nobody_joined_is_named_with_the_joined_one(story):
    deeds = [Deed("join", "room-tea", (at(3),)), Deed("tell", "chat-tea", (at(14),))]
    told = story(CONSUMER, deeds, LOST)
    assert told.says == (
        "Your code sends to the group chat-tea, which no consumer has joined. "
        f"They have joined room-tea, in {CODE}, line 3."
    )
    assert told.place == at(14)


@pytest.mark.parametrize(
    "deeds",
    [
        [Deed("join", "tea", (at(3),)), Deed("tell", "tea", (at(14),))],
        [Deed("tell", "tea", (at(14),))],
    ],
    ids=["joined", "nobody joined anything"],
)
def test_an_event_that_had_a_group_is_not_lost(story, deeds):
    assert story(CONSUMER, deeds, LOST) is None


def test_an_event_to_a_group_that_everybody_has_left_is_lost(story):
    there = [Deed("join", group, (at(3),)) for group in ("tea", "coffee")]
    deeds = [*there, Deed("leave", "tea", (at(4),)), Deed("tell", "tea", (at(14),))]
    assert "the group tea, which no consumer has joined" in story(CONSUMER, deeds, LOST).says


def test_the_groups_of_a_server_in_another_process_are_unknown(story):
    deeds = [Deed("join", "room-tea", (at(3),)), Deed("tell", "chat-tea", (at(14),))]
    assert story(CONSUMER, deeds, LOST, fixtures=("enter", "serve")) is None


def test_who_closed_a_socket_is_named_with_the_condition(story):
    closed = Deed("close", "4403", (at(5, "Socket.connect"),), event=1)
    deeds = [got("websocket.connect"), *ran(3, 4, 5), closed]
    told = story(CONSUMER, deeds, "Ann's socket was closed")
    assert told.says == "connect() closed the socket with the code 4403: `if self.room:` was true."
    assert told.place == at(4)


def test_a_frame_that_did_not_come_was_sent_by_nobody(story):
    deeds = [Deed("send", '{"type": "typing", "user": "Bob"}', (at(17, "Socket.reply"),))]
    assert story(CONSUMER, deeds, "Ann received no frame of the type 'typing' within 2 s") is None


FRAMES = """
    def checked(text):
        if len(text) < 1000:
            raise ValueError("Too long.")
        return text

    def receive(text):
        try:
            checked(text)
        except ValueError as error:
            send(error)
    """


def test_an_error_frame_is_traced_to_the_line_that_raised_the_error(story):
    sent = Deed(
        "send",
        '{"error": "Too long."}',
        (at(10, "receive"),),
        ("ValueError: Too long.",),
        (at(3, "checked"), at(8, "receive")),
        event=1,
    )
    deeds = [got("websocket.receive"), *ran(7, 8, 2, 3, 10), sent]
    told = story(FRAMES, deeds, "Ann received {'error': 'Too long.'} instead of 'tea'")
    assert told.says == (
        "receive() sent this because of ValueError: Too long.: `if len(text) < 1000:` was true. "
        f"It was called in {CODE}, line 8."
    )
    assert told.place == at(2)


def test_a_frame_is_traced_to_the_code_that_sent_its_event(story):
    deeds = [
        Deed("tell", "tea", (at(17, "Socket.reply"), at(14, "Socket.receive"))),
        got("room.post"),
        Deed("send", '{"message": "text"}', (at(17, "Socket.reply"),)),
    ]
    told = story(CONSUMER, deeds, "Ann received 'text' instead of what Ann sent: 'tea'")
    assert told.says == (
        f"It was sent by receive() in {CODE}, line 14, reply() in {CODE}, line 17."
    )


VIEWS = """
    def room_or_404(name):
        room = find(name)
        if room is None:
            raise Http404
        return room

    def form(request):
        if request.GET:
            return redirect("room")
        return render(request, "index.html")
    """


def test_the_condition_that_led_to_an_error_page_is_named(story):
    refused = Deed("refuse", "/tea/", (), ("Http404: ",), (at(4, "room_or_404"),), 1)
    deeds = [*ran(2, 3, 4), refused, Deed("answer", "404 /tea/", event=1)]
    told = story(VIEWS, deeds, "Bob cannot open the room of Ann")
    assert told.says.startswith("room_or_404() answered 404 because of Http404: `if room is None:`")
    assert told.place == at(3)


def test_the_function_that_had_found_nothing_is_named(story):
    code = f"{VIEWS}\n    def find(name):\n        return rooms.get(name)\n"
    places = (at(4, "room_or_404"), at(9, "form"))
    refused = Deed("refuse", "/tea/", (), ("Http404: ",), places, 1)
    deeds = [*ran(2, 13, 3, 4), refused, Deed("answer", "404 /tea/", event=1)]
    told = story(code, deeds, "Bob cannot open the room of Ann")
    assert told.says.endswith(f"was true. Before that, find() ended in {CODE}, line 13.")


def test_the_function_that_a_condition_called_is_named(story):
    code = f"{VIEWS}\n    def find(name):\n        return rooms.get(name)\n"
    refused = Deed("refuse", "/tea/", (), ("Http404: ",), (at(4, "room_or_404"),), 1)
    deeds = [*ran(2, 3, 13, 4), refused, Deed("answer", "404 /tea/", event=1)]
    told = story(code, deeds, "Bob cannot open the room of Ann")
    assert told.says.endswith(f"was true. Before that, find() ended in {CODE}, line 13.")


def test_the_condition_that_led_to_the_wrong_answer_is_named(story):
    deeds = [*ran(8, 10), Deed("answer", "200 /", event=1)]
    told = story(VIEWS, deeds, "The form answered 200 and leads nowhere")
    assert told.says == "Your view answered 200: `if request.GET:` was false."
    assert told.place == at(8)


@pytest.mark.parametrize("message", ["The page has no form", "The form answered 404"])
def test_an_answer_that_nobody_complained_about_is_not_told(story, message):
    assert story(VIEWS, [*ran(8, 10), Deed("answer", "200 /", event=1)], message) is None


@pytest.mark.parametrize("status", ["404", "500"])
def test_an_error_page_before_something_else_is_not_told(story, status):
    deeds = [*ran(8, 10), Deed("answer", f"{status} /", event=1)]
    assert story(VIEWS, deeds, "Bob does not see it").place == at(8)
    assert story(VIEWS, [*deeds, got("room.post", 2)], "Bob does not see it") is None


def test_a_redirect_explains_nothing(story):
    deeds = [*ran(8, 9), Deed("answer", "302 /", event=1)]
    assert story(VIEWS, deeds, "The form answered 302 and leads elsewhere") is None


RECORDED = '''
    """A module."""
    first = 1

    def choose(value):
        """Return a word."""
        if value:
            return "yes"
        elif value is None:
            word = "none"
        else:
            word = "no"
        return word

    class Some:
        total = 0

        async def add(self, more):
            for number in more:
                self.total += number
            return self.total
'''


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Import a module of a project, as a check does, and return it with its recorded lines."""
    (tmp_path / "recorded_module.py").write_text(textwrap.dedent(RECORDED).lstrip(), "utf-8")
    lines = []
    monkeypatch.setattr(builtins, recorder.LINE, lambda *place: lines.append(place), raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.syspath_prepend(tmp_path)
    finder = recorder.Finder(lambda path: path.startswith(str(tmp_path)))
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    import recorded_module

    yield recorded_module, lines
    del sys.modules["recorded_module"]
    assert not (tmp_path / "__pycache__").exists(), "the servers of a check would run that"


def test_the_lines_of_functions_are_recorded_in_their_order(recorded):
    module, lines = recorded
    assert lines == [], "the module's own lines aren't recorded"
    assert module.choose(None) == "none"
    assert [line for _, line in lines] == [6, 8, 9, 12]
    assert {path for path, _ in lines} == {module.__file__}


def test_recording_changes_nothing_else(recorded):
    module, _ = recorded
    assert (module.__doc__, module.choose.__doc__) == ("A module.", "Return a word.")
    assert [module.choose(value) for value in (1, 0, None)] == ["yes", "no", "none"]
    coroutine = module.Some().add([1, 2])
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    assert ended.value.value == 3


def test_only_the_last_lines_of_a_long_test_are_told():
    noting = recorder.Recorder(lambda path: False, lambda frame: [])
    noting.note("join", "tea")
    noting.latest.extend(("code.py", line, 0) for line in range(recorder.LINES + 2))
    lines = [deed for deed in noting.deeds() if deed["did"] == "line"]
    assert len(lines) == recorder.LINES
    assert lines[-1]["places"][0]["line"] == recorder.LINES + 1
    assert noting.deeds()[0]["did"] == "join"


def test_groups_are_not_told_if_some_may_have_been_forgotten():
    noting = recorder.Recorder(lambda path: False, lambda frame: [])
    noting.latest.extend(("code.py", line, 0) for line in range(recorder.LONGEST))
    noting.note("tell", "tea")
    noting.note("send", "{}")
    assert [deed["did"] for deed in noting.deeds() if deed["did"] != "line"] == ["send"]


EDITS = [
    (
        "03-names-judged-in-the-consumer",
        "chat_app/consumers.py",
        "if not ROOM.fullmatch(name)",
        "if ROOM.fullmatch(name)",
        "`if ROOM.fullmatch(name):` was true",
        "if ROOM.fullmatch(name):",
    ),
    (
        "03-names-judged-in-the-consumer",
        "chat_app/consumers.py",
        "await joined\n",
        "await joined\n        self.g = self.g.upper()\n",
        "which no consumer has joined. They have joined g_room-",
        "group_send(",
    ),
    (
        "03-names-judged-in-the-consumer",
        "chat_app/consumers.py",
        "    async def chat_line(self, event):\n",
        "    async def chat_line(self, event):\n"
        '        if event["line"] != self.g:\n'
        "            return\n",
        "got the event chat.line, but sent nothing",
        'if event["line"] != self.g:',
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS, ids=["closed", "another group", "silent"])
def test_a_check_tells_the_story_of_the_code(project_of, edit):
    overlay, path, old, new, says, line = edit
    folder = project_of("03", RIGHT / overlay)
    text = (folder / path).read_text("utf-8")
    assert old in text
    (folder / path).write_text(text.replace(old, new), "utf-8")
    verdict = judge(folder, catalog.find("03"), wanted=own_goals_of("03-consumer"))
    assert says in verdict.finding.why, report(verdict)
    assert line in verdict.finding.code
