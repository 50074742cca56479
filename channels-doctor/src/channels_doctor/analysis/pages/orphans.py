"""Pages and scripts that nothing in the project mentions, so that it may not use them."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from channels_doctor.analysis.pages.page import KINDS, LARGEST, MOST, SKIPPED
from channels_doctor.finding import Finding
from channels_doctor.source.tree import Tree

STARTS = {"index", "main", "app", "client", "bundle", "base"}  # found without being mentioned
OF_GENERIC_VIEWS = re.compile(r"_(?:list|detail|form|confirm_delete|archive\w*)$")
UNUSED = "if this file is used, which nothing here mentions"


def noted(findings: Iterable[Finding], tree: Tree, repository: Path) -> Iterator[Finding]:
    """Yield `findings`, in which those about files that nothing mentions are notes."""
    known: dict[str, bool] = {}
    for found in findings:
        file = found.place.file
        if file not in known:
            known[file] = _is_mentioned(tree, repository, file)
        if known[file]:
            yield found
        else:
            conditions = [part for part in (found.condition, UNUSED) if part]
            yield replace(found, severity="note", condition=", ".join(conditions))


def _is_mentioned(tree: Tree, repository: Path, file: str) -> bool:
    """Return whether another file of the project names `file`."""
    path = (tree.folder / file).resolve()
    stem = path.stem
    if stem.lower() in STARTS or OF_GENERIC_VIEWS.search(stem):
        return True
    mention = re.compile(rf"(?<![\w-]){re.escape(stem)}(?![\w-])")
    if any(mention.search(module.text) for module in tree):
        return True
    texts = _texts(repository if repository in tree.folder.parents else tree.folder, path)
    return any(mention.search(text) for text in texts)


def _texts(top: Path, without: Path) -> Iterator[str]:
    count = 0
    for here, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if name not in SKIPPED and name[0] != ".")
        for name in sorted(files):
            path = Path(here, name)
            if not name.endswith(KINDS) or path.resolve() == without:
                continue
            count += 1
            try:
                if path.stat().st_size <= LARGEST:
                    yield path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            if count >= MOST:
                return
