"""Nothing on the pages moves for people who have asked their system for less motion."""

import re

import pytest

from tests.server import PROJECT

ALLOWED = re.compile(r"@media \(prefers-reduced-motion: no-preference\) \{")
MOVES = re.compile(r"@view-transition|\banimation\b|\btransition\b|scroll-behavior")
MOVING_SCRIPTS = re.compile(r"\.animate\(|startViewTransition|behavior: *['\"]smooth")
STYLES = sorted(PROJECT.glob("*/static/*/*.css"))
SCRIPTS = sorted(PROJECT.glob("*/static/*/*.js"))
BLOCK = "@media (prefers-reduced-motion: no-preference) { a { transition: 1s; } }"


def moving_rules(css):
    """Return the rules with motion outside the blocks for people who don't mind it."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    while block := ALLOWED.search(css):
        depth, end = 1, block.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        css = css[: block.start()] + css[end:]
    return MOVES.findall(css)


def moving_calls(script):
    """Return a script's calls that move something without checking the user's preference."""
    return [] if "prefers-reduced-motion" in script else MOVING_SCRIPTS.findall(script)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_style_sheet_moves_nothing_without_asking(path):
    assert moving_rules(path.read_text()) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_moves_nothing_without_asking(path):
    assert moving_calls(path.read_text()) == []


def test_pages_fade_into_each_other():
    assert any("@view-transition { navigation: auto; }" in path.read_text() for path in STYLES)


@pytest.mark.parametrize(
    ("css", "moves"),
    [
        ("a { transition: 1s; }", ["transition"]),
        ("@view-transition { navigation: auto; }", ["@view-transition"]),
        (f"{BLOCK} html {{ scroll-behavior: smooth; }}", ["scroll-behavior"]),
        (f"{BLOCK} /* no transition */ {BLOCK}", []),
    ],
)
def test_unguarded_motion_is_found_anywhere(css, moves):
    assert moving_rules(css) == moves


def test_smooth_scrolling_is_found_unless_the_script_asks():
    call = 'log.scrollTo({ top: 0, behavior: "smooth" });'
    assert len(moving_calls(call)) == 1
    assert moving_calls(f'matchMedia("(prefers-reduced-motion: reduce)"); {call}') == []
