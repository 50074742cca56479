"""Fixtures for the tests of the finished app's page: its server, a browser, and people."""

import re
import uuid

import pytest
import pytest_asyncio
from chat_site import Site
from people import Network, Person


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The chat's server, shared by all tests. Its log must not contain a traceback."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.manage("migrate", "-v0")
    site.start()
    yield site
    site.kill()
    handled = r".* WARNING chat_app\.background: .*"
    unexpected = re.sub(handled, "", site.log.read_text())
    assert "Traceback" not in unexpected, unexpected


@pytest.fixture
def room():
    """A room name that no other test uses."""
    return f"room-{uuid.uuid4().hex[:12]}"


@pytest_asyncio.fixture(loop_scope="session")
async def person(browser, site):
    """Somebody new, logged in, by the form or quickly. No page of theirs may break the content
    policy or throw. Chromium also reports a fade between pages that was cut short, as by a click
    on the next link: that harms nobody."""
    complaints, contexts = [], []

    def note(error):
        if not str(error).startswith("Transition was "):
            complaints.append(str(error))

    def watch(page):
        page.on("pageerror", note)
        page.on(
            "console",
            lambda line: "Content Security" in line.text and complaints.append(line.text),
        )

    async def arrive(by_form=False, **options):
        context = await browser.new_context(**options)
        contexts.append(context)
        context.on("page", watch)
        name = f"person-{uuid.uuid4().hex[:8]}"
        somebody = Person(site, name, context, await context.new_page())
        await (somebody.sign_up() if by_form else somebody.join())
        return somebody

    yield arrive
    for context in contexts:
        await context.close()
    assert not complaints


@pytest.fixture
def network():
    return Network()
