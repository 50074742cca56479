"""What people do with rooms: rename, invite, hand over, leave, delete, ban, and write in private.

An app on top of `chat_app`, which works without it. `actions` changes rooms, each time under a
lock; `views` and `forms` are the pages. `apps` tells the chat what it needs to know: what a room is
called, and to whom it is closed. The templates in `templates/chat_app/` add to the chat's own.
"""
