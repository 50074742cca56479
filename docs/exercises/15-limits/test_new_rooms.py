from django.apps import apps


def make_rooms(client, name, count):
    """Make rooms as a person would; return how each time was answered."""
    return [client.post("/", {"name": f"{name}-{number}"}) for number in range(count)]


def test_after_five_rooms_the_form_says_to_wait(eve, client_of, room):
    answers = make_rooms(client_of(eve), f"new-{room}", 6)
    assert [answer.status_code for answer in answers] == [302] * 5 + [200]
    assert "five rooms" in answers[-1].text
    rooms = apps.get_model("chat_app", "Room").objects.filter(name__startswith=f"new-{room}")
    assert rooms.count() == 5


def test_a_name_that_is_taken_costs_nothing(eve, client_of, room):
    client = client_of(eve)
    for _ in range(6):
        assert client.post("/", {"name": room}).status_code == 200
    assert [answer.status_code for answer in make_rooms(client, f"new-{room}", 5)] == [302] * 5
