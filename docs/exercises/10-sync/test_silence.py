import pytest
from browsing import *  # noqa: F403
from browsing import expect
from test_delivery import Network, open_through, shows_once, stored_in, write

pytestmark = pytest.mark.asyncio(loop_scope="session")


class DeadNetwork(Network):
    """A network that swallows what the page sends, as after a change of the network."""

    is_dead = False

    async def stand_between(self, socket):
        self.sockets.append(socket)
        server = socket.connect_to_server()
        socket.on_message(lambda text: None if self.is_dead else server.send(text))

        def pass_on(text):
            socket.send(text)
            self.welcomed.set()  # the first frame is the welcome

        server.on_message(pass_on)


@pytest.fixture
def network():
    return DeadNetwork()


async def test_a_page_that_gets_no_answer_connects_again(open_page, site, room, network):
    page = await open_page("Ann")
    await open_through(network, page, f"{site}/chat/{room}/")
    network.is_dead = True
    await write(page, "out there")
    await expect(page.get_by_text("out there"), "Enter does not send").to_be_visible()
    await page.clock.fast_forward(9_000)
    assert len(network.sockets) == 1, "the page gives up before 10 seconds are over"
    network.is_dead = False
    await page.clock.fast_forward(60_000)
    await page.clock.fast_forward(60_000)
    await shows_once(page, "out there", "the page waits for an answer forever")
    assert await stored_in(room) == [(1, "out there")]


async def test_a_page_that_gets_its_answers_stays_connected(open_page, site, room, network):
    page = await open_page("Ann")
    await open_through(network, page, f"{site}/chat/{room}/")
    await write(page, "number one")
    await shows_once(page, "number one", "Enter does not send")
    await page.clock.fast_forward(60_000)
    await write(page, "number two")
    await shows_once(page, "number two", "after a while, nothing is sent any more")
    assert len(network.sockets) == 1, "the page closes a socket that works"
