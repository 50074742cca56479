"""An edit in one checkpoint reaches all later ones, or none of them."""

from mini_course import LINES


def test_an_edit_reaches_the_final_app_and_leaves_what_each_step_changed(committed):
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    before = committed.all()
    output = committed.carry().stdout
    assert committed.all() == [text.replace("line 10\n", "line ten\n") for text in before]
    assert "written  02-two/app.py" in output
    assert output.endswith("3 files changed.\n")


def test_an_edit_in_the_middle_leaves_the_steps_before_alone(committed):
    committed.replace("steps/02-two", "app.py", "line 10\n", "line ten\n")
    committed.carry("02")
    assert ["ten" in text for text in committed.all()] == [False, True, True, True]


def test_a_conflict_is_named_and_nothing_is_written(committed):
    committed.replace("steps/01-one", "app.py", "line 15\n", "line fifteen\n")
    committed.write("steps/01-one", "new.py", "new\n")
    before = committed.state()
    errors = committed.carry(code=1).stderr
    assert "Nothing was written" in errors
    assert "03-three/app.py: line 15\n" in errors
    assert committed.state() == before
    assert not (committed.root / ".workshop").exists()


def test_a_conflict_made_good_by_hand_lets_the_rest_through(committed):
    committed.replace("steps/01-one", "app.py", "line 15\n", "line fifteen\n")
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    committed.replace("steps/03-three", "app.py", "line 15 of three\n", "line fifteen of three\n")
    committed.replace("steps/03-three", "app.py", "line 10\n", "line ten\n")
    output = committed.carry().stdout
    assert "kept  03-three/app.py" in output
    assert "line fifteen of three\n" in committed.read("final")
    assert "line ten\n" in committed.read("final")
    assert "line fifteen\n" in committed.read("steps/02-two")


def test_twice_is_the_same_as_once(committed):
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    committed.write("steps/01-one", "new.py", "new\n")
    (committed.root / "steps/01-one/gone.py").unlink(missing_ok=True)
    committed.carry()
    before = committed.state()
    assert "have all of it already" in committed.carry().stdout
    assert committed.state() == before


def test_the_same_line_edited_again_is_carried_again(committed):
    for word in ("ten", "TEN", "Ten!"):
        committed.write("steps/01-one", "app.py", LINES.replace("line 10\n", f"line {word}\n"))
        committed.carry()
        assert all(f"line {word}\n" in text for text in committed.all())
    assert "line 15 of three\n" in committed.read("final")


def test_edits_of_its_own_in_a_later_step_survive_and_go_no_further(committed):
    committed.replace("steps/02-two", "app.py", "line 20\n", "line twenty\n")
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    for _ in range(2):
        committed.carry()
        assert all("line ten\n" in text for text in committed.all())
        assert ["twenty" in text for text in committed.all()] == [False, True, False, False]


def test_a_dry_run_says_what_it_would_do_and_does_nothing(committed):
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    before = committed.state()
    assert "3 files would change" in committed.carry("01", "--dry-run").stdout
    assert committed.state() == before


def test_committed_edits_are_carried_with_since(committed):
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    committed.commit()
    assert "nothing to carry" in committed.carry().stdout
    committed.carry("01", "--since", "HEAD~1")
    assert all("line ten\n" in text for text in committed.all())


def test_where_it_cannot_work_it_says_why(mini):
    assert "commit first" in mini.carry(code=1).stderr
    mini.commit()
    assert "git knows no commit nothing" in mini.carry("01", "--since", "nothing", code=1).stderr
    assert "Nothing comes after final" in mini.carry("final", code=2).stderr
