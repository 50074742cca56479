"""A goal that a machine can't check doesn't count as done."""

import json
import os

import pytest

from workshop.learner.progress import Progress


@pytest.mark.slow
def test_a_step_is_not_done_while_its_browser_tests_could_not_run(workshop, project_of):
    folder = project_of("05")
    without = {"BROWSER_PATH": os.devnull}
    said = workshop("check", folder, "--step", "05", code=1, **without).stdout
    assert "3 of 7 met, 4 not checked\n" in said
    assert "  Missing   No browser starts: install Chromium, or set BROWSER_PATH.\n" in said
    assert said.count("No browser starts") == 1
    assert "Step 05 isn't done until these are checked, too." in said
    assert f"python3 -m workshop check {folder} --step 05\n" in said
    assert "is done:" not in said
    state = json.loads(workshop("status", folder, "--json", code=0).stdout)
    assert (state["done"], state["unmet"]) == ([], None)
    assert Progress.of(folder).done == {}

    said = workshop("hint", folder, "--step", "05", code=0, **without).stdout
    assert "Every goal that could be checked is met" in said
    assert "needs no hint" not in said


@pytest.mark.slow
def test_what_fails_is_told_beside_what_was_not_checked(workshop, project_of):
    folder = project_of("05")
    page = folder / "chat_app" / "templates" / "chat_app" / "chat.html"
    text = page.read_text("utf-8").replace("<header>", "<script>alert(1)</script>\n<header>")
    page.write_text(text, "utf-8")
    without = {"BROWSER_PATH": os.devnull}
    said = workshop("check", folder, "--step", "05", code=1, **without).stdout
    assert "2 of 7 met, 4 not checked\n" in said
    assert "Happened" in said
