"""Open pages of a built site in a browser, from files."""


def address(site, path=""):
    """Return the address of a page of `site`, by its path in the site."""
    return (site.folder / (path or "index.html")).as_uri()


async def opened(browser, requests, **options):
    """Return a new, empty page. Its network requests are added to `requests`."""
    context = await browser.new_context(**options)
    page = await context.new_page()

    def note(request):
        if not request.url.startswith(("file:", "data:", "blob:", "about:")):
            requests.append(request.url)

    page.on("request", note)
    return page
