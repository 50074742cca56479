import re


def make_room(client, name, **more):
    response = client.post("/", {"name": name, **more})
    assert response.status_code == 302, "the form does not make a room"
    return response["Location"]


def test_the_name_of_a_private_room_ends_in_letters_that_nobody_can_guess(client_of):
    first, second = (make_room(client_of(name), "club", private="on") for name in ("Ann", "Bob"))
    assert re.fullmatch(r"/chat/club-\w{8}/", first)
    assert re.fullmatch(r"/chat/club-\w{8}/", second)
    assert first != second


def test_a_long_name_still_fits(client):
    path = make_room(client, "a" * 80, private="on")
    assert len(path) == len("/chat//") + 80
    assert client.get(path).status_code == 200


def test_a_public_room_keeps_its_name(client):
    assert make_room(client, "garden") == "/chat/garden/"
