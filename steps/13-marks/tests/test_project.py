from django.apps import apps
from django.core.management import call_command


def test_the_project_passes_the_system_check():
    call_command("check", fail_level="WARNING")


def test_the_chat_app_is_installed():
    assert apps.is_installed("chat_app"), "Django does not know the app chat_app"


def test_the_admin_asks_who_you_are(client):
    response = client.get("/admin/", follow=True)
    assert response.status_code == 200, f"the page at /admin/ answered {response.status_code}"
    assert "Log in" in response.text, "the page at /admin/ does not show the login form"
