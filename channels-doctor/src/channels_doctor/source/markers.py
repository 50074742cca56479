"""`# channels-doctor: ignore[P30]` on a line suppresses its findings."""

import re

from channels_doctor.finding import Finding
from channels_doctor.source.tree import Tree

MARKER = re.compile(
    r"(?:#|//|/\*|<!--|\{#)\s*channels-doctor:\s*ignore(?:\[(?P<ids>[^\]]*)\])?", re.I
)


def without_ignored(tree: Tree, findings: list[Finding]) -> list[Finding]:
    """Return `findings` without those that a marker on their line suppresses."""
    return [finding for finding in findings if not _is_ignored(tree, finding)]


def _is_ignored(tree: Tree, finding: Finding) -> bool:
    found = MARKER.search(tree.line(finding.place))
    if not found:
        return False
    if found["ids"] is None:
        return True
    return finding.id in [name.strip().upper() for name in found["ids"].split(",")]
