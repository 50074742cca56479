"""The socket of one user in one room: parses frames, handles them and replies.

Only the hub subscribes to the channel layer, not the socket. Two limits protect the server from
clients that read slowly. With more than CHAT["UNCONFIRMED_MESSAGES"] unconfirmed messages, a client
is sent `behind`, once, and has to ask for more with `sync`. And if too much waits in its send
queue, the socket is closed.
"""

import asyncio
import time
from urllib.parse import parse_qs

from django.conf import settings
from django.db import Error as DatabaseError

from chat_app import hub, limits, messages, protocol, rights
from chat_app.background import Worker, log_error, spawn
from chat_app.entrance import entrance
from chat_app.lean_consumer import LeanWebsocketConsumer
from chat_app.models import Message, Room
from chat_app.presence import listed_name
from chat_app.protocol import (
    DeleteMessage,
    EditMessage,
    Refused,
    Seen,
    SendMessage,
    Sync,
    Typing,
)
from chat_app.send_queue import SendQueue, SendQueueFull

MAX_TAB_LENGTH = 64
WAITING_SECONDS = 3  # clients give up after about 10 seconds without a frame
MAX_WAITING_SYNCS = 20
MAX_PUSHED = 262_144  # characters that may wait in the send queue when messages are pushed


class ChatConsumer(LeanWebsocketConsumer):
    """One user's WebSocket in one room, and one of the sockets of that room's hub.

    Four numbers track the client's progress: `sent` is the newest message that was sent to it (None
    before the welcome), `confirmed` the newest that the client says it has, `seen` the newest that
    its user has read or written, and `reported` the newest read mark that was announced to the
    room. When the user writes a message, `seen` is ahead of `reported` until that is announced.
    """

    def __init__(self):
        super().__init__()
        self.session_key = None
        self.room_name = ""
        self.tab = ""
        self.send_queue = None
        self.last_heard = 0
        self.entering = None  # the task that enters the room
        self.waiting_timer = None
        self.user = None
        self.room_id = None
        self.user_limits = None
        self.hub = None
        self.sent = None
        self.confirmed = None
        self.seen = None
        self.reported = None
        self.is_here = False  # counted in the room's presence
        self.behind = False  # the client has to ask
        self.ended = False
        self.syncs = []  # the client's unanswered requests
        self.sync_worker = Worker(self.answer_syncs)

    async def __call__(self, scope, receive, send):
        """Serve the socket, and clean up however it ends."""
        self.session_key = rights.read_session_key(scope["cookies"])
        self.room_name = scope["url_route"]["kwargs"]["room_name"]
        self.tab = tab_id(scope["query_string"])
        self.send_queue = SendQueue(send)
        self.last_heard = time.monotonic()
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.clean_up()

    def clean_up(self):
        """Leave the room and release what the socket holds."""
        self.ended = True
        self.send_queue.close()
        self.stop_waiting()
        for task in (self.entering, self.sync_worker.task):
            if task and task is not asyncio.current_task():  # it may have called `end`
                task.cancel()
        if self.user_limits:
            limits.remove_socket(self.user.pk, self)
        if self.hub:
            self.keep_read_mark()
            self.hub.leave(self)
        if self.is_here:
            self.is_here = False
            self.hub.presence.depart(listed_name(self.user))

    async def connect(self):
        """Enter in the background, so that we notice if the client disconnects in the meantime.

        If it has already sent a frame, we only notice after it has entered: see `receive`.
        """
        self.entering = spawn(self.enter())

    async def enter(self):
        """Enter the room, or close the socket with a code.

        We accept the socket first, because otherwise the client wouldn't receive the code.
        """
        await asyncio.sleep(0)  # after a restart, many have already left; notice that first
        await self.accept()
        self.schedule_waiting()
        try:
            admission = await entrance.enter(self.session_key, self.room_name)
            if admission.code is not None:
                self.end(admission.code)
                return
            self.join(admission)
            await self.hub.wait_until_ready(admission.head)
            self.welcome(admission.seen)
        except Exception as error:
            log_error("entering a room", error)
            self.end(protocol.UNAVAILABLE)

    def schedule_waiting(self):
        """Tell the client shortly, if it is still waiting then."""
        loop = asyncio.get_running_loop()
        self.waiting_timer = loop.call_later(WAITING_SECONDS, self.say_waiting)

    def say_waiting(self):
        """Tell the client that the server is busy but alive, so that it doesn't give up."""
        self.schedule_waiting()
        self.put(protocol.encode("waiting"))  # this may close the socket and stop the timer

    def stop_waiting(self):
        """Stop telling the client to wait."""
        if self.waiting_timer:
            self.waiting_timer.cancel()
            self.waiting_timer = None

    def join(self, admission):
        """Add this socket to the user's sockets and to the room's hub.

        Join before closing the sockets that it replaces, because a hub without sockets stops.
        """
        self.user = admission.user
        self.room_id = admission.room_id
        self.user_limits, displaced = limits.add_socket(self.user.pk, self)
        self.hub = hub.join(self.room_id, self)
        for socket in displaced:
            socket.end(protocol.DISPLACED)

    def welcome(self, seen):
        """Send the state of the room. From here on, messages are pushed."""
        self.stop_waiting()
        self.sent = self.hub.feed.head
        self.confirmed = self.sent
        self.seen = seen
        self.reported = seen
        self.is_here = True
        self.hub.presence.arrive(listed_name(self.user))
        frame = protocol.encode(
            "welcome",
            you=self.user.username,
            head=self.sent,
            seen=seen,
            others_seen=self.hub.read_marks.of_others(self.user.username),
            **self.hub.presence.welcome_fields(),
            limits={"message": protocol.MAX_CHARACTERS, "sync": messages.PAGE_SIZE},
        )
        self.put(frame)

    def update_user(self, user):
        """Switch to the user's current display name.

        A new username waits for the next connection, because the page recognises its own messages
        by it.
        """
        if user.username != self.user.username:
            return
        former = listed_name(self.user)
        self.user = user
        if self.is_here and listed_name(user) != former:
            self.hub.presence.rename(former, listed_name(user))

    async def receive(self, text_data=None, bytes_data=None):
        """Handle a frame from the client. Reply to an error in it, and keep the socket open."""
        self.last_heard = time.monotonic()
        if self.sent is None and self.entering:
            await asyncio.wait([self.entering])
        if self.ended:
            return
        if text_data and len(text_data.encode()) > protocol.MAX_BYTES:
            self.end(protocol.TOO_BIG)
            return
        await self.answer_errors(self.handle, text_data)

    async def answer_errors(self, handle, *args):
        """Call a handler, and send the client any error that it raises."""
        try:
            await handle(*args)
        except Refused as refusal:
            self.refuse(refusal)
        except Room.DoesNotExist:
            self.refuse(Refused("no_room"))
        except DatabaseError as error:
            log_error("answering a frame", error)
            self.refuse(Refused("unavailable"))

    async def handle(self, raw_frame):
        """Carry out a frame's request, if it is valid."""
        match protocol.parse(raw_frame):
            case SendMessage(client_id, text):
                self.queue_draft(client_id, text)
            case EditMessage(client_id, seq, text):
                self.queue_draft(client_id, text, Message.Kind.EDIT, seq)
            case DeleteMessage(client_id, seq):
                self.queue_draft(client_id, "", Message.Kind.DELETION, seq)
            case Sync(after):
                self.add_sync(after)
            case Seen(seq):
                self.mark_seen(seq)
            case Typing():
                await self.announce_typing()

    def queue_draft(self, client_id, text, kind=Message.Kind.MESSAGE, target=None):
        """Queue a message or a change for the database; `on_outcome` is called with the outcome."""
        if wait := self.user_limits.messages.take():
            raise Refused("rate_limited", str(client_id), retry_after=wait)
        draft = messages.Draft(self.room_id, self.user, client_id, text, kind, target)
        self.hub.writer.add(draft, self.on_outcome)

    def on_outcome(self, draft, outcome):
        """Acknowledge and publish a stored message, or tell the client why it wasn't stored."""
        client_id = str(draft.client_id)
        if isinstance(outcome, messages.Rejected):
            self.refuse(Refused(outcome.code, client_id))
            return
        # The publisher runs later, so the author's own ack is the first frame that goes out.
        self.hub.publisher.publish(seq=outcome.seq, encoded=protocol.encode_message(outcome))
        self.put(protocol.encode("ack", client_id=client_id, seq=outcome.seq))
        if outcome.seq == self.seen + 1:  # the user had read everything up to it
            self.seen = outcome.seq
            if self.ended:
                self.keep_read_mark()

    def add_sync(self, after):
        """Queue the client's request for the messages after the number `after`."""
        wait = self.user_limits.syncs.take()
        if len(self.syncs) >= MAX_WAITING_SYNCS:
            wait = wait or 1
        if wait:
            raise Refused("rate_limited", retry_after=wait)
        self.syncs.append(after)
        self.sync_worker.wake()

    async def answer_syncs(self):
        """Answer the requests in order, each after the connection has taken the last answer."""
        while self.syncs:
            await self.send_queue.drain()
            await self.answer_errors(self.sync, self.syncs.pop(0))

    async def sync(self, after):
        """Send the next page of messages after the number `after`."""
        await self.check_right()
        encoded, stored_head = await self.hub.feed.read_page(after)
        upto = max(encoded, default=stored_head)
        more = upto < max(stored_head, self.hub.feed.head)
        frame = protocol.messages_frame(encoded.values(), "synced", upto=upto, more=more)
        self.put(frame)
        self.sent = max(self.sent, upto)
        self.confirmed = max(self.confirmed, min(after, self.sent))
        self.behind = self.behind and more

    def mark_seen(self, seq):
        """Note how far the user has read, which can't be beyond what was sent."""
        seq = min(seq, self.sent)
        self.confirmed = max(self.confirmed, seq)
        self.seen = max(self.seen, seq)
        self.reported = self.seen
        self.hub.read_marks.add(self.user.pk, self.seen)

    def keep_read_mark(self):
        """Mark the user's own last messages as read. An open page reports this itself."""
        if self.seen is not None and self.seen > self.reported:
            self.reported = self.seen
            self.hub.read_marks.add(self.user.pk, self.seen)

    async def announce_typing(self):
        """Tell the others that the user is typing."""
        if self.user_limits.typing.take():
            return
        await self.check_right()
        name = protocol.name_field(self.user)
        frame = protocol.encode("typing", user=self.user.username, **name)
        self.hub.publisher.publish(frame=frame, except_user=self.user.pk)

    async def check_right(self):
        """Refuse what only people who may see the room get, in case an event about it was lost."""
        if not await self.hub.readers.get(self.user.pk):
            raise Refused("no_room")

    def push(self, first, last, frame):
        """Send the messages `first` to `last`, or `behind` if the client can't take them now.

        It can't take them after a gap, or while it has too much left to confirm or receive.
        """
        if self.sent is None or self.behind or last <= self.sent:
            return
        push_limit = self.confirmed + settings.CHAT["UNCONFIRMED_MESSAGES"]
        is_slow = last > push_limit or self.send_queue.size > MAX_PUSHED
        if is_slow or first > self.sent + 1:
            self.behind = True
            self.put(protocol.encode("behind", head=last))
        else:
            self.sent = last
            self.put(frame)

    def relay(self, frame):
        """Send a frame that isn't a message, even to a client that is behind.

        Such a frame is never repeated: each `presence` only contains what has changed since the
        last one.
        """
        if self.sent is not None:
            self.put(frame)

    def refuse(self, refusal):
        """Send an error, or close the socket if the client keeps causing them."""
        self.put(refusal.frame)
        if self.user_limits.refusals.take():
            self.end(protocol.TOO_MANY_REFUSALS)

    def put(self, frame):
        """Queue a frame, or close the socket if too much is waiting already."""
        try:
            self.send_queue.put(frame)
        except SendQueueFull:
            self.end(protocol.TOO_SLOW)

    def end(self, code):
        """Close the socket once, with a code that gives the reason."""
        if not self.ended:
            self.clean_up()
            spawn(self.close(code))


def tab_id(query_string):
    """The id that a browser tab gives itself (?tab=…), or an empty string."""
    values = parse_qs(query_string.decode("latin-1")).get("tab", [""])
    return values[0][:MAX_TAB_LENGTH]
