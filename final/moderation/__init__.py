"""Report a message, mute a person, and handle the reports in Django's admin.

An app on top of `chat_app`, which works without it. `actions` does what can be done, `views` and
`forms` are the pages, and `admin` is the queue of those who decide. `apps` connects it with
`accounts`, and `actions` with `rooms`, if a project has these apps. The templates in
`templates/chat_app/` add to the chat's own, and `templatetags/muting` tells them who is muted.
"""
