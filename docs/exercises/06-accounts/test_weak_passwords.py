import pytest
from django.contrib.auth import get_user
from django.test import Client


def sign_up(client, password):
    form = {"username": "newcomer", "password1": password, "password2": password}
    return client.post("/accounts/signup/", form)


@pytest.mark.parametrize("password", ["a7$Kq", "password123"], ids=["short", "common"])
def test_a_weak_password_is_refused(client, password):
    response = sign_up(Client(), password)
    assert response.status_code == 200
    assert "errorlist" in response.text


def test_a_good_password_is_taken(client):
    newcomer = Client()
    sign_up(newcomer, "correct horse battery")
    assert get_user(newcomer).is_authenticated
