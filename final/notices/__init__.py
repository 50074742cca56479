"""What's new in all rooms, on every page: unread messages and mentions.

An app on top of `chat_app`, which works without it. `names` finds the @names in a text, and
`mentions` stores who they refer to. `counts` reads how much is unread, for any number of users at
once, and `live` passes that on to the sockets of `consumers`. In the browser, `notices.js` puts the
other modules together.
"""
