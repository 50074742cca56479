"""What mkdocs calls while it builds the site (`hooks` in mkdocs.yml)."""

import contextlib
import os
import shutil
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

from workshop.docs_site import contents, finish, generated, notebook_links, pitfall_pages, ready
from workshop.docs_site.directives import Unknown, expand

ROOT = Path(__file__).resolve().parent.parent.parent
ICON = "final/chat_app/static/chat_app/icon.svg"


def on_config(config):
    """Fill the parts of the navigation that follow from the course and the registry."""
    config.nav = contents.filled(config.nav, ROOT)
    return config


def on_files(files, config):
    """Add the pages that are written from data, the search's data, and the app's own icon."""
    for path, text in generated.pages(ROOT).items():
        files.append(File.generated(config, path, content=text))
    symptoms = pitfall_pages.symptoms()
    files.append(File.generated(config, "javascripts/symptoms.js", content=symptoms))
    files.append(File.generated(config, "pictures/icon.svg", abs_src_path=str(ROOT / ICON)))
    if lite := notebook_links.built(ROOT):  # the page that others lead to: its link is checked
        first = f"{notebook_links.LITE}/lab/index.html"
        source = str(lite / "lab" / "index.html")
        files.append(File.generated(config, first, abs_src_path=source))
    return files


def on_page_markdown(markdown, page, config, files):
    """Do the page's directives. Raises PluginError, which names the page, for one that fails."""
    try:
        return expand(markdown, ROOT)
    except Unknown as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from error


def on_page_content(html, page, config, files):
    """Do the last touch to the HTML of a page."""
    return finish.finished(html)


def on_post_build(config):
    """Leave out what the theme brings for other languages; bring the notebooks for the browser."""
    shutil.rmtree(Path(config.site_dir, "assets", "javascripts", "lunr"), ignore_errors=True)
    if lite := notebook_links.built(ROOT):
        place = Path(config.site_dir, notebook_links.LITE)
        shutil.copytree(lite, place, copy_function=_linked, dirs_exist_ok=True)


def _linked(source, target):
    """Put a file into a second place without a copy, where the system can: there are 47 MB."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(target)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def on_serve(server, config, builder):
    """Say that the site answers now: its pages are made."""
    ready.tell()
