"""The socket of one user in one room: a frame comes in, is named, is done, and is answered.

The hub subscribes to the channel layer, so a socket does not (`channel_layer_alias`). Everything
goes out through one bounded queue. Daphne takes every frame at once and keeps it for as long as
the reader needs, so the client's own word bounds the memory: whoever has not seen the last 200
messages is told `behind`, once, gets no more of them, and pulls them with sync at its own pace.
"""

import asyncio
import uuid
from collections import deque
from contextlib import suppress
from copy import copy

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError

from chat_app import hub, limits, messages, protocol, rights
from chat_app.models import Message, Room
from chat_app.protocol import Refused

OUTBOX = 1000  # frames


class ChatConsumer(AsyncWebsocketConsumer):
    channel_layer_alias = None

    async def __call__(self, scope, receive, send):
        """As inherited, but with one source of events, which needs no task for each of them."""
        self.scope, self.base_send = scope, scope.get("server_send", send)
        self.user = copy(scope["user"])  # without the lazy object, which makes every use slow
        self.session_key = scope["session"].session_key
        self.limits = limits.users[self.user.pk]
        self.limits.sockets += 1
        self.hub = self.sent = None
        self.behind = self.ended = False
        self.outbox, self.idle = deque(), None
        self.pumping = asyncio.create_task(self.pump())
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            self.pumping.cancel()
            self.limits.sockets -= 1
            if self.hub:
                self.hub.leave(self)
                hub.spawn(self.hub.part(self.lease))

    async def dispatch(self, message):
        """As inherited, without a hop through the database's thread for every event."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self):
        await self.accept()
        if not self.user.is_authenticated:
            return self.end(protocol.NOT_LOGGED_IN)
        if self.limits.sockets > settings.CHAT["USER_SOCKETS"]:
            return self.end(protocol.TOO_MANY_SOCKETS)
        name, room_name = self.user.username, self.scope["url_route"]["kwargs"]["room_name"]
        try:
            self.room_id, seen, others_seen = await messages.enter(room_name, self.user)
        except Room.DoesNotExist:
            return self.end(protocol.NOT_A_MEMBER)
        self.lease = f"{name} {uuid.uuid4()}"
        self.hub = await hub.join(self.room_id, self)
        here = await self.hub.announce(self.lease, seconds=settings.CHAT["LEASE_SECONDS"])
        self.sent = self.received = self.hub.head
        marks = {"head": self.sent, "seen": seen, "others_seen": others_seen}
        limit = {"message": protocol.MAX_CHARACTERS, "sync": messages.PAGE}
        everybody = sorted(here | {name})
        self.put(protocol.encode("welcome", you=name, **marks, here=everybody, limits=limit))

    async def receive(self, text_data=None, bytes_data=None):
        try:
            if text_data and len(text_data.encode()) > protocol.MAX_BYTES:
                self.end(protocol.TOO_BIG)
            if not self.ended:
                await self.act(protocol.parse(text_data))
        except Refused as refusal:
            self.refuse(refusal)
        except Room.DoesNotExist:
            self.refuse(Refused("no_room"))
        except DatabaseError:
            self.refuse(Refused("unavailable"))

    async def act(self, frame):
        match frame:
            case "message", client_id, text:
                if wait := self.limits.messages.wait():
                    raise Refused("rate_limited", str(client_id), retry_after=wait)
                draft = messages.draft(self.room_id, self.user, client_id, text)
                messages.writer.add(draft, self.stored)
            case "sync", after:
                if wait := self.limits.syncs.wait():
                    raise Refused("rate_limited", retry_after=wait)
                await self.sync(after)
            case "seen", seq:
                seq = min(seq, self.sent)
                self.received = max(self.received, seq)
                self.hub.mark_seen(self.user.pk, seq)
            case ("typing",) if not self.limits.typing.wait():
                if not await rights.may_enter(self.room_id, self.user):
                    raise Refused("no_room")
                typing = protocol.encode("typing", user=self.user.username)
                self.hub.publish(frame=typing, but=self.user.pk)

    def stored(self, draft, outcome):
        if isinstance(outcome, str):
            return self.refuse(Refused(outcome, str(draft.client_id)))
        # The hub hands it on a moment later: the ack goes first, and wakes this socket first.
        self.hub.publish(seq=outcome.seq, text=Message.as_json(outcome))
        self.put(protocol.encode("ack", client_id=str(outcome.client_id), seq=outcome.seq))

    async def sync(self, after):
        texts, head = await messages.read(self.room_id, after, self.user)
        upto, head = max(texts, default=head), max(head, self.hub.head)
        self.put(protocol.messages(texts.values(), "synced", upto=upto, more=upto < head))
        self.sent = max(self.sent, upto)
        self.received = max(self.received, min(after, self.sent))
        self.behind = self.behind and upto < head

    def push(self, first, last, frame):
        """The next are sent, old ones ignored; over a gap, or too many unseen, it is `behind`."""
        if self.sent is None or self.behind or last <= self.sent:
            return
        if first > self.sent + 1 or last > self.received + settings.CHAT["UNSEEN_MESSAGES"]:
            self.behind = True
            return self.put(protocol.encode("behind", head=last))
        self.sent = last
        self.put(frame)

    def relay(self, frame):
        if self.sent is not None and not self.behind:
            self.put(frame)

    def refuse(self, refusal):
        self.put(refusal.frame)
        if self.limits.refusals.wait():
            self.end(protocol.TOO_MANY_REFUSALS)

    def put(self, frame):
        if len(self.outbox) >= OUTBOX:
            return self.end(protocol.TOO_SLOW)
        self.outbox.append(frame)
        if self.idle and not self.idle.done():
            self.idle.set_result(None)

    async def pump(self):
        """Send what is in the outbox, one after the other; idle, it weighs less than a queue."""
        with suppress(OSError):
            while True:
                while self.outbox:
                    await self.base_send({"type": "websocket.send", "text": self.outbox.popleft()})
                self.idle = asyncio.get_running_loop().create_future()
                await self.idle

    async def check(self):
        """Ends the socket if its user has logged out or lost the room."""
        if code := await rights.lost(self.room_id, self.user, self.session_key):
            self.end(code)

    def end(self, code):
        """Close the socket, once, with a code that says why."""
        if not self.ended:
            self.ended = True
            self.pumping.cancel()
            hub.spawn(self.close(code))
