"""Find messages again: a search in all of the user's rooms, permalinks, and clickable URLs.

An app on top of `chat_app`, which works without it. `query` parses what people type, `index` lets
the database search for it, `snippets` cuts the part to show out of a text, and `views` has the
page. `links` finds the URLs in messages, by the same rule as `static/search/links.js`. The
templates in `templates/chat_app/` extend the chat's own.
"""
