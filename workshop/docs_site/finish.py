"""The last touch to a page's HTML: what no Markdown can say and the style sheets need."""

import re

LONGEST = 24  # characters: as much as a phone's line holds beside a word
SHORT_CODE = re.compile(rf"<code>((?:&[^;\s]+;|[^<&\n]){{1,{LONGEST}}})</code>")
TO_DO = re.compile(r"<li>(?=☐)")
PLOT = re.compile(r'<p>(<img alt="([^"]+)" src="[^"]*figures/[^"]+"\s*/?>)</p>')


def finished(html: str) -> str:
    """Return the content of a page with classes for short code, tick boxes and wide plots."""
    html = SHORT_CODE.sub(r'<code class="short">\1</code>', html)
    html = TO_DO.sub('<li class="to-do">', html)
    return PLOT.sub(
        r'<div class="diagram-scroll plot" tabindex="0" role="group" aria-label="\2">\1</div>', html
    )
