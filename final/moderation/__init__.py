"""Report messages, mute people, and handle the reports in Django's admin.

An app on top of `chat_app`, which works without it. `actions` contains what people can do, `views`
and `forms` are the pages, and `admin` is the moderators' queue. `apps` connects it with `accounts`,
and `actions` with `rooms`, if a project has these apps. The templates in `templates/chat_app/`
extend the chat's own, and `templatetags/muting` tells them who is muted.
"""
