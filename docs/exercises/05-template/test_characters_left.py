import os
import shutil

from playwright.async_api import async_playwright, expect

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome", "msedge"]


async def test_the_page_says_how_many_characters_are_left(redis, serve, room):
    path = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = await browser.new_page()
        [server] = serve(1)
        await page.goto(f"http://{server}/chat/{room}/")
        await expect(page.get_by_role("status").first).to_have_text("Connected", timeout=15_000)
        message = page.get_by_label("Message", exact=True)
        await message.fill("hello")
        await expect(page.locator("#left")).to_have_text("995 left", timeout=3_000)
        await message.press("Enter")
        await expect(page.locator("#left")).to_have_text("1000 left", timeout=3_000)
        await browser.close()
