"""What the ledger of a chaos round says of what the clients know and what is stored."""

from types import SimpleNamespace

import pytest

from workshop.chaos.ledger import Said, draw_up

STORED = [(1, "ann", "one"), (2, "bob", "two"), (3, "ann", "three")]


@pytest.fixture
def ann():
    shown = [(seq, text) for seq, _, text in STORED]
    return SimpleNamespace(name="ann", shown=shown, acked={"a": 1, "c": 3}, refused={})


@pytest.fixture
def bob(ann):
    return SimpleNamespace(name="bob", shown=list(ann.shown), acked={"b": 2}, refused={})


@pytest.fixture
def said(ann, bob):
    return [Said(ann, "a", "one"), Said(bob, "b", "two"), Said(ann, "c", "three")]


def test_where_all_is_well_it_has_the_sums_and_no_complaint(ann, bob, said):
    ledger = draw_up([ann, bob], said, STORED)
    assert ledger.complaints == []
    assert (ledger.sent, ledger.acked, ledger.stored, ledger.seen) == (3, 3, 3, 6)
    assert [(row.sent, row.acked, row.stored, row.seen) for row in ledger.rows] == [
        (2, 2, 2, 3),
        (1, 1, 1, 3),
    ]


@pytest.mark.parametrize(
    ("shown", "lost", "doubled", "complaint"),
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
def test_it_names_who_saw_what_wrongly(ann, bob, said, shown, lost, doubled, complaint):
    bob.shown = shown
    ledger = draw_up([ann, bob], said, STORED)
    assert ledger.complaints == [complaint]
    assert (ledger.lost, ledger.doubled) == (lost, doubled)


def test_a_message_that_is_not_stored_is_lost_even_if_it_was_acked(ann, bob, said):
    ann.shown = bob.shown = ann.shown[:2]
    ledger = draw_up([ann, bob], said, STORED[:2])
    assert ledger.complaints == ['ann wrote "three": it is not stored, though it was acked as 3.']
    assert ledger.lost == 1


def test_a_message_without_an_ack_and_one_with_a_wrong_number_are_named(ann, bob, said):
    ann.acked = {"c": 2}
    ledger = draw_up([ann, bob], said, STORED)
    assert ledger.complaints == [
        'ann got no ack for "one".',
        'ann was told 2 for "three", not 3.',
    ]


def test_a_message_that_is_stored_twice_is_doubled(ann, bob, said):
    stored = [*STORED, (4, "ann", "one")]
    ann.shown = bob.shown = [(seq, text) for seq, _, text in stored]
    ledger = draw_up([ann, bob], said, stored)
    assert ledger.complaints == ['"one" is stored 2 times, as 1 and 4.']
    assert ledger.doubled == 1


def test_what_one_author_wrote_must_stay_in_order(ann, bob, said):
    stored = [(1, "ann", "three"), (2, "bob", "two"), (3, "ann", "one")]
    ann.acked = {"a": 3, "c": 1}
    ann.shown = bob.shown = [(seq, text) for seq, _, text in stored]
    ledger = draw_up([ann, bob], said, stored)
    assert ledger.complaints == ['"three" is stored before what ann had written earlier.']


def test_numbers_with_a_hole_are_a_complaint(ann, bob, said):
    stored = [STORED[0], STORED[1], (4, "ann", "three")]
    ann.acked["c"] = 4
    ann.shown = bob.shown = [(seq, text) for seq, _, text in stored]
    ledger = draw_up([ann, bob], said, stored)
    assert ledger.complaints == ["The database does not count 1, 2, 3 …: it holds 4 as number 3."]
