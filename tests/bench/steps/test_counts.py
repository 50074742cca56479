"""A message counts as lost or duplicated once, however many clients are affected."""

from types import SimpleNamespace

from bench.chaos.ledger import SentMessage
from bench.lab.app_database import StoredMessage
from bench.steps import counts, load, stages

EARLY, HISTORY, DELIVERY = (
    stages.find(slug) for slug in ("05-template", "08-history", "09-delivery")
)


def client(*shown, name="ann"):
    return SimpleNamespace(name=name, shown=list(shown), changes=[])


def message(text, author=None):
    return SentMessage(author, f"id of {text}", text)


def row(seq, text, client_id="None"):
    return StoredMessage(seq, "ann", client_id, text)


def test_in_steps_without_storage_everybody_should_see_what_was_sent():
    people = [client((0, "a"), (0, "b"), (0, "b")), client((0, "b")), client((0, "b"))]
    found = counts.count(EARLY, people, [message("a"), message("b")], [])
    assert (found.lost, found.doubled) == ({"a"}, {"b"})


def test_stored_messages_read_from_the_history_are_not_lost():
    people = [client((1, "a"))]
    found = counts.count(HISTORY, people, [message("a"), message("b")], [row(1, "a")])
    assert found.lost == {"b"}


def test_a_message_whose_text_has_changed_is_known_by_its_client_id():
    sent = [message("a"), message("b")]
    stored = [row(1, "new", "id of a"), row(2, "b", "id of b")]
    found = counts.count(DELIVERY, [client((1, "new")), client((1, "new"), (2, "b"))], sent, stored)
    assert (found.lost, found.doubled) == ({"b"}, set())


def test_a_message_stored_twice_is_a_duplicate():
    stored = [row(1, "a", "id of a"), row(2, "a", "id of a")]
    found = counts.count(DELIVERY, [client((1, "a"), (2, "a"))], [message("a")], stored)
    assert found.doubled == {"a"}


def test_a_message_out_of_order_is_a_problem_but_not_lost():
    ledger = counts.compare(
        HISTORY,
        [client((2, "b"), (1, "a"))],
        [message("a"), message("b")],
        [row(1, "a"), row(2, "b")],
    )
    assert (ledger.lost, ledger.doubled) == (0, 0)
    assert ledger.problems == ['ann saw 1 after 2: "a".']


def test_ratios_are_taken_within_a_repetition():
    records = [
        {
            "kind": "busy",
            "target": f"{app} daphne core",
            "repetition": n,
            "cpu_ms_per_1000": {"server": milliseconds},
        }
        for n, app, milliseconds in [
            (0, "step-05", 10_000),
            (0, "step-09", 20_000),
            (1, "step-05", 100_000),
            (1, "step-09", 125_000),
        ]
    ]
    figures = load.summarise(records)["step-09"]["busy"]
    assert figures == {"median": 29, "ratio": 0.65, "least": 0.5, "most": 0.8}
