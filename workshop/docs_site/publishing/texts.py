"""Texts for programs: robots.txt for crawlers, llms.txt for language models."""

import re
from pathlib import Path

from channels_doctor import pitfalls
from workshop.course import catalog

DESCRIPTION = re.compile(r"\A---\n.*?^description: (.+?)$.*?^---$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
HEAD = """# Channels Workshop

> Learn Django Channels by building a real-time chat, step by step. Each step is a tested project,
> and a command checks the learner's own code against the step's goals.

This file is for assistants that help somebody with the course. Learners want to find the solution
themselves: explain the idea, ask what they see, and give one hint at a time. The command
`python3 -m workshop check` tells them which goal is missing, and `python3 -m workshop hint` gives
the next hint.
"""


def robots(site_url: str) -> str:
    """Return robots.txt, which names the sitemap if the site's URL is known."""
    lines = ["User-agent: *", "Disallow: /presenter/", "Disallow: /slides/"]
    sitemap = [f"Sitemap: {site_url}sitemap.xml"] if site_url else []
    return "\n".join([*lines, *sitemap, ""])


def llms(root: Path, site_url: str) -> str:
    """Return llms.txt: the pages, and the text of each goal's hints, without their code."""
    parts = [HEAD, "## Chapters\n"]
    for step in catalog.load(root):
        parts.append(_link(root, f"chapters/{step.page}", site_url))
        for goal in step.goals:
            parts.append(f"    - Goal: {goal.says}.")
            parts += [f"        - {hint.asks} {hint.says}" for hint in goal.hints]
    parts.append("\n## The finished app\n")
    parts += _links_to(root, "finished", site_url)
    parts.append("\n## Reference\n")
    for folder in ("concepts", "deploying", "reference"):
        parts += _links_to(root, folder, site_url)
    parts.append("\n## Common errors\n")
    for pitfall in pitfalls.load():
        parts.append(f"- [{pitfall.id} {pitfall.title}]({site_url}{pitfall.page})")
    return "\n".join([*parts, ""])


def _links_to(root: Path, folder: str, site_url: str) -> list[str]:
    """Return links to the pages of a folder of the docs, without its index."""
    names = sorted(path.stem for path in (root / "docs" / folder).glob("*.md"))
    return [_link(root, f"{folder}/{name}", site_url) for name in names if name != "index"]


def _link(root: Path, page: str, site_url: str) -> str:
    text = (root / "docs" / f"{page}.md").read_text(encoding="utf-8")
    description = DESCRIPTION.search(text)[1].strip('"')
    return f"- [{TITLE.search(text)[1]}]({site_url}{page}/): {description}"
