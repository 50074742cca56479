"""Draw the picture that other sites show next to a link, with installed fonts.

They are the DejaVu fonts that come with matplotlib, so nothing has to be downloaded.
"""

from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

FOLDER = "pictures/cards"
SIZE = (1200, 630)
MARGIN = 80
GROUND, INK, FAINT = "#312e81", "#ffffff", "#c7d2fe"
TITLE, TEXT, SITE = 68, 34, 30  # pixels
FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")


def path_of(url: str) -> str:
    """Return the path in the site of the link card of the page at `url`."""
    name = url.strip("/").removesuffix(".html").replace("/", "-") or "index"
    return f"{FOLDER}/{name}.png"


def draw(path: Path, title: str, description: str, site: str) -> None:
    """Write the card of a page."""
    card = Image.new("RGB", SIZE, GROUND)
    pen = ImageDraw.Draw(card)
    heading, text, small = _font("Sans-Bold", TITLE), _font("Sans", TEXT), _font("Sans", SITE)
    pen.text((MARGIN, MARGIN), site, font=small, fill=FAINT)
    top = MARGIN + 2 * SITE
    for font, words, most, colour in (
        (heading, title, 3, INK),
        (text, description, 3, FAINT),
    ):
        for line in wrapped(words, font, SIZE[0] - 2 * MARGIN, most):
            pen.text((MARGIN, top), line, font=font, fill=colour)
            top += round(font.size * 1.3)
        top += TEXT
    path.parent.mkdir(parents=True, exist_ok=True)
    card.save(path, optimize=True)


def wrapped(words: str, font: ImageFont.FreeTypeFont, width: int, most: int) -> list[str]:
    """Return `words` wrapped at `width` pixels, in at most `most` lines."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > most:
        lines[most - 1] += " …"
    return lines[:most]


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"DejaVu{name}.ttf"), size)
