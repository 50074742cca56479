"""The ledger of a chaos round: lost, duplicate and misordered messages are found."""

from types import SimpleNamespace

import pytest

from bench.chaos.ledger import SentMessage, compare
from bench.lab.app_database import StoredMessage

STORED = [
    StoredMessage(1, "ann", "a", "one"),
    StoredMessage(2, "bob", "b", "two"),
    StoredMessage(3, "ann", "c", "three"),
]


def shown(stored):
    """Return what a client shows after seeing everything."""
    return [(row.seq, row.text) for row in stored if row.target is None]


@pytest.fixture
def ann():
    return SimpleNamespace(
        name="ann", shown=shown(STORED), changes=[], acked={"a": 1, "c": 3}, refused={}
    )


@pytest.fixture
def bob(ann):
    return SimpleNamespace(
        name="bob", shown=list(ann.shown), changes=[], acked={"b": 2}, refused={}
    )


@pytest.fixture
def sent(ann, bob):
    return [
        SentMessage(ann, "a", "one"),
        SentMessage(bob, "b", "two"),
        SentMessage(ann, "c", "three"),
    ]


def test_a_good_round_has_totals_and_no_problems(ann, bob, sent):
    ledger = compare([ann, bob], sent, STORED)
    assert ledger.problems == []
    assert (ledger.sent, ledger.acked, ledger.stored, ledger.seen) == (3, 3, 3, 6)
    assert [(t.sent, t.acked, t.stored, t.seen) for t in ledger.clients] == [
        (2, 2, 2, 3),
        (1, 1, 1, 3),
    ]


@pytest.mark.parametrize(
    ("seen", "lost", "doubled", "problem"),
    [
        ([(1, "one"), (3, "three")], 1, 0, 'bob missed 2: "two".'),
        ([(1, "one"), (2, "two"), (2, "two"), (3, "three")], 0, 1, 'bob saw 2 2 times: "two".'),
        ([(2, "two"), (1, "one"), (3, "three")], 0, 0, 'bob saw 1 after 2: "one".'),
        (
            [(1, "one"), (2, "two"), (3, "three"), (4, "four")],
            0,
            0,
            'bob saw 4: "four", which is not stored.',
        ),
    ],
)
def test_what_a_client_saw_wrongly_is_named(ann, bob, sent, seen, lost, doubled, problem):
    bob.shown = seen
    ledger = compare([ann, bob], sent, STORED)
    assert ledger.problems == [problem]
    assert (ledger.lost, ledger.doubled) == (lost, doubled)


def test_a_message_that_is_not_stored_counts_as_lost_even_if_it_was_acked(ann, bob, sent):
    ann.shown = bob.shown = ann.shown[:2]
    ledger = compare([ann, bob], sent, STORED[:2])
    assert ledger.problems == ['ann wrote "three": it is not stored, though it was acked as 3.']
    assert ledger.lost == 1


def test_missing_and_wrong_acks_are_named(ann, bob, sent):
    ann.acked = {"c": 2}
    ledger = compare([ann, bob], sent, STORED)
    assert ledger.problems == [
        'ann got no ack for "one".',
        'ann was told 2 for "three", not 3.',
    ]


def test_a_message_stored_twice_is_a_duplicate(ann, bob, sent):
    stored = [*STORED, StoredMessage(4, "ann", "x", "one")]
    ann.shown = bob.shown = shown(stored)
    ledger = compare([ann, bob], sent, stored)
    assert ledger.problems == ['"one" is stored 2 times, as 1 and 4.']
    assert ledger.doubled == 1


def test_messages_of_one_author_must_stay_in_order(ann, bob, sent):
    stored = [
        StoredMessage(1, "ann", "c", "three"),
        STORED[1],
        StoredMessage(3, "ann", "a", "one"),
    ]
    ann.acked = {"a": 3, "c": 1}
    ann.shown = bob.shown = shown(stored)
    ledger = compare([ann, bob], sent, stored)
    assert ledger.problems == ['"three" is stored before an earlier message from ann.']


def test_two_tabs_of_one_user_may_overtake_each_other(ann, bob, sent):
    bob.name = "ann"
    stored = [
        StoredMessage(1, "ann", "b", "two"),
        StoredMessage(2, "ann", "a", "one"),
        STORED[2],
    ]
    ann.acked, bob.acked = {"a": 2, "c": 3}, {"b": 1}
    ann.shown = bob.shown = shown(stored)
    assert compare([ann, bob], sent, stored).problems == []


def test_a_gap_in_the_numbering_is_a_problem(ann, bob, sent):
    stored = [STORED[0], STORED[1], StoredMessage(4, "ann", "c", "three")]
    ann.acked["c"] = 4
    ann.shown = bob.shown = shown(stored)
    ledger = compare([ann, bob], sent, stored)
    assert ledger.problems == ["The numbers in the database aren't 1, 2, 3 …: found 4 as number 3."]


def test_ledgers_of_several_rooms_are_summed_up(ann, bob, sent):
    total = compare([ann, bob], sent, STORED)
    total.add_room(compare([ann, bob], sent, STORED[:2]))
    assert (total.sent, total.stored, total.lost) == (6, 5, 1)
    assert len(total.clients) == 4


@pytest.fixture
def changed(ann, bob, sent):
    """Ann edits her first message twice and deletes her second one. Everybody has seen it."""
    sent += [
        SentMessage(ann, "d", "one edited", "edit", "a"),
        SentMessage(ann, "e", "one edited again", "edit", "a"),
        SentMessage(ann, "f", "three edited", "edit", "c"),
        SentMessage(ann, "g", "three deleted", "delete", "c"),
    ]
    stored = [
        StoredMessage(1, "ann", "a", "one edited again"),
        StoredMessage(2, "bob", "b", "two"),
        StoredMessage(3, "ann", "c", ""),
        StoredMessage(4, "ann", "d", "one edited", 1),
        StoredMessage(5, "ann", "e", "one edited again", 1),
        StoredMessage(6, "ann", "f", "", 3),
        StoredMessage(7, "ann", "g", "", 3),
    ]
    ann.acked |= {"d": 4, "e": 5, "f": 6, "g": 7}
    for client in (ann, bob):
        client.shown = shown(stored)
        client.changes = [(4, 1), (5, 1), (6, 3), (7, 3)]
    return stored


def test_changes_are_counted_like_messages(ann, bob, sent, changed):
    ledger = compare([ann, bob], sent, changed)
    assert ledger.problems == []
    assert (ledger.sent, ledger.acked, ledger.stored, ledger.seen) == (7, 7, 7, 14)


def test_a_missing_edit_is_a_problem(ann, bob, sent, changed):
    changed[0] = StoredMessage(1, "ann", "a", "one edited")
    ann.shown = bob.shown = shown(changed)
    ledger = compare([ann, bob], sent, changed)
    assert ledger.problems == ['1 is stored as "one edited", not as "one edited again".']
    assert ledger.lost == 1


def test_a_deleted_text_kept_in_an_edit_is_a_problem(ann, bob, sent, changed):
    changed[5] = StoredMessage(6, "ann", "f", "three edited", 3)
    ledger = compare([ann, bob], sent, changed)
    assert ledger.problems == ['6 still holds "three edited", which was deleted.']


def test_a_change_of_another_message_is_a_problem(ann, bob, sent, changed):
    changed[3] = StoredMessage(4, "ann", "d", "one edited", 2)
    ledger = compare([ann, bob], sent, changed)
    assert ledger.problems == ['"one edited" changes 2, not [1].']


def test_a_client_that_shows_another_text_is_named(ann, bob, sent, changed):
    bob.shown = [(1, "one edited"), *bob.shown[1:]]
    ledger = compare([ann, bob], sent, changed)
    assert ledger.problems == ['bob sees 1 as "one edited", not as "one edited again".']
    assert ledger.lost == 1


def test_a_missed_or_duplicated_change_is_named(ann, bob, sent, changed):
    ann.changes = ann.changes[1:]
    bob.changes = [*bob.changes, (7, 3)]
    ledger = compare([ann, bob], sent, changed)
    assert ledger.problems == ["ann missed 4, a change.", "bob saw 7, a change, 2 times."]
    assert (ledger.lost, ledger.doubled) == (1, 1)
