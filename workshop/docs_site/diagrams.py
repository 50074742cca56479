"""Draw the pages' Mermaid diagrams when the site is built, so that browsers need no script.

Each diagram must have a text alternative: Mermaid's own `accTitle` and `accDescr`.
"""

import html
import itertools
import re

import mmdr

COLOURS = {
    "#010101": "fill",
    "#020202": "text",
    "#030303": "border",
    "#040404": "line",
    "#060606": "group",
    "#070707": "group-border",
    "#080808": "page",
    "#090909": "note",
    "#0a0a0a": "note-border",
}
VARIABLES = {
    "fontSize": "15px",
    "primaryColor": "#010101",
    "primaryTextColor": "#020202",
    "primaryBorderColor": "#030303",
    "lineColor": "#040404",
    "secondaryColor": "#060606",
    "tertiaryColor": "#060606",
    "clusterBkg": "#060606",
    "clusterBorder": "#070707",
    "edgeLabelBackground": "#080808",
    "textColor": "#020202",
    "titleColor": "#020202",
    "actorBkg": "#010101",
    "actorBorder": "#030303",
    "actorTextColor": "#020202",
    "actorLineColor": "#070707",
    "signalColor": "#040404",
    "signalTextColor": "#020202",
    "noteBkgColor": "#090909",
    "noteTextColor": "#020202",
    "noteBorderColor": "#0a0a0a",
    "labelBoxBkgColor": "#060606",
    "labelBoxBorderColor": "#070707",
    "labelTextColor": "#020202",
    "loopTextColor": "#020202",
}
INIT = (
    '%%{{init: {{"theme": "base", "look": "classic", "fontFamily": "inherit", '
    '"sequence": {{"mirrorActors": false}}, "themeVariables": {{{}}}}}}}%%\n'
).format(", ".join(f'"{name}": "{value}"' for name, value in VARIABLES.items()))
EDGE_LABEL = re.compile(r'-source-classes="[^"]*\bedgeLabel\b[^"]*"')
WORDS = re.compile(r"^\s*(accTitle|accDescr)\s*:\s*(.+)$", re.MULTILINE)
numbers = itertools.count(1)


def fence(source, language, css_class, options, md, **kwargs):
    """Return the figure for the Mermaid text `source`; called by SuperFences."""
    words = dict(WORDS.findall(source))
    if not {"accTitle", "accDescr"} <= words.keys():
        raise ValueError(f"a diagram has no text alternative (accTitle, accDescr): {source[:60]}")
    svg = draw(WORDS.sub("", source), words["accTitle"])
    title, description = (html.escape(words[key]) for key in ("accTitle", "accDescr"))
    return (
        f'<figure class="diagram" data-title="{title}">'
        f'<div class="diagram-scroll" tabindex="0" role="group" aria-label="{title}">{svg}</div>'
        f"<details><summary>In words</summary><p>{description}</p></details></figure>"
    )


def draw(source: str, title: str) -> str:
    """Return the SVG of a Mermaid text, in the page's colours."""
    svg = mmdr.render(INIT + source).svg()
    svg = re.sub(r"<defs><symbol.*?</symbol></defs>", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r"(<style>)(.*?)(</style>)",
        lambda found: found[1] + html.unescape(found[2]) + found[3],
        svg,
        flags=re.DOTALL,
    )
    svg = svg.replace("merman", f"diagram-{next(numbers)}")
    for colour, name in COLOURS.items():
        svg = svg.replace(colour, f"var(--diagram-{name})")
    svg = EDGE_LABEL.sub(r'\g<0> data-label=""', svg)
    width = re.search(r"max-width:\s*([\d.]+)px", svg)
    minimum = round(float(width[1]) * 0.62) if width else 0
    svg = svg.replace("max-width:", f"min-width:{minimum}px;max-width:", 1)
    svg = re.sub(r'role="[^"]*" aria-roledescription="[^"]*"', 'role="img"', svg, count=1)
    return svg.replace('role="img"', f'role="img" aria-label="{html.escape(title)}"', 1)
