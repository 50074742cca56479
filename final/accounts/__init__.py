"""Accounts that people can keep: a forgotten password, a display name, a copy, and the way out.

The chat works without this app. It hooks in where Django lets it: `urls` come before the chat's,
and so do its templates. `names` says which display names may be taken; the chat shows them, because
it asks each user for `get_short_name()`. `mail` sends links, with which `views` reset a password or
confirm an address. `export` writes all that belongs to somebody, and `deletion` deletes it, except
for the messages, which stay without a name.
"""
