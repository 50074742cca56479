"""The template filter that renders a text with its links."""

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe

from search.links import split

register = template.Library()

LINK = '<a href="{0}" target="_blank" rel="noopener nofollow ugc">{0}</a>'


@register.filter
def with_links(text):
    """Return a text as escaped HTML in which its URLs are links."""
    parts = [format_html(LINK, part) if is_link else escape(part) for part, is_link in split(text)]
    return mark_safe("".join(parts))
