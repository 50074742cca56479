import os
import shutil

import pytest
from conftest import free_port, hears, in_thread, wait_for_port
from playwright.async_api import async_playwright, expect
from websockets.exceptions import InvalidStatus

STAFF = """
from django.contrib.auth import get_user_model
get_user_model().objects.filter(username="{}").update(is_staff=True, is_superuser=True)
"""
ORDER = "from orders.models import Order; Order.objects.create(product='{}')"


def staff(project, name):
    """Add somebody who may use the admin and return their cookie header."""
    cookies = project.user(name)
    project.manage("shell", "-v0", "-c", STAFF.format(name))
    return cookies


def order(project, product):
    project.manage("shell", "-v0", "-c", ORDER.format(product))


async def test_staff_hears_of_an_order_that_another_process_stored(server):
    ann = await in_thread(staff, server, "ann")
    async with server.connect("/ws/admin/orders/", additional_headers={"Cookie": ann}) as websocket:
        await in_thread(order, server, "tea")
        assert await hears(websocket) == {"order_id": 1}


async def test_others_are_refused(server):
    bob = await in_thread(server.user, "bob")
    with pytest.raises(InvalidStatus, match="403"):
        await server.connect("/ws/admin/orders/", additional_headers={"Cookie": bob})


async def test_the_list_shows_an_order_without_a_reload(project):
    cem = await in_thread(staff, project, "cem")
    path = os.environ.get("BROWSER_PATH") or shutil.which("chromium")
    if not path:
        pytest.skip("No browser found: install Chromium, or set BROWSER_PATH.")
    port = free_port()
    name, value = cem.split("=")
    cookie = {"name": name, "value": value, "url": f"http://127.0.0.1:{port}"}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        with project.running("django", "runserver", "--noreload", f"127.0.0.1:{port}") as process:
            wait_for_port(port, process)
            context = await browser.new_context()
            await context.add_cookies([cookie])
            page = await context.new_page()
            async with page.expect_websocket():
                await page.goto(f"http://127.0.0.1:{port}/admin/orders/order/")
            await in_thread(order, project, "coffee")
            await expect(page.locator("#result_list")).to_contain_text("coffee", timeout=120_000)
        await browser.close()
