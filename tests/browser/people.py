"""People with browsers, and the network between them and the server."""

import re

import patience
from playwright.async_api import expect

PASSWORD = "correct horse battery"


class Person:
    """A person with an account and a browser. `page` is the tab they're looking at."""

    def __init__(self, site, name, context, page):
        self.site, self.name, self.context, self.page = site, name, context, page

    async def sign_up(self):
        await self.page.goto(f"{self.site.url}/accounts/signup/")
        await self.page.get_by_label("Username").fill(self.name)
        await self.page.locator("#id_password1").fill(PASSWORD)
        await self.page.locator("#id_password2").fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign up").click()
        await expect(self.page.get_by_role("heading", name="Rooms")).to_be_visible()

    async def join(self):
        """Create an account without using the form, and open the list of rooms."""
        address = f"{self.site.url}/accounts/signup/"
        request = self.context.request
        page = await (await request.get(address)).text()
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
        form = {"csrfmiddlewaretoken": token[1], "username": self.name}
        form |= {"password1": PASSWORD, "password2": PASSWORD}
        answer = await request.post(address, form=form, max_redirects=0)
        assert answer.status == 302, await answer.text()
        await self.page.goto(self.site.url)
        await expect(self.page.get_by_role("heading", name="Rooms")).to_be_visible()

    async def make(self, room, private=False):
        """Create a room, enter it and return its name (with random letters if private)."""
        await self.page.goto(self.site.url)
        await self.page.get_by_label("Name").fill(room)
        if private:
            await self.page.get_by_label("Private").check()
        await self.page.get_by_role("button", name="Create room").click()
        await expect(self.page.locator("#state")).to_have_text(
            "Connected", timeout=patience.MILLISECONDS
        )
        return self.page.url.rstrip("/").rpartition("/")[2]

    async def enter(self, room):
        await self.page.goto(f"{self.site.url}/chat/{room}/")
        await expect(self.page.locator("#state")).to_have_text("Connected")

    async def write(self, text):
        message = self.page.get_by_label("Message", exact=True)
        await message.fill(text)
        await message.press("Enter")
        await expect(message).to_have_value("")

    @property
    def messages(self):
        """The texts in the log, in order."""
        return self.page.locator("#log li p[dir]")

    @property
    def stored(self):
        """The texts in the log that came from the server."""
        return self.page.locator("#log li p[dir]:not(#waiting p)")

    async def come_back(self):
        """Make the browser report that the network is back, so tests don't depend on chance."""
        await self.page.evaluate("dispatchEvent(new Event('online'))")
        await expect(self.page.locator("#state")).to_have_text("Connected")


async def outbox_arrives(page):
    """Wait until this tab's process knows about an item that another tab has stored."""
    await page.wait_for_function(
        "Object.keys(localStorage).some((key) => key.startsWith('outbox'))"
    )


class Network:
    """The network between a page and the server. It can be down, and it can lose frames."""

    def __init__(self):
        self.up = True
        self.sockets = []
        self.loses = lambda frame, to_server: False

    async def stand_between(self, page):
        await page.route_web_socket("**/ws/chat/**", self.connect)

    async def connect(self, socket):
        if not self.up:
            return await socket.close()
        self.sockets.append(socket)
        server = socket.connect_to_server()
        socket.on_message(lambda frame: self.loses(frame, True) or server.send(frame))
        server.on_message(lambda frame: self.loses(frame, False) or socket.send(frame))

    async def go_down(self):
        self.up = False
        await self.sockets[-1].close()
