"""Checks each page in every size and colour scheme, and reports what's wrong."""

from accessibility import violations

SIZES = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
COLOURS = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced colours": {"color_scheme": "dark", "forced_colors": "active"},
}


async def flaws(page, name):
    """Return what axe finds on `page` in each colour scheme, and whether the page overflows."""
    findings = []
    for scheme, media in COLOURS.items():
        await page.emulate_media(**media)
        for found in await violations(page):
            targets = [node["target"] for node in found["nodes"]]
            findings.append(f"{name}, {scheme}: {found['id']}, {found['help']} {targets}")
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        findings.append(f"{name}: wider than the screen")
    return findings
