"""The chat: rooms that people write in, live.

To read the app, follow a message: `consumers` gets it from a browser, `protocol` checks its frame,
`writer` gathers it with others, and `messages` stores it, with `changes` for edits and deletions
and `sql` for two statements. Then `hub` passes it to every socket in the room, in all processes,
and each socket's `send_queue` sends it.

Around it, `entrance` lets sockets into a room and `rights` decides whether they may stay, with
`signals` for the moment when a right ends. `presence` says who is here, from the `leases` that
processes hold, and `read_marks` how far people have read. `limits` and `throttles` bound what one
user may ask for. The pages are in `views`, which begin with a `window` of messages; `posting` takes
messages without JavaScript. Other apps add to this one through `plugins`.

In the browser, `chat.js` puts the modules together, `sender.js` sends what waits in `outbox.js`,
and `feed.js` keeps messages in order and without gaps.
"""
