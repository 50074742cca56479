"""A cell's plot as a figure in the page's colours, with a text alternative."""

import html
import re
from collections.abc import Mapping

STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
META = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->", re.DOTALL)
ID = re.compile(r'\bid="([^"]+)"')
USE = re.compile(r'(href="#|url\(#)([^")]+)')


def figure(data: Mapping[str, str], name: str) -> list[str]:
    """Return the HTML for an output with an SVG picture and its text; `name` must be unique.

    `name` prefixes every id in the SVG, because two plots on a page would use the same ids.
    """
    svg = META.sub("", STYLE.sub("", data["text/html"]))
    svg = ID.sub(rf'id="{name}-\1"', svg)
    svg = USE.sub(rf"\g<1>{name}-\2", svg)
    words = "<br>".join(html.escape(line) for line in data["text/plain"].splitlines())
    return [
        f'<figure class="diagram drawn"><div class="diagram-scroll" tabindex="0" role="group" '
        f'aria-label="A picture that the cell draws">{" ".join(svg.split())}</div>'
        f"<details><summary>In words</summary><p>{words}</p></details></figure>"
    ]
