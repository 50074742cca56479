"""Find messages again: a search in all of one's rooms, a link to each message, and links in texts.

An app on top of `chat_app`, which works without it. `query` understands what people type, `index`
lets the database answer it, `snippets` cuts what they see out of a text, and `views` has the page.
`links` finds the URLs in messages, and is the same rule as in `static/search/links.js`. The
templates in `templates/chat_app/` add to the chat's own.
"""
