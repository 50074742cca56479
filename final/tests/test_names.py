"""Which usernames are allowed: none may look like another one."""

import pytest
from django.contrib.auth import get_user_model

PASSWORDS = {"password1": "a fine password", "password2": "a fine password"}
REFUSED = {
    "an invisible letter alone": "\u3164",
    "an invisible letter at the end": "ann\u3164",
    "an invisible half-width letter": "an\uffa0n",
    "a zero-width joiner": "an\u200dn",
    "a soft hyphen": "an\u00adn",
    "a direction mark": "ann\u202e",
    "a variation selector": "ann\ufe0f",
    "a combining accent": "ann\u0300",
    "a combining accent on a free name": "zoe\u0308",
    "a Cyrillic letter among Latin ones": "\u0430nn",
    "a Cyrillic letter in a free name": "b\u043eris",
    "a Greek letter among Latin ones": "ma\u03c1k",
    "a Cherokee letter among Latin ones": "\u13aann",
    "Arabic digits among Latin letters": "b\u0665b",
    "a modifier letter as an apostrophe": "ann\u02bc",
    "full-width letters": "\uff41\uff4e\uff4e",
    "another case": "ANN",
    "a composed accent on a taken name": "\u00e0nn",
    "a capital I for an l": "aIice",
    "a digit 1 for an l": "a1ice",
    "all Cyrillic, and like a Latin name": "\u0441\u043e\u0441\u043e",
}
TAKEN = ("ann", "alice", "coco")
ALLOWED = [
    "bob",
    "Zoë",
    "José",
    "Ünal",
    "Мария",
    "Ελένη",
    "李明",
    "田中さん",
    "サーバー",
    "김철수",
    "עומר",
    "mary-jane.1@x",
]


def sign_up(client, name):
    return client.post("/accounts/signup/", {"username": name, **PASSWORDS})


@pytest.mark.parametrize("name", REFUSED.values(), ids=REFUSED.keys())
def test_a_lookalike_name_is_refused(client, name):
    for taken in TAKEN:
        get_user_model().objects.create(username=taken)
    response = sign_up(client, name)
    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {"username"}
    assert get_user_model().objects.count() == len(TAKEN)


@pytest.mark.parametrize("name", ALLOWED)
def test_a_name_in_a_single_script_is_allowed(client, name):
    assert sign_up(client, name).status_code == 302
    assert get_user_model().objects.get().username == name


LOOK_ALIKE = {
    "accents": ("José", "Jose"),
    "a capital I and an l": ("Ian", "lan"),
    "Cyrillic and Latin letters": ("\u0441\u043e\u0441\u043e", "coco"),
    "Greek and Cyrillic letters": ("\u03bf\u03c1\u03b1", "\u043e\u0440\u0430"),
    "a digit and a letter": ("b0b", "bob"),
}


@pytest.mark.parametrize("pair", LOOK_ALIKE.values(), ids=LOOK_ALIKE.keys())
@pytest.mark.parametrize("turn", [1, -1], ids=["one way", "the other way round"])
def test_only_the_first_of_two_lookalike_names_is_accepted(client, pair, turn):
    first, second = pair[::turn]
    assert sign_up(client, first).status_code == 302
    client.logout()
    assert "looks like the name of somebody else" in sign_up(client, second).text
    assert [user.username for user in get_user_model().objects.all()] == [first]


def test_a_changed_name_is_compared_too(client):
    user = get_user_model().objects.create(username="ann")
    user.username = "josé"
    user.save(update_fields=["username"])
    assert "looks like" in sign_up(client, "jose").text
    assert sign_up(client, "ann").status_code == 302


def test_the_longest_name_has_a_plain_form(client):
    name = "\ud55c" * 150
    assert sign_up(client, name).status_code == 302
    assert len(get_user_model().objects.get().plain_username) == 450


def test_the_form_explains_why_a_name_is_refused(client):
    get_user_model().objects.create(username="ann")
    assert "one alphabet" in sign_up(client, "\u0430nn").text
    assert "looks like the name of somebody else" in sign_up(client, "\u00e0nn").text
