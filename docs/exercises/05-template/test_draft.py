import os
import shutil

from playwright.async_api import async_playwright, expect

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome", "msedge"]


async def test_a_message_that_was_not_sent_survives_a_reload(redis, serve, room):
    path = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = await browser.new_page()
        [server] = serve(1)
        await page.goto(f"http://{server}/chat/{room}/")
        await expect(page.get_by_role("status").first).to_have_text("Connected", timeout=15_000)
        message = page.get_by_label("Message", exact=True)
        await message.fill("not sent yet")
        await page.reload()
        await expect(message).to_have_value("not sent yet", timeout=3_000)
        await expect(page.get_by_role("status").first).to_have_text("Connected", timeout=15_000)
        await message.press("Enter")
        await expect(page.get_by_role("log")).to_contain_text("not sent yet", timeout=3_000)
        await page.reload()
        await expect(message).to_have_value("", timeout=3_000)
        await browser.close()
