"""Emails: password reset links, confirmation links and limits."""

import re
import threading

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.core import mail as outgoing
from django.test import Client

from accounts import mail
from tests.conftest import log_in

PASSWORD = "a fine password"
NEW_PASSWORD = "a better password"
NEW_PASSWORDS = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}


@pytest.fixture
def ann(ann):
    ann.email = "ann@example.org"
    ann.save()
    return ann


@pytest.fixture
def stuck():
    """The mail server hangs until the test has looked at the answers."""
    answer = threading.Event()
    mail.thread.submit(answer.wait)
    yield answer
    answer.set()


def sent():
    """Wait until no email is being sent, then return those that were."""
    mail.thread.submit(int).result()
    return outgoing.outbox


def ask(email, **options):
    return Client().post("/accounts/reset/", {"email": email}, **options)


def link_in(message):
    return re.search(r"http://testserver(/\S+)", message.body)[1]


def open_link(client, link):
    """Follow the link in an email, and return the form's URL, which doesn't contain the token."""
    return client.get(link, follow=True).redirect_chain[-1][0]


def log_in_with(password):
    form = {"username": "ann", "password": password}
    return Client().post("/accounts/login/", form).status_code == 302


def test_a_forgotten_password_can_be_reset_by_email(ann):
    assert ask("Ann@example.ORG").url == "/accounts/reset/sent/"
    [message] = sent()
    assert message.to == ["ann@example.org"] and "Hello ann," in message.body
    client = Client()
    form = open_link(client, link_in(message))
    assert "token" not in form and link_in(message) != form
    assert client.post(form, NEW_PASSWORDS).url == "/accounts/reset/done/"
    assert client.get("/accounts/reset/done/").status_code == 200
    assert log_in_with(NEW_PASSWORD) and not log_in_with(PASSWORD)


def test_a_link_works_only_once(ann):
    ask(ann.email)
    link = link_in(sent()[0])
    client = Client()
    client.post(open_link(client, link), NEW_PASSWORDS)
    assert "This link isn’t valid" in Client().get(link).text


def test_a_link_is_valid_for_an_hour(ann, settings):
    assert settings.PASSWORD_RESET_TIMEOUT == 3600
    ask(ann.email)
    link = link_in(sent()[0])
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "Ask for a new link" in Client().get(link).text


async def test_a_new_password_closes_every_socket(connect, ann, room):
    visitor = await connect(ann)

    @database_sync_to_async
    def reset():
        ask(ann.email)
        client = Client()
        client.post(open_link(client, link_in(sent()[0])), NEW_PASSWORDS)

    await reset()
    assert await visitor.closed() == 4401


def test_resetting_the_password_lifts_the_lockout(ann):
    for _ in range(12):
        log_in_with("wrong")
    assert not log_in_with(PASSWORD)
    ask(ann.email)
    client = Client()
    client.post(open_link(client, link_in(sent()[0])), NEW_PASSWORDS)
    assert log_in_with(NEW_PASSWORD)


def test_the_answer_does_not_reveal_who_has_an_account(ann, stuck, django_assert_num_queries):
    """The response arrives while the mail server hangs, before the address is looked up."""
    answers = []
    for email in ("ann@example.org", "nobody@example.org"):
        with django_assert_num_queries(0):
            answers.append(ask(email))
    known, unknown = answers
    assert (known.status_code, known.headers) == (unknown.status_code, unknown.headers)
    assert known.content == unknown.content
    stuck.set()
    assert [message.to for message in sent()] == [["ann@example.org"]]


def test_inactive_users_and_users_without_a_password_get_no_link(ann, bob):
    get_user_model().objects.filter(pk=ann.pk).update(is_active=False)
    bob.email = "bob@example.org"
    bob.set_unusable_password()
    bob.save()
    ask("ann@example.org")
    ask("bob@example.org")
    assert sent() == []


def test_emails_to_one_address_are_limited_silently(ann, settings):
    settings.CHAT = {**settings.CHAT, "MAILBOX_BURST": 2}
    answers = [ask(email) for email in ("ann@example.org", "ANN@example.org", "ann@example.org")]
    assert {answer.url for answer in answers} == {"/accounts/reset/sent/"}
    assert len(sent()) == 2


def test_an_address_shared_by_many_accounts_gets_only_a_few_emails(ann):
    for number in range(9):
        get_user_model().objects.create_user(f"user-{number}", ann.email, PASSWORD)
    ask(ann.email)
    assert len(sent()) == 3


def test_email_requests_from_one_network_are_limited(settings):
    settings.CHAT = {**settings.CHAT, "MAIL_BURST": 2}
    answers = [ask(f"user-{number}@example.org") for number in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert ask("ann@example.org", REMOTE_ADDR="192.0.2.7").status_code == 302


def test_emails_do_not_pile_up_while_the_mail_server_hangs(ann, stuck, monkeypatch, caplog):
    monkeypatch.setattr(mail, "places", threading.BoundedSemaphore(1))
    get_user_model().objects.create_user("bob", "bob@example.org", PASSWORD)
    assert ask("ann@example.org").url == ask("bob@example.org").url
    stuck.set()
    assert len(sent()) == 1
    assert "An email was dropped" in caplog.text


def test_a_failed_email_is_logged_and_the_next_one_is_sent(ann, caplog):
    def fail():
        raise OSError("no route to the mail server")

    mail.send_later("bob@example.org", fail)
    ask(ann.email)
    assert len(sent()) == 1
    assert "no route to the mail server" in caplog.text


def change_email(browser, email, password=PASSWORD):
    return browser.post("/accounts/email/", {"email": email, "password": password})


def email_of(user):
    user.refresh_from_db()
    return user.email


def test_an_address_is_used_only_after_its_owner_confirms_it(bob):
    browser = log_in(bob)
    assert change_email(browser, "bob@example.org").url == "/accounts/"
    assert email_of(bob) == ""
    [message] = sent()
    assert message.to == ["bob@example.org"]
    link = link_in(message)
    assert "bob@example.org" in browser.get(link).text
    assert email_of(bob) == ""  # mail scanners open links, so opening one confirms nothing
    assert browser.post(link).url == "/accounts/"
    assert email_of(bob) == "bob@example.org"
    assert "bob@example.org" in browser.get("/accounts/").text


def test_a_confirmation_link_does_not_work_for_others_or_later(bob, ann, settings):
    browser = log_in(bob)
    change_email(browser, "bob@example.org")
    change_email(browser, "robert@example.org")
    first, second = map(link_in, sent())
    assert log_in(ann).post(first).status_code == 410
    assert Client().post(first).status_code == 302  # to the login page
    assert browser.post(f"{first[:-2]}x/").status_code == 410
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert browser.post(first).status_code == 410
    settings.PASSWORD_RESET_TIMEOUT = 3600
    assert browser.post(first).status_code == 302
    assert browser.post(second).status_code == 410
    assert (email_of(bob), email_of(ann)) == ("bob@example.org", "ann@example.org")


def test_an_address_is_removed_at_once(ann):
    assert change_email(log_in(ann), "").status_code == 302
    assert email_of(ann) == "" and sent() == []


def test_changing_the_address_needs_the_password(ann):
    response = change_email(log_in(ann), "eve@example.org", "wrong")
    assert response.status_code == 200 and "your password" in response.text
    assert (email_of(ann), sent()) == ("ann@example.org", [])


def test_wrong_passwords_count_as_failed_logins(ann):
    browser = log_in(ann)
    statuses = [change_email(browser, "", "wrong").status_code for _ in range(12)]
    assert statuses[0] == 200 and statuses[-1] == 429
    assert change_email(browser, "", PASSWORD).status_code == 429
    assert email_of(ann) == "ann@example.org"


def test_confirmation_emails_have_the_same_limits_as_others(bob, settings):
    settings.CHAT = {**settings.CHAT, "MAIL_BURST": 3, "MAILBOX_BURST": 2}
    browser = log_in(bob)
    statuses = [change_email(browser, "victim@example.org").status_code for _ in range(4)]
    assert statuses == [302, 302, 302, 429]
    assert len(sent()) == 2


@pytest.mark.parametrize("email", ["no address", "a@b\nBcc: c@d.org", "a@example.org, b@c.org"])
def test_an_invalid_address_is_refused(ann, email):
    assert ask(email).status_code == 200
    assert change_email(log_in(ann), email).status_code == 200
    assert sent() == []
