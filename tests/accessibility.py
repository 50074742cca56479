"""Check a page's accessibility with axe, and return only the violations."""

from axe_playwright_python.base import AXE_SCRIPT

OPTIONS = {"resultTypes": ["violations"]}
RUN = """([context, options]) =>
  axe.run(context ?? document, options).then(({ violations }) => violations)"""


async def violations(page, context=None, options=OPTIONS):
    """Return the violations that axe finds on `page`, or in the part selected by `context`."""
    if await page.evaluate("!window.axe"):
        await page.evaluate(AXE_SCRIPT)
    return await page.evaluate(RUN, [context, options])
