"""Account management: password resets, display names, data export and account deletion.

The chat works without this app, which plugs in where Django allows it: its `urls` and its templates
come before the chat's. `names` checks which display names may be used; the chat shows them because
it calls `get_short_name()` on each user. `mail` sends the links that reset a password or confirm
an address. `export` writes everything that belongs to a user. `deletion` deletes it, except for the
messages, which stay without a name.
"""
