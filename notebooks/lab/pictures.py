"""Pictures that take the page's own colour, so that they are legible in light and in dark.

Both are drawn as SVG inside the page. Their text alternative is what a screen reader hears and what
a terminal shows.
"""

import html
import io

BLUE, ORANGE, GREEN = "#3b82f6", "#e8710a", "#1a9a50"  # at least 3:1 on white and on near-black
LETTER, COLUMN, ROW, TOP = 7, 200, 34, 46  # pixels
STAND_IN = "#123456"  # matplotlib knows no currentColor: this is replaced by it


class Picture:
    """Something that a notebook shows as an SVG and reads out as text."""

    svg = text = ""

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        label = html.escape(self.text, quote=True)
        top = f'<svg role="img" aria-label="{label}" fill="currentColor" '
        return self.svg.replace("<svg ", top, 1)


class Sequence(Picture):
    """Who sent what to whom, in order: `steps` are (from, to, what) triples."""

    def __init__(self, title: str, steps: list[tuple[str, str, str]]):
        lines = [f"{n}. {one} → {other}: {what}" for n, (one, other, what) in _numbered(steps)]
        self.text = "\n".join([title, *lines])
        names = list(dict.fromkeys(name for one, other, _ in steps for name in (one, other)))
        column = max(COLUMN, *(LETTER * (len(what) + 4) for *_, what in steps))
        x = {name: column // 2 + column * n for n, name in enumerate(names)}
        height = TOP + ROW * (len(steps) + 1)
        parts = [_lifeline(name, x[name], height) for name in names]
        for n, (one, other, what) in _numbered(steps):
            parts.append(_arrow(x[one], x[other], TOP + ROW * n, what))
        width = column * len(names)
        self.svg = (
            f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-size="13" '
            'style="max-width:100%;height:auto;overflow:visible" '
            f'font-family="sans-serif">{"".join(parts)}</svg>'
        )


class Plot(Picture):
    """A matplotlib figure, and what it shows in words."""

    def __init__(self, figure, text: str):
        import matplotlib

        self.text = text
        with matplotlib.rc_context({"svg.fonttype": "none"}):
            file = io.StringIO()
            figure.savefig(file, format="svg", transparent=True, bbox_inches="tight")
        svg = file.getvalue()
        self.svg = svg[svg.index("<svg ") :].replace(STAND_IN, "currentColor")

    @staticmethod
    def axes(x: str, y: str):
        """Return a new figure and its axes, whose labels are `x` and `y`."""
        import matplotlib
        from matplotlib.figure import Figure

        names = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
        with matplotlib.rc_context(dict.fromkeys(names, STAND_IN)):
            figure = Figure(figsize=(7, 3.5))
            axes = figure.subplots()
            axes.set(xlabel=x, ylabel=y)
        axes.set_prop_cycle(color=[BLUE, ORANGE, GREEN], marker=["o", "s", "^"])
        axes.spines[["top", "right"]].set_visible(False)
        return figure, axes


def _numbered(steps):
    return list(enumerate(steps, 1))


def _lifeline(name: str, x: int, height: int) -> str:
    return (
        f'<text x="{x}" y="20" text-anchor="middle" font-weight="bold">{html.escape(name)}</text>'
        f'<line x1="{x}" y1="30" x2="{x}" y2="{height}" stroke="currentColor" opacity="0.35"/>'
    )


def _arrow(start: int, end: int, y: int, what: str) -> str:
    text = html.escape(what)
    if start == end:
        return (
            f'<circle cx="{start}" cy="{y}" r="4" fill="{ORANGE}"/>'
            f'<text x="{start + 10}" y="{y + 4}">{text}</text>'
        )
    tip = -8 if end > start else 8
    return (
        f'<line x1="{start}" y1="{y}" x2="{end}" y2="{y}" stroke="{BLUE}" stroke-width="2"/>'
        f'<path d="M{end} {y} l{tip} -5 v10 z" fill="{BLUE}"/>'
        f'<text x="{(start + end) / 2}" y="{y - 6}" text-anchor="middle">{text}</text>'
    )
