"""Hooks that mkdocs calls while it builds the site (`hooks` in mkdocs.yml)."""

import contextlib
import os
import shutil
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

from workshop.docs_site import finish, generated, notes, ready, ticks
from workshop.docs_site.directives import UnknownDirective, expand
from workshop.docs_site.pages import contents, notebook_links, pitfall_pages
from workshop.docs_site.publishing import cards, texts

ROOT = Path(__file__).resolve().parent.parent.parent
served = {"is_served": False}
wanted = {}  # the title and the description of each card
ICON = "final/chat_app/static/chat_app/icon.svg"


def on_startup(command, dirty):
    """Remember whether the site is served, because only then can it show the reader's progress."""
    served.update({"is_served": command == "serve"})


def on_config(config):
    """Fill in the parts of the navigation that come from the course and the registry."""
    config.nav = contents.filled(config.nav, ROOT)
    if not config.repo_url:
        config.edit_uri = ""  # there's nothing to continue from
    if served["is_served"]:
        config.extra_javascript.append(ticks.SCRIPT)
    return config


def on_files(files, config):
    """Add the generated pages, the search's data, and the app's icon."""
    for path, text in generated.pages(ROOT).items():
        files.append(File.generated(config, path, content=text))
    symptoms = pitfall_pages.symptoms()
    files.append(File.generated(config, "javascripts/symptoms.js", content=symptoms))
    files.append(File.generated(config, "pictures/icon.svg", abs_src_path=str(ROOT / ICON)))
    if lite := notebook_links.built(ROOT):  # other pages link to this one, so its link is checked
        first = f"{notebook_links.LITE}/lab/index.html"
        source = str(lite / "lab" / "index.html")
        files.append(File.generated(config, first, abs_src_path=source))
    return files


def on_page_markdown(markdown, page, config, files):
    """Expand the page's directives. If one fails, raises PluginError with the page's name."""
    try:
        return expand(notes.without(markdown), ROOT)
    except UnknownDirective as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from error


def on_page_context(context, page, config, nav):
    """Put the link card in the page's head, and remember the card's text."""
    if config.site_url and os.environ.get("DOCS_OFFLINE") != "true":
        path = cards.path_of(page.url)
        page.meta["card"] = config.site_url + path
        title = page.meta.get("title") or page.title
        wanted[path] = (title, page.meta.get("description") or config.site_description)
    return context


def on_page_content(html, page, config, files):
    """Post-process the HTML of a page."""
    return finish.finished(html)


def on_post_build(config):
    """Remove the theme's files for other languages, and add the files that aren't pages."""
    _publish(Path(config.site_dir), config.site_url or "", config.site_name)
    shutil.rmtree(Path(config.site_dir, "assets", "javascripts", "lunr"), ignore_errors=True)
    if lite := notebook_links.built(ROOT):
        place = Path(config.site_dir, notebook_links.LITE)
        shutil.copytree(lite, place, copy_function=_linked, dirs_exist_ok=True)


def _publish(site: Path, url: str, name: str) -> None:
    """Add what a published site needs besides its pages."""
    (site / "robots.txt").write_text(texts.robots(url), encoding="utf-8")
    (site / "llms.txt").write_text(texts.llms(ROOT, url), encoding="utf-8")
    if not url:  # a sitemap without URLs is useless
        for path in (site / "sitemap.xml", site / "sitemap.xml.gz"):
            path.unlink(missing_ok=True)
    for path, (title, description) in wanted.items():
        if not (site / path).exists():
            cards.draw(site / path, title, description, name)
    wanted.clear()


def _linked(source, target):
    """Hard-link a file if possible, or else copy it, because there are 47 MB."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(target)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def on_serve(server, config, builder):
    """Answer requests from the pages, and run the callbacks waiting for the build."""
    server.set_app(ticks.beside(server.serve_request, ticks.finished, server.mount_path))
    ready.notify()
