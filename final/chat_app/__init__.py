"""A live chat with rooms.

To read the app, follow a message: `consumers` receives it from a browser, `protocol` validates its
frame, `writer` batches it with others, and `messages` stores it, with the help of `changes` for
edits and deletions and of `sql` for two statements. Then `hub` passes it to every socket in the
room, in all processes, and each socket's `send_queue` sends it.

Around this path, `entrance` admits sockets to a room and `rights` decides whether they may stay,
with `signals` for the moment when a right ends. `presence` tracks who is here, using the `leases`
that processes hold, and `read_marks` tracks how far people have read. `limits` and `throttles` are
the per-user rate limits. The pages are in `views` and begin with a `window` of messages; `posting`
accepts messages without JavaScript. Other apps extend this one through `plugins`.

In the browser, `chat.js` puts the modules together, `sender.js` sends the messages that wait in
`outbox.js`, and `feed.js` keeps messages in order and without gaps.
"""
