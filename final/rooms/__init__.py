"""What people can do with rooms: rename, invite, hand over, leave, delete, ban, direct messages.

An app on top of `chat_app`, which works without it. `actions` changes rooms, always under a lock;
`views` and `forms` are the pages. `apps` tells the chat what a room is called, and who may not
enter it. The templates in `templates/chat_app/` extend the chat's own.
"""
