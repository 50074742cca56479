"""Every notebook is played in a fresh kernel, and then again in the same one with the solutions.

One play serves all tests of a notebook: see playing.py.
"""

import os
import re
from xml.etree import ElementTree

import playing
import pytest
from promises import broken, is_kept, output_of, promised

from workshop.base.environment import is_ci
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.services import redis_server
from workshop.services.redis_binary import find_server

# On Windows, the kernel's sockets need a thread of their own, and their library says so.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Proactor event loop:RuntimeWarning"),
]

NOTEBOOKS = sorted(catalog.notebooks(), key=lambda one: one.minutes, reverse=True)
WITH_REDIS = [one for one in NOTEBOOKS if "redis=True" in one.path.read_text("utf-8")]
LEFT_OUT = "Left out: there is no Redis here."
needs_redis = pytest.mark.skipif(
    not (find_server(fetch=False) or os.environ.get("REDIS_URL")) and not is_ci(),
    reason=redis_server.NONE_FOUND,
)


def by_slug(notebook):
    return notebook.slug


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=by_slug)
def notebook(request):
    if request.param in WITH_REDIS and not find_server(fetch=False) and not is_ci():
        pytest.skip(redis_server.NONE_FOUND)
    return request.param


@pytest.fixture
def played(notebook, tmp_path_factory):
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    return playing.played(notebook, shared)


@pytest.fixture
def pictures(played):
    """Return every picture in the notebook as an element tree, and its words."""
    shown = [output for cell in played.first.cells for output in cell.get("outputs", [])]
    data = [output.data for output in shown if "text/html" in output.get("data", {})]
    return [(ElementTree.fromstring(one["text/html"]), one["text/plain"]) for one in data]


def test_outputs_match_every_you_should_see(played):
    assert broken(played.first) == []


def test_played_again_in_the_same_kernel_it_shows_the_same_and_the_solutions_work(played):
    assert broken(played.second) == []
    solutions = [cell for cell in played.second.cells if cell.id.endswith("-solution")]
    assert len(solutions) >= 3
    assert [cell.id for cell in solutions if not output_of(cell)] == []


def test_nothing_warns_and_no_error_reaches_the_page(played):
    shown = [
        (cell.id, output.get("name"), output.get("text"))
        for cell in played.first.cells + played.second.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    assert shown == []


def test_outputs_contain_nothing_of_this_machine(played):
    shown = "\n".join(output_of(cell) for cell in played.first.cells if cell.cell_type == "code")
    assert str(ROOT) not in shown
    assert os.path.expanduser("~/") not in shown


def test_it_leaves_no_process_and_no_file(played):
    assert (played.processes, played.files) == ([], [])


def test_plots_use_the_pages_colour_and_have_a_text_alternative(pictures):
    for picture, words in pictures:
        assert picture.get("role") == "img"
        assert picture.get("fill") == "currentColor"  # for every text that says nothing else
        assert picture.get("aria-label").split() == words.split()
        assert len(words) > 40
        colours = set(re.findall(r"#[0-9a-f]{6}", ElementTree.tostring(picture, "unicode").lower()))
        assert [colour for colour in colours if not is_legible(colour)] == []


def test_its_plots_name_their_axes_with_units(pictures):
    plots = [one for one, _ in pictures if one.find(".//*[@id='axes_1']") is not None]
    for plot in plots:
        texts = [text.text.strip() for text in plot.iter("{http://www.w3.org/2000/svg}text")]
        assert len([text for text in texts if re.search(r"\w+ \(\w+\)$", text)]) == 2


@pytest.mark.parametrize("notebook", WITH_REDIS, ids=by_slug)
def test_a_missing_redis_is_explained_and_the_rest_runs(notebook):
    played = playing.without_redis(notebook)
    first = next(cell for cell in played.cells if "lab.start" in cell.source)
    sentences = [line for line in output_of(first).splitlines() if "install" in line]
    assert len(sentences) == 1
    left_out = [cell for cell in played.cells if LEFT_OUT in output_of_any(cell)]
    assert len(left_out) == sum("lab.on_redis(" in cell.source for cell in played.cells) > 0
    shown = "\n".join(output_of_any(cell) for cell in played.cells)
    kept = [promise for cell in played.cells for promise in promised(cell.source)]
    assert len([promise for promise in kept if is_kept(promise, shown)]) > len(kept) / 2


def output_of_any(cell):
    return output_of(cell) if cell.cell_type == "code" else ""


def is_legible(colour):
    """Return whether `colour` has a contrast of 3:1 with white and with near-black."""
    light = luminance(colour)
    return (1.05 / (light + 0.05)) >= 3 and ((light + 0.05) / (luminance("#111111") + 0.05)) >= 3


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
